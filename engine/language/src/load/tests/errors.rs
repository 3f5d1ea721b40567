//! What is refused, with which words, and where.
use super::*;

/// Tasks, line and column of the error, a part of its message, a part of its help.
const TASKS: &[(&str, u32, u32, &str, &str)] = &[
    ("- debgu: {msg: hi}", 3, 7, "couldn't resolve module/action 'debgu'. This often indicates", "`debug`"),
    ("- name: x", 3, 7, "no module/action detected in task.", "one module"),
    ("- debug: {msg: hi}\n  whne: x", 4, 7, "conflicting action statements: debug, whne", "`when`"),
    ("- debug: {msg: hi}\n  ping:", 4, 7, "conflicting action statements: debug, ping", "two tasks"),
    ("- debug: {msg: hi}\n  listen: x", 4, 7, "'listen' is not a valid attribute for a Task", ""),
    ("- debug: {msg: hi}\n  with_itms: x", 4, 7, "'with_itms' is not a valid attribute for a Task", "with_items"),
    ("- debug: {msg: hi}\n  loop: [1]\n  with_items: [1]", 5, 7, "duplicate loop in task: items", ""),
    ("- debug: {msg: hi}\n  with_items:", 4, 7, "you must specify a value when using with_items", ""),
    ("- debug: {msg: hi}\n  register: a-b", 4, 17, "Invalid variable name in 'register' specified: 'a-b'", "digit"),
    ("- debug: {msg: hi}\n  vars: {a-b: 1}", 4, 14, "Invalid variable name in vars specified for Task: 'a-b'", ""),
    ("- debug: {msg: hi}\n  vars: [1]", 4, 13, "Vars in a Task must be specified as a dictionary", ""),
    ("- debug: {msg: hi}\n  name: [1]", 4, 13, "The field 'name' is supposed to be a string type", ""),
    ("- debug: {msg: hi}\n  loop_control: x", 4, 21, "the `loop_control` value must be specified as a dictionary", ""),
    (
        "- debug: {msg: hi}\n  loop_control: {lopo_var: x}",
        4,
        22,
        "'lopo_var' is not a valid attribute for a LoopControl",
        "`loop_var`",
    ),
    ("- debug: hello", 3, 7, "this task 'debug' has extra params", ""),
    ("- debug: msg='x", 3, 14, "failed at splitting arguments, either an unbalanced jinja2 block or quotes", ""),
    (
        "- debug: [1]",
        3,
        14,
        "unexpected parameter type in action: <class 'ansible.parsing.yaml.objects.AnsibleSequence'>",
        "",
    ),
    (
        "- shell: ls\n  args: {cmd: x}",
        3,
        7,
        "The 'cmd' argument cannot be used when other raw parameters are specified",
        "",
    ),
    ("- debug: {_ansible_x: 1}", 3, 15, "Invalid parameter specified beginning with keyword '_ansible_'", ""),
    ("- action: ping\n  local_action: ping", 4, 7, "action and local_action are mutually exclusive", ""),
    ("- include: x.yml", 3, 7, "couldn't resolve module/action 'include'", "`include_tasks`"),
    ("- include_tasks: x.yml\n  become: yes", 4, 7, "'become' is not a valid attribute for a TaskInclude", "`apply:`"),
    ("- include_tasks: x.yml a=1", 3, 7, "Invalid options for include_tasks: a", "`vars:`"),
    ("- include_tasks:", 3, 7, "No file specified for include_tasks", ""),
    ("- include_role: {nmae: x}", 3, 7, "Invalid options for include_role: nmae", "`name`"),
    ("- include_role: {tasks_from: x}", 3, 7, "'name' is a required field for include_role.", ""),
    (
        "- import_tasks: x.yml\n  loop: [1]",
        3,
        7,
        "You cannot use loops on 'import_tasks' statements. You should use 'include_tasks' instead.",
        "",
    ),
    ("- import_tasks: {file: x.yml, apply: {tags: a}}", 3, 7, "Invalid options for import_tasks: apply", ""),
    ("- import_tasks: tsk.yml", 3, 7, "Could not find or access '/p/tsk.yml' on the Ansible Controller.", ""),
    ("- import_role: {name: nope}", 3, 7, "the role 'nope' was not found in /p/roles:/p", ""),
    ("- block: [{ping: }]\n  wehn: x", 4, 7, "'wehn' is not a valid attribute for a Block", "`when`"),
    ("- rescue: [{ping: }]", 3, 7, "'rescue' keyword cannot be used without 'block'", ""),
    ("- block: {ping: }", 3, 14, "A malformed block was encountered while loading a block", ""),
    ("- ping", 3, 7, "a task must be a mapping, but got", ""),
    ("- meta: end_role", 3, 7, "Cannot execute 'end_role' from outside of a role", ""),
    ("- ping:\n  tags: {a: b}", 4, 13, "tags must be specified as a list", ""),
];

