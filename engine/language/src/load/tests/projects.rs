//! Whole projects, and the outline of what is made of them.
use super::*;
use crate::ast::{Block, RoleUse};
use rolewright_template::Tree;

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
