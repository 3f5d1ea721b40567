//! What a pod is doing, in one word.
use serde_json::{Value as Json, json};

use super::format::{NONE, duration};
use crate::json::JsonExt;

/// What the containers of a pod add up to.
struct Summary {
    ready: usize,
    total: usize,
    reason: String,
    restarts: i64,
    last_restart: Option<String>,
}

pub(super) fn ready(pod: &Json) -> Json {
    let summary = summary(pod);
    format!("{}/{}", summary.ready, summary.total).into()
}

pub(super) fn status(pod: &Json) -> Json {
    summary(pod).reason.into()
}

pub(super) fn restarts(pod: &Json) -> Json {
    let summary = summary(pod);
    let ago = summary.last_restart.filter(|_| summary.restarts > 0).and_then(|t| t.parse::<jiff::Timestamp>().ok());
    match ago {
        Some(last) => {
            let ago = duration(jiff::Timestamp::now().duration_since(last).as_secs());
            format!("{} ({ago} ago)", summary.restarts).into()
        }
        None => summary.restarts.to_string().into(),
    }
}

/// `1/2` of the conditions that were asked for.
pub(super) fn readiness_gates(pod: &Json) -> Json {
    let gates = pod.items("/spec/readinessGates");
    if gates.is_empty() {
        return NONE.into();
    }
    let met = |gate: &&Json| condition(pod, gate.text("/conditionType")).is_some_and(|c| c["status"] == "True");
    format!("{}/{}", gates.iter().filter(met).count(), gates.len()).into()
}

pub(super) fn row_conditions(pod: &Json) -> Option<Json> {
    let (reason, message) = match pod.text("/status/phase") {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{"type": "Completed", "status": "True", "reason": reason, "message": message}]))
}

fn condition<'a>(pod: &'a Json, kind: &str) -> Option<&'a Json> {
    pod.items("/status/conditions").iter().find(|c| c.text("/type") == kind)
}

fn summary(pod: &Json) -> Summary {
    let phase = pod.text("/status/phase");
    let mut summary = Summary {
        ready: 0,
        total: pod.items("/spec/containers").len(),
        reason: super::format::or(pod.text("/status/reason"), phase).to_owned(),
        restarts: 0,
        last_restart: None,
    };
    if condition(pod, "PodScheduled").is_some_and(|c| c.text("/reason") == "SchedulingGated") {
        summary.reason = "SchedulingGated".into();
    }
    if !initializing(pod, &mut summary) {
        containers(pod, &mut summary);
    }
    let ended = matches!(phase, "Succeeded" | "Failed");
    if !pod.text("/metadata/deletionTimestamp").is_empty() && !ended {
        let lost = pod.text("/status/reason") == "NodeLost";
        summary.reason = if lost { "Unknown" } else { "Terminating" }.into();
    }
    summary
}

/// Init containers that run beside the others.
fn is_sidecar(pod: &Json, name: &str) -> bool {
    let mut containers = pod.items("/spec/initContainers").iter();
    containers.any(|c| c.text("/name") == name && c.text("/restartPolicy") == "Always")
}

/// Whether the pod still initializes, and what it then says.
fn initializing(pod: &Json, summary: &mut Summary) -> bool {
    let total = pod.items("/spec/initContainers").len();
    summary.total += pod.items("/spec/initContainers").iter().filter(|c| c.text("/restartPolicy") == "Always").count();
    for (i, status) in pod.items("/status/initContainerStatuses").iter().enumerate() {
        count_restarts(status, summary);
        let sidecar = is_sidecar(pod, status.text("/name"));
        let terminated = status.pointer("/state/terminated");
        if terminated.is_some_and(|t| t.int("/exitCode") == Some(0)) {
            continue;
        }
        if sidecar && status.flag("/started") {
            summary.ready += usize::from(status.flag("/ready"));
            continue;
        }
        let waiting = status.text("/state/waiting/reason");
        summary.reason = match terminated {
            Some(terminated) => format!("Init:{}", ended(terminated)),
            None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
            None => format!("Init:{i}/{total}"),
        };
        return true;
    }
    false
}

fn ended(terminated: &Json) -> String {
    match (terminated.text("/reason"), terminated.int("/signal").unwrap_or(0)) {
        ("", 0) => format!("ExitCode:{}", terminated.int("/exitCode").unwrap_or(0)),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn count_restarts(status: &Json, summary: &mut Summary) {
    summary.restarts += status.int("/restartCount").unwrap_or(0);
    let finished = status.text("/lastState/terminated/finishedAt");
    if !finished.is_empty() && summary.last_restart.as_deref().is_none_or(|last| last < finished) {
        summary.last_restart = Some(finished.to_owned());
    }
}

fn containers(pod: &Json, summary: &mut Summary) {
    let mut running = false;
    for status in pod.items("/status/containerStatuses").iter().rev() {
        count_restarts(status, summary);
        let waiting = status.text("/state/waiting/reason");
        if !waiting.is_empty() {
            summary.reason = waiting.to_owned();
        } else if let Some(terminated) = status.pointer("/state/terminated") {
            summary.reason = ended(terminated);
        } else if status.flag("/ready") && status.pointer("/state/running").is_some() {
            running = true;
            summary.ready += 1;
        }
    }
    // Some containers have completed while others still run.
    if summary.reason == "Completed" && running {
        let ready = condition(pod, "Ready").is_some_and(|c| c["status"] == "True");
        summary.reason = if ready { "Running" } else { "NotReady" }.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_tells_what_holds_a_pod() {
        let container = |state: Json| json!({"name": "c", "ready": false, "restartCount": 2, "state": state});
        for (status, wanted) in [
            (json!({"phase": "Pending"}), "Pending"),
            (json!({"phase": "Failed", "reason": "Evicted"}), "Evicted"),
            (
                json!({"phase": "Pending", "containerStatuses": [container(json!({"waiting": {"reason": "ImagePullBackOff"}}))]}),
                "ImagePullBackOff",
            ),
            (
                json!({"phase": "Running", "containerStatuses": [container(json!({"terminated": {"exitCode": 3}}))]}),
                "ExitCode:3",
            ),
            (json!({"phase": "Pending", "initContainerStatuses": [container(json!({"running": {}}))]}), "Init:0/1"),
            (
                json!({"phase": "Pending", "initContainerStatuses": [container(json!({"terminated": {"exitCode": 1, "reason": "Error"}}))]}),
                "Init:Error",
            ),
            (
                json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}),
                "SchedulingGated",
            ),
        ] {
            let spec = json!({"containers": [{"name": "c"}], "initContainers": [{"name": "c"}]});
            let pod = json!({"spec": spec, "status": status});
            assert_eq!(super::status(&pod), wanted);
        }
        let leaving = json!({"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Running"}});
        assert_eq!(super::status(&leaving), "Terminating");
    }

    #[test]
    fn restarts_say_when_the_last_one_was() {
        let at = (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(305)).to_string();
        let pod = json!({"status": {"containerStatuses": [{"restartCount": 3,
            "lastState": {"terminated": {"finishedAt": at}}}]}});
        assert_eq!(restarts(&pod), "3 (5m5s ago)");
        assert_eq!(restarts(&json!({})), "0");
    }
}
