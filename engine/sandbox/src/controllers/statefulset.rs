//! StatefulSets: numbered pods with claims of their own.
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Controllers;
use super::client::reference;
use super::replicaset::{pod_of, ready};
use crate::json::JsonExt;
use crate::store::{Object, key_of};

const SHARD: &str = "statefulsets.apps";
const COMPONENT: &str = "statefulset-controller";
const HASH: &str = "controller-revision-hash";

fn ordinal(set: &Object, pod: &Object) -> Option<i64> {
    pod.name().strip_prefix(set.name())?.strip_prefix('-')?.parse().ok()
}

fn hash_of(pod: &Object) -> &str {
    pod.value.pointer("/metadata/labels").and_then(|l| l.get(HASH)).and_then(Json::as_str).unwrap_or_default()
}

impl Controllers {
    pub(super) fn stateful_set(&self, set: &Object) {
        let hash = format!("{}-{}", set.name(), self.revision_of(set));
        if !set.deleting() {
            self.place_pods(set, &hash);
        }
        self.stateful_status(set, &hash);
    }

    fn pods_of(&self, set: &Object) -> Vec<(i64, Arc<Object>)> {
        let pods = self.controlled(set, "pods").into_iter();
        let mut pods: Vec<_> = pods.filter_map(|p| Some((ordinal(set, &p)?, p))).collect();
        pods.sort_by_key(|(number, _)| *number);
        pods
    }

    fn place_pods(&self, set: &Object, hash: &str) {
        let parallel = set.value.text("/spec/podManagementPolicy") == "Parallel";
        let first = set.value.int("/spec/ordinals/start").unwrap_or(0);
        let wanted = set.value.int("/spec/replicas").unwrap_or(1).max(0);
        let pods = self.pods_of(set);
        for number in first..first + wanted {
            match pods.iter().find(|(n, _)| *n == number) {
                None => {
                    self.create_numbered(set, number, hash);
                    if !parallel {
                        return;
                    }
                }
                Some((_, pod)) if !parallel && (!ready(pod) || pod.deleting()) => return,
                Some(_) => {}
            }
        }
        let surplus = pods.iter().rev().filter(|(n, _)| *n < first || *n >= first + wanted);
        for (_, pod) in surplus {
            if !pod.deleting() {
                self.delete(pod, "pods", None, None);
                let message = format!("delete Pod {} in StatefulSet {} successful", pod.name(), set.name());
                self.normal(set, "SuccessfulDelete", COMPONENT, &message);
            }
            if !parallel {
                return;
            }
        }
        self.renew(set, hash, first, wanted);
    }

    /// Replaces pods of an older template, the last first, one at a time.
    fn renew(&self, set: &Object, hash: &str, first: i64, wanted: i64) {
        if set.value.text("/spec/updateStrategy/type") == "OnDelete" {
            return;
        }
        let from = set.value.int("/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0).max(first);
        let pods = self.pods_of(set);
        if pods.iter().filter(|(n, p)| *n < first + wanted && ready(p) && !p.deleting()).count() < wanted as usize {
            return;
        }
        let old = pods.iter().rev().find(|(n, p)| *n >= from && hash_of(p) != hash);
        if let Some((_, pod)) = old {
            self.delete(pod, "pods", None, None);
            let message = format!("delete Pod {} in StatefulSet {} successful", pod.name(), set.name());
            self.normal(set, "SuccessfulDelete", COMPONENT, &message);
        }
    }

    fn create_numbered(&self, set: &Object, number: i64, hash: &str) {
        let name = format!("{}-{number}", set.name());
        let mut pod = pod_of(set, &set.value["spec"]["template"], &name);
        for (key, label) in [
            (HASH, hash.to_owned()),
            ("statefulset.kubernetes.io/pod-name", name.clone()),
            ("apps.kubernetes.io/pod-index", number.to_string()),
        ] {
            pod.put(&["metadata", "labels", key], label);
        }
        pod.put(&["spec", "hostname"], name.as_str());
        if let Some(service) = set.value.pointer("/spec/serviceName").filter(|s| *s != "") {
            pod.put(&["spec", "subdomain"], service.clone());
        }
        self.claims(set, &name, &mut pod);
        if self.create("pods", set.namespace(), pod).is_some() {
            let message = format!("create Pod {name} in StatefulSet {} successful", set.name());
            self.normal(set, "SuccessfulCreate", COMPONENT, &message);
        }
    }

    fn claims(&self, set: &Object, pod_name: &str, pod: &mut Json) {
        let mut volumes = pod.items("/spec/volumes").to_vec();
        for template in set.value.items("/spec/volumeClaimTemplates") {
            let volume = template.text("/metadata/name");
            let name = format!("{volume}-{pod_name}");
            volumes.retain(|v| v.text("/name") != volume);
            volumes.push(json!({"name": volume, "persistentVolumeClaim": {"claimName": name}}));
            if self.api.store.get("persistentvolumeclaims", &key_of(set.namespace(), &name)).is_some() {
                continue;
            }
            let mut metadata = json!({"name": name, "labels": set.value["spec"]["selector"]["matchLabels"]});
            for (key, label) in template.pointer("/metadata/labels").and_then(Json::as_object).into_iter().flatten() {
                metadata.put(&["labels", key], label.clone());
            }
            if let Some(annotations) = template.pointer("/metadata/annotations") {
                metadata["annotations"] = annotations.clone();
            }
            if set.value.text("/spec/persistentVolumeClaimRetentionPolicy/whenDeleted") == "Delete" {
                metadata["ownerReferences"] = json!([reference(set)]);
            }
            let claim = json!({"metadata": metadata, "spec": template["spec"]});
            if self.create("persistentvolumeclaims", set.namespace(), claim).is_some() {
                let message = format!("create Claim {name} Pod {pod_name} in StatefulSet {} success", set.name());
                self.normal(set, "SuccessfulCreate", COMPONENT, &message);
            }
        }
        if !volumes.is_empty() {
            pod.put(&["spec", "volumes"], volumes);
        }
    }

    fn stateful_status(&self, set: &Object, hash: &str) {
        let pods: Vec<_> = self.pods_of(set).into_iter().map(|(_, p)| p).filter(|p| !p.deleting()).collect();
        let wanted = set.value.int("/spec/replicas").unwrap_or(1).max(0) as usize;
        let ready = pods.iter().filter(|p| ready(p)).count();
        let updated = pods.iter().filter(|p| hash_of(p) == hash).count();
        let old = set.value.text("/status/currentRevision");
        let finished = old.is_empty() || (updated == wanted && ready == wanted && pods.len() == wanted);
        let current = if finished { hash } else { old };
        let on_current = pods.iter().filter(|p| hash_of(p) == current).count();
        let generation = set.value.int("/metadata/generation").unwrap_or(1);
        self.set_status(set, SHARD, |value| {
            let mut status = json!({"observedGeneration": generation, "replicas": pods.len(), "collisionCount": 0,
                "currentRevision": current, "updateRevision": hash, "availableReplicas": ready});
            for (field, count) in
                [("readyReplicas", ready), ("currentReplicas", on_current), ("updatedReplicas", updated)]
            {
                if count > 0 {
                    status[field] = count.into();
                }
            }
            value["status"] = status;
        });
    }
}
