//! `kubernetes.core.k8s_drain`
mod classify;

use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Options, Spec, options};
use super::common::wait::{Target, Wait, Want, wait_for};
use super::common::{FIELD_MANAGER, at, joined, outcome, text_at};
use classify::{Rules, classify};
use rolewright_cluster::{Cluster, DeleteOptions, Error, ListOptions, PatchKind, Resource, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Cancel, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

pub(crate) struct K8sDrain;

const OPTIONS: &[Opt] = &[
    Opt::new("name", Kind::Str).required(),
    Opt::new("state", Kind::Str).choices(&["cordon", "drain", "uncordon"]),
    Opt::new("pod_selectors", Kind::Texts).aliases(&["label_selectors"]),
    Opt::new("delete_options", Kind::Dict),
];

const SPEC: Spec =
    Spec { module: "kubernetes.core.k8s_drain", options: options!(OPTIONS, CONNECTION_OPTIONS), rules: &[] };

impl Module for K8sDrain {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_drain", "community.kubernetes.k8s_drain"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(async {
        let fail = |error| Failure::api("", &error);
        let nodes = cluster.resolve("v1", "Node").await.map_err(fail)?;
        let pods = cluster.resolve("v1", "Pod").await.map_err(fail)?;
        let name = options.text("name").unwrap_or_default();
        let drain = Drain {
            cluster: &cluster,
            nodes: &nodes,
            pods: &pods,
            node: name,
            cancel: cx.cancel,
            check_mode: cx.check_mode,
            rules: Rules::read(options.get("delete_options")),
        };
        drain.run(&options).await
    })
}

struct Drain<'a> {
    cluster: &'a Cluster,
    nodes: &'a Resource,
    pods: &'a Resource,
    node: &'a str,
    cancel: &'a Cancel,
    check_mode: bool,
    rules: Rules,
}

fn done(changed: bool, result: String, warnings: Vec<String>) -> Outcome {
    let mut map = Map::from_iter([("changed".to_owned(), changed.into()), ("result".to_owned(), result.into())]);
    super::act::add_warnings(&mut map, warnings);
    outcome(map)
}

impl Drain<'_> {
    async fn run(&self, options: &Options) -> Result<Outcome> {
        let name = self.node;
        let node = self
            .cluster
            .get(self.nodes, None, name)
            .await
            .map_err(|error| Failure::api(&format!("Failed to get node {name}: "), &error))?
            .ok_or_else(|| Failure::new(format!("Node {name} not found.")))?;
        let cordoned = at(&node, &["spec", "unschedulable"]) == true;
        match options.text("state").unwrap_or("drain") {
            "cordon" if cordoned => Ok(done(false, format!("node {name} already marked unschedulable."), vec![])),
            "cordon" => {
                self.mark(true).await?;
                Ok(done(true, format!("node {name} marked unschedulable."), vec![]))
            }
            "uncordon" if !cordoned => Ok(done(false, format!("node {name} already marked schedulable."), vec![])),
            "uncordon" => {
                self.mark(false).await?;
                Ok(done(true, format!("node {name} marked schedulable."), vec![]))
            }
            _ => self.drain(options, cordoned).await,
        }
    }

    async fn mark(&self, unschedulable: bool) -> Result<()> {
        let write = WriteOptions {
            field_manager: Some(FIELD_MANAGER.into()),
            dry_run: self.check_mode,
            ..WriteOptions::default()
        };
        let patch = json!({"spec": {"unschedulable": unschedulable}});
        let sent = self.cluster.patch(self.nodes, None, self.node, PatchKind::Strategic, &patch, &write).await;
        sent.map(|_| ()).map_err(|error| Failure::api("Failed to patch node: ", &error))
    }

    async fn drain(&self, options: &Options, cordoned: bool) -> Result<Outcome> {
        let name = self.node;
        let mut result = vec![if cordoned {
            format!("node {name} already marked unschedulable.")
        } else {
            self.mark(true).await?;
            format!("node {name} marked unschedulable.")
        }];
        let list = ListOptions {
            field_selector: Some(format!("spec.nodeName={name}")),
            label_selector: joined(&options.texts("pod_selectors")),
            metadata_only: false,
        };
        let found = self.cluster.list(self.pods, None, &list).await;
        let pods = found.map_err(|error| Failure::api("Failed to list pods of the node: ", &error))?.items;
        let sorted = classify(pods, &self.rules);
        if !sorted.errors.is_empty() {
            if !cordoned {
                self.mark(false).await?;
            }
            return Err(Failure::new(format!("Pod deletion errors: {}", sorted.errors.join(" "))));
        }
        let mut warnings = sorted.warnings;
        if self.check_mode {
            result.push(format!("Would have deleted {} Pod(s) from node.", sorted.delete.len()));
        } else {
            for pod in &sorted.delete {
                self.remove(pod).await?;
            }
            warnings.extend(self.wait(&sorted.delete).await);
            result.push(format!("{} Pod(s) deleted from node.", sorted.delete.len()));
        }
        Ok(done(!cordoned || !sorted.delete.is_empty(), result.join(" "), warnings))
    }

    async fn remove(&self, pod: &Json) -> Result<()> {
        let (namespace, name) = (text_at(pod, &["metadata", "namespace"]), text_at(pod, &["metadata", "name"]));
        let grace = self.rules.grace;
        let sent = if self.rules.disable_eviction {
            let options = DeleteOptions { grace_period_seconds: grace, ..DeleteOptions::default() };
            self.cluster.delete(self.pods, Some(namespace), name, &options).await
        } else {
            let mut body = json!({"apiVersion": "policy/v1", "kind": "Eviction",
                                  "metadata": {"name": name, "namespace": namespace}});
            if let Some(seconds) = grace {
                body["deleteOptions"] = json!({"gracePeriodSeconds": seconds});
            }
            let write = WriteOptions { subresource: Some("eviction".into()), ..WriteOptions::default() };
            self.cluster.create(self.pods, Some(namespace), &body, &write).await
        };
        match sent {
            Err(error) if !error.is_not_found() => Err(refused(namespace, name, &error)),
            _ => Ok(()),
        }
    }

    /// Until the pods are gone, or are others of the same name.
    async fn wait(&self, pods: &[Json]) -> Vec<String> {
        let Some(timeout) = self.rules.wait else { return Vec::new() };
        // Zero means: as long as it takes.
        let limit = if timeout == 0 { Duration::from_secs(u64::from(u32::MAX)) } else { Duration::from_secs(timeout) };
        let start = tokio::time::Instant::now();
        for pod in pods {
            let (namespace, name) = (text_at(pod, &["metadata", "namespace"]), text_at(pod, &["metadata", "name"]));
            let target = Target {
                cluster: self.cluster,
                resource: self.pods,
                namespace: Some(namespace),
                name: Some(name),
                label_selector: None,
                field_selector: Some(format!("spec.nodeName={}", self.node)),
            };
            let wait = Wait {
                timeout: limit.saturating_sub(start.elapsed()),
                sleep: Duration::from_secs(self.rules.sleep),
                condition: None,
            };
            let waited = wait_for(&target, &wait, Want::Absent, None, self.cancel).await;
            if !waited.done {
                return vec![format!("Timeout reached while pods were still running: {namespace}/{name}")];
            }
        }
        Vec::new()
    }
}

fn refused(namespace: &str, name: &str, error: &Error) -> Box<Failure> {
    let mut failure = Failure::api("", error);
    failure.msg = format!("Failed to delete pod {namespace}/{name} due to: {error}");
    failure
}
