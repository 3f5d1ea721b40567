//! Nodes, namespaces, configuration, events.
use serde_json::Value as Json;

use super::format::{self, NONE, UNKNOWN};
use super::{AGE, Cell, Column, NAME, column, made, text, wide};
use crate::json::JsonExt;

pub(super) fn columns(group: &str, kind: &str) -> Option<&'static [Column]> {
    Some(match (group, kind) {
        ("", "Node") => &NODES,
        ("", "Namespace") => &NAMESPACES,
        ("", "Secret") => &SECRETS,
        ("", "ConfigMap") => &CONFIG_MAPS,
        ("", "ServiceAccount") => &SERVICE_ACCOUNTS,
        ("", "Event") => &EVENTS,
        ("events.k8s.io", "Event") => &MODERN_EVENTS,
        ("", "ComponentStatus") => &COMPONENTS,
        ("", "ResourceQuota") => &QUOTAS,
        ("coordination.k8s.io", "Lease") => &LEASES,
        ("apiregistration.k8s.io", "APIService") => &API_SERVICES,
        _ => return None,
    })
}

static NODES: [Column; 10] = [
    NAME,
    made("Status", node_status),
    made("Roles", roles),
    AGE,
    text("Version", "/status/nodeInfo/kubeletVersion"),
    wide(made("Internal-IP", |o| address(o, "InternalIP"))),
    wide(made("External-IP", |o| address(o, "ExternalIP"))),
    wide(column("OS-Image", "string", Cell::TextOr("/status/nodeInfo/osImage", UNKNOWN))),
    wide(column("Kernel-Version", "string", Cell::TextOr("/status/nodeInfo/kernelVersion", UNKNOWN))),
    wide(column("Container-Runtime", "string", Cell::TextOr("/status/nodeInfo/containerRuntimeVersion", UNKNOWN))),
];

static NAMESPACES: [Column; 3] = [NAME, text("Status", "/status/phase"), AGE];

static SECRETS: [Column; 4] = [NAME, text("Type", "/type"), column("Data", "integer", Cell::Count("/data")), AGE];

static CONFIG_MAPS: [Column; 3] = [NAME, column("Data", "integer", Cell::Made(entries)), AGE];

static SERVICE_ACCOUNTS: [Column; 3] = [NAME, column("Secrets", "integer", Cell::Count("/secrets")), AGE];

static EVENTS: [Column; 10] = [
    made("Last Seen", |e| last_seen(e, "/firstTimestamp", "/lastTimestamp", "/count")),
    text("Type", "/type"),
    text("Reason", "/reason"),
    made("Object", |e| reference(e, "/involvedObject")),
    wide(text("Subobject", "/involvedObject/fieldPath")),
    wide(made("Source", |e| source(e, "/source", "/reportingComponent"))),
    made("Message", |e| e.text("/message").trim().into()),
    wide(made("First Seen", |e| first_seen(e, "/firstTimestamp"))),
    wide(made("Count", |e| count(e, "/count"))),
    wide(text("Name", "/metadata/name")),
];

static MODERN_EVENTS: [Column; 10] = [
    made("Last Seen", |e| last_seen(e, "/deprecatedFirstTimestamp", "/deprecatedLastTimestamp", "/deprecatedCount")),
    text("Type", "/type"),
    text("Reason", "/reason"),
    made("Object", |e| reference(e, "/regarding")),
    wide(text("Subobject", "/regarding/fieldPath")),
    wide(made("Source", |e| source(e, "/deprecatedSource", "/reportingController"))),
    made("Message", |e| e.text("/note").trim().into()),
    wide(made("First Seen", |e| first_seen(e, "/deprecatedFirstTimestamp"))),
    wide(made("Count", |e| count(e, "/deprecatedCount"))),
    wide(text("Name", "/metadata/name")),
];

static COMPONENTS: [Column; 4] =
    [NAME, made("Status", |_| "Healthy".into()), made("Message", |_| "ok".into()), made("Error", |_| "".into())];

static QUOTAS: [Column; 4] = [NAME, made("Request", |q| quota(q, false)), made("Limit", |q| quota(q, true)), AGE];

static LEASES: [Column; 3] = [NAME, text("Holder", "/spec/holderIdentity"), AGE];

static API_SERVICES: [Column; 4] = [NAME, made("Service", api_service), made("Available", available), AGE];

