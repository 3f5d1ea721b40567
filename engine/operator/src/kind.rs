//! One watched kind of the running operator: its watch, its compiled content, its CRs.
use crate::inventory;
use crate::store::Store;
use crate::watches::{Content, SearchPaths, Watch};
use parking_lot::RwLock;
use rolewright_cluster::Resource;
use rolewright_language::ast::Playbook;
use rolewright_language::{Diagnostic, Loader, Settings, Severity};
use rolewright_run::{Engine, Inventory};
use std::path::Path;
use std::sync::Arc;

/// What a run executes, compiled; or why it could not be.
pub(crate) type Compiled = Result<Arc<Prepared>, Arc<Diagnostic>>;

pub(crate) struct Prepared {
    pub(crate) playbook: Arc<Playbook>,
    /// With the role paths of this content.
    pub(crate) engine: Engine,
    pub(crate) inventory: Arc<Inventory>,
    /// Tasks that could not be loaded: each fails the run that reaches it.
    pub(crate) errors: Vec<Diagnostic>,
}

pub(crate) struct Kind {
    pub(crate) watch: Watch,
    pub(crate) main: Compiled,
    /// What runs on deletion: the finalizer's own content, or the main one again.
    pub(crate) finalizer: Option<Compiled>,
    pub(crate) store: Store,
    /// Known once the kind is installed.
    pub(crate) resource: RwLock<Option<Arc<Resource>>>,
}

impl Kind {
    pub(crate) fn new(watch: Watch, engine: &Engine, paths: &SearchPaths, inventory: &Inventory) -> Self {
        let main = prepare(engine, &watch.content, paths, inventory);
        let finalizer = watch.finalizer.as_ref().map(|finalizer| match &finalizer.content {
            Some(content) => prepare(engine, content, paths, inventory),
            None => main.clone(),
        });
        Self { watch, main, finalizer, store: Store::default(), resource: RwLock::new(None) }
    }
    pub(crate) fn resource(&self) -> Option<Arc<Resource>> {
        self.resource.read().clone()
    }
}

/// Loads and compiles. In role mode the role's own parent comes first where its dependencies are looked up.
fn prepare(engine: &Engine, content: &Content, paths: &SearchPaths, inventory: &Inventory) -> Compiled {
    let parent = match content {
        Content::Role(path) => path.parent().map(std::path::Path::to_path_buf),
        Content::Playbook(_) => None,
    };
    let configured = paths.roles.iter().map(|path| paths.working_dir.join(path));
    let beside = std::iter::once(paths.working_dir.join("roles"));
    let mut roles_path: Vec<_> = parent.into_iter().chain(configured).chain(beside).collect();
    roles_path.extend(engine.settings.roles_path.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    roles_path.retain(|path| seen.insert(path.clone()));
    let collections = paths.collections.iter().map(|path| paths.working_dir.join(path)).collect();
    let on_warning = |warning: &Diagnostic| tracing::warn!(target: "project", "{warning}");
    let settings = Settings {
        roles_path,
        collections_path: collections,
        late_extra_vars: true,
        on_warning: Some(Arc::new(on_warning)),
        ..(*engine.settings).clone()
    };
    let loader = Loader { files: &*engine.files, catalog: &*engine.modules, settings: &settings };
    let (loaded, findings) = match content {
        Content::Role(path) => loader.survey_role(path),
        Content::Playbook(path) => loader.survey(path),
    };
    let errors: Vec<Diagnostic> = findings.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    let engine = Engine { settings: Arc::new(settings), ..engine.clone() };
    let inventory = match content {
        Content::Role(_) => Ok(inventory.clone()),
        Content::Playbook(path) => inventory::beside(inventory, path.parent().unwrap_or(Path::new("/")), &engine),
    };
    let inventory = Arc::new(inventory.map_err(|message| Arc::new(Diagnostic::error("bad-vars", message)))?);
    match loaded {
        Some(playbook) => Ok(Arc::new(Prepared { playbook: Arc::new(playbook), engine, inventory, errors })),
        None => Err(Arc::new(first(errors, content))),
    }
}

fn first(errors: Vec<Diagnostic>, content: &Content) -> Diagnostic {
    let unknown = || Diagnostic::error("content", format!("{} cannot be loaded", content.path().display()));
    errors.into_iter().next().unwrap_or_else(unknown)
}
