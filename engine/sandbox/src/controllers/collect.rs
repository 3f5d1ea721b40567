//! Garbage collection: objects go with their owners.
use std::sync::Arc;

use serde_json::Value as Json;

use super::Controllers;
use crate::api::delete::Policy;
use crate::json::JsonExt;
use crate::store::{Object, Place};

/// What is known of an owner.
enum Owner {
    Here,
    /// Being deleted, and waiting for those that block it.
    Leaving,
    Gone,
    /// Of a kind that nobody serves: better left alone.
    Unknown,
}

impl Controllers {
    /// Deletes what depended on an owner that is gone, or lets an owner go that waited.
    pub(super) fn collect_orphans(&self, uid: &str) {
        if let Some(owner) = uid.strip_prefix("owner:") {
            if let Some((place, owner)) = self.api.store.by_uid(owner)
                && owner.deleting()
            {
                self.finish_deletion(&place);
            }
            return;
        }
        for (place, _) in self.api.store.dependents(uid) {
            self.check_owners(&place);
        }
    }

    /// Deletes an object whose owners are all gone, and drops the references to those that are.
    pub(super) fn check_owners(&self, place: &Place) {
        let Some(object) = self.api.store.get(&place.shard, &place.key) else { return };
        if object.owners().is_empty() || object.deleting() {
            return;
        }
        let states: Vec<_> = object.owners().iter().map(|o| (o, self.owner(&object, o))).collect();
        let solid = states.iter().any(|(_, s)| matches!(s, Owner::Here | Owner::Unknown));
        let leaving = states.iter().any(|(_, s)| matches!(s, Owner::Leaving));
        if solid {
            let gone: Vec<String> = states
                .iter()
                .filter(|(_, s)| matches!(s, Owner::Gone | Owner::Leaving))
                .map(|(o, _)| o.text("/uid").to_owned())
                .collect();
            if !gone.is_empty() {
                self.drop_references(&object, &place.shard, &gone);
            }
            return;
        }
        let deep = leaving && !self.api.store.dependents(object.uid()).is_empty();
        let policy = if deep { Policy::Foreground } else { Policy::Background };
        self.delete(&object, &place.shard, None, Some(policy));
    }

    fn owner(&self, object: &Object, reference: &Json) -> Owner {
        let served = self.api.registry.served();
        let (api_version, kind) = (reference.text("/apiVersion"), reference.text("/kind"));
        let Some(resource) = served.kind(api_version, kind) else { return Owner::Unknown };
        let found = self.api.store.by_uid(reference.text("/uid"));
        let Some((_, owner)) = found.filter(|(p, _)| p.shard == resource.shard) else { return Owner::Gone };
        if resource.namespaced && owner.namespace() != object.namespace() {
            let message = format!(
                "ownerRef [{api_version}/{kind}, namespace: {}, name: {}, uid: {}] does not exist in namespace {:?}",
                object.namespace(),
                reference.text("/name"),
                reference.text("/uid"),
                object.namespace()
            );
            self.event(object, "Warning", "OwnerRefInvalidNamespace", "garbage-collector-controller", &message);
            return Owner::Gone;
        }
        let waits = owner.finalizers().contains(&"foregroundDeletion");
        if owner.deleting() && waits { Owner::Leaving } else { Owner::Here }
    }

    fn drop_references(&self, object: &Arc<Object>, shard: &str, uids: &[String]) {
        self.modify(object, shard, |value| {
            let kept: Vec<_> = value
                .items("/metadata/ownerReferences")
                .iter()
                .filter(|o| !uids.iter().any(|u| u == o.text("/uid")))
                .cloned()
                .collect();
            value.put(&["metadata", "ownerReferences"], kept);
        });
    }

    /// Takes a deletion further that waits for dependents.
    pub(super) fn finish_deletion(&self, place: &Place) {
        let Some(object) = self.api.store.get(&place.shard, &place.key).filter(|o| o.deleting()) else { return };
        let finalizers = object.finalizers();
        if finalizers.contains(&"orphan") {
            for (at, dependent) in self.api.store.dependents(object.uid()) {
                self.drop_references(&dependent, &at.shard, &[object.uid().to_owned()]);
            }
            self.drop_finalizer(&object, &place.shard, "orphan");
        } else if finalizers.contains(&"foregroundDeletion") {
            let dependents = self.api.store.dependents(object.uid());
            for (at, _) in &dependents {
                self.check_owners(at);
            }
            let blocked = self.api.store.dependents(object.uid()).iter().any(|(_, d)| blocks(d, object.uid()));
            if !blocked {
                self.drop_finalizer(&object, &place.shard, "foregroundDeletion");
            }
        }
    }

    pub(super) fn drop_finalizer(&self, object: &Object, shard: &str, finalizer: &str) {
        self.modify(object, shard, |value| {
            let kept: Vec<_> =
                value.items("/metadata/finalizers").iter().filter(|f| *f != finalizer).cloned().collect();
            value.put(&["metadata", "finalizers"], kept);
        });
    }
}

fn blocks(dependent: &Object, uid: &str) -> bool {
    dependent.owners().iter().any(|o| o.text("/uid") == uid && o.flag("/blockOwnerDeletion"))
}
