//! One run: what it shares, and what it has gathered so far.
use crate::asynchronous::Jobs;
use crate::engine::{Engine, Recap, Request, RunOutcome};
use crate::event::{Event, Listener};
use crate::frame::{Frame, Level};
use crate::hosts::{HostId, HostState};
use crate::inventory::{Groups, Inventory};
use crate::play::PlayState;
use crate::stats::CustomStats;
use crate::system::{RunWorld, System};
use crate::variables::VarMap;
use crate::{Cancel, Extensions, Signals, Surroundings};
use parking_lot::Mutex;
use rolewright_language::ast::Task;
use rolewright_language::{Diagnostic, Loader};
use rolewright_template::{Context, Error, Origin, Result, Scope, Var};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a run ends before its time.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An error outside of any task.
    Error(Box<Diagnostic>),
    Cancelled,
}

/// What the caller chose, and what the environment says.
pub(crate) struct Options {
    pub(crate) tags: Vec<String>,
    pub(crate) skip_tags: Vec<String>,
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
    pub(crate) verbosity: u8,
    pub(crate) gather_facts: bool,
    pub(crate) merge_hashes: bool,
    pub(crate) native: bool,
    pub(crate) force_handlers: bool,
    pub(crate) missing_handler_is_error: bool,
    pub(crate) private_role_vars: bool,
    pub(crate) any_errors_fatal: bool,
    pub(crate) no_log: bool,
    pub(crate) limit: Option<Vec<String>>,
    pub(crate) connection: Option<Arc<str>>,
}

pub(crate) struct Execution<'e> {
    pub(crate) engine: &'e Engine,
    pub(crate) listener: &'e dyn Listener,
    pub(crate) system: Arc<dyn System>,
    pub(crate) options: Options,
    pub(crate) extra: VarMap,
    pub(crate) extensions: Extensions,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) cancel: Cancel,
    pub(crate) signals: Signals,
    pub(crate) inventory: Inventory,
    pub(crate) groups: Arc<Groups>,
    pub(crate) hosts: Vec<HostState>,
    pub(crate) play: PlayState,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) failures: Vec<String>,
    /// How many blocks with a rescue stand around the running task.
    pub(crate) rescuers: u32,
    /// How many blocks with a rescue or always part do.
    pub(crate) shelters: u32,
    pub(crate) next_role_id: u64,
    /// Tasks are passed over until this one.
    pub(crate) start_at: Option<String>,
    pub(crate) custom_stats: CustomStats,
    surroundings: Mutex<HashMap<SurroundingsKey, Arc<Surroundings>>>,
}

/// Reads a template that another one includes: its path and text.
type ReadTemplate<'a> = dyn Fn(&str) -> Result<(String, String), Error> + 'a;

/// Role, file and modes: what surroundings without an environment of their own depend on.
type SurroundingsKey = (u64, usize, bool, bool);