fn node_status(node: &Json) -> Json {
    let ready = node.items("/status/conditions").iter().find(|c| c.text("/type") == "Ready");
    let status = match ready.map(|c| c.text("/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    if node.flag("/spec/unschedulable") { format!("{status},SchedulingDisabled").into() } else { status.into() }
}

fn roles(node: &Json) -> Json {
    let labels = node.pointer("/metadata/labels").and_then(Json::as_object);
    let mut roles: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => (!role.is_empty()).then(|| role.to_owned()),
            None => (key == "kubernetes.io/role").then(|| value.as_str().unwrap_or_default().to_owned()),
        })
        .collect();
    roles.sort();
    if roles.is_empty() { NONE.into() } else { roles.join(",").into() }
}

fn address(node: &Json, kind: &str) -> Json {
    let found = node.items("/status/addresses").iter().find(|a| a.text("/type") == kind);
    found.map_or(NONE, |a| a.text("/address")).into()
}

fn entries(map: &Json) -> Json {
    let size = |field: &str| map.get(field).and_then(Json::as_object).map_or(0, serde_json::Map::len);
    (size("data") + size("binaryData")).into()
}

fn last_seen(event: &Json, first: &str, last: &str, count: &str) -> Json {
    let series = event.text("/series/lastObservedTime");
    let last =
        format::or(series, format::or(event.text(last), format::or(event.text(first), event.text("/eventTime"))));
    let _ = count;
    format::since(last).into()
}

fn first_seen(event: &Json, first: &str) -> Json {
    format::since(format::or(event.text(first), event.text("/eventTime"))).into()
}

fn count(event: &Json, count: &str) -> Json {
    let series = event.int("/series/count");
    series.or_else(|| event.int(count).filter(|c| *c > 0)).unwrap_or(1).into()
}

fn reference(event: &Json, at: &str) -> Json {
    let kind = event.text(&format!("{at}/kind")).to_lowercase();
    let name = event.text(&format!("{at}/name"));
    match (kind.is_empty(), name.is_empty()) {
        (false, false) => format!("{kind}/{name}").into(),
        (false, true) => kind.into(),
        _ => name.into(),
    }
}

fn source(event: &Json, at: &str, component: &str) -> Json {
    let named = event.text(&format!("{at}/component"));
    let named = format::or(named, event.text(component));
    let host = format::or(event.text(&format!("{at}/host")), "");
    if host.is_empty() { named.into() } else { format!("{named}, {host}").into() }
}

/// `cpu: 1/2, …`: what is used of what is allowed.
fn quota(quota: &Json, limits: bool) -> Json {
    let hard = quota.pointer("/status/hard").or_else(|| quota.pointer("/spec/hard")).and_then(Json::as_object);
    let mut parts: Vec<String> = hard
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("limits.") == limits)
        .map(|(name, most)| {
            let used = quota.pointer("/status/used").and_then(|u| u.get(name));
            format!("{name}: {}/{}", format::plain(used, "0"), format::plain(Some(most), "0"))
        })
        .collect();
    parts.sort();
    parts.join(", ").into()
}

fn api_service(service: &Json) -> Json {
    match service.text("/spec/service/name") {
        "" => "Local".into(),
        name => format!("{}/{name}", service.text("/spec/service/namespace")).into(),
    }
}

fn available(service: &Json) -> Json {
    let condition = service.items("/status/conditions").iter().find(|c| c.text("/type") == "Available");
    let Some(condition) = condition else { return "Unknown".into() };
    match condition.text("/status") {
        "True" => "True".into(),
        other => format!("{other} ({})", condition.text("/reason")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nodes_tell_their_state_and_roles() {
        let node = json!({"metadata": {"labels": {"node-role.kubernetes.io/worker": "", "kubernetes.io/role": "db"}},
            "spec": {"unschedulable": true}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}});
        assert_eq!(node_status(&node), "NotReady,SchedulingDisabled");
        assert_eq!(roles(&node), "db,worker");
        assert_eq!((roles(&json!({})), node_status(&json!({}))), (NONE.into(), "Unknown".into()));
    }

    #[test]
    fn events_name_their_object_and_source() {
        let event =
            json!({"involvedObject": {"kind": "Pod", "name": "p"}, "source": {"component": "kubelet", "host": "n"}});
        assert_eq!(reference(&event, "/involvedObject"), "pod/p");
        assert_eq!(source(&event, "/source", "/reportingComponent"), "kubelet, n");
        assert_eq!(count(&json!({"series": {"count": 4}}), "/count"), 4);
    }

    #[test]
    fn quotas_tell_used_of_allowed() {
        let value = json!({"status": {"hard": {"pods": "2", "limits.cpu": "4"}, "used": {"pods": "1"}}});
        assert_eq!((quota(&value, false), quota(&value, true)), ("pods: 1/2".into(), "limits.cpu: 0/4".into()));
    }
}
