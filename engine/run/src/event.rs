//! The one stream of events; terminal output, logs, CR status, metrics are its listeners.
use rolewright_template::{Origin, Value};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct TaskRef {
    /// Rendered name (`role : name`), or the module as written.
    pub name: Arc<str>,
    pub module: Arc<str>,
    pub origin: Origin,
    pub role: Option<Arc<str>>,
    pub is_handler: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskStatus {
    Ok,
    Changed,
    Skipped,
    Failed,
    /// Failed with `ignore_errors`.
    Ignored,
    Unreachable,
}

#[derive(Clone, Debug)]
pub struct TaskResult {
    pub host: Arc<str>,
    pub status: TaskStatus,
    /// What may be shown: censored under `no_log`.
    pub result: Value,
    pub elapsed: Duration,
    /// Failed inside a block that has a rescue which is about to run.
    pub rescued: bool,
    /// The host it really ran on, when that is another one.
    pub delegate: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    PlayStart {
        name: Arc<str>,
    },
    TaskStart {
        task: TaskRef,
    },
    /// One item of a loop; `label` is what Ansible prints in `(item=…)`.
    Item {
        task: TaskRef,
        result: TaskResult,
        label: Arc<str>,
    },
    Retry {
        task: TaskRef,
        host: Arc<str>,
        left: u64,
        result: Value,
    },
    TaskResult {
        task: TaskRef,
        result: TaskResult,
    },
    Included {
        task: TaskRef,
        host: Arc<str>,
        file: Arc<str>,
        label: Option<Arc<str>>,
    },
    Warning {
        message: Arc<str>,
        origin: Option<Origin>,
    },
    NoHostsMatched,
    Recap {
        recap: crate::Recap,
    },
    /// What `set_stats` gathered: of the run (no host), then host by host.
    CustomStats {
        stats: Vec<(Option<Arc<str>>, Value)>,
    },
}

pub trait Listener: Send + Sync {
    fn event(&self, event: &Event);
}
