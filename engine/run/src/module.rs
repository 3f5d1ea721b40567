//! What a module is.
use crate::{Cancel, System};
use rolewright_language::{Catalog, ModuleInfo};
use rolewright_template::{Condition, Context, Value};
use serde_json::{Map, Value as Json};
use std::any::{Any, TypeId};
use std::collections::HashMap;
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

/// Rendered arguments, `omit` already dropped.
#[derive(Clone, Debug, Default)]
pub struct Args {
    pub map: indexmap::IndexMap<Arc<str>, Value>,
    pub free_form: Option<String>,
    pub expressions: Vec<(Arc<str>, Vec<Condition>)>,
}

impl Args {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }
    /// As JSON, which is what cluster modules speak.
    pub fn to_json(&self) -> rolewright_template::Result<Map<String, Json>> {
        self.map.iter().map(|(k, v)| Ok((k.to_string(), v.to_json()?))).collect()
    }
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
    /// Variables to set on the host (`set_fact`, `include_vars`, `ansible_facts`).
    pub facts: Vec<(Arc<str>, Value)>,
    pub warnings: Vec<String>,
}

impl Outcome {
    pub fn ok(changed: bool) -> Self {
        Self { changed, ..Self::default() }
    }
    pub fn failed(msg: impl Into<String>) -> Self {
        Self { failed: true, ..Self::default() }.with("msg", Value::from(msg.into()))
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
    pub cancel: &'a Cancel,
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
}

impl TaskContext<'_> {
    /// Finds a file as Ansible does: `kind` is `templates`, `files`, `vars` or `tasks`.
    pub fn find(&self, _kind: &str, _name: &str) -> Option<PathBuf> {
        unimplemented!()
    }
    /// Renders a template file to text with the task's variables, plus `extra` ones.
    pub fn render_file(&self, _path: &Path, _extra: &[(Arc<str>, Value)]) -> rolewright_template::Result<String> {
        unimplemented!()
    }
}

/// How commands and files of a task's host are reached; `local` for operators.
pub trait Connection: Send + Sync {
    fn name(&self) -> &str;
}

/// The modules of an engine, found by every name they answer to.
#[derive(Default)]
pub struct Modules {
    _private: (),
}

impl Modules {
    pub fn new(_modules: Vec<Arc<dyn Module>>) -> Self {
        unimplemented!()
    }
    pub fn get(&self, _canonical: &str) -> Option<&Arc<dyn Module>> {
        unimplemented!()
    }
}

impl Catalog for Modules {
    fn resolve(&self, _written: &str, _collections: &[Arc<str>]) -> Option<ModuleInfo> {
        unimplemented!()
    }
    fn names(&self) -> Vec<&'static str> {
        unimplemented!()
    }
}

/// Things a run carries for its modules and lookups, by type (a cluster, say).
#[derive(Clone, Default)]
pub struct Extensions(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Extensions {
    pub fn insert<T: Any + Send + Sync>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), value);
    }
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>()).cloned().and_then(|any| any.downcast().ok())
    }
}
