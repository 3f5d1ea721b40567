//! Metadata: what clients may set, what only the API sets, and the rules between the two.
use serde_json::{Value as Json, json};

use super::{Call, names, now};
use crate::json::JsonExt;
use crate::registry::Resource;
use crate::status::{Cause, Failure, Outcome};
use crate::store::Object;

/// Built-in kinds that count changes of their desired state.
const COUNTED: [&str; 16] = [
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
    "Ingress",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "EndpointSlice",
    "CustomResourceDefinition",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "PriorityClass",
];

const SERVER_OWNED: [&str; 6] =
    ["uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"];

pub(crate) fn counts_generations(resource: &Resource) -> bool {
    resource.custom.is_some() || COUNTED.contains(&resource.kind.as_str())
}

/// The type of a body against the resource it was sent to.
pub(crate) fn check_type(resource: &Resource, value: &mut Json) -> Outcome<()> {
    let api_version = resource.api_version();
    let (found_version, found_kind) = (value.text("/apiVersion").to_owned(), value.text("/kind").to_owned());
    if found_kind.is_empty() && resource.custom.is_some() {
        let body = value.to_string();
        let shown = crate::request::decode::excerpt(body.as_bytes());
        let message = format!(
            "the object provided is unrecognized (must be of type {}): Object 'Kind' is missing in '{shown}'",
            resource.kind
        );
        return Err(Failure::bad_request(message));
    }
    if !found_version.is_empty() && found_version != api_version {
        let message = format!(
            "the API version in the data ({found_version}) does not match the expected API version ({api_version})"
        );
        return Err(Failure::bad_request(message));
    }
    if !found_kind.is_empty() && found_kind != resource.kind {
        return Err(wrong_kind(resource, value, &found_kind, &api_version));
    }
    value.put(&["apiVersion"], api_version);
    value.put(&["kind"], resource.kind.as_str());
    Ok(())
}

fn wrong_kind(resource: &Resource, value: &Json, found: &str, api_version: &str) -> Box<Failure> {
    if resource.custom.is_some() {
        let cause = Cause::invalid("kind", &found.into(), &format!("must be {}", resource.kind));
        return Failure::invalid(&resource.names(), value.text("/metadata/name"), vec![cause]);
    }
    let message = format!(
        "{found} in version {:?} cannot be handled as a {}: no kind {found:?} is registered for version {api_version:?} \
         in scheme \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"",
        resource.version, resource.kind
    );
    Failure::bad_request(message)
}

/// Gives a new object its identity. The name may still be missing: then `generateName` makes one.
pub(crate) fn prepare_create(call: &Call<'_>, value: &mut Json) -> Outcome<()> {
    if !value.text("/metadata/resourceVersion").is_empty() {
        return Err(Failure::internal("resourceVersion should not be set on objects to be created"));
    }
    place_in_namespace(call, value)?;
    for field in SERVER_OWNED {
        value.drop_field(&["metadata", field]);
    }
    let (name, base) = (value.text("/metadata/name").to_owned(), value.text("/metadata/generateName").to_owned());
    if name.is_empty() && !base.is_empty() {
        value.put(&["metadata", "name"], names::generate(&base));
    }
    value.put(&["metadata", "uid"], uuid::Uuid::new_v4().to_string());
    value.put(&["metadata", "creationTimestamp"], now());
    if counts_generations(call.resource) {
        value.put(&["metadata", "generation"], 1);
    }
    tidy(value);
    Ok(())
}