impl<'e> Execution<'e> {
    pub(crate) fn new(engine: &'e Engine, request: Request, listener: &'e dyn Listener) -> Self {
        let system: Arc<dyn System> =
            Arc::new(RunWorld { inner: Arc::clone(&engine.system), environment: request.environment.clone() });
        let mut extra: VarMap = VarMap::with_capacity(request.extra_data.len() + request.extra_vars.len());
        extra.extend(request.extra_data.into_iter().map(|(name, value)| (name, Var::Data(value))));
        extra.extend(request.extra_vars.into_iter().map(|(name, tree)| (name, Var::Lazy(tree))));
        let configured = |name: &str| engine.settings.configuration.get(name).cloned();
        let setting =
            |name: &str| system.env(name).or_else(|| configured(name)).unwrap_or_default().to_ascii_lowercase();
        let is_on = |name: &str| matches!(&*setting(name), "1" | "true" | "yes" | "on");
        let options = Options {
            tags: request.tags,
            skip_tags: request.skip_tags,
            check_mode: request.check_mode,
            diff: request.diff,
            verbosity: request.verbosity,
            gather_facts: request.gather_facts,
            merge_hashes: setting("ANSIBLE_HASH_BEHAVIOUR") == "merge",
            native: is_on("ANSIBLE_JINJA2_NATIVE"),
            force_handlers: request.choices.force_handlers || is_on("ANSIBLE_FORCE_HANDLERS"),
            missing_handler_is_error: !matches!(
                &*setting("ANSIBLE_ERROR_ON_MISSING_HANDLER"),
                "0" | "false" | "no" | "off"
            ),
            private_role_vars: is_on("ANSIBLE_PRIVATE_ROLE_VARS"),
            any_errors_fatal: is_on("ANSIBLE_ANY_ERRORS_FATAL"),
            no_log: is_on("ANSIBLE_NO_LOG"),
            limit: request.choices.limit,
            connection: request.choices.connection.map(Arc::from),
        };
        let mut inventory = (*request.inventory).clone();
        inventory.merge_hashes = options.merge_hashes;
        let hosts = inventory.hosts.iter().map(|host| HostState::new(Arc::clone(&host.name), &inventory)).collect();
        let jobs: Arc<Jobs> = Arc::default();
        let mut extensions = request.extensions;
        extensions.insert(Arc::clone(&jobs));
        Self {
            engine,
            listener,
            options,
            extra,
            extensions,
            environment: request.environment,
            cancel: request.cancel,
            signals: Signals::default(),
            groups: Arc::new(inventory.groups_with_hosts()),
            inventory,
            hosts,
            play: PlayState::default(),
            jobs,
            failures: Vec::new(),
            rescuers: 0,
            shelters: 0,
            next_role_id: 1,
            start_at: request.choices.start_at_task,
            custom_stats: CustomStats::default(),
            surroundings: Mutex::default(),
            system,
        }
    }

    pub(crate) fn finish(self, stop: Option<Stop>) -> RunOutcome {
        let used = self.hosts.iter().filter(|host| host.used);
        let recap = Recap { hosts: used.map(|host| (Arc::clone(&host.name), host.stats.clone())).collect() };
        let exit_code = match &stop {
            Some(Stop::Error(diagnostic)) => exit_code_of(diagnostic),
            Some(Stop::Cancelled) => 99,
            None if self.hosts.iter().any(|host| host.unreachable) => 4,
            None if self.hosts.iter().any(|host| host.failed) => 2,
            None => 0,
        };
        if !matches!(stop, Some(Stop::Error(_))) {
            self.emit(&Event::Recap { recap: recap.clone() });
            if !self.custom_stats.is_empty() {
                self.emit(&Event::CustomStats { stats: self.custom_stats.to_list() });
            }
        }
        RunOutcome {
            recap,
            exit_code,
            failures: self.failures,
            cancelled: matches!(stop, Some(Stop::Cancelled)),
            error: match stop {
                Some(Stop::Error(diagnostic)) => Some(*diagnostic),
                _ => None,
            },
            requeue_after: self.signals.take_requeue_after(),
        }
    }

    pub(crate) fn emit(&self, event: &Event) {
        self.listener.event(event);
    }

    pub(crate) fn warn(&self, message: impl Into<Arc<str>>, origin: Option<&Origin>) {
        self.emit(&Event::Warning { message: message.into(), origin: origin.cloned() });
    }

    pub(crate) fn host(&self, id: HostId) -> &HostState {
        &self.hosts[id.0]
    }

    pub(crate) fn host_mut(&mut self, id: HostId) -> &mut HostState {
        &mut self.hosts[id.0]
    }

