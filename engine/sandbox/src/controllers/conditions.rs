//! Conditions of a status.
use serde_json::{Value as Json, json};

use crate::api::now;
use crate::json::JsonExt;

/// A condition to set.
pub(super) struct Condition<'a> {
    pub(super) kind: &'a str,
    pub(super) status: bool,
    pub(super) reason: &'a str,
    pub(super) message: &'a str,
}

/// Sets a condition; the time of its last transition stays while its status does.
pub(super) fn set(value: &mut Json, condition: &Condition<'_>) {
    let status = if condition.status { "True" } else { "False" };
    let mut conditions = value.items("/status/conditions").to_vec();
    let found = conditions.iter().position(|c| c["type"] == condition.kind);
    let old = found.and_then(|i| conditions.get(i)).cloned().unwrap_or_default();
    let same = old["status"] == status;
    let since = if same { old.text("/lastTransitionTime").to_owned() } else { now() };
    let mut new = json!({"type": condition.kind, "status": status});
    if value["kind"] == "Deployment" {
        let untouched = same && old["reason"] == condition.reason && old["message"] == condition.message;
        new["lastUpdateTime"] = if untouched { old["lastUpdateTime"].clone() } else { now().into() };
    }
    if value["kind"] == "Pod" || value["kind"] == "Job" {
        new["lastProbeTime"] = if value["kind"] == "Job" { since.clone().into() } else { Json::Null };
    }
    new["lastTransitionTime"] = since.into();
    for (field, text) in [("reason", condition.reason), ("message", condition.message)] {
        if !text.is_empty() {
            new[field] = text.into();
        }
    }
    match found.and_then(|i| conditions.get_mut(i)) {
        Some(place) => *place = new,
        None => conditions.push(new),
    }
    value.put(&["status", "conditions"], conditions);
}

/// Whether a condition is true.
pub(super) fn is_true(value: &Json, kind: &str) -> bool {
    value.items("/status/conditions").iter().any(|c| c["type"] == kind && c["status"] == "True")
}

pub(super) fn get<'a>(value: &'a Json, kind: &str) -> Option<&'a Json> {
    value.items("/status/conditions").iter().find(|c| c["type"] == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let mut value =
            json!({"status": {"conditions": [{"type": "A", "status": "True", "lastTransitionTime": "then"}]}});
        set(&mut value, &Condition { kind: "A", status: true, reason: "R", message: "m" });
        assert_eq!(value["status"]["conditions"][0]["lastTransitionTime"], "then");
        assert!(is_true(&value, "A"));
        set(&mut value, &Condition { kind: "A", status: false, reason: "", message: "" });
        assert_ne!(get(&value, "A").unwrap()["lastTransitionTime"], "then");
    }
}
