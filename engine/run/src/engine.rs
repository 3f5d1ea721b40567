//! The engine and one run of it.
use crate::execution::{Execution, Stop};
use crate::{Cancel, Configuration, Extensions, FileCache, Inventory, Listener, Modules, System, VaultFiles};
use rolewright_language::ast::{Playbook, Vars};
use rolewright_language::{Diagnostic, Files, Settings};
use rolewright_template::vault::Secrets;
use rolewright_template::{Lookups, Value};
use std::sync::Arc;

/// Everything that runs share. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub modules: Arc<Modules>,
    pub lookups: Arc<dyn Lookups>,
    pub system: Arc<dyn System>,
    pub files: Arc<dyn Files>,
    pub settings: Arc<Settings>,
    /// Files read during runs; `Arc::default()` to begin with.
    pub cache: Arc<FileCache>,
}

#[derive(Clone)]
pub enum RunTarget {
    Playbook(Arc<Playbook>),
}

/// One run.
pub struct Request {
    pub target: RunTarget,
    /// Empty: there is only the implicit localhost.
    pub inventory: Arc<Inventory>,
    /// Extra vars that are project text (watch vars, `-e`): above everything.
    pub extra_vars: Vars,
    /// Extra vars that are data (CR spec and friends): same level, `extra_vars` win over them.
    pub extra_data: Vec<(Arc<str>, Value)>,
    pub extensions: Extensions,
    /// Environment of the run, over the process's.
    pub environment: Vec<(String, String)>,
    pub tags: Vec<String>,
    pub skip_tags: Vec<String>,
    pub check_mode: bool,
    pub diff: bool,
    pub verbosity: u8,
    /// The default for plays that do not say (`ANSIBLE_GATHERING`).
    pub gather_facts: bool,
    pub cancel: Cancel,
    pub choices: Choices,
}

/// What only a command line chooses; by default, nothing.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Patterns: only hosts that they name take part.
    pub limit: Option<Vec<String>>,
    /// The name of the first task to run; `*` and `?` stand for anything.
    pub start_at_task: Option<String>,
    /// Handlers run on hosts that failed as well, where a play does not say.
    pub force_handlers: bool,
    /// The connection of hosts that do not say.
    pub connection: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub ok: u64,
    pub changed: u64,
    pub unreachable: u64,
    pub failed: u64,
    pub skipped: u64,
    pub rescued: u64,
    pub ignored: u64,
}

/// Per host, in the order hosts were first used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recap {
    pub hosts: Vec<(Arc<str>, Stats)>,
}

#[derive(Debug)]
pub struct RunOutcome {
    pub recap: Recap,
    /// `ansible-playbook`'s: 0, 1, 2, 4, …
    pub exit_code: i32,
    /// Messages of tasks that failed and were neither rescued nor ignored, in order; file:line in template errors.
    pub failures: Vec<String>,
    /// An error outside any task (a role not found, an unknown handler).
    pub error: Option<Diagnostic>,
    pub cancelled: bool,
    /// What `requeue_after` asked for, in its written form.
    pub requeue_after: Option<String>,
}

/// Roles, blocks and includes inside each other take stack: plenty of it is reserved, little is ever touched.
const STACK: usize = 512 << 20;

impl Engine {
    /// The engine with what a configuration file says.
    #[must_use]
    pub fn with_configuration(mut self, configuration: Configuration) -> Self {
        let configuration = Arc::new(configuration.settings);
        self.settings = Arc::new(Settings { configuration, ..(*self.settings).clone() });
        self
    }

    /// A setting of Ansible by the name of its environment variable: from there, or from the configuration file.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.system.env(name).or_else(|| self.settings.configuration.get(name).cloned())
    }

    /// The engine with passwords for encrypted files of the machine and `!vault` values; none: as it is.
    #[must_use]
    pub fn with_vault(mut self, secrets: Arc<Secrets>) -> Self {
        if !secrets.is_empty() {
            self.files = Arc::new(VaultFiles(Arc::clone(&secrets)));
            self.settings = Arc::new(Settings { vault: secrets, ..(*self.settings).clone() });
        }
        self
    }

    /// Blocks the calling thread until the run is over.
    pub fn run(&self, request: Request, listener: &dyn Listener) -> RunOutcome {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("run".into()).stack_size(STACK);
            match thread.spawn_scoped(scope, || self.run_here(request, listener)) {
                Ok(running) => running.join().unwrap_or_else(|_| {
                    RunOutcome::failed("the run ended in an internal error; please report this together with its log")
                }),
                Err(error) => RunOutcome::failed(&format!("cannot start a thread for the run: {error}")),
            }
        })
    }

    fn run_here(&self, request: Request, listener: &dyn Listener) -> RunOutcome {
        let RunTarget::Playbook(playbook) = request.target.clone();
        let mut execution = Execution::new(self, request, listener);
        let stop: Option<Stop> = execution.run_playbook(&playbook).err();
        execution.finish(stop)
    }
}

impl RunOutcome {
    fn failed(message: &str) -> Self {
        Self {
            recap: Recap::default(),
            exit_code: 250,
            failures: Vec::new(),
            error: Some(Diagnostic::error("internal-error", message)),
            cancelled: false,
            requeue_after: None,
        }
    }
}
