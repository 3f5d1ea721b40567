//! What few built-in kinds need beyond the generic path: admission, allocation, protection.
mod definition;
mod fixed;
mod pod;
mod rules;
mod service;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{Api, Call};
use crate::json::JsonExt;
use crate::registry::Resource;
use crate::status::{Cause, Failure, Outcome};
use crate::store::{Object, State};

/// Namespaces that may not be deleted.
const PROTECTED: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Holds a definition until its objects are gone.
pub(crate) const DEFINITION_FINALIZER: &str = "customresourcecleanup.apiextensions.k8s.io";

pub(crate) fn prepare_create(api: &Api, call: &mut Call<'_>, value: &mut Json) -> Outcome<()> {
    match (call.resource.group.as_str(), call.resource.kind.as_str()) {
        ("", "Namespace") => namespace(value),
        ("", "Pod") => pod::admit(api, call, value)?,
        ("", "Secret") => secret(call, value)?,
        ("", "PersistentVolumeClaim") => claim(api, value),
        ("", "PersistentVolume") => volume(value),
        ("", "Service") => value.put_default(&["status"], json!({"loadBalancer": {}})),
        ("" | "events.k8s.io", "Event") => event(call, value)?,
        ("batch", "Job") => job(value),
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") => workload(call.resource, value),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::prepare_create(call, value)?,
        _ => {}
    }
    Ok(())
}

pub(crate) fn prepare_update(_api: &Api, call: &mut Call<'_>, before: &Object, value: &mut Json) -> Outcome<()> {
    match (call.resource.group.as_str(), call.resource.kind.as_str()) {
        ("", "Namespace") => {
            let name = before.name().to_owned();
            value.put(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
            if call.subresource != Some("finalize") {
                keep(before, value, &["spec", "finalizers"]);
            }
        }
        ("", "Secret") => secret(call, value)?,
        ("", "Service") => service::prepare_update(before, value),
        ("batch", "Job") => keep_job_selector(before, value),
        ("apiextensions.k8s.io", "CustomResourceDefinition") if call.subresource.is_none() => {
            definition::prepare_update(call, before, value)?;
        }
        _ => {}
    }
    Ok(())
}

fn keep(before: &Object, value: &mut Json, path: &[&str]) {
    let pointer = path.iter().fold(String::new(), |p, key| p + "/" + key);
    match before.value.pointer(&pointer) {
        Some(old) => value.put(path, old.clone()),
        None => drop(value.drop_field(path)),
    }
}

/// Rules of a kind that its schema does not tell.
pub(crate) fn validate(resource: &Resource, value: &Json) -> Vec<Cause> {
    if resource.custom.is_some() { Vec::new() } else { rules::check(&resource.group, &resource.kind, value) }
}

/// Rules between the old and the new state.
pub(crate) fn validate_update(call: &Call<'_>, before: &Object, old: &Json, value: &Json) -> Vec<Cause> {
    let mut causes = match (call.resource.group.as_str(), call.resource.kind.as_str()) {
        ("", "Service") => service::validate_update(before, value),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition::validate_update(before, value),
        _ => Vec::new(),
    };
    if call.subresource.is_none() && call.resource.custom.is_none() {
        causes.extend(fixed::check(call.resource, old, value));
    }
    causes
}

/// Hands out addresses and ports, under the lock of the write.
pub(crate) fn allocate(state: &mut State, call: &Call<'_>, value: &mut Json, before: Option<&Object>) -> Outcome<()> {
    if call.resource.is("", "Service") && call.subresource.is_none() {
        service::allocate(state, call, value, before)?;
    }
    Ok(())
}

pub(crate) fn check_delete(call: &Call<'_>, name: &str) -> Outcome<()> {
    if call.resource.is("", "Namespace") && PROTECTED.contains(&name) {
        return Err(Failure::forbidden(&call.resource.names(), name, "this namespace may not be deleted"));
    }
    Ok(())
}

/// What else a deletion that has to wait changes.
pub(crate) fn on_deletion(resource: &Resource, value: &mut Json) {
    if resource.is("", "Namespace") {
        value.put(&["status", "phase"], "Terminating");
    }
    if resource.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        let condition = json!({"type": "Terminating", "status": "True", "lastTransitionTime": super::now(),
            "reason": "InstanceDeletionInProgress", "message": "CustomResource deletion is in progress"});
        let mut conditions = value.items("/status/conditions").to_vec();
        if conditions.iter().all(|c| c["type"] != "Terminating") {
            conditions.push(condition);
            value.put(&["status", "conditions"], conditions);
        }
    }
}

/// A finalizer that deletion itself adds.
pub(crate) fn deletion_finalizer(resource: &Resource) -> Option<&'static str> {
    let definition = resource.is("apiextensions.k8s.io", "CustomResourceDefinition");
    definition.then_some(DEFINITION_FINALIZER)
}

/// Kinds whose deletion answers with the object.
pub(crate) fn returns_deleted(resource: &Resource) -> bool {
    let core = [
        "Pod",
        "Namespace",
        "Service",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "ServiceAccount",
        "PodTemplate",
        "ResourceQuota",
    ];
    resource.group.is_empty() && core.contains(&resource.kind.as_str()) || resource.group == "storage.k8s.io"
}

