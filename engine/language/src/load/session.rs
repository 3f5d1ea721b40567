//! One call of the loader: its files, warnings, and what it is in the middle of.
use super::known::Known;
use super::{Catalog, Files, Loader, Settings};
use crate::ast::{Node, Playbook, Role, Vars};
use crate::{Diagnostic, yaml};
use rolewright_template::vault::is_vault_error;
use rolewright_template::{Origin, Tree};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub(super) type Result<T, E = Diagnostic> = std::result::Result<T, E>;

pub(super) struct Session<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) catalog: &'a dyn Catalog,
    pub(super) settings: &'a Settings,
    playbook_dir: RefCell<PathBuf>,
    /// A run is under way: what is loaded is kept for other runs, whose variables and playbook may differ.
    pub(super) running: bool,
    warnings: RefCell<Vec<Diagnostic>>,
    /// Errors that were kept as broken nodes; `None` when the first error ends loading.
    problems: Option<RefCell<Vec<Diagnostic>>>,
    /// Playbooks, task files and roles that are being loaded, for loops among them.
    open: RefCell<Vec<String>>,
    /// Roles that were loaded as plain dependencies.
    pub(super) dependencies: RefCell<HashMap<PathBuf, Arc<crate::ast::RoleUse>>>,
}

/// A file that was read.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) node: yaml::Node,
}

/// Where a list of tasks stands.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) role: Option<Arc<Role>>,
    pub(super) handlers: bool,
    pub(super) collections: Vec<Arc<str>>,
    /// `notify` of the blocks around.
    pub(super) notify: Vec<Tree>,
    pub(super) known: Known,
    /// Directories of this file and those that import it, inner ones first.
    pub(super) directories: Vec<PathBuf>,
}

impl Place {
    /// The error with the text of the file it is in.
    pub(super) fn error(&self, code: &'static str, message: impl Into<String>, node: &yaml::Node) -> Diagnostic {
        Diagnostic::error(code, message).at(&node.origin).with_source(&self.text)
    }
    /// The same place, in another file.
    pub(super) fn enter(&self, file: &File) -> Self {
        let mut place = self.clone();
        place.name = Arc::clone(&file.name);
        place.text = Arc::clone(&file.text);
        place.directories.insert(0, super::directory(&file.path));
        place
    }
    /// The same place, with more variables known.
    pub(super) fn knowing(&self, vars: &Vars) -> Self {
        Self { known: self.known.with(vars), ..self.clone() }
    }
}

impl<'a> Session<'a> {
    pub(super) fn new(loader: &'a Loader<'a>, playbook_dir: PathBuf) -> Self {
        Self {
            files: loader.files,
            catalog: loader.catalog,
            settings: loader.settings,
            playbook_dir: RefCell::new(playbook_dir),
            running: false,
            warnings: RefCell::default(),
            problems: None,
            open: RefCell::default(),
            dependencies: RefCell::default(),
        }
    }
    /// The directory of the playbook that is being loaded.
    pub(super) fn playbook_dir(&self) -> PathBuf {
        self.playbook_dir.borrow().clone()
    }

    /// Loads a playbook in its own directory.
    pub(super) fn in_directory<T>(&self, directory: PathBuf, load: impl FnOnce() -> T) -> T {
        let outer = self.playbook_dir.replace(directory);
        let loaded = load();
        self.playbook_dir.replace(outer);
        loaded
    }

    pub(super) fn running(mut self) -> Self {
        self.running = true;
        self
    }

    /// Names that depend on variables are decided by each run.
    pub(super) fn names_are_late(&self) -> bool {
        self.running || self.settings.late_extra_vars
    }

    pub(super) fn lenient(mut self) -> Self {
        self.problems = Some(RefCell::default());
        self
    }

    pub(super) fn survey(self, loaded: Result<Playbook>) -> (Option<Playbook>, Vec<Diagnostic>) {
        let mut problems = self.problems.map(RefCell::into_inner).unwrap_or_default();
        match loaded {
            Ok(playbook) => (Some(playbook), problems),
            Err(error) => {
                problems.push(error);
                (None, problems)
            }
        }
    }

    /// The error itself, or a broken node in its place when all errors are wanted.
    pub(super) fn broken(&self, error: Diagnostic) -> Result<Node> {
        match &self.problems {
            None => Err(error),
            Some(problems) => {
                problems.borrow_mut().push(error.clone());
                Ok(Node::Broken(Arc::new(error)))
            }
        }
    }

    pub(super) fn warn(&self, warning: Diagnostic) {
        if let Some(on_warning) = &self.settings.on_warning {
            on_warning(&warning);
        }
        self.warnings.borrow_mut().push(warning);
    }

    pub(super) fn take_warnings(&self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.warnings.borrow_mut())
    }

    /// Reads and composes a file.
    pub(super) fn read(&self, path: &Path) -> Result<File> {
        let path = normal(path);
        let name: Arc<str> = path.to_string_lossy().into();
        let text = self.files.read(&path).map_err(|error| self.unreadable(&path, &error))?;
        let (node, warnings) = yaml::document(&text, &name)?;
        warnings.into_iter().for_each(|warning| self.warn(warning));
        Ok(File { path, name, text, node })
    }

    fn unreadable(&self, path: &Path, error: &str) -> Diagnostic {
        if is_vault_error(error) {
            let origin = Origin { file: path.to_string_lossy().into(), line: 1, column: 1 };
            return Diagnostic::error("encrypted-file", error).at(&origin);
        }
        if self.files.is_file(path) {
            let message = format!("an error occurred while trying to read the file '{}': {error}", path.display());
            return Diagnostic::error("unreadable-file", message);
        }
        not_found(path)
    }

    /// Loads something that may load itself in turn; `loop_error` says that it does.
    pub(super) fn guarded<T>(
        &self,
        key: String,
        loop_error: impl FnOnce() -> Diagnostic,
        load: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if self.open.borrow().contains(&key) {
            return Err(loop_error());
        }
        self.open.borrow_mut().push(key);
        let loaded = load();
        self.open.borrow_mut().pop();
        loaded
    }
}

pub(super) fn not_found(path: &Path) -> Diagnostic {
    let path = path.display();
    let message =
        format!("Unable to retrieve file contents\nCould not find or access '{path}' on the Ansible Controller.");
    Diagnostic::error("file-not-found", message)
}

/// Resolves `.` and `..` without asking the disk.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
