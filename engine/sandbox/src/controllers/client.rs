//! How controllers read and write: the same paths as clients, under their own names.
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Controllers;
use crate::api::delete::{DeleteOptions, Policy};
use crate::api::write::Proposal;
use crate::api::{Call, in_version, now};
use crate::json::JsonExt;
use crate::registry::Resource;
use crate::request::query::WriteOptions;
use crate::status::Outcome;
use crate::store::Object;

pub(super) const MANAGER: &str = "kube-controller-manager";

impl Controllers {
    fn resource(&self, shard: &str) -> Option<Arc<Resource>> {
        self.api.registry.served().stored(shard)
    }

    /// Creates an object; a failure is logged and told to the caller.
    pub(super) fn create(&self, shard: &str, namespace: &str, mut value: Json) -> Option<Arc<Object>> {
        let resource = self.resource(shard)?;
        let options = WriteOptions::internal(MANAGER);
        value.put(&["apiVersion"], resource.api_version());
        value.put(&["kind"], resource.kind.as_str());
        let mut call = Call::new(&resource, namespace, &options);
        let created = self.api.create(&mut call, Proposal::new(value));
        created.map(|w| w.object).map_err(|failure| self.note(shard, &failure.message)).ok()
    }

    pub(super) fn note(&self, shard: &str, message: &str) {
        tracing::debug!(shard, message, "a simulated controller could not write");
    }

    /// Changes an object through the main door.
    pub(super) fn modify(&self, object: &Object, shard: &str, change: impl Fn(&mut Json)) -> Option<Arc<Object>> {
        self.write(object, shard, None, MANAGER, change)
    }

    /// Changes the status of an object.
    pub(super) fn set_status(&self, object: &Object, shard: &str, change: impl Fn(&mut Json)) -> Option<Arc<Object>> {
        self.write(object, shard, Some("status"), MANAGER, change)
    }

    pub(super) fn write(
        &self,
        object: &Object,
        shard: &str,
        subresource: Option<&str>,
        manager: &str,
        change: impl Fn(&mut Json),
    ) -> Option<Arc<Object>> {
        let resource = self.resource(shard)?;
        let options = WriteOptions::internal(manager);
        let mut call = Call::new(&resource, object.namespace(), &options).sub(subresource);
        let uid = object.uid().to_owned();
        let written: Outcome<_> = self.api.update(&mut call, object.name(), &mut |before, _| {
            let mut value = in_version(&resource, &before.value);
            // Another object of the same name is none of our business.
            if before.uid() == uid {
                change(&mut value);
            }
            Ok(Proposal::new(value))
        });
        written.map(|w| w.object).map_err(|failure| self.note(shard, &failure.message)).ok()
    }

    /// Deletes an object, at once if `grace` is 0.
    pub(super) fn delete(&self, object: &Object, shard: &str, grace: Option<i64>, policy: Option<Policy>) {
        let Some(resource) = self.resource(shard) else { return };
        let options = WriteOptions::internal(MANAGER);
        let uid = Some(object.uid().to_owned());
        let delete = DeleteOptions { grace, policy, uid, ..DeleteOptions::default() };
        let mut call = Call::new(&resource, object.namespace(), &options);
        if let Err(failure) = self.api.delete(&mut call, object.name(), &delete) {
            self.note(shard, &failure.message);
        }
    }

    /// Writes an Event about an object, or counts it up when it is a repetition.
    pub(super) fn event(&self, about: &Object, kind: &str, reason: &str, component: &str, message: &str) {
        let namespace = if about.namespace().is_empty() { "default" } else { about.namespace() };
        // Only these repeat; looking for others would make many pods slow.
        let repeats = kind == "Warning" || reason == "FailedBinding";
        let events = if repeats { self.api.store.list("events", Some(namespace)) } else { Vec::new() };
        let known = events.into_iter().find(|e| {
            e.value.text("/involvedObject/uid") == about.uid()
                && e.value.text("/reason") == reason
                && e.value.text("/message") == message
        });
        if let Some(known) = known {
            self.write(&known, "events", None, component, |value| {
                let count = value.int("/count").unwrap_or(1) + 1;
                value.put(&["count"], count);
                value.put(&["lastTimestamp"], now());
            });
            return;
        }
        let reference = json!({"kind": about.value["kind"], "namespace": about.namespace(), "name": about.name(),
            "uid": about.uid(), "apiVersion": about.value["apiVersion"], "resourceVersion": about.rv.to_string()});
        let event = json!({"metadata": {"name": format!("{}.{:x}", about.name(), self.event_number())},
            "involvedObject": reference, "reason": reason, "message": message, "type": kind,
            "source": {"component": component}, "firstTimestamp": now(), "lastTimestamp": now(), "count": 1,
            "eventTime": null, "reportingComponent": component, "reportingInstance": ""});
        self.create("events", namespace, event);
    }

    /// The time in nanoseconds, later for each event: names of events then sort as they happened.
    fn event_number(&self) -> u64 {
        let now = u64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or_default();
        let mut last = self.last_event.lock();
        *last = now.max(*last + 1);
        *last
    }

    pub(super) fn normal(&self, about: &Object, reason: &str, component: &str, message: &str) {
        self.event(about, "Normal", reason, component, message);
    }

    /// The objects of a shard that this object controls.
    pub(super) fn controlled(&self, owner: &Object, shard: &str) -> Vec<Arc<Object>> {
        let mut owned: Vec<_> = self
            .api
            .store
            .dependents(owner.uid())
            .into_iter()
            .filter(|(place, object)| &*place.shard == shard && object.controller("uid") == Some(owner.uid()))
            .map(|(_, object)| object)
            .collect();
        owned.sort_by(|a, b| a.name().cmp(b.name()));
        owned
    }

    /// Takes over matching objects that nobody controls.
    pub(super) fn adopt(&self, owner: &Object, shard: &str) {
        let Some(selector) = owner.value.pointer("/spec/selector") else { return };
        for object in self.api.store.list(shard, Some(owner.namespace())) {
            let matches = crate::api::select::selects(selector, object.value.pointer("/metadata/labels"));
            if matches && object.controller("uid").is_none() && !object.deleting() && !is_empty(selector) {
                self.modify(&object, shard, |value| {
                    let mut owners = value.items("/metadata/ownerReferences").to_vec();
                    owners.push(reference(owner));
                    value.put(&["metadata", "ownerReferences"], owners);
                });
            }
        }
    }
}

fn is_empty(selector: &Json) -> bool {
    let empty = |field: &str| selector.get(field).is_none_or(|f| f.as_object().is_none_or(|m| m.is_empty()));
    selector.as_object().is_none_or(|m| m.is_empty())
        || (selector.get("matchLabels").is_some()
            && empty("matchLabels")
            && selector.items("/matchExpressions").is_empty())
}

/// A controlling owner reference.
pub(super) fn reference(owner: &Object) -> Json {
    json!({"apiVersion": owner.value["apiVersion"], "kind": owner.value["kind"], "name": owner.name(),
        "uid": owner.uid(), "controller": true, "blockOwnerDeletion": true})
}
