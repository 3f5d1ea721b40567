//! Which controllers a change concerns.
use super::Task;
use super::definition;
use crate::api::Api;
use crate::api::select::selects;
use crate::json::JsonExt;
use crate::store::{Change, Event, Object, Place, key_of};

fn object(shard: &str, key: String) -> Task {
    Task::Object(Place { shard: shard.into(), key })
}

pub(super) fn tasks(api: &Api, event: &Event, all: bool) -> Vec<Task> {
    let place = Place { shard: event.shard.clone(), key: key_of(event.object.namespace(), event.object.name()) };
    let mut tasks = Vec::new();
    if &*event.shard == definition::SHARD {
        tasks.push(Task::Object(place.clone()));
    }
    definition_of(api, event, &mut tasks);
    if !all {
        return tasks;
    }
    tasks.push(Task::Object(place.clone()));
    ownership(event, &place, &mut tasks);
    if let Some(owner) = controller(&event.object).or_else(|| event.before.as_deref().and_then(controller)) {
        tasks.push(owner);
    }
    match &*event.shard {
        "pods" => pods(api, event, &mut tasks),
        "nodes" => everything(api, "daemonsets.apps", &mut tasks),
        "persistentvolumes" => claim_of(&event.object, &mut tasks),
        "storageclasses.storage.k8s.io" => everything(api, "persistentvolumeclaims", &mut tasks),
        _ => {}
    }
    namespace(api, event, &mut tasks);
    tasks
}

/// The deletion of a definition waits for its objects.
fn definition_of(api: &Api, event: &Event, tasks: &mut Vec<Task>) {
    let deleted = event.change == Change::Deleted;
    if deleted && api.store.get(definition::SHARD, &event.shard).is_some_and(|d| d.deleting()) {
        tasks.push(object(definition::SHARD, event.shard.to_string()));
    }
}

fn ownership(event: &Event, place: &Place, tasks: &mut Vec<Task>) {
    if event.change == Change::Deleted {
        tasks.push(Task::Orphans(event.object.uid().to_owned()));
        let before = event.before.as_ref().unwrap_or(&event.object);
        for owner in before.owners() {
            // A foreground deletion may wait for this one.
            tasks.push(Task::Orphans(format!("owner:{}", owner.text("/uid"))));
        }
        return;
    }
    let old = event.before.as_ref().map(|b| b.owners());
    if !event.object.owners().is_empty() && old != Some(event.object.owners()) {
        tasks.push(Task::Owners(place.clone()));
    }
    if event.object.deleting() {
        tasks.push(Task::Deletion(place.clone()));
    }
}

/// The controller that owns an object.
fn controller(child: &Object) -> Option<Task> {
    let shard = match child.controller("kind")? {
        "ReplicaSet" => "replicasets.apps",
        "Deployment" => "deployments.apps",
        "StatefulSet" => "statefulsets.apps",
        "DaemonSet" => "daemonsets.apps",
        "Job" => "jobs.batch",
        "CronJob" => "cronjobs.batch",
        _ => return None,
    };
    Some(object(shard, key_of(child.namespace(), child.controller("name")?)))
}

fn pods(api: &Api, event: &Event, tasks: &mut Vec<Task>) {
    let namespace = event.object.namespace();
    let selected = |selector: &serde_json::Value| {
        let states = [Some(&event.object), event.before.as_ref()];
        states.into_iter().flatten().any(|pod| selects(selector, pod.value.pointer("/metadata/labels")))
    };
    for shard in ["services", "poddisruptionbudgets.policy"] {
        for found in api.store.list(shard, Some(namespace)) {
            if found.value.pointer("/spec/selector").is_some_and(selected) {
                tasks.push(object(shard, key_of(namespace, found.name())));
            }
        }
    }
    if event.change == Change::Deleted {
        for volume in event.object.value.items("/spec/volumes") {
            let claim = volume.text("/persistentVolumeClaim/claimName");
            if !claim.is_empty() {
                tasks.push(object("persistentvolumeclaims", key_of(namespace, claim)));
            }
        }
    }
}

fn everything(api: &Api, shard: &str, tasks: &mut Vec<Task>) {
    let all = api.store.list(shard, None);
    tasks.extend(all.iter().map(|o| object(shard, key_of(o.namespace(), o.name()))));
}

fn claim_of(volume: &Object, tasks: &mut Vec<Task>) {
    let (namespace, name) = (volume.value.text("/spec/claimRef/namespace"), volume.value.text("/spec/claimRef/name"));
    if !name.is_empty() {
        tasks.push(object("persistentvolumeclaims", key_of(namespace, name)));
    }
}

/// A namespace that ends waits for its content; its own objects come back when they are deleted.
fn namespace(api: &Api, event: &Event, tasks: &mut Vec<Task>) {
    let namespace = event.object.namespace();
    if namespace.is_empty() {
        return;
    }
    let own = event.change == Change::Deleted
        && matches!(
            (&*event.shard, event.object.name()),
            ("serviceaccounts", "default") | ("configmaps", "kube-root-ca.crt")
        );
    if own || api.store.get("namespaces", namespace).is_some_and(|n| n.deleting()) {
        tasks.push(object("namespaces", namespace.to_owned()));
    }
}
