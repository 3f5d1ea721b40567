//! Metrics: the reference's names made true, and more.
//!
//! Everything is kept as text-ready series; a scrape locks once and prints.

mod registry;
mod user;

pub use registry::{Labels, Registry};
use rolewright_cluster::Gvk;
use std::time::Duration;

const RESULT: &str = "ansible_operator_reconcile_result";
const RECONCILES: &str = "ansible_operator_reconciles";
const CREATED: &str = "resource_created_at_seconds";
const TASKS: &str = "rolewright_tasks_total";
const RUNS: &str = "rolewright_runs_total";
const REQUESTS: &str = "rolewright_run_api_requests_total";
const DEPTH: &str = "rolewright_queue_depth";
const ACTIVE: &str = "rolewright_runs_in_progress";
const RESOURCES: &str = "rolewright_resources";
const CONNECTED: &str = "rolewright_watch_connected";
const LEADER: &str = "rolewright_leader";

/// Prometheus' default buckets, and those a slow role needs.
const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0];

/// What one operator counts. Clones are the same registry.
#[derive(Clone, Default)]
pub struct Metrics {
    pub registry: Registry,
}

/// How a run ended, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Succeeded,
    Failed,
    /// Stopped for a newer spec, a deletion, or because the operator stops.
    Superseded,
}

impl Metrics {
    pub fn new() -> Self {
        let this = Self::default();
        let registry = &this.registry;
        registry.gauge("ansible_operator_build_info", "Build information of the operator");
        registry.gauge(RESULT, "Number of reconciles by result");
        registry.histogram(RECONCILES, "How long a reconcile takes, from its start to the written status", SECONDS);
        registry.gauge(CREATED, "Timestamp at which a resource was created");
        registry.counter(RUNS, "Runs by how they ended");
        registry.counter(TASKS, "Task results by status");
        registry.counter(REQUESTS, "Requests to the Kubernetes API made by reconciles");
        registry.gauge(DEPTH, "Resources that are ready to be reconciled and wait for room");
        registry.gauge(ACTIVE, "Reconciles in progress");
        registry.gauge(RESOURCES, "Watched resources");
        registry.gauge(CONNECTED, "1 while the kind is listed and watched, 0 while it is missing or unreachable");
        registry.gauge(LEADER, "1 while this process reconciles");
        let commit = option_env!("ROLEWRIGHT_COMMIT").unwrap_or("unknown");
        let build = Labels::of(&[("commit", commit), ("version", env!("CARGO_PKG_VERSION"))]);
        registry.set("ansible_operator_build_info", build, 1.0);
        this
    }

    pub fn run_ended(&self, gvk: &Gvk, ended: Ended, elapsed: Duration, requests: u64) {
        let kind = gvk.to_string();
        let result = match ended {
            Ended::Succeeded => "succeeded",
            Ended::Failed => "failed",
            Ended::Superseded => "superseded",
        };
        self.registry.observe(RECONCILES, Labels::of(&[("GVK", &kind)]), elapsed.as_secs_f64());
        self.registry.add(RUNS, Labels::of(&[("GVK", &kind), ("result", result)]), 1.0);
        self.registry.add(REQUESTS, Labels::of(&[("GVK", &kind)]), count(requests));
        if ended != Ended::Superseded {
            self.registry.add(RESULT, Labels::of(&[("GVK", &kind), ("result", result)]), 1.0);
        }
    }

    pub fn task_ended(&self, gvk: &Gvk, status: &str) {
        self.registry.add(TASKS, Labels::of(&[("GVK", &gvk.to_string()), ("status", status)]), 1.0);
    }

    pub fn resource_seen(&self, gvk: &Gvk, namespace: &str, name: &str, created: Option<&str>) {
        let second = created.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map(|time| time.as_second());
        if let Some(second) = second.and_then(|second| u64::try_from(second).ok()) {
            self.registry.set(CREATED, resource(gvk, namespace, name), count(second));
        }
    }

    pub fn resource_gone(&self, gvk: &Gvk, namespace: &str, name: &str) {
        self.registry.remove(CREATED, &resource(gvk, namespace, name));
    }

    pub fn watch_connected(&self, gvk: &Gvk, connected: bool) {
        self.registry.set(CONNECTED, Labels::of(&[("GVK", &gvk.to_string())]), f64::from(u8::from(connected)));
    }

    pub fn leading(&self, leads: bool) {
        self.registry.set(LEADER, Labels::default(), f64::from(u8::from(leads)));
    }

    /// What is read off other parts right before a scrape.
    pub fn kind_state(&self, gvk: &Gvk, resources: usize, waiting: usize, running: usize) {
        let kind = Labels::of(&[("GVK", &gvk.to_string())]);
        for (name, value) in [(RESOURCES, resources), (DEPTH, waiting), (ACTIVE, running)] {
            self.registry.set(name, kind.clone(), count(value as u64));
        }
    }
}

fn resource(gvk: &Gvk, namespace: &str, name: &str) -> Labels {
    Labels::of(&[
        ("group", &gvk.group),
        ("kind", &gvk.kind),
        ("name", name),
        ("namespace", namespace),
        ("version", &gvk.version),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur")]
fn count(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_references_names_are_there() {
        let metrics = Metrics::new();
        let gvk = Gvk::from_api_version("g/v1", "K");
        metrics.run_ended(&gvk, Ended::Succeeded, Duration::from_millis(300), 7);
        metrics.run_ended(&gvk, Ended::Superseded, Duration::from_millis(1), 1);
        metrics.resource_seen(&gvk, "ns", "n", Some("2026-01-01T00:00:00Z"));
        metrics.kind_state(&gvk, 3, 2, 1);
        let text = metrics.registry.text();
        for line in [
            "ansible_operator_reconcile_result{GVK=\"g/v1, Kind=K\",result=\"succeeded\"} 1",
            "ansible_operator_reconciles_bucket{GVK=\"g/v1, Kind=K\",le=\"0.005\"} 1",
            "ansible_operator_reconciles_bucket{GVK=\"g/v1, Kind=K\",le=\"0.5\"} 2",
            "ansible_operator_reconciles_bucket{GVK=\"g/v1, Kind=K\",le=\"+Inf\"} 2",
            "ansible_operator_reconciles_count{GVK=\"g/v1, Kind=K\"} 2",
            "resource_created_at_seconds{group=\"g\",kind=\"K\",name=\"n\",namespace=\"ns\",version=\"v1\"} 1767225600",
            "rolewright_run_api_requests_total{GVK=\"g/v1, Kind=K\"} 8",
            "rolewright_queue_depth{GVK=\"g/v1, Kind=K\"} 2",
            "# TYPE ansible_operator_reconcile_result gauge",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        assert!(text.contains("ansible_operator_build_info{commit="));
        metrics.resource_gone(&gvk, "ns", "n");
        assert!(!metrics.registry.text().contains("resource_created_at_seconds{"));
    }
}
