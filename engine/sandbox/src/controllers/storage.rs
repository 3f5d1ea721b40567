//! Claims and volumes.
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Controllers;
use crate::json::JsonExt;
use crate::store::Object;

const CLAIMS: &str = "persistentvolumeclaims";
const VOLUMES: &str = "persistentvolumes";
const COMPONENT: &str = "persistentvolume-controller";

impl Controllers {
    pub(super) fn claim(&self, claim: &Arc<Object>) {
        if claim.deleting() {
            return self.release_claim(claim);
        }
        if claim.value.text("/status/phase") == "Bound" {
            return;
        }
        let wanted = claim.value.text("/spec/volumeName");
        let found = self.api.store.list(VOLUMES, None).into_iter().find(|v| {
            let reserved = v.value.pointer("/spec/claimRef");
            let ours = reserved.is_some_and(|r| {
                r.text("/name") == claim.name()
                    && r.text("/namespace") == claim.namespace()
                    && (r.text("/uid").is_empty() || r.text("/uid") == claim.uid())
            });
            ours || (reserved.is_none() && (wanted == v.name() || (wanted.is_empty() && fits(claim, v))))
        });
        match found {
            Some(volume) => self.bind(claim, &volume),
            None if wanted.is_empty() => self.provision(claim),
            None => {}
        }
    }

    fn provision(&self, claim: &Object) {
        let name = claim.value.text("/spec/storageClassName");
        if name.is_empty() {
            let message = "no persistent volumes available for this claim and no storage class is set";
            return self.normal(claim, "FailedBinding", COMPONENT, message);
        }
        let Some(class) = self.api.store.get("storageclasses.storage.k8s.io", name) else {
            let message = format!("storageclass.storage.k8s.io {name:?} not found");
            return self.event(claim, "Warning", "ProvisioningFailed", COMPONENT, &message);
        };
        if class.value.text("/provisioner") == "kubernetes.io/no-provisioner" {
            return self.normal(claim, "WaitForFirstConsumer", COMPONENT, "waiting for a volume to be created");
        }
        let policy = class.value.text("/reclaimPolicy");
        let volume = json!({"metadata": {"name": format!("pvc-{}", claim.uid()),
                "annotations": {"pv.kubernetes.io/provisioned-by": class.value["provisioner"]}},
            "spec": {"capacity": claim.value["spec"]["resources"]["requests"],
                "accessModes": claim.value["spec"]["accessModes"],
                "persistentVolumeReclaimPolicy": if policy.is_empty() { "Delete" } else { policy },
                "storageClassName": name, "volumeMode": "Filesystem",
                "hostPath": {"path": format!("/sandbox/{}", claim.uid()), "type": ""},
                "claimRef": claim_ref(claim)}});
        if let Some(volume) = self.create(VOLUMES, "", volume) {
            self.bind(claim, &volume);
            let message = format!("Successfully provisioned volume {}", volume.name());
            self.normal(claim, "ProvisioningSucceeded", COMPONENT, &message);
        }
    }

    fn bind(&self, claim: &Object, volume: &Object) {
        self.modify(volume, VOLUMES, |v| v.put(&["spec", "claimRef"], claim_ref(claim)));
        self.set_status(volume, VOLUMES, |v| v.put(&["status", "phase"], "Bound"));
        self.modify(claim, CLAIMS, |value| {
            value.put(&["spec", "volumeName"], volume.name());
            for key in ["pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller"] {
                value.put(&["metadata", "annotations", key], "yes");
            }
        });
        self.set_status(claim, CLAIMS, |value| {
            value["status"] = json!({"phase": "Bound", "accessModes": volume.value["spec"]["accessModes"],
                "capacity": volume.value["spec"]["capacity"]});
        });
    }

    /// A claim goes when no pod uses it.
    fn release_claim(&self, claim: &Object) {
        let used = self.api.store.list("pods", Some(claim.namespace())).iter().any(|p| {
            let uses = |v: &Json| v.text("/persistentVolumeClaim/claimName") == claim.name();
            p.value.items("/spec/volumes").iter().any(uses)
        });
        if used || !claim.finalizers().contains(&"kubernetes.io/pvc-protection") {
            return;
        }
        self.drop_finalizer(claim, CLAIMS, "kubernetes.io/pvc-protection");
        if let Some(volume) = self.api.store.get(VOLUMES, claim.value.text("/spec/volumeName")) {
            self.reclaim(&volume);
        }
    }

    fn reclaim(&self, volume: &Object) {
        self.set_status(volume, VOLUMES, |v| v.put(&["status", "phase"], "Released"));
        if volume.value.text("/spec/persistentVolumeReclaimPolicy") == "Delete" {
            self.delete(volume, VOLUMES, None, None);
        }
    }

    pub(super) fn volume(&self, volume: &Object) {
        if volume.deleting() {
            let bound = volume.value.text("/status/phase") == "Bound";
            if !bound && volume.finalizers().contains(&"kubernetes.io/pv-protection") {
                self.drop_finalizer(volume, VOLUMES, "kubernetes.io/pv-protection");
            }
            return;
        }
        if volume.value.text("/status/phase") == "Pending" && volume.value.pointer("/spec/claimRef").is_none() {
            self.set_status(volume, VOLUMES, |v| v.put(&["status", "phase"], "Available"));
            for claim in self.api.store.list(CLAIMS, None) {
                if claim.value.text("/status/phase") == "Pending" && fits(&claim, volume) {
                    return self.claim(&claim);
                }
            }
        }
    }
}

fn claim_ref(claim: &Object) -> Json {
    json!({"kind": "PersistentVolumeClaim", "namespace": claim.namespace(), "name": claim.name(), "uid": claim.uid(),
        "apiVersion": "v1", "resourceVersion": claim.rv.to_string()})
}

/// Of the same class, with the modes that are asked for.
fn fits(claim: &Object, volume: &Object) -> bool {
    let class = |o: &Object| o.value.text("/spec/storageClassName").to_owned();
    let modes = volume.value.items("/spec/accessModes");
    class(claim) == class(volume) && claim.value.items("/spec/accessModes").iter().all(|m| modes.contains(m))
}