#[test]
fn tasks_that_are_refused() {
    for (tasks, line, column, message, help) in TASKS {
        let error = load(&with_tasks(tasks)).unwrap_err();
        let page = error.render(false);
        assert!(error.message.contains(message), "{tasks}\n{page}");
        let origin = error.origin.unwrap();
        assert_eq!((origin.line, origin.column), (*line, *column), "{tasks}\n{page}");
        assert!(error.help.unwrap_or_default().contains(help), "{tasks}\n{page}");
        assert!(page.contains("site.yml"), "{page}");
    }
}

/// Projects, the place of the error, and a part of its message.
const PROJECTS: &[(&str, &str, &str)] = &[
    ("", "", "Could not find or access '/p/site.yml'"),
    ("=== /p/site.yml\n", "/p/site.yml:1:1", "Empty playbook, nothing to do: /p/site.yml"),
    ("=== /p/site.yml\n[]\n", "/p/site.yml:1:1", "A playbook must contain at least one play"),
    ("=== /p/site.yml\na: b\n", "/p/site.yml:1:1", "A playbook must be a list of plays, got a <class"),
    ("=== /p/site.yml\n- a\n", "/p/site.yml:1:3", "playbook entries must be either valid plays or"),
    ("=== /p/site.yml\n- tasks: []\n", "/p/site.yml:1:3", "the field 'hosts' is required but was not set"),
    ("=== /p/site.yml\n- hosts: []\n", "/p/site.yml:1:10", "Hosts list cannot be empty"),
    ("=== /p/site.yml\n- hosts: a\n  taks: []\n", "/p/site.yml:2:3", "'taks' is not a valid attribute for a Play"),
    ("=== /p/site.yml\n- hosts: a\n  vars_prompt: {prompt: x}\n", "/p/site.yml:2:16", "missing 'name' key"),
    ("=== /p/site.yml\n- hosts: a\n  handlers: [{block: []}]\n", "/p/site.yml:2:14", "Using a block as a handler"),
    (
        "=== /p/site.yml\n- hosts: a\n  handlers: [{include_role: {name: x}}]\n",
        "/p/site.yml:2:14",
        "Using 'include_role' as a handler is not supported.",
    ),
    ("=== /p/site.yml\n- hosts: a\n  roles: [{x: 1}]\n", "/p/site.yml:2:11", "must contain a role name"),
    (
        "=== /p/site.yml\n- import_playbook: b.yml\n=== /p/b.yml\n- import_playbook: b.yml\n",
        "/p/b.yml:1:20",
        "the imports form a loop",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  tasks: [{import_tasks: t.yml}]\n=== /p/t.yml\n- import_tasks: t.yml\n",
        "/p/t.yml:1:3",
        "the imports form a loop",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  roles: [r]\n=== /p/roles/r/meta/main.yml\ndependencies: [s]\n\
         === /p/roles/s/meta/main.yml\ndependencies: [r]\n",
        "/p/roles/s/meta/main.yml:1:16",
        "A recursion loop was detected with the roles specified.",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  roles: [r]\n=== /p/roles/r/tasks/main.yml\n- ping:\n  x: {{ y }}\n",
        "/p/roles/r/tasks/main.yml:2:7",
        "unhashable type",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  roles: [r]\n=== /p/roles/r/tasks/main.yml\na: b\n",
        "/p/roles/r/tasks/main.yml:1:1",
        "The tasks/main.yml file for role 'r' must contain a list of tasks",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  roles: [r]\n=== /p/roles/r/vars/main.yml\n- a\n",
        "/p/roles/r/vars/main.yml:1:1",
        "must contain a dictionary of variables",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  tasks:\n  - import_role: {name: r, tasks_from: ../x}\n=== /p/roles/r/tasks/main.yml\n- ping:\n=== /p/roles/r/x.yml\n",
        "/p/site.yml:3:5",
        "as it is not inside the expected role path: '/p/roles/r/tasks'",
    ),
    (
        "=== /p/site.yml\n- hosts: a\n  tasks:\n  - import_role: {name: r, tasks_from: x}\n=== /p/roles/r/tasks/main.yml\n- ping:\n",
        "/p/site.yml:3:5",
        "Could not find specified file in role: tasks/x",
    ),
];

