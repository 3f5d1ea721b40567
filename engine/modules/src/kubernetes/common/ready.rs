//! When an object counts as ready.
use super::{at, text_at};
use serde_json::Value as Json;

/// `wait_condition`.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) kind: String,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    True,
    False,
    Unknown,
}

impl Condition {
    /// From the option; None when it names no type, which waits for ordinary readiness.
    pub(crate) fn read(option: &Json) -> Result<Option<Self>, String> {
        let status = match &option["status"] {
            Json::Null | Json::Bool(true) => Status::True,
            Json::Bool(false) => Status::False,
            Json::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Status::True,
                "false" | "no" | "off" | "0" => Status::False,
                "unknown" => Status::Unknown,
                _ => return Err(format!("value of status must be one of: True, False, Unknown, got: {text}")),
            },
            other => return Err(format!("value of status must be one of: True, False, Unknown, got: {other}")),
        };
        let text = |key: &str| option[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(text("type").map(|kind| Self { kind, status, reason: text("reason") }))
    }

    fn holds(&self, object: &Json) -> bool {
        let conditions = at(object, &["status", "conditions"]).as_array();
        let Some(found) = conditions.into_iter().flatten().find(|c| c["type"] == self.kind.as_str()) else {
            return false;
        };
        let status = match found["status"].as_str() {
            Some("True") => Status::True,
            Some("Unknown") => Status::Unknown,
            _ => Status::False,
        };
        status == self.status && self.reason.as_deref().is_none_or(|reason| found["reason"] == reason)
    }
}

/// By kind, or by the condition that is asked for.
pub(crate) fn is_ready(object: &Json, condition: Option<&Condition>) -> bool {
    if let Some(condition) = condition {
        return condition.holds(object);
    }
    match text_at(object, &["kind"]) {
        "Deployment" => deployment(object),
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        "Pod" => pod(object),
        "ClusterOperator" => cluster_operator(object),
        _ => true,
    }
}

fn number(object: &Json, path: &[&str]) -> Option<i64> {
    at(object, path).as_i64()
}

fn status(object: &Json, field: &str) -> Option<i64> {
    number(object, &["status", field])
}

fn is_observed(object: &Json) -> bool {
    status(object, "observedGeneration").unwrap_or(0) == number(object, &["metadata", "generation"]).unwrap_or(0)
}

fn deployment(object: &Json) -> bool {
    let replicas = status(object, "replicas");
    !at(object, &["status"]).is_null()
        && number(object, &["spec", "replicas"]).unwrap_or(1) == replicas.unwrap_or(0)
        && status(object, "availableReplicas") == replicas
        && is_observed(object)
        && status(object, "unavailableReplicas").unwrap_or(0) == 0
}

fn daemon_set(object: &Json) -> bool {
    let desired = status(object, "desiredNumberScheduled");
    desired.is_some()
        && status(object, "updatedNumberScheduled").unwrap_or(0) == desired.unwrap_or(0)
        && status(object, "numberReady") == desired
        && is_observed(object)
}

fn stateful_set(object: &Json) -> bool {
    let wanted = number(object, &["spec", "replicas"]).unwrap_or(1);
    let whole = is_observed(object) && status(object, "replicas").unwrap_or(0) == wanted;
    if text_at(object, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return whole;
    }
    whole
        && at(object, &["status", "updateRevision"]) == at(object, &["status", "currentRevision"])
        && status(object, "updatedReplicas").unwrap_or(0) == wanted
        && status(object, "readyReplicas").unwrap_or(0) == wanted
}

fn pod(object: &Json) -> bool {
    let containers = at(object, &["status", "containerStatuses"]).as_array();
    containers.is_some_and(|all| !all.is_empty() && all.iter().all(|container| container["ready"] == true))
}

fn cluster_operator(object: &Json) -> bool {
    [("Degraded", Status::False), ("Progressing", Status::False), ("Available", Status::True)]
        .into_iter()
        .all(|(kind, status)| Condition { kind: kind.into(), status, reason: None }.holds(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn readiness() {
        let deployment = |status: Json| {
            json!({"kind": "Deployment", "metadata": {"generation": 2},
            "spec": {"replicas": 2}, "status": status})
        };
        let rows = [
            (deployment(json!({"replicas": 2, "availableReplicas": 2, "observedGeneration": 2})), true),
            (deployment(json!({"replicas": 2, "availableReplicas": 2, "observedGeneration": 1})), false),
            (deployment(json!({"replicas": 2, "availableReplicas": 1, "observedGeneration": 2})), false),
            (
                deployment(
                    json!({"replicas": 2, "availableReplicas": 2, "unavailableReplicas": 1, "observedGeneration": 2}),
                ),
                false,
            ),
            (
                json!({"kind": "Deployment", "metadata": {"generation": 1}, "spec": {"replicas": 0},
                    "status": {"observedGeneration": 1}}),
                true,
            ),
            (json!({"kind": "Pod", "status": {"phase": "Running"}}), false),
            (json!({"kind": "Pod", "status": {"containerStatuses": [{"ready": true}]}}), true),
            (json!({"kind": "Pod", "status": {"containerStatuses": [{"ready": true}, {"ready": false}]}}), false),
            (
                json!({"kind": "DaemonSet", "metadata": {"generation": 1}, "status": {"desiredNumberScheduled": 0,
                    "numberReady": 0, "observedGeneration": 1}}),
                true,
            ),
            (
                json!({"kind": "StatefulSet", "metadata": {"generation": 1}, "spec": {"replicas": 1,
                    "updateStrategy": {"type": "OnDelete"}}, "status": {"replicas": 1, "observedGeneration": 1}}),
                true,
            ),
            (
                json!({"kind": "StatefulSet", "metadata": {"generation": 1}, "spec": {"replicas": 1},
                    "status": {"replicas": 1, "observedGeneration": 1}}),
                false,
            ),
            (json!({"kind": "Job"}), true),
        ];
        for (object, wanted) in rows {
            assert_eq!(is_ready(&object, None), wanted, "{object}");
        }
    }

    #[test]
    fn conditions() {
        let object = json!({"kind": "Job", "status": {"conditions": [
            {"type": "Complete", "status": "True", "reason": "Done"}, {"type": "Odd", "status": "Unknown"}]}});
        let rows = [
            (json!({"type": "Complete"}), true),
            (json!({"type": "Complete", "status": "False"}), false),
            (json!({"type": "Complete", "reason": "Done"}), true),
            (json!({"type": "Complete", "reason": "Other"}), false),
            (json!({"type": "Odd", "status": "Unknown"}), true),
            (json!({"type": "Odd", "status": false}), false),
            (json!({"type": "Missing"}), false),
        ];
        for (option, wanted) in rows {
            let condition = Condition::read(&option).unwrap().unwrap();
            assert_eq!(is_ready(&object, Some(&condition)), wanted, "{option}");
        }
        assert!(Condition::read(&json!({"status": true})).unwrap().is_none());
        assert!(Condition::read(&json!({"type": "x", "status": "maybe"})).is_err());
    }
}
