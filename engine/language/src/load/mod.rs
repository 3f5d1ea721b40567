//! From files to the compiled form.
mod action;
mod attributes;
mod compile;
mod import;
mod key_value;
mod keywords;
mod known;
mod play;
mod playbook;
mod role;
mod session;
mod task;
mod tasks;
mod vars;

use crate::Diagnostic;
use crate::ast::{Node, Playbook, Role, RoleUse, Vars};
use rolewright_template::vault::Secrets;
use session::Session;
use std::collections::BTreeMap;
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

/// Hears of every doubtful thing while files are loaded.
pub type OnWarning = dyn Fn(&Diagnostic) + Send + Sync;

#[derive(Clone, Default)]
pub struct Settings {
    /// Where roles are looked up besides the playbook's `roles/`.
    pub roles_path: Vec<PathBuf>,
    pub collections_path: Vec<PathBuf>,
    /// Variables known before a run (extra vars): names of imported files may use them.
    pub extra_vars: Vars,
    /// More extra vars come with every run (an operator's CR): an import whose file name depends on variables is
    /// decided by the run, not now.
    pub late_extra_vars: bool,
    /// Passwords of encrypted files and `!vault` values.
    pub vault: Arc<Secrets>,
    /// What a configuration file says, by the environment variable that says the same and wins.
    pub configuration: Arc<BTreeMap<String, String>>,
    pub on_warning: Option<Arc<OnWarning>>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("roles_path", &self.roles_path)
            .field("collections_path", &self.collections_path)
            .field("late_extra_vars", &self.late_extra_vars)
            .finish_non_exhaustive()
    }
}

pub struct Loader<'a> {
    pub files: &'a dyn Files,
    pub catalog: &'a dyn Catalog,
    pub settings: &'a Settings,
}

impl Loader<'_> {
    /// A playbook and all that it imports statically; the first error ends it.
    pub fn playbook(&self, path: &Path) -> Result<Playbook, Diagnostic> {
        Session::new(self, directory(path)).playbook(path)
    }
    /// A playbook for inspection: tasks that cannot be loaded become [`Node::Broken`], and every error is told.
    pub fn survey(&self, path: &Path) -> (Option<Playbook>, Vec<Diagnostic>) {
        let session = Session::new(self, directory(path)).lenient();
        let loaded = session.playbook(path);
        session.survey(loaded)
    }
    /// The implicit play of an operator: `hosts: localhost`, `roles: [role]`.
    pub fn role_playbook(&self, role_path: &Path) -> Result<Playbook, Diagnostic> {
        Session::new(self, directory(role_path)).role_playbook(role_path)
    }
    /// [`Loader::role_playbook`], as [`Loader::survey`] does it.
    pub fn survey_role(&self, role_path: &Path) -> (Option<Playbook>, Vec<Diagnostic>) {
        let session = Session::new(self, directory(role_path)).lenient();
        let loaded = session.role_playbook(role_path);
        session.survey(loaded)
    }
    /// A task file reached at run time (`include_tasks`).
    pub fn tasks(&self, path: &Path, role: Option<&Arc<Role>>) -> Result<Vec<Node>, Diagnostic> {
        Session::new(self, directory(path)).running().task_file(path, role, false)
    }
    /// A file of handlers reached at run time (`include_tasks` as a handler).
    pub fn handlers(&self, path: &Path, role: Option<&Arc<Role>>) -> Result<Vec<Node>, Diagnostic> {
        Session::new(self, directory(path)).running().task_file(path, role, true)
    }
    /// A role reached at run time (`include_role`); `near` is the playbook's directory or the calling role's path.
    pub fn role(&self, name: &str, from: &RoleFrom, near: &Path) -> Result<RoleUse, Diagnostic> {
        self.role_for(name, from, near, None)
    }
    /// A role reached at run time from a playbook in `directory`, by a task of the role `caller`, if it is of one: its
    /// collections and its sisters are looked into as well.
    pub fn role_for(
        &self,
        name: &str,
        from: &RoleFrom,
        directory: &Path,
        caller: Option<&Arc<Role>>,
    ) -> Result<RoleUse, Diagnostic> {
        Session::new(self, directory.to_owned()).running().included_role(name, from, caller)
    }
    /// A value of a file that somebody else reads (an inventory), as project data.
    pub fn value(&self, node: &crate::yaml::Node) -> rolewright_template::Tree {
        Session::new(self, PathBuf::new()).tree(node)
    }
    /// A vars file: YAML or JSON, a mapping at the top.
    pub fn vars(&self, path: &Path) -> Result<Vars, Diagnostic> {
        Session::new(self, directory(path)).vars_file(path)
    }
}

fn directory(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).to_owned()
}

/// `tasks_from`, `vars_from`, `defaults_from`, `handlers_from`.
#[derive(Clone, Debug, Default)]
pub struct RoleFrom {
    pub tasks: Option<String>,
    pub vars: Option<String>,
    pub defaults: Option<String>,
    pub handlers: Option<String>,
    /// `rolespec_validate: false`: no check of the argument specs.
    pub unchecked: bool,
}

#[cfg(test)]
mod tests;
