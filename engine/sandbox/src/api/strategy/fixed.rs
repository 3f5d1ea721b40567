//! What an update may not change.
use serde_json::{Value as Json, json};

use crate::json::JsonExt;
use crate::registry::Resource;
use crate::status::Cause;

/// Fields that stay as they were created: where, how the field is called, and what is said.
type Fixed = (&'static str, &'static str, &'static str, &'static str, Why);

enum Why {
    /// `Invalid value: …: TEXT`
    Invalid(&'static str),
    /// `Forbidden: TEXT`
    Forbidden(&'static str),
}

const IMMUTABLE: Why = Why::Invalid("field is immutable");

const FIXED: &[Fixed] = &[
    ("apps", "Deployment", "/spec/selector", "spec.selector", IMMUTABLE),
    ("apps", "ReplicaSet", "/spec/selector", "spec.selector", IMMUTABLE),
    ("apps", "DaemonSet", "/spec/selector", "spec.selector", IMMUTABLE),
    ("batch", "Job", "/spec/selector", "spec.selector", IMMUTABLE),
    ("batch", "Job", "/spec/completionMode", "spec.completionMode", IMMUTABLE),
    ("batch", "Job", "/spec/podFailurePolicy", "spec.podFailurePolicy", IMMUTABLE),
    ("", "Secret", "/type", "type", IMMUTABLE),
    ("rbac.authorization.k8s.io", "RoleBinding", "/roleRef", "roleRef", Why::Invalid("cannot change roleRef")),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", "/roleRef", "roleRef", Why::Invalid("cannot change roleRef")),
    ("networking.k8s.io", "IngressClass", "/spec/controller", "spec.controller", IMMUTABLE),
    ("node.k8s.io", "RuntimeClass", "/handler", "handler", IMMUTABLE),
    ("scheduling.k8s.io", "PriorityClass", "/value", "value", Why::Forbidden("may not be changed in an update.")),
    (
        "storage.k8s.io",
        "StorageClass",
        "/provisioner",
        "provisioner",
        Why::Forbidden("updates to provisioner are forbidden."),
    ),
    (
        "storage.k8s.io",
        "StorageClass",
        "/parameters",
        "parameters",
        Why::Forbidden("updates to parameters are forbidden."),
    ),
    (
        "storage.k8s.io",
        "StorageClass",
        "/reclaimPolicy",
        "reclaimPolicy",
        Why::Forbidden("updates to reclaimPolicy are forbidden."),
    ),
    ("storage.k8s.io", "StorageClass", "/volumeBindingMode", "volumeBindingMode", IMMUTABLE),
    ("discovery.k8s.io", "EndpointSlice", "/addressType", "addressType", IMMUTABLE),
];

const STATEFUL: &str = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                        'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                        'minReadySeconds' are forbidden";
const POD: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
                   `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to \
                   existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                   previously negative)";
const CLAIM: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for \
                     bound claims";

/// Checks an update through the main door.
pub(super) fn check(resource: &Resource, old: &Json, new: &Json) -> Vec<Cause> {
    let (group, kind) = (resource.group.as_str(), resource.kind.as_str());
    let mut causes: Vec<Cause> = FIXED
        .iter()
        .filter(|(g, k, ..)| (*g, *k) == (group, kind))
        .filter_map(|fixed| changed(fixed, old, new))
        .collect();
    match (group, kind) {
        ("apps", "StatefulSet") => {
            let free = [
                "replicas",
                "ordinals",
                "template",
                "updateStrategy",
                "revisionHistoryLimit",
                "persistentVolumeClaimRetentionPolicy",
                "minReadySeconds",
            ];
            causes.extend(others_changed(old, new, &free).then(|| Cause::forbidden("spec", STATEFUL)));
        }
        ("batch", "Job") => causes.extend(job(old, new)),
        ("", "Pod") => causes.extend(pod_changed(old, new).then(|| Cause::forbidden("spec", POD))),
        ("", "PersistentVolumeClaim") => causes.extend(claim(old, new)),
        ("", "ConfigMap" | "Secret") => causes.extend(frozen(old, new)),
        _ => {}
    }
    causes
}

fn changed((_, _, pointer, field, why): &Fixed, old: &Json, new: &Json) -> Option<Cause> {
    let (before, after) = (old.pointer(pointer), new.pointer(pointer));
    if before == after {
        return None;
    }
    let after = after.cloned().unwrap_or_default();
    Some(match why {
        Why::Invalid(text) => Cause::invalid(*field, &after, text),
        Why::Forbidden(text) => Cause::forbidden(*field, text),
    })
}

/// Whether the specs differ in other fields than these.
fn others_changed(old: &Json, new: &Json, free: &[&str]) -> bool {
    let rest = |value: &Json| {
        let mut spec = value["spec"].clone();
        free.iter().for_each(|field| drop(spec.drop_field(&[field])));
        spec
    };
    rest(old) != rest(new)
}

/// A job that waits and never started may still change its pods.
fn job(old: &Json, new: &Json) -> Vec<Cause> {
    let free = old.flag("/spec/suspend") && old.text("/status/startTime").is_empty();
    let mut causes = Vec::new();
    if !free && old.pointer("/spec/template") != new.pointer("/spec/template") {
        causes.push(Cause::invalid("spec.template", &new["spec"]["template"], "field is immutable"));
    }
    let indexed = new.text("/spec/completionMode") == "Indexed";
    if !indexed && old.pointer("/spec/completions") != new.pointer("/spec/completions") {
        causes.push(Cause::invalid("spec.completions", &new["spec"]["completions"], "field is immutable"));
    }
    causes
}

fn pod_changed(old: &Json, new: &Json) -> bool {
    let rest = |value: &Json| {
        let mut spec = value["spec"].clone();
        for field in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "schedulingGates"] {
            spec.drop_field(&[field]);
        }
        for list in ["containers", "initContainers"] {
            let containers = spec.get_mut(list).and_then(Json::as_array_mut);
            containers.into_iter().flatten().for_each(|c| drop(c.drop_field(&["image"])));
        }
        spec
    };
    rest(old) != rest(new)
}

fn claim(old: &Json, new: &Json) -> Vec<Cause> {
    // The controller that binds a claim writes these.
    let free = ["resources", "volumeAttributesClassName", "volumeName"];
    let mut causes = Vec::new();
    if others_changed(old, new, &free) {
        causes.push(Cause::forbidden("spec", CLAIM));
    }
    let size = |value: &Json| {
        let text = value.text("/spec/resources/requests/storage");
        rolewright_schema::quantity::Quantity::parse(text).ok()
    };
    if let (Some(before), Some(after)) = (size(old), size(new))
        && after < before
    {
        let why = "field can not be less than status.capacity";
        causes.push(Cause::forbidden("spec.resources.requests.storage", why));
    }
    causes
}

/// `immutable: true` freezes what a map or secret holds.
fn frozen(old: &Json, new: &Json) -> Vec<Cause> {
    if !old.flag("/immutable") {
        return Vec::new();
    }
    let mut causes = Vec::new();
    let why = "field is immutable when `immutable` is set";
    if !new.flag("/immutable") {
        causes.push(Cause::forbidden("immutable", why));
    }
    let part = |value: &Json, field: &str| value.get(field).cloned().unwrap_or_else(|| json!({}));
    for field in ["data", "binaryData"] {
        if part(old, field) != part(new, field) {
            causes.push(Cause::forbidden(field, why));
        }
    }
    causes
}