fn place_in_namespace(call: &Call<'_>, value: &mut Json) -> Outcome<()> {
    let stated = value.text("/metadata/namespace");
    if !call.resource.namespaced {
        if !stated.is_empty() {
            return Err(Failure::bad_request("namespace specified for a cluster-scoped resource is not allowed"))
                .or_else(|e| if call.resource.custom.is_some() { Err(e) } else { Ok(()) });
        }
        return Ok(());
    }
    if !stated.is_empty() && stated != call.namespace {
        return Err(Failure::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    value.put(&["metadata", "namespace"], call.namespace);
    Ok(())
}

/// Drops the empty metadata fields that Go never writes.
fn tidy(value: &mut Json) {
    let Some(metadata) = value.get_mut("metadata").and_then(Json::as_object_mut) else { return };
    metadata.retain(|_, field| match field {
        Json::Null => false,
        Json::Object(map) => !map.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::String(text) => !text.is_empty(),
        _ => true,
    });
}

/// Carries over what only the API may change.
pub(crate) fn prepare_update(call: &Call<'_>, before: &Object, value: &mut Json) -> Outcome<()> {
    let names = call.resource.names();
    match value.text("/metadata/name") {
        "" => value.put(&["metadata", "name"], before.name()),
        name if name != before.name() => {
            let url = before.name();
            let message = format!("the name of the object ({name}) does not match the name on the URL ({url})");
            return Err(Failure::bad_request(message));
        }
        _ => {}
    }
    place_in_namespace(call, value)?;
    check_version(call, before, value)?;
    let uid = value.text("/metadata/uid");
    if !uid.is_empty() && uid != before.uid() {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", before.uid());
        return Err(Failure::conflict(&names, before.name(), &why));
    }
    check_deletion_time(call, before, value)?;
    for field in SERVER_OWNED {
        match before.value.pointer(&format!("/metadata/{field}")) {
            Some(old) => value.put(&["metadata", field], old.clone()),
            None => drop(value.drop_field(&["metadata", field])),
        }
    }
    tidy(value);
    Ok(())
}

fn check_version(call: &Call<'_>, before: &Object, value: &mut Json) -> Outcome<()> {
    let names = call.resource.names();
    let stated = value.text("/metadata/resourceVersion");
    if stated.is_empty() || stated == "0" {
        if conditional(call.resource) && call.subresource.is_none() {
            let cause = Cause::invalid("metadata.resourceVersion", &json!(0), "must be specified for an update");
            let shown = names.resource();
            let kind = call.resource.plural.as_str();
            return Err(Failure::invalid_as(&shown, names.group, kind, before.name(), vec![cause]));
        }
    } else if stated.parse() != Ok(before.rv) {
        return Err(Failure::modified(&names, before.name()));
    }
    value.put(&["metadata", "resourceVersion"], before.rv.to_string());
    Ok(())
}

/// Whether an update must say which version it is of.
fn conditional(resource: &Resource) -> bool {
    resource.custom.is_some()
        || matches!(
            resource.kind.as_str(),
            "Lease"
                | "PodDisruptionBudget"
                | "RuntimeClass"
                | "CSIDriver"
                | "CSINode"
                | "VolumeAttachment"
                | "ValidatingWebhookConfiguration"
                | "MutatingWebhookConfiguration"
                | "CustomResourceDefinition"
        )
}

fn check_deletion_time(call: &Call<'_>, before: &Object, value: &Json) -> Outcome<()> {
    let stated = value.text("/metadata/deletionTimestamp");
    if stated.is_empty() || stated == before.meta("deletionTimestamp") {
        return Ok(());
    }
    let cause = Cause::invalid("metadata.deletionTimestamp", &stated.into(), "field is immutable");
    Err(Failure::invalid(&call.resource.names(), before.name(), vec![cause]))
}

/// The rules of metadata; `before` on updates.
pub(crate) fn validate(resource: &Resource, value: &Json, before: Option<&Object>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let name = value.text("/metadata/name");
    if before.is_none() {
        if name.is_empty() {
            causes.push(Cause::required("metadata.name", "name or generateName is required"));
        } else {
            let wrong = names::check_name(&resource.group, &resource.kind, name);
            causes.extend(wrong.iter().map(|why| Cause::invalid("metadata.name", &name.into(), why)));
        }
    }
    causes.extend(names::check_syntax(value.get("metadata").unwrap_or(&Json::Null)));
    causes.extend(owners(resource, value));
    if let Some(before) = before.filter(|b| b.deleting()) {
        causes.extend(new_finalizers(value, before));
    }
    causes
}

fn owners(resource: &Resource, value: &Json) -> Vec<Cause> {
    let owners = value.items("/metadata/ownerReferences");
    let mut causes = Vec::new();
    for owner in owners {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner[field].as_str().unwrap_or_default().is_empty() {
                let path = match field {
                    "apiVersion" => "metadata.ownerReferences.version".to_owned(),
                    other => format!("metadata.ownerReferences.{other}"),
                };
                causes.push(Cause::invalid(path, &"".into(), "must not be empty"));
            }
        }
        if owner["kind"] == "Event" && owner["apiVersion"] == "v1" {
            let why = "/v1, Kind=Event is disallowed from being an owner";
            causes.push(Cause::invalid("metadata.ownerReferences", owner, why));
        }
    }
    let controllers: Vec<_> = owners.iter().filter(|o| o["controller"] == true).collect();
    if let [first, second, ..] = controllers.as_slice() {
        let name =
            |o: &Json| format!("{}/{}", o["kind"].as_str().unwrap_or_default(), o["name"].as_str().unwrap_or_default());
        let why = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            name(first),
            name(second)
        );
        causes.push(Cause::invalid("metadata.ownerReferences", &json!(owners), &why));
    }
    let _ = resource;
    causes
}

fn new_finalizers(value: &Json, before: &Object) -> Option<Cause> {
    let old = before.finalizers();
    let new = value.items("/metadata/finalizers").iter().filter_map(Json::as_str);
    let added: Vec<_> = new.filter(|f| !old.contains(f)).map(|f| format!("{f:?}")).collect();
    let shown = format!("[]string{{{}}}", added.join(", "));
    let why = format!("no new finalizers can be added if the object is being deleted, found new finalizers {shown}");
    (!added.is_empty()).then(|| Cause::forbidden("metadata.finalizers", why))
}

/// Finalizers that other parties could use by accident.
pub(crate) fn finalizer_warnings(value: &Json) -> Vec<String> {
    let finalizers = value.items("/metadata/finalizers").iter().filter_map(Json::as_str);
    let known = ["orphan", "foregroundDeletion", "kubernetes"];
    finalizers
        .filter(|f| !f.contains('/') && !known.contains(f))
        .map(|f| {
            format!(
                "metadata.finalizers: {f:?}: prefer a domain-qualified finalizer name to avoid accidental \
                 conflicts with other finalizer writers"
            )
        })
        .collect()
}

/// Counts a change of anything but metadata (and status, where that has its own door).
pub(crate) fn bump_generation(resource: &Resource, before: &Object, value: &mut Json) {
    if !counts_generations(resource) {
        return;
    }
    let own_status = resource.custom.as_ref().is_none_or(|c| c.status);
    let desired = |value: &Json| {
        let mut rest = value.as_object().cloned().unwrap_or_default();
        for field in ["metadata", "apiVersion", "kind"].iter().chain(own_status.then_some(&"status")) {
            rest.shift_remove(*field);
        }
        rest
    };
    if desired(&before.value) != desired(value) {
        let generation = before.value.int("/metadata/generation").unwrap_or(0) + 1;
        value.put(&["metadata", "generation"], generation);
    }
}
