//! What all parts of a running operator share.
use crate::ansible_args::AnsibleArgs;
use crate::dependents::Dependents;
use crate::kind::Kind;
use crate::metrics::Metrics;
use crate::queue::{Key, Queue, Reason};
use crate::running::{Running, Verdict};
use crate::status;
use crate::{EventHook, Options, ReportHook, conditions};
use parking_lot::Mutex;
use rolewright_cluster::{Cluster, Resource};
use rolewright_run::Engine;
use serde_json::Value as Json;
use std::collections::HashSet;
use tokio_util::sync::CancellationToken;

pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) engine: Engine,
    pub(crate) cluster: Cluster,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) queue: Queue,
    pub(crate) running: Running,
    pub(crate) dependents: Dependents,
    pub(crate) metrics: Metrics,
    pub(crate) on_event: Option<EventHook>,
    pub(crate) on_report: Option<ReportHook>,
    pub(crate) ansible_args: AnsibleArgs,
    pub(crate) gather_facts: bool,
    /// `ANSIBLE_VERBOSITY` is set: lines as `ansible-playbook` prints them.
    pub(crate) raw_logs: bool,
    pub(crate) runtime: tokio::runtime::Handle,
    /// Cancelled when the operator is asked to stop, or loses its lease.
    pub(crate) stopping: CancellationToken,
    pub(crate) warned: Mutex<HashSet<(usize, &'static str)>>,
}

impl Shared {
    /// A change of a CR: stops the run in progress where it is outdated, and asks for another.
    pub(crate) fn changed(&self, key: Key, reason: Reason, object: &Json) {
        if self.running.changed(&key, object, &reason) == Verdict::Enqueue {
            self.queue.add(key, reason);
        }
    }

    /// A warning that is said once per watch.
    pub(crate) fn warn_once(&self, watch: usize, text: &'static str) {
        if self.warned.lock().insert((watch, text)) {
            let gvk = self.kinds.get(watch).map(|kind| kind.watch.gvk.to_string()).unwrap_or_default();
            tracing::warn!(%gvk, "{text}");
        }
    }

    /// The operator stops in the middle of this CR's run: it must not look as if it ran on.
    pub(crate) async fn mark_interrupted(&self, key: &Key, cluster: &Cluster, resource: &Resource, object: &Json) {
        if !self.kinds.get(key.watch).is_some_and(|kind| kind.watch.manage_status) {
            return;
        }
        let now = self.engine.system.now();
        let change = |status: &Json| conditions::mark_interrupted(status, now);
        if let Err(error) = status::write(cluster, resource, object, change).await {
            tracing::warn!(namespace = %key.namespace, name = %key.name, %error, "cannot write the last status");
        }
    }

    /// Brings the gauges up to date that are read off other parts.
    pub(crate) fn measure(&self) {
        for (index, kind) in self.kinds.iter().enumerate() {
            let (waiting, running) = (self.queue.depth(index), self.queue.running(index));
            self.metrics.kind_state(&kind.watch.gvk, kind.store.len(), waiting, running);
        }
    }
}
