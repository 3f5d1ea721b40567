//! The running operator.
use crate::Options;
use rolewright_cluster::{Cluster, Gvk};
use rolewright_run::{Engine, Event, Stats};
use std::sync::Arc;
use std::time::Duration;

/// An operator, ready to run.
pub struct Operator;

/// One finished reconcile, for `demo`, metrics and tests.
#[derive(Clone, Debug)]
pub struct RunReport {
    pub gvk: Gvk,
    pub namespace: String,
    pub name: String,
    pub stats: Stats,
    pub succeeded: bool,
    pub failures: Vec<String>,
    pub elapsed: Duration,
    pub requests: u64,
}

/// Called with every event of every run (GVK, namespace, name).
pub type EventHook = Arc<dyn Fn(&Gvk, &str, &str, &Event) + Send + Sync>;
/// Called after every run.
pub type ReportHook = Arc<dyn Fn(&RunReport) + Send + Sync>;

impl Operator {
    /// Loads watches and projects; errors are finished text with file:line:column.
    pub fn load(_options: Options, _engine: Engine, _cluster: Cluster) -> Result<Self, String> {
        unimplemented!()
    }
    pub fn on_event(&mut self, _hook: EventHook) {}
    pub fn on_report(&mut self, _hook: ReportHook) {}
    /// Runs until `stop` resolves, then drains within the graceful timeout. An error ends the process with exit 1.
    pub async fn run(self, _stop: impl Future<Output = ()> + Send + 'static) -> Result<(), String> {
        unimplemented!()
    }
}
