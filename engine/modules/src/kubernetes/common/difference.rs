//! What changed between two states of an object: decides `changed`, and is the `diff`.
use super::hidden::hide;
use serde_json::{Map, Value as Json, json};

/// Only what differs, before and after; None when nothing does.
pub(crate) fn difference(before: &Json, after: &Json, hidden: &[String]) -> Option<(Json, Json)> {
    let (mut before, mut after) = (before.clone(), after.clone());
    hide(&mut before, hidden);
    hide(&mut after, hidden);
    let kind = after["kind"].as_str().unwrap_or_default().to_owned();
    maps(before.as_object()?, after.as_object()?, &kind)
}

/// What a result says of a write: whether it changed the object, the diff, and a warning where the server counted a
/// change but nothing else moved.
pub(crate) struct Change {
    pub(crate) changed: bool,
    pub(crate) diff: Json,
    pub(crate) warning: Option<String>,
}

pub(crate) fn change(before: &Json, after: &Json, hidden: &[String]) -> Change {
    let Some((old, new)) = difference(before, after, hidden) else {
        return Change { changed: false, diff: json!({}), warning: None };
    };
    let counters = ["generation", "resourceVersion"];
    let only_counters = [&old, &new].into_iter().all(|side| {
        side.as_object().is_some_and(|map| {
            map.iter().all(|(key, value)| {
                key == "metadata" && value.as_object().is_some_and(|m| m.keys().all(|k| counters.contains(&k.as_str())))
            })
        })
    });
    let warning = only_counters.then(|| {
        "No meaningful diff was generated, but the API may not be idempotent (only metadata.generation or \
         metadata.resourceVersion were changed)"
            .to_owned()
    });
    Change { changed: !only_counters, diff: json!({"before": old, "after": new}), warning }
}

fn maps(before: &Map<String, Json>, after: &Map<String, Json>, position: &str) -> Option<(Json, Json)> {
    let (mut old, mut new) = (Map::new(), Map::new());
    for (key, left) in before {
        let Some(right) = after.get(key) else {
            old.insert(key.clone(), left.clone());
            continue;
        };
        if left == right {
            continue;
        }
        let inner = format!("{position}.{key}");
        let differing = match (left, right) {
            (Json::Object(left), Json::Object(right)) => maps(left, right, &inner),
            (Json::Array(left), Json::Array(right)) => lists(left, right, &inner),
            _ => Some((left.clone(), right.clone())),
        };
        if let Some((left, right)) = differing {
            old.insert(key.clone(), left);
            new.insert(key.clone(), right);
        }
    }
    for (key, right) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        new.insert(key.clone(), right.clone());
    }
    (!old.is_empty() || !new.is_empty()).then_some((Json::Object(old), Json::Object(new)))
}

/// Elements of lists that merge by a key are matched by it, whatever their order.
fn lists(before: &[Json], after: &[Json], position: &str) -> Option<(Json, Json)> {
    let whole = || Some((Json::from(before.to_vec()), Json::from(after.to_vec())));
    let Some(key) = merge_key(position) else { return whole() };
    let keyed = before.iter().chain(after).all(|element| element.get(key).is_some());
    if !keyed {
        return whole();
    }
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for left in before {
        match same_element(after, left, key) {
            None => old.push(left.clone()),
            Some(right) => {
                let (Some(l), Some(r)) = (left.as_object(), right.as_object()) else { continue };
                if let Some((mut l, mut r)) = maps(l, r, position) {
                    l[key] = left[key].clone();
                    r[key] = left[key].clone();
                    old.push(l);
                    new.push(r);
                }
            }
        }
    }
    new.extend(after.iter().filter(|right| same_element(before, right, key).is_none()).cloned());
    (!old.is_empty() || !new.is_empty()).then(|| (old.into(), new.into()))
}

/// Ports share numbers between protocols.
fn same_element<'a>(items: &'a [Json], wanted: &Json, key: &str) -> Option<&'a Json> {
    let protocol = |element: &Json| element["protocol"].as_str().unwrap_or("TCP").to_owned();
    items.iter().find(|item| item[key] == wanted[key] && protocol(item) == protocol(wanted))
}

fn merge_key(position: &str) -> Option<&'static str> {
    let (kind, path) = position.split_once('.')?;
    let pod = match kind {
        "Pod" => path.strip_prefix("spec."),
        "Deployment" | "DaemonSet" | "StatefulSet" | "Job" => path.strip_prefix("spec.template.spec."),
        _ => None,
    };
    if let Some(path) = pod {
        return pod_merge_key(path);
    }
    match (kind, path) {
        ("Service", "spec.ports") => Some("port"),
        ("ServiceAccount", "secrets") => Some("name"),
        ("ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration", "webhooks") => Some("name"),
        _ => None,
    }
}

fn pod_merge_key(path: &str) -> Option<&'static str> {
    const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
    if CONTAINERS.contains(&path) || matches!(path, "volumes" | "imagePullSecrets") {
        return Some("name");
    }
    match path.split_once('.')? {
        (container, "volumeMounts") if CONTAINERS.contains(&container) => Some("mountPath"),
        (container, "volumeDevices") if CONTAINERS.contains(&container) => Some("devicePath"),
        (container, "env") if CONTAINERS.contains(&container) => Some("name"),
        (container, "ports") if CONTAINERS.contains(&container) => Some("containerPort"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let service = |ports: Json| json!({"kind": "Service", "spec": {"ports": ports}});
        let rows = [
            (service(json!([{"port": 80}, {"port": 81}])), service(json!([{"port": 81}, {"port": 80}])), None),
            (
                service(json!([{"port": 80, "name": "a"}])),
                service(json!([{"port": 80, "name": "b"}])),
                Some((
                    json!({"spec": {"ports": [{"name": "a", "port": 80}]}}),
                    json!({"spec": {"ports": [{"name": "b", "port": 80}]}}),
                )),
            ),
            (
                json!({"kind": "X", "x": [1, 2]}),
                json!({"kind": "X", "x": [2, 1]}),
                Some((json!({"x": [1, 2]}), json!({"x": [2, 1]}))),
            ),
            (json!({"kind": "X", "a": 1}), json!({"kind": "X", "b": 2}), Some((json!({"a": 1}), json!({"b": 2})))),
            (json!({"kind": "X", "a": {"b": 1}}), json!({"kind": "X", "a": {"b": 1}}), None),
        ];
        for (before, after, wanted) in rows {
            assert_eq!(difference(&before, &after, &[]), wanted);
        }
    }

    #[test]
    fn counters_alone_are_no_change() {
        let object = |version: &str| json!({"kind": "X", "metadata": {"resourceVersion": version, "generation": 1}});
        let change = change(&object("1"), &object("2"), &[]);
        assert!(!change.changed && change.warning.is_some());
    }

    #[test]
    fn hidden_fields_do_not_count() {
        let object = |a: i64| json!({"kind": "X", "data": {"a": a}});
        assert!(difference(&object(1), &object(2), &["data.a".into()]).is_none());
    }
}
