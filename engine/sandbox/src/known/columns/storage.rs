//! Volumes, claims, classes, drivers, devices.
use serde_json::Value as Json;

use super::format::{self, UNSET};
use super::{AGE, Cell, Column, NAME, column, made, text, wide};
use crate::json::JsonExt;

pub(super) fn columns(group: &str, kind: &str) -> Option<&'static [Column]> {
    Some(match (group, kind) {
        ("", "PersistentVolume") => &VOLUMES,
        ("", "PersistentVolumeClaim") => &CLAIMS,
        ("storage.k8s.io", "StorageClass") => &CLASSES,
        ("storage.k8s.io", "VolumeAttributesClass") => &ATTRIBUTES,
        ("storage.k8s.io", "VolumeAttachment") => &ATTACHMENTS,
        ("storage.k8s.io", "CSIDriver") => &DRIVERS,
        ("storage.k8s.io", "CSINode") => &NODES,
        ("storage.k8s.io", "CSIStorageCapacity") => &CAPACITIES,
        ("resource.k8s.io", "ResourceClaim") => &DEVICE_CLAIMS,
        ("resource.k8s.io", "ResourceSlice") => &DEVICE_SLICES,
        ("resource.k8s.io", "DeviceClass" | "ResourceClaimTemplate" | "DeviceTaintRule") => &NAMED,
        _ => return None,
    })
}

static NAMED: [Column; 2] = [NAME, AGE];

static VOLUMES: [Column; 11] = [
    NAME,
    text("Capacity", "/spec/capacity/storage"),
    made("Access Modes", |v| modes(v.items("/spec/accessModes"))),
    text("Reclaim Policy", "/spec/persistentVolumeReclaimPolicy"),
    made("Status", phase),
    made("Claim", claim_of),
    made("StorageClass", class),
    column("VolumeAttributesClass", "string", Cell::TextOr("/spec/volumeAttributesClassName", UNSET)),
    text("Reason", "/status/reason"),
    AGE,
    wide(column("VolumeMode", "string", Cell::TextOr("/spec/volumeMode", UNSET))),
];

static CLAIMS: [Column; 9] = [
    NAME,
    made("Status", phase),
    text("Volume", "/spec/volumeName"),
    made("Capacity", |c| bound(c, |c| c.text("/status/capacity/storage").into())),
    made("Access Modes", |c| bound(c, |c| modes(c.items("/status/accessModes")))),
    made("StorageClass", class),
    column("VolumeAttributesClass", "string", Cell::TextOr("/spec/volumeAttributesClassName", UNSET)),
    AGE,
    wide(column("VolumeMode", "string", Cell::TextOr("/spec/volumeMode", UNSET))),
];

static CLASSES: [Column; 6] = [
    made("Name", class_name),
    text("Provisioner", "/provisioner"),
    column("ReclaimPolicy", "string", Cell::TextOr("/reclaimPolicy", "Delete")),
    column("VolumeBindingMode", "string", Cell::TextOr("/volumeBindingMode", "Immediate")),
    made("AllowVolumeExpansion", |c| c.flag("/allowVolumeExpansion").into()),
    AGE,
];

static ATTRIBUTES: [Column; 3] = [NAME, text("DriverName", "/driverName"), AGE];

static ATTACHMENTS: [Column; 6] = [
    NAME,
    text("Attacher", "/spec/attacher"),
    text("PV", "/spec/source/persistentVolumeName"),
    text("Node", "/spec/nodeName"),
    column("Attached", "boolean", Cell::Made(|a| a.flag("/status/attached").into())),
    AGE,
];

static DRIVERS: [Column; 8] = [
    NAME,
    column("AttachRequired", "boolean", Cell::Made(|d| unless_false(d, "/spec/attachRequired"))),
    column("PodInfoOnMount", "boolean", Cell::Made(|d| d.flag("/spec/podInfoOnMount").into())),
    column("StorageCapacity", "boolean", Cell::Made(|d| d.flag("/spec/storageCapacity").into())),
    made("TokenRequests", token_requests),
    column("RequiresRepublish", "boolean", Cell::Made(|d| d.flag("/spec/requiresRepublish").into())),
    made("Modes", driver_modes),
    AGE,
];

