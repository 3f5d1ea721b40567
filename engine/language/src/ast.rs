//! The immutable, compiled form of playbooks and roles.
use rolewright_template::{Condition, Origin, Tree};
use std::path::PathBuf;
use std::sync::Arc;

/// Variables in file order; values are rendered when they are read.
pub type Vars = Vec<(Arc<str>, Arc<Tree>)>;

#[derive(Debug)]
pub struct Playbook {
    pub path: PathBuf,
    pub plays: Vec<Arc<Play>>,
    /// What is doubtful in its files: keys given twice, and the like.
    pub warnings: Vec<crate::Diagnostic>,
}

#[derive(Debug)]
pub struct Play {
    pub origin: Origin,
    pub playbook_dir: PathBuf,
    pub name: Option<Tree>,
    /// `hosts`: a pattern or a list of them.
    pub hosts: Tree,
    pub gather_facts: Option<Tree>,
    pub gather_subset: Option<Tree>,
    pub vars: Vars,
    pub vars_files: Vec<Tree>,
    pub vars_prompt: Vec<Tree>,
    pub collections: Vec<Arc<str>>,
    pub keywords: Keywords,
    pub strategy: Option<Tree>,
    pub serial: Option<Tree>,
    pub max_fail_percentage: Option<Tree>,
    /// `order`: of hosts.
    pub order: Option<Tree>,
    pub force_handlers: Option<Tree>,
    pub pre_tasks: Vec<Node>,
    /// `roles:` in order; dependencies hang off each [`Role`].
    pub roles: Vec<Arc<RoleUse>>,
    pub tasks: Vec<Node>,
    pub post_tasks: Vec<Node>,
    pub handlers: Vec<Node>,
}

/// An element of a task list.
#[derive(Clone, Debug)]
pub enum Node {
    Task(Arc<Task>),
    Block(Arc<Block>),
    /// `import_role`, expanded when loaded.
    Role(Arc<RoleUse>),
    /// A statically imported file (`import_tasks`): its own keywords apply to every task inside.
    Import(Arc<Block>),
    /// A task that could not be loaded; raised when a run reaches it.
    Broken(Arc<crate::Diagnostic>),
}

#[derive(Debug)]
pub struct Block {
    pub origin: Origin,
    pub name: Option<Tree>,
    pub keywords: Keywords,
    pub vars: Vars,
    /// Of an `apply:` only: that of other blocks is spread over their tasks when they are loaded.
    pub notify: Vec<Tree>,
    pub body: Vec<Node>,
    pub rescue: Vec<Node>,
    pub always: Vec<Node>,
}

/// A role as one place uses it.
#[derive(Debug)]
pub struct RoleUse {
    pub origin: Origin,
    pub role: Arc<Role>,
    pub keywords: Keywords,
    /// `vars:` of the entry (task-level precedence).
    pub vars: Vars,
    /// Other keys of a `roles:` entry: role params, above set_fact.
    pub params: Vars,
    /// Tasks of `tasks_from` (or `main`), loaded for this use.
    pub tasks: Vec<Node>,
    pub handlers: Vec<Node>,
    pub defaults: Vars,
    pub role_vars: Vars,
    pub public: bool,
    pub allow_duplicates: bool,
}

#[derive(Debug)]
pub struct Role {
    /// As written (a FQCN keeps its dots).
    pub name: Arc<str>,
    pub path: PathBuf,
    pub collections: Vec<Arc<str>>,
    pub allow_duplicates: bool,
    pub dependencies: Vec<Arc<RoleUse>>,
    /// `meta/argument_specs.yml`, per entry point.
    pub argument_specs: Option<Tree>,
}

/// Keywords that tasks, blocks, roles and plays share; `None` = inherit.
#[derive(Debug, Default)]
pub struct Keywords {
    pub when: Vec<Condition>,
    pub tags: Vec<Tree>,
    pub ignore_errors: Option<Tree>,
    pub ignore_unreachable: Option<Tree>,
    pub no_log: Option<Tree>,
    pub check_mode: Option<Tree>,
    pub diff: Option<Tree>,
    pub run_once: Option<Tree>,
    pub delegate_to: Option<Tree>,
    pub delegate_facts: Option<Tree>,
    pub environment: Vec<Tree>,
    pub any_errors_fatal: Option<Tree>,
    pub throttle: Option<Tree>,
    pub timeout: Option<Tree>,
    pub connection: Option<Tree>,
    pub become_: Option<Tree>,
    pub become_user: Option<Tree>,
    pub become_method: Option<Tree>,
    pub become_flags: Option<Tree>,
    pub become_exe: Option<Tree>,
    pub remote_user: Option<Tree>,
    pub port: Option<Tree>,
    pub debugger: Option<Tree>,
    /// Module or `group/…` name to default arguments.
    pub module_defaults: Vec<(Arc<str>, Tree)>,
    pub collections: Vec<Arc<str>>,
}

#[derive(Debug)]
pub struct Task {
    pub origin: Origin,
    pub name: Option<Tree>,
    pub action: Action,
    pub keywords: Keywords,
    pub vars: Vars,
    pub loop_: Option<Loop>,
    pub loop_control: LoopControl,
    pub register: Option<Arc<str>>,
    pub until: Vec<Condition>,
    pub retries: Option<Tree>,
    pub delay: Option<Tree>,
    pub changed_when: Option<Vec<Condition>>,
    pub failed_when: Option<Vec<Condition>>,
    pub notify: Vec<Tree>,
    pub listen: Vec<Arc<str>>,
    pub async_: Option<Tree>,
    pub poll: Option<Tree>,
    /// `apply:` of an include: what it includes stands in such a block (which is empty here).
    pub apply: Option<Arc<Block>>,
    /// The file this task was written in: relative paths are looked up from its directory.
    pub file: Arc<str>,
    /// The role it belongs to.
    pub role: Option<Arc<Role>>,
}

#[derive(Debug)]
pub struct Action {
    /// As written in the file, for messages.
    pub written: Arc<str>,
    /// The canonical name (`ansible.builtin.debug`, `kubernetes.core.k8s`).
    pub name: Arc<str>,
    pub args: Arguments,
}

#[derive(Debug)]
pub struct Arguments {
    /// Key/value arguments (a mapping, or `k=v` text).
    pub map: Vec<(Arc<str>, Tree)>,
    /// The free-form text (`command: ls -l`).
    pub free_form: Option<Tree>,
    /// `args: "{{ whole }}"` or `module: "{{ whole }}"`: rendered to a mapping at run time, below `map`.
    pub whole: Option<Tree>,
    /// Options the module declared as expressions (`assert.that`, `debug.var`), compiled when loaded.
    pub expressions: Vec<(Arc<str>, Vec<Condition>)>,
}

#[derive(Debug)]
pub enum Loop {
    /// `loop:`
    Items(Tree),
    /// `with_NAME:`
    With { lookup: Arc<str>, terms: Tree },
}

#[derive(Debug, Default)]
pub struct LoopControl {
    pub loop_var: Option<Tree>,
    pub index_var: Option<Tree>,
    pub label: Option<Tree>,
    pub pause: Option<Tree>,
    pub extended: Option<Tree>,
    pub extended_allitems: Option<Tree>,
    pub break_when: Vec<Condition>,
}
