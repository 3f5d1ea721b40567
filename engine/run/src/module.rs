//! What a module is.
use crate::{Args, Extensions, Signals, Surroundings, System};
use rolewright_language::ast::Vars;
use rolewright_language::{Diagnostic, ModuleInfo};
use rolewright_template::{Context, Value};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a task does. One unit struct per module, listed in `rolewright_modules::all()`.
pub trait Module: Send + Sync {
    fn info(&self) -> ModuleInfo;
    /// Other names it answers to (short names, old collections).
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome;
}

/// What a module gives back.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub changed: bool,
    pub failed: bool,
    pub skipped: bool,
    pub unreachable: bool,
    /// Everything else of the result (`msg`, `result`, `resources`, `diff`, …).
    pub result: indexmap::IndexMap<Arc<str>, Value>,
    /// Variables to set on the host (`set_fact`); also shown in the result as `ansible_facts`.
    pub facts: Vec<(Arc<str>, Value)>,
    /// Variables that are project text and rendered when they are read (`include_vars`).
    pub vars: Vars,
    /// `facts` are facts of the host (`setup`): below play vars, and in the variable `ansible_facts`.
    pub host_facts: bool,
    pub warnings: Vec<String>,
}

impl Outcome {
    pub fn ok(changed: bool) -> Self {
        Self { changed, ..Self::default() }
    }
    pub fn failed(msg: impl Into<String>) -> Self {
        Self { failed: true, ..Self::default() }.with("msg", Value::from(msg.into()))
    }
    pub fn skipped(msg: impl Into<String>) -> Self {
        Self { skipped: true, ..Self::default() }.with("msg", Value::from(msg.into()))
    }
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.result.insert(key.into(), value.into());
        self
    }
    pub fn with_json(self, key: &str, value: &Json) -> Self {
        self.with(key, Value::from_json(value))
    }
}

/// What a module may look at and use while it runs.
pub struct TaskContext<'a> {
    pub template: Context<'a>,
    pub system: &'a dyn System,
    pub cancel: &'a crate::Cancel,
    pub extensions: &'a Extensions,
    pub check_mode: bool,
    pub diff: bool,
    pub verbosity: u8,
    /// Directories where relative files are looked up, best first (`ansible_search_path`).
    pub search_path: &'a [PathBuf],
    /// `environment:` of the task over that of the run.
    pub environment: &'a [(String, String)],
    /// `module_defaults` are merged into the arguments already.
    pub connection: &'a dyn Connection,
    pub files: &'a dyn rolewright_language::Files,
    /// What the module asks of the run as a whole.
    pub signals: &'a Signals,
    pub surroundings: &'a Surroundings,
}

impl TaskContext<'_> {
    /// Finds a file as Ansible does: `kind` is `templates`, `files`, `vars` or `tasks`.
    pub fn find(&self, kind: &str, name: &str) -> Option<PathBuf> {
        crate::search_path::find(self.files, self.search_path, kind, name)
    }
    /// Renders a template file to text with the task's variables, plus `extra` ones.
    pub fn render_file(&self, path: &Path, extra: &[(Arc<str>, Value)]) -> rolewright_template::Result<String> {
        self.surroundings.render_file(&self.template, path, extra)
    }
    /// A vars file as project text; the caller hands it back in [`Outcome::vars`].
    pub fn load_vars(&self, path: &Path) -> Result<Vars, Diagnostic> {
        self.surroundings.load_vars(path)
    }
}

/// How commands and files of a task's host are reached; `local` for operators.
pub trait Connection: Send + Sync {
    fn name(&self) -> &str;
}

/// This machine.
#[derive(Debug, Default)]
pub struct Local;

impl Connection for Local {
    fn name(&self) -> &str {
        "local"
    }
}
