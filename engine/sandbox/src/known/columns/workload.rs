//! Pods and what runs them.
use serde_json::Value as Json;

use super::format::{self, NONE};
use super::{AGE, CONTAINERS, Cell, Column, IMAGES, NAME, SELECTOR, column, int, made, pod, text, wide};
use crate::json::JsonExt;

pub(super) fn columns(group: &str, kind: &str) -> Option<&'static [Column]> {
    Some(match (group, kind) {
        ("", "Pod") => &PODS,
        ("", "PodTemplate") => &POD_TEMPLATES,
        ("", "ReplicationController") => &REPLICATION_CONTROLLERS,
        ("apps", "ReplicaSet") => &REPLICA_SETS,
        ("apps", "Deployment") => &DEPLOYMENTS,
        ("apps", "StatefulSet") => &STATEFUL_SETS,
        ("apps", "DaemonSet") => &DAEMON_SETS,
        ("apps", "ControllerRevision") => &REVISIONS,
        ("batch", "Job") => &JOBS,
        ("batch", "CronJob") => &CRON_JOBS,
        ("autoscaling", "HorizontalPodAutoscaler") => &AUTOSCALERS,
        ("policy", "PodDisruptionBudget") => &BUDGETS,
        _ => return None,
    })
}

static PODS: [Column; 9] = [
    NAME,
    made("Ready", pod::ready),
    made("Status", pod::status),
    made("Restarts", pod::restarts),
    AGE,
    wide(column("IP", "string", Cell::TextOr("/status/podIP", NONE))),
    wide(column("Node", "string", Cell::TextOr("/spec/nodeName", NONE))),
    wide(column("Nominated Node", "string", Cell::TextOr("/status/nominatedNodeName", NONE))),
    wide(made("Readiness Gates", pod::readiness_gates)),
];

static POD_TEMPLATES: [Column; 4] = [
    NAME,
    column("Containers", "string", Cell::Joined("/template/spec/containers", "/name")),
    column("Images", "string", Cell::Joined("/template/spec/containers", "/image")),
    column("Pod Labels", "string", Cell::Labels("/template/metadata/labels")),
];

static REPLICATION_CONTROLLERS: [Column; 8] = [
    NAME,
    int("Desired", "/spec/replicas"),
    int("Current", "/status/replicas"),
    int("Ready", "/status/readyReplicas"),
    AGE,
    CONTAINERS,
    IMAGES,
    wide(column("Selector", "string", Cell::Labels("/spec/selector"))),
];

