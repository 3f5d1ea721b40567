//! Whole projects, and the outline of what is made of them.
use super::*;
use crate::ast::{Block, RoleUse};
use rolewright_template::{Tree, vault};

/// The tree of a playbook, a line for each node.
fn outline(playbook: &Playbook) -> String {
    let mut out = String::new();
    for play in &playbook.plays {
        out.push_str(&format!("play {}\n", shown(&play.hosts)));
        for role in &play.roles {
            role_outline(role, 1, &mut out);
        }
        for (name, list) in [("pre", &play.pre_tasks), ("tasks", &play.tasks), ("post", &play.post_tasks)] {
            nodes(name, list, 1, &mut out);
        }
        nodes("handlers", &play.handlers, 1, &mut out);
    }
    out
}

fn shown(tree: &Tree) -> String {
    match tree {
        Tree::Data(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

fn vars(vars: &Vars) -> String {
    let pairs: Vec<String> = vars.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
    if pairs.is_empty() { String::new() } else { format!(" [{}]", pairs.join(" ")) }
}

fn nodes(title: &str, list: &[Node], depth: usize, out: &mut String) {
    if list.is_empty() {
        return;
    }
    let pad = "  ".repeat(depth);
    out.push_str(&format!("{pad}{title}:\n"));
    for node in list {
        match node {
            Node::Task(task) => {
                let name = task.name.as_ref().map(shown).unwrap_or_default();
                let role = task.role.as_ref().map(|role| format!(" of {}", role.name)).unwrap_or_default();
                out.push_str(&format!("{pad}  {} {name}{role} @{}\n", task.action.name, task.origin));
            }
            Node::Block(block) => block_outline("block", block, depth + 1, out),
            Node::Import(block) => block_outline("import", block, depth + 1, out),
            Node::Role(role) => role_outline(role, depth + 1, out),
            Node::Broken(error) => out.push_str(&format!("{pad}  broken {error}\n")),
        }
    }
}

fn block_outline(kind: &str, block: &Block, depth: usize, out: &mut String) {
    out.push_str(&format!("{}{kind}{}\n", "  ".repeat(depth), vars(&block.vars)));
    for (title, list) in [("body", &block.body), ("rescue", &block.rescue), ("always", &block.always)] {
        nodes(title, list, depth + 1, out);
    }
}

fn role_outline(role: &RoleUse, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let (vars_, params) = (vars(&role.vars), vars(&role.params));
    out.push_str(&format!("{pad}role {} {}{vars_}{params}\n", role.role.name, role.role.path.display()));
    out.push_str(&format!("{pad}  defaults{} vars{}\n", vars(&role.defaults), vars(&role.role_vars)));
    for dependency in &role.role.dependencies {
        role_outline(dependency, depth + 1, out);
    }
    nodes("tasks", &role.tasks, depth + 1, out);
    nodes("handlers", &role.handlers, depth + 1, out);
}

const ORDINARY: &str = "\
=== /p/site.yml
- hosts: localhost
  gather_facts: no
  vars: {colour: red}
  roles:
    - web
    - role: web
      vars: {a: 1}
      b: 2
  pre_tasks:
    - ping:
  tasks:
    - import_tasks: more/list.yml
      vars: {x: 1}
    - block:
        - import_role: {name: db, tasks_from: other}
      rescue:
        - debug: msg=rescued
      always:
        - name: last
          local_action: command ls -l
  post_tasks: []
  handlers:
    - name: restart
      debug: {msg: hi}
      listen: topic
- import_playbook: sub/second.yml
=== /p/sub/second.yml
- hosts: [a, b]
  roles: [inner]
=== /p/sub/roles/inner/tasks/main.yaml
- ping:
=== /p/more/list.yml
- import_tasks: beside.yml
- include_tasks: never/read.yml
=== /p/more/beside.yml
- ping:
=== /p/roles/web/meta/main.yml
dependencies:
  - role: db
galaxy_info: {author: x}
=== /p/roles/web/defaults/main.yml
port: 80
=== /p/roles/web/vars/main/one.yml
v: 1
w: 1
=== /p/roles/web/vars/main/two.yml
w: 2
=== /p/roles/web/vars/main/.hidden.yml
z: 1
=== /p/roles/web/tasks/main.yml
- include_role: name=other
- import_tasks: sub/a.yml
=== /p/roles/web/tasks/sub/a.yml
- import_tasks: b.yml
=== /p/roles/web/tasks/sub/b.yml
- kubernetes.core.k8s: {state: present}
=== /p/roles/web/handlers/main.yml
- name: reload
  ping:
=== /p/roles/db/tasks/main.yml
- ping:
=== /p/roles/db/tasks/other.yml
- name: other
  ping:
";

#[test]
fn an_ordinary_project() {
    insta::assert_snapshot!(outline(&load(ORDINARY).unwrap()));
}

#[test]
fn arguments_in_every_form() {
    let rows = [
        ("- debug: msg=hi", "ansible.builtin.debug", "msg=hi", ""),
        ("- debug: {msg: hi}", "ansible.builtin.debug", "msg=hi", ""),
        ("- action: debug msg=hi", "ansible.builtin.debug", "msg=hi", ""),
        ("- action: {module: debug, msg: hi}", "ansible.builtin.debug", "msg=hi", ""),
        ("- action: {module: debug, args: {msg: hi}}", "ansible.builtin.debug", "msg=hi", ""),
        ("- local_action: debug msg=hi", "ansible.builtin.debug", "msg=hi", ""),
        ("- ansible.builtin.debug:\n  args: {msg: hi}", "ansible.builtin.debug", "msg=hi", ""),
        ("- debug: {msg: a}\n  args: {msg: b, verbosity: 1}", "ansible.builtin.debug", "msg=a verbosity=1", ""),
        ("- ping:", "ansible.builtin.ping", "", ""),
        ("- shell: echo a=b chdir=/tmp", "ansible.builtin.shell", "chdir=/tmp", "echo a=b"),
        ("- shell: |\n    echo 1\n    echo 2", "ansible.builtin.shell", "", "echo 1\necho 2\n"),
        ("- command: {cmd: ls, chdir: /}", "ansible.builtin.command", "chdir=/", "ls"),
        ("- command: ls\n  args: {chdir: /}", "ansible.builtin.command", "chdir=/", "ls"),
        ("- include_vars: x.yml", "ansible.builtin.include_vars", "file=x.yml", "x.yml"),
        ("- meta: end_play", "ansible.builtin.meta", "", "end_play"),
        ("- include_tasks: {file: x.yml, apply: {tags: a}}", "ansible.builtin.include_tasks", "file=x.yml", ""),
        ("- k8s: {state: absent}\n  collections: [kubernetes.core]", "kubernetes.core.k8s", "state=absent", ""),
    ];
    for (text, name, args, free) in rows {
        let task = first_task(text);
        let action = &task.action;
        let plain = action.args.map.iter().filter(|(_, value)| value.as_data().is_some());
        let shown: Vec<String> = plain.map(|(key, value)| format!("{key}={}", shown(value))).collect();
        let free_form = action.args.free_form.as_ref().map(shown_ref).unwrap_or_default();
        assert_eq!((&*action.name, &*shown.join(" "), &*free_form), (name, args, free), "{text}");
        assert_eq!(task.keywords.delegate_to.is_some(), text.contains("local_action"));
    }
}

fn shown_ref(tree: &Tree) -> String {
    shown(tree)
}

#[test]
fn a_role_stands_alone() {
    let files = Memory::new(ORDINARY);
    let settings = Settings { roles_path: vec!["/p/roles".into()], ..Settings::default() };
    let loader = Loader { files: &files, catalog: &Shelf, settings: &settings };
    let playbook = loader.role_playbook(Path::new("/p/roles/web")).unwrap();
    assert_eq!(&*playbook.plays[0].roles[0].role.name, "web");
    let role = loader.role("db", &RoleFrom { tasks: Some("other".into()), ..RoleFrom::default() }, Path::new("/p"));
    assert_eq!(role.unwrap().tasks.len(), 1);
    let tasks = loader.tasks(Path::new("/p/roles/web/tasks/sub/a.yml"), None).unwrap();
    assert!(matches!(&tasks[..], [Node::Import(_)]));
}

fn text(tree: &Tree) -> String {
    match tree {
        Tree::Text(template) => template.source().to_owned(),
        other => shown(other),
    }
}

#[test]
fn keywords_are_compiled() {
    let task = first_task(
        "- debug: {msg: '{{ x }}', var: foo.bar}\n  when: [a, true, '', b > 1]\n  tags: a, b\n  environment: {A: '1'}\n  \
         changed_when: false\n  loop: '{{ l }}'\n  loop_control: {loop_var: y, label: '{{ y }}'}\n  until: z\n  retries: 3\n  \
         vars: {n: 1, u: !unsafe '{{ raw }}'}\n  notify: h\n  register: out\n  module_defaults: {debug: {msg: q}}",
    );
    let when: Vec<&str> = task.keywords.when.iter().map(|condition| condition.source()).collect();
    assert_eq!(when, ["a", "True", "b > 1"]);
    let tags: Vec<String> = task.keywords.tags.iter().map(text).collect();
    assert_eq!(tags, ["a", "b"]);
    assert_eq!(task.keywords.environment.len(), 1);
    assert_eq!(task.changed_when.as_ref().map(|tests| tests[0].source().to_owned()).as_deref(), Some("False"));
    assert_eq!(task.action.args.expressions[0].1[0].source(), "foo.bar");
    assert_eq!(vars(&task.vars), " [n=1 u={{ raw }}]");
    assert_eq!(&*task.keywords.module_defaults[0].0, "ansible.builtin.debug");
    assert!(matches!(&task.loop_, Some(crate::ast::Loop::Items(Tree::Text(_)))));
}

const LATE: &str = "\
=== /p/site.yml
- hosts: localhost
  vars: {what: one}
  tasks:
    - import_tasks: '{{ what }}.yml'
      when: x
    - import_tasks: '{{ playbook_dir }}/one.yml'
    - import_role: {name: '{{ what }}'}
=== /p/one.yml
- ping:
=== /p/roles/one/tasks/main.yml
- ping:
";

#[test]
fn names_of_imports_use_what_is_known() {
    let kinds = |settings: &Settings| -> Vec<&'static str> {
        let playbook = load_with(LATE, settings).unwrap_or_else(|error| panic!("{}", error.render(false)));
        let kind = |node: &Node| match node {
            Node::Import(_) => "import",
            Node::Role(_) => "role",
            Node::Block(block) => match &block.body[0] {
                Node::Task(task) if &*task.action.name == "ansible.builtin.include_role" => "include_role",
                _ => "include",
            },
            _ => "?",
        };
        playbook.plays[0].tasks.iter().map(kind).collect()
    };
    assert_eq!(kinds(&Settings::default()), ["import", "import", "role"]);
    let late = Settings { late_extra_vars: true, ..Settings::default() };
    assert_eq!(kinds(&late), ["include", "import", "include_role"]);
    let error = load(&LATE.replace("what: one", "other: one")).unwrap_err();
    assert!(error.message.contains("Error when evaluating variable in import path: {{ what }}.yml"), "{error}");
}

#[test]
fn a_role_that_describes_its_arguments_checks_them_first() {
    let project = "\
=== /p/site.yml
- hosts: localhost
  roles: [{role: r, p: 1}]
  tasks:
    - import_role: {name: r, rolespec_validate: false}
    - import_role: {name: r, tasks_from: undescribed}
=== /p/roles/r/meta/argument_specs.yml
argument_specs:
  main: {short_description: main thing, options: {p: {type: int}}}
=== /p/roles/r/tasks/main.yml
- ping:
=== /p/roles/r/tasks/undescribed.yml
- ping:
";
    let playbook = load(project).unwrap();
    let Node::Task(check) = &playbook.plays[0].roles[0].tasks[0] else { panic!() };
    assert_eq!(&*check.action.name, "ansible.builtin.validate_argument_spec");
    assert_eq!(shown(check.name.as_ref().unwrap()), "Validating arguments against arg spec 'main' - main thing");
    assert_eq!(shown(&check.action.args.map[0].1), "{'p': {'type': 'int'}}");
    assert_eq!(shown(&check.action.args.map[1].1), "{'p': 1}");
    for node in &playbook.plays[0].tasks {
        let Node::Role(role) = node else { panic!() };
        assert_eq!(role.tasks.len(), 1);
    }
}

#[test]
fn vaulted_values_are_opened() {
    let encrypted = vault::encrypt(b"{{ no template }}", b"password", vault::DEFAULT_ID, b"salt");
    let project = format!("=== /p/v.yml\na: !vault |\n  {}\n", encrypted.trim_end().replace('\n', "\n  "));
    let files = Memory::new(&project);
    let read = |settings: &Settings| {
        let loader = Loader { files: &files, catalog: &Shelf, settings };
        loader.vars(Path::new("/p/v.yml")).unwrap().remove(0).1
    };
    let Tree::Broken(error) = &*read(&Settings::default()) else { panic!() };
    assert!(error.message().contains("no vault secrets"));
    let mut secrets = vault::Secrets::default();
    secrets.add("any", b"password".as_slice());
    let settings = Settings { vault: Arc::new(secrets), ..Settings::default() };
    assert_eq!(shown(&read(&settings)), "{{ no template }}");
    assert!(matches!(&*read(&settings), Tree::Data(_)));
}

#[test]
fn collections_have_roles() {
    let project = "\
=== /p/site.yml
- hosts: localhost
  collections: [my.own]
  roles: [my.own.first]
  tasks:
    - import_role: {name: second}
- import_playbook: my.own.more
=== /c/ansible_collections/my/own/playbooks/more.yml
- hosts: localhost
=== /c/ansible_collections/my/own/roles/first/meta/main.yml
dependencies: [second]
=== /c/ansible_collections/my/own/roles/second/tasks/main.yml
- ping:
";
    let settings = Settings { collections_path: vec!["/c".into()], ..Settings::default() };
    let playbook = load_with(project, &settings).unwrap();
    let role = &playbook.plays[0].roles[0].role;
    assert_eq!((&*role.name, &*role.collections[0]), ("my.own.first", "my.own"));
    assert_eq!(&*role.dependencies[0].role.name, "my.own.second");
    let Node::Role(second) = &playbook.plays[0].tasks[0] else { panic!() };
    assert_eq!(&*second.role.name, "my.own.second");
    assert_eq!(playbook.plays[1].playbook_dir, Path::new("/c/ansible_collections/my/own/playbooks"));
}

#[test]
fn a_walk_comes_by_everything() {
    let playbook = load(ORDINARY).unwrap();
    let mut modules = Vec::new();
    let mut roles = Vec::new();
    crate::visit::playbook(&playbook, &mut |item| match item {
        crate::visit::Item::Task(task) => modules.push(task.action.name.rsplit('.').next().unwrap_or_default()),
        crate::visit::Item::Role(role) => roles.push(&*role.role.name),
        _ => {}
    });
    assert_eq!(roles, ["db", "web", "db", "web", "db", "inner"]);
    assert_eq!(modules.len(), 16);
}

#[test]
fn conditions_of_odd_kinds() {
    let task = first_task("- ping:\n  when: [1, {a: b}, [x]]\n  changed_when:\n  failed_when: ''\n  until:");
    let when: Vec<&str> = task.keywords.when.iter().map(|condition| condition.source()).collect();
    assert_eq!(when, ["1", "{'a': 'b'}", "['x']"]);
    let source = |tests: &Option<Vec<rolewright_template::Condition>>| tests.as_ref().map(|t| t[0].source().to_owned());
    assert_eq!(source(&task.changed_when).as_deref(), Some("True"));
    assert_eq!(source(&task.failed_when).as_deref(), Some("True"));
    assert!(task.until.is_empty());
    let task = first_task("- ping:\n  failed_when: []");
    assert!(task.failed_when.is_none());
}

#[test]
fn what_a_run_loads_bakes_no_variable_in() {
    let project = "\
=== /p/tasks.yml
- import_tasks: '{{ playbook_dir }}/x.yml'
- import_tasks: '{{ what }}.yml'
=== /r/roles/a/tasks/main.yml
- import_tasks: '{{ role_path }}/tasks/b.yml'
=== /r/roles/a/tasks/b.yml
- ping:
=== /r/roles/b/meta/main.yml
dependencies: [a]
";
    let files = Memory::new(project);
    let loader = Loader { files: &files, catalog: &Shelf, settings: &Settings::default() };
    let tasks = loader.tasks(Path::new("/p/tasks.yml"), None).unwrap();
    assert!(matches!(&tasks[..], [Node::Block(_), Node::Block(_)]));
    let from = RoleFrom::default();
    let a = loader.role("a", &from, Path::new("/r")).unwrap();
    assert!(matches!(&a.tasks[..], [Node::Import(_)]));
    let b = loader.role_for("b", &from, Path::new("/elsewhere"), Some(&a.role)).unwrap();
    assert_eq!(&*b.role.dependencies[0].role.name, "a");
    let error = loader.role("bb", &from, Path::new("/r")).unwrap_err();
    assert_eq!(error.to_string(), "the role 'bb' was not found in /r/roles:/r");
}
