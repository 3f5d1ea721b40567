//! Autoscalers: stored as `autoscaling/v2`, which says in metrics what `v1` says in one field.
use serde_json::{Value as Json, json};

use crate::json::JsonExt;

/// From the form of `v1` to the stored one.
pub(crate) fn stored(value: &mut Json) {
    let target = value.drop_field(&["spec", "targetCPUUtilizationPercentage"]);
    if let Some(target) = target.filter(|t| !t.is_null()) {
        value.put(&["spec", "metrics"], json!([metric("averageUtilization", target, "target")]));
    }
    let current = value.drop_field(&["status", "currentCPUUtilizationPercentage"]);
    if let Some(current) = current.filter(|c| !c.is_null()) {
        value.put(&["status", "currentMetrics"], json!([metric("averageUtilization", current, "current")]));
    }
}

fn metric(field: &str, number: Json, side: &str) -> Json {
    let mut side_value = json!({field: number});
    if side == "target" {
        side_value["type"] = "Utilization".into();
    }
    json!({"type": "Resource", "resource": {"name": "cpu", side: side_value}})
}

/// From the stored form to that of `v1`, which can tell only the use of the processor.
pub(crate) fn first(value: &mut Json) {
    for (list, side, field) in [
        ("/spec/metrics", "target", ["spec", "targetCPUUtilizationPercentage"]),
        ("/status/currentMetrics", "current", ["status", "currentCPUUtilizationPercentage"]),
    ] {
        let cpu = value.items(list).iter().find(|m| m.text("/resource/name") == "cpu");
        let percent = cpu.and_then(|m| m.pointer(&format!("/resource/{side}/averageUtilization"))).cloned();
        if let Some(percent) = percent {
            value.put(&field, percent);
        }
    }
    value.drop_field(&["spec", "metrics"]);
    value.drop_field(&["spec", "behavior"]);
    value.drop_field(&["status", "currentMetrics"]);
    value.drop_field(&["status", "conditions"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_say_the_same() {
        let old = json!({"spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80}});
        let mut value = old.clone();
        stored(&mut value);
        assert_eq!(
            value["spec"]["metrics"][0]["resource"]["target"],
            json!({"averageUtilization": 80, "type": "Utilization"})
        );
        first(&mut value);
        assert_eq!(value, old);
    }
}
