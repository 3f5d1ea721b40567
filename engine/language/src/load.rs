//! From files to the compiled form.
use crate::Diagnostic;
use crate::ast::{Node, Playbook, RoleUse, Vars};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where files come from: a disk, or a map in a test.
pub trait Files: Send + Sync {
    /// The text of a file (vault already opened), or an I/O error's words.
    fn read(&self, path: &Path) -> Result<Arc<str>, String>;
    fn is_file(&self, path: &Path) -> bool;
    fn is_dir(&self, path: &Path) -> bool;
    /// Entries of a directory, sorted by name.
    fn list(&self, path: &Path) -> Vec<PathBuf>;
    /// Changes when the file does (modification time and size); keys caches of files read during a run.
    fn stamp(&self, path: &Path) -> Option<u64>;
}

/// How a module takes free-form text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FreeForm {
    /// `k=v` pairs only.
    No,
    /// Raw command text (`command`, `shell`, `raw`, `script`), with `k=v` of known options taken out.
    Raw(&'static [&'static str]),
    /// Free text or `k=v` (`include_tasks: x.yml`, `meta: end_play`, `include_vars: x.yml`).
    Word(&'static str),
}

/// What loading must know of a module.
#[derive(Clone, Debug)]
pub struct ModuleInfo {
    pub name: &'static str,
    pub free_form: FreeForm,
    /// Options that are expressions or lists of them.
    pub expressions: &'static [&'static str],
}

/// The modules that exist, under every name they may be written by.
pub trait Catalog: Send + Sync {
    fn resolve(&self, written: &str, collections: &[Arc<str>]) -> Option<ModuleInfo>;
    /// All names, for did-you-mean.
    fn names(&self) -> Vec<&'static str>;
}

#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where roles are looked up besides the playbook's `roles/`.
    pub roles_path: Vec<PathBuf>,
    pub collections_path: Vec<PathBuf>,
    /// Variables known before a run (extra vars): names of imported files may use them.
    pub extra_vars: Vars,
}

pub struct Loader<'a> {
    pub files: &'a dyn Files,
    pub catalog: &'a dyn Catalog,
    pub settings: &'a Settings,
}

impl Loader<'_> {
    pub fn playbook(&self, _path: &Path) -> Result<Playbook, Diagnostic> {
        unimplemented!()
    }
    /// The implicit play of an operator: `hosts: localhost`, `roles: [role]`.
    pub fn role_playbook(&self, _role_path: &Path) -> Result<Playbook, Diagnostic> {
        unimplemented!()
    }
    /// A task file reached at run time (`include_tasks`).
    pub fn tasks(&self, _path: &Path, _role: Option<&Arc<crate::ast::Role>>) -> Result<Vec<Node>, Diagnostic> {
        unimplemented!()
    }
    /// A role reached at run time (`include_role`).
    pub fn role(&self, _name: &str, _from: &RoleFrom, _near: &Path) -> Result<RoleUse, Diagnostic> {
        unimplemented!()
    }
    /// A vars file: YAML or JSON, a mapping at the top.
    pub fn vars(&self, _path: &Path) -> Result<Vars, Diagnostic> {
        unimplemented!()
    }
}

/// `tasks_from`, `vars_from`, `defaults_from`, `handlers_from`.
#[derive(Clone, Debug, Default)]
pub struct RoleFrom {
    pub tasks: Option<String>,
    pub vars: Option<String>,
    pub defaults: Option<String>,
    pub handlers: Option<String>,
}