#[test]
fn projects_that_are_refused() {
    for (project, place, message) in PROJECTS {
        let error = load(project).unwrap_err();
        let page = error.render(false);
        assert!(error.message.contains(message), "{project}\n{page}");
        assert_eq!(error.origin.map(|origin| origin.to_string()).unwrap_or_default(), *place, "{project}\n{page}");
    }
}

#[test]
fn a_survey_tells_all_errors() {
    let project = with_tasks("- debgu:\n- ping:\n- block:\n    - nope:\n- include_tasks:");
    let files = Memory::new(&project);
    let loader = Loader { files: &files, catalog: &Shelf, settings: &Settings::default() };
    let (playbook, errors) = loader.survey(Path::new("/p/site.yml"));
    assert_eq!(errors.len(), 3);
    let tasks = &playbook.unwrap().plays[0].tasks;
    assert!(matches!(&tasks[..], [Node::Broken(_), Node::Task(_), Node::Block(_), Node::Broken(_)]));
    let project = "=== /p/site.yml\n- hosts: a\n  roles: [nope]\n- hosts: b\n  taks: []\n";
    let files = Memory::new(project);
    let loader = Loader { files: &files, catalog: &Shelf, settings: &Settings::default() };
    let (playbook, errors) = loader.survey(Path::new("/p/site.yml"));
    assert_eq!(errors.len(), 2);
    let mut broken = 0;
    crate::visit::playbook(&playbook.unwrap(), &mut |item| {
        broken += usize::from(matches!(item, crate::visit::Item::Broken(_)))
    });
    assert_eq!(broken, 2);
}

#[test]
fn broken_expressions_wait_for_the_run() {
    let task = first_task("- debug: {msg: '{{ x ', b: '{{ y }}'}\n  when: x ==");
    assert!(matches!(task.action.args.map[0].1, rolewright_template::Tree::Broken(_)));
    assert!(matches!(task.action.args.map[1].1, rolewright_template::Tree::Text(_)));
    assert!(task.keywords.when[0].broken().is_some());
}

proptest::proptest! {
    /// Whatever a file says, loading it ends with a playbook or an error that can be shown.
    #[test]
    fn no_file_is_too_much(
        lines in proptest::collection::vec(
            "( |  |    |      )(- )?(name|hosts|tasks|block|rescue|debug|shell|when|loop|with_items|vars|import_tasks|import_role|include_tasks|roles|args|action|local_action|tags|register|notify|listen|apply|environment|x)(:)( |)(|a|\\[a, b\\]|\\{a: b\\}|'\\{\\{ x \\}\\}'|msg=\\{\\{|a=b c|\\[\\]|1|~|roles/r|t.yml)",
            0..14,
        )
    ) {
        let text = lines.join("\n");
        let project = format!("=== /p/site.yml\n- hosts: a\n{text}\n=== /p/t.yml\n{text}\n=== /p/roles/a/tasks/main.yml\n{text}\n");
        if let Err(error) = load(&project) {
            error.render(false);
        }
        let files = Memory::new(&project);
        let loader = Loader { files: &files, catalog: &Shelf, settings: &Settings::default() };
        loader.survey(Path::new("/p/site.yml"));
    }
}
