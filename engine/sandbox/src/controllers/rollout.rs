//! From the old pods of a deployment to the new ones.
use std::sync::Arc;

use serde_json::Value as Json;

use super::Controllers;
use super::deployment::replicas;
use crate::json::JsonExt;
use crate::store::Object;

/// How far a rollout may go above and below the wanted size.
#[derive(Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) surge: i64,
    pub(super) unavailable: i64,
}

fn recreates(deployment: &Object) -> bool {
    deployment.value.text("/spec/strategy/type") == "Recreate"
}

pub(super) fn limits(deployment: &Object) -> Limits {
    let wanted = replicas(&deployment.value);
    if recreates(deployment) {
        return Limits { surge: 0, unavailable: 0 };
    }
    let part = |field: &str, up: bool| {
        let value = deployment.value.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
        share(value.unwrap_or(&Json::from("25%")), wanted, up)
    };
    let (surge, unavailable) = (part("maxSurge", true), part("maxUnavailable", false));
    // Something must be allowed to move.
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    Limits { surge, unavailable: unavailable.min(wanted) }
}

/// A number, or a percentage of the whole.
pub(super) fn share(value: &Json, whole: i64, up: bool) -> i64 {
    let percent = value.as_str().and_then(|t| t.strip_suffix('%')).and_then(|t| t.parse::<i64>().ok());
    match percent {
        Some(percent) if up => (whole * percent + 99) / 100,
        Some(percent) => whole * percent / 100,
        None => value.as_i64().or_else(|| value.as_str().and_then(|t| t.parse().ok())).unwrap_or(0).max(0),
    }
}

/// What sets say of the deployment they belong to.
pub(super) fn set_annotations(deployment: &Object) -> [(&'static str, String); 2] {
    let wanted = replicas(&deployment.value);
    [
        ("deployment.kubernetes.io/desired-replicas", wanted.to_string()),
        ("deployment.kubernetes.io/max-replicas", (wanted + limits(deployment).surge).to_string()),
    ]
}

/// The size a new set starts with.
pub(super) fn first_size(deployment: &Object, sets: &[Arc<Object>]) -> i64 {
    let wanted = replicas(&deployment.value);
    let running: i64 = sets.iter().map(|s| replicas(&s.value)).sum();
    if recreates(deployment) {
        let any = sets.iter().any(|s| s.value.int("/status/replicas").unwrap_or(0) > 0) || running > 0;
        return if any { 0 } else { wanted };
    }
    (wanted + limits(deployment).surge - running).clamp(0, wanted)
}

/// One step; the next follows when its pods have come or gone.
pub(super) fn step(
    controllers: &Controllers,
    deployment: &Object,
    new: Option<&Arc<Object>>,
    old: &[Arc<Object>],
    paused: bool,
) {
    let Some(new) = new else {
        // Paused before its first set, or between two: only the size may change.
        if let (Some(last), true) = (old.iter().max_by_key(|s| replicas(&s.value)), paused) {
            controllers.resize(deployment, last, replicas(&deployment.value));
        }
        return;
    };
    let running = old.iter().map(|s| replicas(&s.value)).sum::<i64>();
    match () {
        () if paused && running > 0 => {}
        () if recreates(deployment) => recreate(controllers, deployment, new, old),
        () => roll(controllers, deployment, new, old),
    }
}

fn recreate(controllers: &Controllers, deployment: &Object, new: &Arc<Object>, old: &[Arc<Object>]) {
    old.iter().for_each(|set| controllers.resize(deployment, set, 0));
    let pods_left = old.iter().any(|s| !controllers.controlled(s, "pods").is_empty());
    if !pods_left {
        controllers.resize(deployment, new, replicas(&deployment.value));
    }
}

fn roll(controllers: &Controllers, deployment: &Object, new: &Arc<Object>, old: &[Arc<Object>]) {
    let wanted = replicas(&deployment.value);
    let Limits { surge, unavailable } = limits(deployment);
    let (size, running) = (replicas(&new.value), old.iter().map(|s| replicas(&s.value)).sum::<i64>());
    let room = wanted + surge - running - size;
    let next = if size > wanted { wanted } else { (size + room.max(0)).min(wanted) };
    controllers.resize(deployment, new, next);
    let ready = |s: &Object| s.value.int("/status/availableReplicas").unwrap_or(0);
    let new_missing = (next - ready(new)).max(0);
    let mut may_go = running + next - (wanted - unavailable) - new_missing;
    // Those that do not run go first and cost nothing.
    for set in old {
        let broken = (replicas(&set.value) - ready(set)).clamp(0, may_go.max(0));
        if broken > 0 {
            controllers.resize(deployment, set, replicas(&set.value) - broken);
            may_go -= broken;
        }
    }
    for set in old {
        let left =
            controllers.api.store.get(super::deployment::SETS, &crate::store::key_of(set.namespace(), set.name()));
        let Some(set) = left else { continue };
        let goes = may_go.clamp(0, replicas(&set.value));
        if goes > 0 {
            controllers.resize(deployment, &set, replicas(&set.value) - goes);
            may_go -= goes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shares_round_as_the_api_does() {
        assert_eq!(share(&json!("25%"), 2, true), 1);
        assert_eq!(share(&json!("25%"), 2, false), 0);
        assert_eq!(share(&json!(3), 2, false), 3);
        let deployment = Object::new(1, json!({"spec": {"replicas": 4}}));
        assert_eq!(limits(&deployment), Limits { surge: 1, unavailable: 1 });
    }
}
