//! Deployments: a ReplicaSet for each version of the template, and the way from one to the next.
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::client::reference;
use super::conditions::{self, Condition};
use super::{Controllers, Task, rollout};
use crate::api::names;
use crate::json::JsonExt;
use crate::store::{Object, Place, key_of};

const SHARD: &str = "deployments.apps";
pub(super) const SETS: &str = "replicasets.apps";
const COMPONENT: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

pub(super) fn replicas(value: &Json) -> i64 {
    value.int("/spec/replicas").unwrap_or(1).max(0)
}

fn revision(object: &Object) -> i64 {
    object.meta_annotation(REVISION).parse().unwrap_or(0)
}

impl Object {
    pub(super) fn meta_annotation(&self, key: &str) -> &str {
        let annotations = self.value.pointer("/metadata/annotations");
        annotations.and_then(|a| a.get(key)).and_then(Json::as_str).unwrap_or_default()
    }
}

/// The template without the label that tells sets apart.
fn plain_template(value: &Json) -> Json {
    let mut template = value["spec"]["template"].clone();
    template.drop_field(&["metadata", "labels", HASH]);
    template.drop_field(&["metadata", "creationTimestamp"]);
    template
}

impl Controllers {
    pub(super) fn deployment(&self, deployment: &Arc<Object>) {
        if deployment.deleting() {
            return self.deployment_status(deployment);
        }
        self.adopt(deployment, SETS);
        let template = plain_template(&deployment.value);
        let sets = self.controlled(deployment, SETS);
        let paused = deployment.value.flag("/spec/paused");
        let current = match sets.iter().find(|s| plain_template(&s.value) == template) {
            Some(set) => Some(set.clone()),
            None if paused => None,
            None => self.new_set(deployment, &template, &sets),
        };
        if let (Some(current), false) = (&current, paused) {
            self.mark_revision(deployment, current, &sets);
        }
        let sets = self.controlled(deployment, SETS);
        let (new, old): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|s| current.as_ref().is_some_and(|c| c.uid() == s.uid()));
        rollout::step(self, deployment, new.first(), &old, paused);
        self.clean_up(deployment, &old);
        self.deployment_status(deployment);
    }

    fn new_set(&self, deployment: &Object, template: &Json, sets: &[Arc<Object>]) -> Option<Arc<Object>> {
        let hash = names::hash(&template.to_string());
        let name = format!("{}-{hash}", deployment.name());
        let mut template = template.clone();
        template.put(&["metadata", "labels", HASH], hash.as_str());
        let mut selector = deployment.value["spec"]["selector"].clone();
        selector.put(&["matchLabels", HASH], hash);
        let first = rollout::first_size(deployment, sets);
        let mut annotations = copied_annotations(deployment);
        annotations.put(&[REVISION], next_revision(sets).to_string());
        for (key, value) in rollout::set_annotations(deployment) {
            annotations.put(&[key], value);
        }
        let mut spec = json!({"replicas": first, "selector": selector, "template": template});
        if let Some(seconds) = deployment.value.int("/spec/minReadySeconds") {
            spec["minReadySeconds"] = seconds.into();
        }
        let labels = spec["template"]["metadata"]["labels"].clone();
        let set = self.create(
            SETS,
            deployment.namespace(),
            json!({"metadata": {"name": name, "labels": labels, "annotations": annotations,
                "ownerReferences": [reference(deployment)]}, "spec": spec}),
        )?;
        let message = format!("Created new replica set {name:?}");
        self.set_status(deployment, SHARD, |value| {
            let reason = "NewReplicaSetCreated";
            conditions::set(value, &Condition { kind: "Progressing", status: true, reason, message: &message });
        });
        if first > 0 {
            self.scaled(deployment, &name, "up", 0, first);
        }
        Some(set)
    }

    /// The current set has the highest revision; an old one that comes back gets a new number.
    fn mark_revision(&self, deployment: &Object, current: &Arc<Object>, sets: &[Arc<Object>]) {
        let others: Vec<_> = sets.iter().filter(|s| s.uid() != current.uid()).cloned().collect();
        let number = next_revision(&others).max(revision(current)).to_string();
        if current.meta_annotation(REVISION) != number {
            self.modify(current, SETS, |v| v.put(&["metadata", "annotations", REVISION], number.as_str()));
        }
        if deployment.meta_annotation(REVISION) != number {
            self.modify(deployment, SHARD, |v| v.put(&["metadata", "annotations", REVISION], number.as_str()));
        }
    }

    /// Sets the size of a ReplicaSet and tells so.
    pub(super) fn resize(&self, deployment: &Object, set: &Object, size: i64) {
        let old = replicas(&set.value);
        if old == size {
            return;
        }
        self.modify(set, SETS, |value| {
            value.put(&["spec", "replicas"], size);
            for (key, text) in rollout::set_annotations(deployment) {
                value.put(&["metadata", "annotations", key], text);
            }
        });
        self.scaled(deployment, set.name(), if size > old { "up" } else { "down" }, old, size);
    }

    fn scaled(&self, deployment: &Object, set: &str, way: &str, from: i64, to: i64) {
        let message = format!("Scaled {way} replica set {set} from {from} to {to}");
        self.normal(deployment, "ScalingReplicaSet", COMPONENT, &message);
    }

    fn clean_up(&self, deployment: &Object, old: &[Arc<Object>]) {
        let limit = deployment.value.int("/spec/revisionHistoryLimit").unwrap_or(10).max(0) as usize;
        let idle = |s: &&Arc<Object>| replicas(&s.value) == 0 && s.value.int("/status/replicas").unwrap_or(0) == 0;
        let mut idle: Vec<_> = old.iter().filter(idle).filter(|s| !s.deleting()).collect();
        idle.sort_by_key(|s| revision(s));
        for set in idle.iter().take(idle.len().saturating_sub(limit)) {
            self.delete(set, SETS, None, None);
        }
    }

    fn deployment_status(&self, deployment: &Object) {
        let sets = self.controlled(deployment, SETS);
        let template = plain_template(&deployment.value);
        let new = sets.iter().find(|s| plain_template(&s.value) == template).cloned();
        let sum = |field: &str| sets.iter().map(|s| s.value.int(field).unwrap_or(0)).sum::<i64>();
        let counts = Counts {
            wanted: replicas(&deployment.value),
            total: sum("/status/replicas"),
            updated: new.as_ref().and_then(|s| s.value.int("/status/replicas")).unwrap_or(0),
            ready: sum("/status/readyReplicas"),
            available: sum("/status/availableReplicas"),
            asked: sum("/spec/replicas"),
        };
        let generation = deployment.value.int("/metadata/generation").unwrap_or(1);
        let least = counts.wanted - rollout::limits(deployment).unavailable;
        let late = self.is_late(deployment, &counts);
        self.set_status(deployment, SHARD, |value| {
            counts.tell(value, generation);
            let available = counts.available >= least;
            let (reason, message) = match available {
                true => ("MinimumReplicasAvailable", "Deployment has minimum availability."),
                false => ("MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
            };
            conditions::set(value, &Condition { kind: "Available", status: available, reason, message });
            if !value.flag("/spec/paused") {
                progress(value, new.as_deref(), &counts, late);
            }
        });
    }

    /// Whether a rollout took longer than it may; otherwise it is looked at again when it would.
    fn is_late(&self, deployment: &Object, counts: &Counts) -> bool {
        if counts.complete() {
            return false;
        }
        let Some(deadline) = deployment.value.int("/spec/progressDeadlineSeconds").filter(|s| *s > 0) else {
            return false;
        };
        let progressing = conditions::get(&deployment.value, "Progressing");
        let since = progressing.and_then(|c| c.text("/lastUpdateTime").parse::<jiff::Timestamp>().ok());
        let Some(since) = since else { return false };
        let left = deadline - jiff::Timestamp::now().duration_since(since).as_secs();
        if left > 0 {
            let place = Place { shard: SHARD.into(), key: key_of(deployment.namespace(), deployment.name()) };
            self.later(Duration::from_secs(left as u64 + 1), Task::Object(place));
        }
        left <= 0
    }
}