static NODES: [Column; 3] = [NAME, column("Drivers", "integer", Cell::Count("/spec/drivers")), AGE];

static CAPACITIES: [Column; 3] = [NAME, text("StorageClassName", "/storageClassName"), text("Capacity", "/capacity")];

static DEVICE_CLAIMS: [Column; 3] = [NAME, made("State", claim_state), AGE];

static DEVICE_SLICES: [Column; 5] = [
    NAME,
    column("Node", "string", Cell::TextOr("/spec/nodeName", UNSET)),
    text("Driver", "/spec/driver"),
    text("Pool", "/spec/pool/name"),
    AGE,
];

fn phase(object: &Json) -> Json {
    let leaving = !object.text("/metadata/deletionTimestamp").is_empty();
    if leaving { "Terminating".into() } else { object.text("/status/phase").into() }
}

fn modes(modes: &[Json]) -> Json {
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let held = short.iter().filter(|(long, _)| modes.iter().any(|m| m == long)).map(|(_, short)| *short);
    held.collect::<Vec<_>>().join(",").into()
}

/// Only a claim that has a volume tells what it got.
fn bound(claim: &Json, cell: fn(&Json) -> Json) -> Json {
    if claim.text("/spec/volumeName").is_empty() { "".into() } else { cell(claim) }
}

fn claim_of(volume: &Json) -> Json {
    match volume.pointer("/spec/claimRef") {
        Some(claim) => format!("{}/{}", claim.text("/namespace"), claim.text("/name")).into(),
        None => "".into(),
    }
}

fn class(object: &Json) -> Json {
    let old = object.text("/metadata/annotations/volume.beta.kubernetes.io~1storage-class");
    format::or(old, object.text("/spec/storageClassName")).into()
}

fn class_name(class: &Json) -> Json {
    let is = |key: &str| class.text(&format!("/metadata/annotations/{key}")) == "true";
    let default =
        is("storageclass.kubernetes.io~1is-default-class") || is("storageclass.beta.kubernetes.io~1is-default-class");
    let name = class.text("/metadata/name");
    if default { format!("{name} (default)").into() } else { name.into() }
}

fn unless_false(object: &Json, pointer: &str) -> Json {
    object.pointer(pointer).and_then(Json::as_bool).unwrap_or(true).into()
}

fn token_requests(driver: &Json) -> Json {
    let requests = driver.items("/spec/tokenRequests");
    if requests.is_empty() { UNSET.into() } else { format::joined(requests, "/audience").into() }
}

fn driver_modes(driver: &Json) -> Json {
    let modes: Vec<_> = driver.items("/spec/volumeLifecycleModes").iter().filter_map(Json::as_str).collect();
    if modes.is_empty() { "Persistent".into() } else { modes.join(",").into() }
}

fn claim_state(claim: &Json) -> Json {
    let mut states = Vec::new();
    if !claim.text("/metadata/deletionTimestamp").is_empty() {
        states.push("deleted");
    }
    match claim.pointer("/status/allocation") {
        None if states.is_empty() => states.push("pending"),
        None => {}
        Some(_) => {
            states.push("allocated");
            states.push("reserved");
            if claim.items("/status/reservedFor").is_empty() {
                states.pop();
            }
        }
    }
    states.join(",").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_tell_what_they_got() {
        let claim = json!({"spec": {"volumeName": "v", "storageClassName": "s"},
            "status": {"phase": "Bound", "accessModes": ["ReadWriteMany", "ReadWriteOnce"], "capacity": {"storage": "1Gi"}}});
        assert_eq!(bound(&claim, |c| modes(c.items("/status/accessModes"))), "RWO,RWX");
        assert_eq!((phase(&claim), class(&claim)), ("Bound".into(), "s".into()));
        assert_eq!(bound(&json!({}), |_| "x".into()), "");
        let default =
            json!({"metadata": {"name": "s", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
        assert_eq!(class_name(&default), "s (default)");
    }
}