static REPLICA_SETS: [Column; 8] = [
    NAME,
    int("Desired", "/spec/replicas"),
    int("Current", "/status/replicas"),
    int("Ready", "/status/readyReplicas"),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

static DEPLOYMENTS: [Column; 8] = [
    NAME,
    made("Ready", ready),
    int("Up-to-date", "/status/updatedReplicas"),
    int("Available", "/status/availableReplicas"),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

static STATEFUL_SETS: [Column; 5] = [NAME, made("Ready", ready), AGE, CONTAINERS, IMAGES];

static DAEMON_SETS: [Column; 11] = [
    NAME,
    int("Desired", "/status/desiredNumberScheduled"),
    int("Current", "/status/currentNumberScheduled"),
    int("Ready", "/status/numberReady"),
    int("Up-to-date", "/status/updatedNumberScheduled"),
    int("Available", "/status/numberAvailable"),
    column("Node Selector", "string", Cell::Labels("/spec/template/spec/nodeSelector")),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

static REVISIONS: [Column; 4] = [NAME, made("Controller", controller), int("Revision", "/revision"), AGE];

static JOBS: [Column; 8] = [
    NAME,
    made("Status", job_status),
    made("Completions", completions),
    made("Duration", job_duration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

static CRON_JOBS: [Column; 10] = [
    NAME,
    text("Schedule", "/spec/schedule"),
    column("Timezone", "string", Cell::TextOr("/spec/timeZone", NONE)),
    made("Suspend", suspended),
    column("Active", "integer", Cell::Count("/status/active")),
    made("Last Schedule", last_schedule),
    AGE,
    wide(column("Containers", "string", Cell::Joined("/spec/jobTemplate/spec/template/spec/containers", "/name"))),
    wide(column("Images", "string", Cell::Joined("/spec/jobTemplate/spec/template/spec/containers", "/image"))),
    wide(column("Selector", "string", Cell::Selector("/spec/jobTemplate/spec/selector"))),
];

static AUTOSCALERS: [Column; 7] = [
    NAME,
    made("Reference", scale_target),
    made("Targets", targets),
    made("MinPods", |o| format::plain(o.pointer("/spec/minReplicas"), format::UNSET).into()),
    int("MaxPods", "/spec/maxReplicas"),
    int("Replicas", "/status/currentReplicas"),
    AGE,
];

static BUDGETS: [Column; 5] = [
    NAME,
    made("Min Available", |o| format::plain(o.pointer("/spec/minAvailable"), "N/A").into()),
    made("Max Unavailable", |o| format::plain(o.pointer("/spec/maxUnavailable"), "N/A").into()),
    int("Allowed Disruptions", "/status/disruptionsAllowed"),
    AGE,
];

fn ready(object: &Json) -> Json {
    let wanted = object.int("/spec/replicas").unwrap_or(0);
    format!("{}/{wanted}", object.int("/status/readyReplicas").unwrap_or(0)).into()
}

fn controller(object: &Json) -> Json {
    let owners = object.items("/metadata/ownerReferences");
    let Some(owner) = owners.iter().find(|o| o.flag("/controller")) else { return NONE.into() };
    let group = owner.text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group);
    let kind = crate::status::qualify(&owner.text("/kind").to_lowercase(), group);
    format!("{kind}/{}", owner.text("/name")).into()
}

fn job_status(job: &Json) -> Json {
    let conditions = job.items("/status/conditions");
    let holds = |kind: &str| conditions.iter().any(|c| c.text("/type") == kind && c.text("/status") == "True");
    let found = ["Complete", "Failed"].into_iter().find(|kind| holds(kind));
    let leaving = (!job.text("/metadata/deletionTimestamp").is_empty()).then_some("Terminating");
    let later = ["Suspended", "FailureTarget", "SuccessCriteriaMet"].into_iter().find(|kind| holds(kind));
    found.or(leaving).or(later).unwrap_or("Running").into()
}

fn completions(job: &Json) -> Json {
    let done = job.int("/status/succeeded").unwrap_or(0);
    let parallel = job.int("/spec/parallelism").unwrap_or(0);
    match job.int("/spec/completions") {
        Some(wanted) => format!("{done}/{wanted}").into(),
        None if parallel > 1 => format!("{done}/1 of {parallel}").into(),
        None => format!("{done}/1").into(),
    }
}

fn job_duration(job: &Json) -> Json {
    let failed = |c: &&Json| c.text("/type") == "Failed" && c.text("/status") == "True";
    let failed = job.items("/status/conditions").iter().find(failed).map_or("", |c| c.text("/lastTransitionTime"));
    let end = format::or(job.text("/status/completionTime"), failed);
    format::between(job.text("/status/startTime"), end).into()
}

fn suspended(job: &Json) -> Json {
    match job.pointer("/spec/suspend").and_then(Json::as_bool) {
        Some(true) => "True".into(),
        Some(false) => "False".into(),
        None => format::UNSET.into(),
    }
}

fn last_schedule(job: &Json) -> Json {
    match job.text("/status/lastScheduleTime") {
        "" => NONE.into(),
        time => format::since(time).into(),
    }
}

fn scale_target(object: &Json) -> Json {
    let (kind, name) = (object.text("/spec/scaleTargetRef/kind"), object.text("/spec/scaleTargetRef/name"));
    format!("{kind}/{name}").into()
}

/// What an autoscaler wants, with what it sees; the older version of the kind knows only the processor.
fn targets(object: &Json) -> Json {
    let metrics = object.items("/spec/metrics");
    if metrics.is_empty() {
        return match object.int("/spec/targetCPUUtilizationPercentage") {
            Some(percent) => {
                let current = object.int("/status/currentCPUUtilizationPercentage");
                let current = current.map_or(format::UNKNOWN.to_owned(), |c| format!("{c}%"));
                format!("cpu: {current}/{percent}%").into()
            }
            None => NONE.into(),
        };
    }
    let seen = object.items("/status/currentMetrics");
    let all: Vec<String> = metrics.iter().enumerate().map(|(i, metric)| target(metric, seen.get(i))).collect();
    let shown = all.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(2) {
        0 => shown.into(),
        more => format!("{shown} + {more} more...").into(),
    }
}

fn target(metric: &Json, seen: Option<&Json>) -> String {
    let field = match metric.text("/type") {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return "<unknown type>".into(),
    };
    let current = seen.and_then(|s| s.pointer(&format!("/{field}/current")));
    let wanted = metric.pointer(&format!("/{field}/target")).unwrap_or(&Json::Null);
    let prefix = match field {
        "resource" | "containerResource" => format!("{}: ", metric.text(&format!("/{field}/name"))),
        _ => String::new(),
    };
    let value = |pointer: &str| format::plain(current.and_then(|c| c.pointer(pointer)), format::UNKNOWN);
    if let Some(percent) = wanted.int("/averageUtilization") {
        let current = current.and_then(|c| c.int("/averageUtilization"));
        let current = current.map_or(format::UNKNOWN.to_owned(), |c| format!("{c}%"));
        return format!("{prefix}{current}/{percent}%");
    }
    match wanted.text("/averageValue") {
        "" => format!("{prefix}{}/{}", value("/value"), wanted.text("/value")),
        average => {
            let suffix = if field == "external" || field == "object" { " (avg)" } else { "" };
            format!("{prefix}{}/{average}{suffix}", value("/averageValue"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn jobs_tell_how_far_they_are() {
        let job = json!({"spec": {"completions": 3}, "status": {"succeeded": 1,
            "startTime": "2026-01-01T00:00:00Z", "completionTime": "2026-01-01T00:02:05Z"}});
        assert_eq!(
            (completions(&job), job_duration(&job), job_status(&job)),
            ("1/3".into(), "2m5s".into(), "Running".into())
        );
        let done = json!({"status": {"conditions": [{"type": "SuccessCriteriaMet", "status": "True"},
            {"type": "Complete", "status": "True"}]}});
        assert_eq!(job_status(&done), "Complete");
    }

    #[test]
    fn targets_of_autoscalers() {
        let cpu = json!({"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}});
        assert_eq!(targets(&json!({"spec": {"metrics": [cpu]}})), "cpu: <unknown>/80%");
        assert_eq!(targets(&json!({"spec": {"targetCPUUtilizationPercentage": 5}})), "cpu: <unknown>/5%");
    }

    #[test]
    fn revisions_name_their_controller() {
        let owned = json!({"metadata": {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet",
            "name": "db", "controller": true}]}});
        assert_eq!(controller(&owned), "statefulset.apps/db");
    }
}
