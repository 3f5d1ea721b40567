//! ReplicaSets: as many pods as asked for.
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Controllers;
use super::client::reference;
use super::conditions;
use crate::json::JsonExt;
use crate::store::Object;

const SHARD: &str = "replicasets.apps";
const COMPONENT: &str = "replicaset-controller";

/// Pods that count: neither finished nor going.
pub(super) fn active(pods: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
    let finished = |p: &Object| matches!(p.value.text("/status/phase"), "Succeeded" | "Failed");
    pods.into_iter().filter(|p| !p.deleting() && !finished(p)).collect()
}

pub(super) fn ready(pod: &Object) -> bool {
    conditions::is_true(&pod.value, "Ready")
}

/// A pod from a template, owned by its controller.
pub(super) fn pod_of(owner: &Object, template: &Json, name: &str) -> Json {
    let mut metadata = json!({"ownerReferences": [reference(owner)]});
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.pointer(&format!("/metadata/{field}")) {
            metadata[field] = value.clone();
        }
    }
    let key = if name.ends_with('-') { "generateName" } else { "name" };
    metadata[key] = name.into();
    json!({"metadata": metadata, "spec": template["spec"]})
}

impl Controllers {
    pub(super) fn replica_set(&self, set: &Object) {
        if !set.deleting() {
            self.adopt(set, "pods");
            self.scale_pods(set);
        }
        self.replica_set_status(set);
    }

    fn scale_pods(&self, set: &Object) {
        let wanted = set.value.int("/spec/replicas").unwrap_or(1).max(0) as usize;
        let pods = active(self.controlled(set, "pods"));
        for _ in pods.len()..wanted {
            let pod = pod_of(set, &set.value["spec"]["template"], &format!("{}-", set.name()));
            let Some(pod) = self.create("pods", set.namespace(), pod) else { return };
            self.normal(set, "SuccessfulCreate", COMPONENT, &format!("Created pod: {}", pod.name()));
        }
        for pod in victims(&pods, pods.len().saturating_sub(wanted)) {
            self.delete(&pod, "pods", None, None);
            self.normal(set, "SuccessfulDelete", COMPONENT, &format!("Deleted pod: {}", pod.name()));
        }
    }

    fn replica_set_status(&self, set: &Object) {
        let pods = active(self.controlled(set, "pods"));
        let ready = pods.iter().filter(|p| ready(p)).count();
        let generation = set.value.int("/metadata/generation").unwrap_or(1);
        let total = pods.len();
        self.set_status(set, SHARD, |value| {
            let mut status = json!({"replicas": total, "observedGeneration": generation});
            for (field, count) in
                [("fullyLabeledReplicas", total), ("readyReplicas", ready), ("availableReplicas", ready)]
            {
                if count > 0 {
                    status[field] = count.into();
                }
            }
            value["status"] = status;
        });
    }
}

/// Those that go first: not ready ones, then the youngest.
fn victims(pods: &[Arc<Object>], count: usize) -> Vec<Arc<Object>> {
    let mut order: Vec<_> = pods.to_vec();
    order.sort_by_key(|p| (ready(p), std::cmp::Reverse((p.meta("creationTimestamp").to_owned(), p.rv))));
    order.truncate(count);
    order
}