/// How long an object lives on after its deletion: pods that run, as long as they ask for.
pub(crate) fn grace_period(resource: &Resource, before: &Object, asked: Option<i64>) -> i64 {
    if !resource.is("", "Pod") || before.value.text("/spec/nodeName").is_empty() {
        return 0;
    }
    if matches!(before.value.text("/status/phase"), "Succeeded" | "Failed") {
        return 0;
    }
    let default = before.value.int("/spec/terminationGracePeriodSeconds").unwrap_or(30);
    asked.unwrap_or(default).max(0)
}

fn namespace(value: &mut Json) {
    let name = value.text("/metadata/name").to_owned();
    let mut finalizers = value.items("/spec/finalizers").to_vec();
    if !finalizers.iter().any(|f| f == "kubernetes") {
        finalizers.push("kubernetes".into());
    }
    value.put(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
    value.put(&["spec", "finalizers"], finalizers);
    value.put(&["status"], json!({"phase": "Active"}));
}

/// `stringData` is a way to write `data`, and is never read back.
fn secret(call: &Call<'_>, value: &mut Json) -> Outcome<()> {
    for (key, text) in value.get("data").and_then(Json::as_object).into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        if STANDARD.decode(text).is_err() {
            let at = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))).unwrap_or(text.len());
            let why = format!("illegal base64 data at input byte {at}");
            let _ = key;
            return Err(super::write::cannot_handle(call, &why));
        }
    }
    if let Some(Json::Object(plain)) = value.drop_field(&["stringData"]) {
        for (key, text) in plain {
            value.put(&["data", &key], STANDARD.encode(text.as_str().unwrap_or_default()));
        }
    }
    value.put_default(&["type"], "Opaque");
    Ok(())
}

fn claim(api: &Api, value: &mut Json) {
    add_finalizer(value, "kubernetes.io/pvc-protection");
    value.put_default(&["spec", "volumeMode"], "Filesystem");
    value.put(&["status"], json!({"phase": "Pending"}));
    if value.pointer("/spec/storageClassName").is_some() {
        return;
    }
    let default = |class: &&Arc<Object>| {
        class.value.text("/metadata/annotations/storageclass.kubernetes.io~1is-default-class") == "true"
    };
    let classes = api.store.list("storageclasses.storage.k8s.io", None);
    if let Some(class) = classes.iter().find(default) {
        value.put(&["spec", "storageClassName"], class.name());
    }
}

fn volume(value: &mut Json) {
    add_finalizer(value, "kubernetes.io/pv-protection");
    value.put(&["status"], json!({"phase": "Pending"}));
}

pub(crate) fn add_finalizer(value: &mut Json, finalizer: &str) {
    let mut finalizers = value.items("/metadata/finalizers").to_vec();
    if !finalizers.iter().any(|f| f == finalizer) {
        finalizers.push(finalizer.into());
    }
    value.put(&["metadata", "finalizers"], finalizers);
}

fn event(call: &Call<'_>, value: &mut Json) -> Outcome<()> {
    let about = value.text("/involvedObject/namespace").to_owned();
    let matches = about == call.namespace || (about.is_empty() && call.namespace == "default");
    if value.get("involvedObject").is_some() && !matches {
        let cause = Cause::invalid("involvedObject.namespace", &about.into(), "does not match event.namespace");
        return Err(Failure::invalid(&call.resource.names(), value.text("/metadata/name"), vec![cause]));
    }
    Ok(())
}

/// A job's selector and labels are its uid's.
fn job(value: &mut Json) {
    if value.flag("/spec/manualSelector") {
        return;
    }
    let (uid, name) = (value.text("/metadata/uid").to_owned(), value.text("/metadata/name").to_owned());
    let labels = ["spec", "template", "metadata", "labels"];
    for (key, label) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        let path: Vec<&str> = labels.iter().copied().chain([key]).collect();
        value.put(&path, label.as_str());
    }
    value.put(&["spec", "selector"], json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    value.put(&["status"], json!({}));
}

/// An update that does not repeat what the API filled in keeps it.
fn keep_job_selector(before: &Object, value: &mut Json) {
    let old = before.value.pointer("/spec/selector").cloned().unwrap_or_default();
    value.put_default(&["spec", "selector"], old);
    let labels = before.value.pointer("/spec/template/metadata/labels").and_then(Json::as_object);
    for (key, label) in labels.into_iter().flatten() {
        value.put_default(&["spec", "template", "metadata", "labels", key], label.clone());
    }
}

fn workload(resource: &Resource, value: &mut Json) {
    let status = match resource.kind.as_str() {
        "Deployment" => json!({}),
        "DaemonSet" => {
            value.put_default(&["metadata", "annotations", "deprecated.daemonset.template.generation"], "1");
            json!({"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0})
        }
        "StatefulSet" => json!({"replicas": 0, "availableReplicas": 0}),
        _ => json!({"replicas": 0}),
    };
    value.put(&["status"], status);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_selects_its_own_pods() {
        let mut value = json!({"metadata": {"uid": "u", "name": "j"}, "spec": {}});
        job(&mut value);
        assert_eq!(value["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"], "u");
        assert_eq!(value["spec"]["template"]["metadata"]["labels"]["job-name"], "j");
    }
}