    pub(crate) fn host_ids(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.hosts.len()).map(HostId)
    }

    /// The store of a host, made when it is first named.
    pub(crate) fn host_named(&mut self, name: &Arc<str>) -> HostId {
        let known = self.hosts.iter().position(|host| host.name == *name);
        HostId(known.unwrap_or_else(|| {
            self.hosts.push(HostState::new(Arc::clone(name), &self.inventory));
            self.hosts.len() - 1
        }))
    }

    pub(crate) fn loader(&self) -> Loader<'_> {
        let engine = self.engine;
        Loader { files: &*engine.files, catalog: &*engine.modules, settings: &engine.settings }
    }

    pub(crate) fn check_cancelled(&self) -> std::result::Result<(), Stop> {
        if self.cancel.is_cancelled() { Err(Stop::Cancelled) } else { Ok(()) }
    }

    /// A context for rendering; the caller keeps `loader` alive.
    pub(crate) fn context<'a>(
        &'a self,
        scope: &'a dyn Scope,
        surroundings: &'a Surroundings,
        loader: &'a ReadTemplate<'a>,
    ) -> Context<'a> {
        Context {
            scope,
            world: self.system.world(),
            lookups: &*self.engine.lookups,
            loader,
            extra: Some(surroundings),
            native: self.options.native,
        }
    }

    /// Directories where a task's relative files are looked up (`ansible_search_path`).
    pub(crate) fn search_path(&self, task: &Task, frame: &Frame) -> Vec<PathBuf> {
        let mut path: Vec<PathBuf> = frame.roles().map(|role| role.usage.role.path.clone()).collect();
        let file_directory = Path::new(&*task.file).parent().map(Path::to_owned);
        for directory in file_directory.into_iter().chain([self.play.directory.clone()]) {
            if !path.contains(&directory) && !directory.as_os_str().is_empty() {
                path.push(directory);
            }
        }
        path
    }

    /// The surroundings of a task: kept while role, file and modes stay the same, as most of their parts do.
    pub(crate) fn surroundings(&self, task: &Task, frame: &Frame, check_mode: bool, diff: bool) -> Arc<Surroundings> {
        let role = frame.roles().next().map_or(0, |role| role.id);
        let key = (role, task.file.as_ptr() as usize, check_mode, diff);
        let mut kept = self.surroundings.lock();
        if let Some(found) = kept.get(&key) {
            return Arc::clone(found);
        }
        if kept.len() > 512 {
            kept.clear();
        }
        let made = Arc::new(self.new_surroundings(self.search_path(task, frame), check_mode, diff));
        kept.insert(key, Arc::clone(&made));
        made
    }

    pub(crate) fn new_surroundings(&self, search_path: Vec<PathBuf>, check_mode: bool, diff: bool) -> Surroundings {
        Surroundings {
            search_path,
            environment: self.environment.clone(),
            extensions: self.extensions.clone(),
            files: Arc::clone(&self.engine.files),
            system: Arc::clone(&self.system),
            settings: Arc::clone(&self.engine.settings),
            cache: Arc::clone(&self.engine.cache),
            cancel: self.cancel.clone(),
            check_mode,
            diff,
            groups: Arc::clone(&self.groups),
        }
    }

    /// Surroundings outside of a task.
    pub(crate) fn plain_surroundings(&self, frame: &Frame) -> Surroundings {
        let mut path: Vec<PathBuf> = frame.roles().map(|role| role.usage.role.path.clone()).collect();
        path.push(self.play.directory.clone());
        self.new_surroundings(path, self.options.check_mode, self.options.diff)
    }

    /// Makes a play's inventory known again after hosts or groups were added.
    pub(crate) fn refresh_groups(&mut self) {
        self.groups = Arc::new(self.inventory.groups_with_hosts());
        self.surroundings.lock().clear();
    }

    /// Search paths depend on the play.
    pub(crate) fn forget_surroundings(&self) {
        self.surroundings.lock().clear();
    }

    /// The directory of the nearest included file, for relative includes.
    pub(crate) fn include_directories<'f>(&self, frame: &'f Frame) -> impl Iterator<Item = &'f Path> {
        frame.chain().filter_map(|frame| match &frame.level {
            Level::Include(include) => Some(include.directory.as_path()),
            _ => None,
        })
    }
}

/// Errors that only a run meets give 1, as those of loading say themselves.
fn exit_code_of(diagnostic: &Diagnostic) -> i32 {
    match diagnostic.code {
        "unknown-handler" | "run-failed" => 1,
        _ => diagnostic.exit_code(),
    }
}
