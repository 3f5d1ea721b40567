//! DaemonSets: one pod on each node.
use serde_json::{Value as Json, json};

use super::Controllers;
use super::replicaset::{active, pod_of, ready};
use crate::json::JsonExt;
use crate::store::Object;

const SHARD: &str = "daemonsets.apps";
const COMPONENT: &str = "daemonset-controller";
const HASH: &str = "controller-revision-hash";

impl Controllers {
    pub(super) fn daemon_set(&self, set: &Object) {
        let hash = self.revision_of(set);
        let nodes: Vec<String> =
            self.api.store.list("nodes", None).iter().filter(|n| takes(n, set)).map(|n| n.name().to_owned()).collect();
        if !set.deleting() {
            self.spread(set, &hash, &nodes);
        }
        self.daemon_status(set, &hash, &nodes);
    }

    fn spread(&self, set: &Object, hash: &str, nodes: &[String]) {
        let pods = active(self.controlled(set, "pods"));
        for node in nodes {
            if !pods.iter().any(|p| pinned(&p.value) == *node) {
                self.create_on(set, hash, node);
            }
        }
        let on_delete = set.value.text("/spec/updateStrategy/type") == "OnDelete";
        for pod in &pods {
            let stray = !nodes.iter().any(|n| pinned(&pod.value) == *n);
            let old =
                pod.value.pointer("/metadata/labels").and_then(|l| l.get(HASH)).and_then(Json::as_str) != Some(hash);
            if stray || (old && !on_delete) {
                self.delete(pod, "pods", None, None);
                let message = format!("Deleted pod: {}", pod.name());
                self.normal(set, "SuccessfulDelete", COMPONENT, &message);
            }
        }
    }

    fn create_on(&self, set: &Object, hash: &str, node: &str) {
        let mut pod = pod_of(set, &set.value["spec"]["template"], &format!("{}-", set.name()));
        pod.put(&["metadata", "labels", HASH], hash);
        let generation = set.meta_annotation("deprecated.daemonset.template.generation");
        pod.put(
            &["metadata", "labels", "pod-template-generation"],
            if generation.is_empty() { "1" } else { generation },
        );
        pod.put(
            &["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"],
            json!({"nodeSelectorTerms": [{"matchFields": [
                {"key": "metadata.name", "operator": "In", "values": [node]}]}]}),
        );
        let mut tolerations = pod.items("/spec/tolerations").to_vec();
        for (key, effect) in [
            ("node.kubernetes.io/not-ready", "NoExecute"),
            ("node.kubernetes.io/unreachable", "NoExecute"),
            ("node.kubernetes.io/disk-pressure", "NoSchedule"),
            ("node.kubernetes.io/memory-pressure", "NoSchedule"),
            ("node.kubernetes.io/pid-pressure", "NoSchedule"),
            ("node.kubernetes.io/unschedulable", "NoSchedule"),
        ] {
            tolerations.push(json!({"key": key, "operator": "Exists", "effect": effect}));
        }
        pod.put(&["spec", "tolerations"], tolerations);
        if let Some(pod) = self.create("pods", set.namespace(), pod) {
            self.normal(set, "SuccessfulCreate", COMPONENT, &format!("Created pod: {}", pod.name()));
        }
    }

    fn daemon_status(&self, set: &Object, hash: &str, nodes: &[String]) {
        let pods = active(self.controlled(set, "pods"));
        let ready = pods.iter().filter(|p| ready(p)).count();
        let label = |p: &Object| p.value.pointer("/metadata/labels").and_then(|l| l.get(HASH)).cloned();
        let updated = pods.iter().filter(|p| label(p) == Some(hash.into())).count();
        let generation = set.value.int("/metadata/generation").unwrap_or(1);
        let wanted = nodes.len();
        self.set_status(set, SHARD, |value| {
            let mut status = json!({"observedGeneration": generation, "desiredNumberScheduled": wanted,
                "currentNumberScheduled": pods.len(), "numberMisscheduled": 0, "numberReady": ready});
            for (field, count) in [
                ("updatedNumberScheduled", updated),
                ("numberAvailable", ready),
                ("numberUnavailable", wanted.saturating_sub(ready)),
            ] {
                if count > 0 {
                    status[field] = count.into();
                }
            }
            value["status"] = status;
        });
    }
}

/// The node a pod of a DaemonSet is meant for.
fn pinned(pod: &Json) -> &str {
    let terms = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0";
    pod.text(&format!("{terms}/matchFields/0/values/0"))
}

fn takes(node: &Object, set: &Object) -> bool {
    let wanted = set.value.pointer("/spec/template/spec/nodeSelector").and_then(Json::as_object);
    let labels = node.value.pointer("/metadata/labels");
    wanted.into_iter().flatten().all(|(k, v)| labels.and_then(|l| l.get(k)) == Some(v))
}
