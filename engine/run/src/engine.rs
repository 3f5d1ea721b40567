//! The engine and one run of it.
use crate::{Cancel, Extensions, FileCache, Listener, Modules, System};
use rolewright_language::ast::{Playbook, Vars};
use rolewright_language::{Diagnostic, Files, Settings};
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

impl Engine {
    /// Blocks the calling thread until the run is over.
    pub fn run(&self, _request: Request, _listener: &dyn Listener) -> RunOutcome {
        unimplemented!()
    }
}
