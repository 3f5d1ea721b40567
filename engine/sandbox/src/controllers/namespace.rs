//! Namespaces: what is in them from the start, and how they end.
use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Controllers;
use super::conditions::{self, Condition};
use crate::json::JsonExt;
use crate::store::{Object, key_of};

const COMPONENT: &str = "namespace-controller";

impl Controllers {
    pub(super) fn namespace(&self, object: &Object) {
        if object.deleting() {
            return self.end_namespace(object);
        }
        let name = object.name();
        if self.api.store.get("serviceaccounts", &key_of(name, "default")).is_none() {
            self.create("serviceaccounts", name, json!({"metadata": {"name": "default"}}));
        }
        if self.api.store.get("configmaps", &key_of(name, "kube-root-ca.crt")).is_none() {
            let note = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                        endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                        guaranteed across distributions of Kubernetes clusters.";
            let map = json!({"metadata": {"name": "kube-root-ca.crt", "annotations": {"kubernetes.io/description": note}},
                "data": {"ca.crt": ""}});
            self.create("configmaps", name, map);
        }
    }

    fn end_namespace(&self, object: &Object) {
        let name = object.name();
        let served = self.api.registry.served();
        let mut left: BTreeMap<String, usize> = BTreeMap::new();
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        for shard in self.api.store.view(|s| s.shard_ids()) {
            if served.stored(&shard).is_none_or(|r| !r.namespaced) {
                continue;
            }
            for content in self.api.store.list(&shard, Some(name)).iter().filter(|c| !c.deleting()) {
                self.delete(content, &shard, Some(0), None);
            }
            for content in self.api.store.list(&shard, Some(name)) {
                *left.entry(shard.to_string()).or_default() += 1;
                for finalizer in content.finalizers() {
                    *held.entry(finalizer.to_owned()).or_default() += 1;
                }
            }
        }
        let state = NamespaceEnd {
            left: counted(&left, ".", "Some resources are remaining: "),
            held: counted(&held, "", "Some content in the namespace has finalizers remaining: "),
        };
        self.write(object, "namespaces", Some("status"), COMPONENT, |value| state.tell(value));
        if left.is_empty() {
            self.write(object, "namespaces", Some("finalize"), COMPONENT, |value| {
                let kept: Vec<Json> =
                    value.items("/spec/finalizers").iter().filter(|f| *f != "kubernetes").cloned().collect();
                value.put(&["spec", "finalizers"], kept);
            });
        }
    }
}

/// `prefix name has n resource instances, …`
fn counted(counts: &BTreeMap<String, usize>, dot: &str, prefix: &str) -> Option<String> {
    let word = if dot.is_empty() { "in" } else { "has" };
    let parts: Vec<_> = counts.iter().map(|(name, n)| format!("{name}{dot} {word} {n} resource instances")).collect();
    (!parts.is_empty()).then(|| format!("{prefix}{}", parts.join(", ")))
}

struct NamespaceEnd {
    left: Option<String>,
    held: Option<String>,
}

impl NamespaceEnd {
    fn tell(&self, value: &mut Json) {
        let fine = [
            ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
            (
                "NamespaceDeletionGroupVersionParsingFailure",
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed",
            ),
            (
                "NamespaceDeletionContentFailure",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            ),
        ];
        for (kind, reason, message) in fine {
            conditions::set(value, &Condition { kind, status: false, reason, message });
        }
        let (status, reason) = match self.left {
            Some(_) => (true, "SomeResourcesRemain"),
            None => (false, "ContentRemoved"),
        };
        let message = self.left.as_deref().unwrap_or("All content successfully removed");
        conditions::set(value, &Condition { kind: "NamespaceContentRemaining", status, reason, message });
        let (status, reason) = match self.held {
            Some(_) => (true, "SomeFinalizersRemain"),
            None => (false, "ContentHasNoFinalizers"),
        };
        let message = self.held.as_deref().unwrap_or("All content-preserving finalizers finished");
        conditions::set(value, &Condition { kind: "NamespaceFinalizersRemaining", status, reason, message });
    }
}