fn next_revision(sets: &[Arc<Object>]) -> i64 {
    sets.iter().map(|s| revision(s)).max().unwrap_or(0) + 1
}

fn copied_annotations(deployment: &Object) -> Json {
    let mut annotations = deployment.value.pointer("/metadata/annotations").cloned().unwrap_or_else(|| json!({}));
    for key in ["kubectl.kubernetes.io/last-applied-configuration", REVISION] {
        annotations.drop_field(&[key]);
    }
    annotations
}

struct Counts {
    wanted: i64,
    total: i64,
    updated: i64,
    ready: i64,
    available: i64,
    asked: i64,
}

impl Counts {
    fn complete(&self) -> bool {
        self.updated == self.wanted
            && self.total == self.wanted
            && self.available == self.wanted
            && self.asked == self.wanted
    }

    fn tell(&self, value: &mut Json, generation: i64) {
        let conditions = value.pointer("/status/conditions").cloned();
        let mut status = json!({"observedGeneration": generation});
        for (field, count) in [
            ("replicas", self.total),
            ("updatedReplicas", self.updated),
            ("readyReplicas", self.ready),
            ("availableReplicas", self.available),
            ("unavailableReplicas", (self.total.max(self.wanted) - self.available).max(0)),
        ] {
            if count > 0 {
                status[field] = count.into();
            }
        }
        if let Some(conditions) = conditions {
            status["conditions"] = conditions;
        }
        value["status"] = status;
    }
}

fn progress(value: &mut Json, new: Option<&Object>, counts: &Counts, late: bool) {
    let Some(new) = new else { return };
    let name = new.name();
    let old = conditions::get(value, "Progressing").map(|c| c.text("/reason").to_owned()).unwrap_or_default();
    let (status, reason, message) = match () {
        () if counts.complete() => {
            (true, "NewReplicaSetAvailable", format!("ReplicaSet {name:?} has successfully progressed."))
        }
        () if late => (false, "ProgressDeadlineExceeded", format!("ReplicaSet {name:?} has timed out progressing.")),
        () if old == "NewReplicaSetCreated" && counts.updated == 0 => return,
        () => (true, "ReplicaSetUpdated", format!("ReplicaSet {name:?} is progressing.")),
    };
    conditions::set(value, &Condition { kind: "Progressing", status, reason, message: &message });
}
