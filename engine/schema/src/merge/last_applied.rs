//! Client-side apply as the `k8s` module does it: a JSON merge patch, from an annotation on the live object.
//!
//! It is its own small algorithm, with a fixed table of lists that merge by key, and differs from kubectl's. One
//! deviation is deliberate: ports are told apart by number and protocol, where the reference loses one of two ports
//! that share a number.
use serde_json::{Map, Value as Json};

use super::three_way::is_empty;

/// The annotation that holds what was applied last.
pub const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The text of the annotation for a definition: keys sorted, no blanks, ASCII only, without the annotation itself.
pub fn last_applied_text(definition: &Json) -> String {
    let mut out = String::new();
    write(definition, &mut out);
    out
}

/// The JSON merge patch that brings `live` to `desired` given what was applied last, both with the annotation in
/// their metadata; None when nothing is to be sent. Err names the list element that lacks its key.
pub fn last_applied_patch(last: &Json, desired: &Json, live: &Json) -> Result<Option<Json>, String> {
    let kind = desired.get("kind").and_then(Json::as_str).unwrap_or_default();
    let (Json::Object(last), Json::Object(desired), Json::Object(live)) = (last, desired, live) else {
        return Err(format!("cannot apply {kind}: the definition is not a map"));
    };
    let deletions = deletions(last, desired);
    let delta = delta(last, live, desired, &Path { kind, keys: Vec::new(), desired })?;
    let patch = Json::Object(over(deletions, delta));
    Ok((!is_empty(&patch)).then_some(patch))
}

/// Recursive: the maps of both, the second's word where they differ.
fn over(mut under: Map<String, Json>, over_: Map<String, Json>) -> Map<String, Json> {
    for (key, new) in over_ {
        let merged = match (under.get_mut(&key).map(std::mem::take), new) {
            (Some(Json::Object(old)), Json::Object(new)) => Json::Object(over(old, new)),
            (_, new) => new,
        };
        under.insert(key, merged);
    }
    under
}

fn deletions(last: &Map<String, Json>, desired: &Map<String, Json>) -> Map<String, Json> {
    let mut patch = Map::new();
    for (key, old) in last {
        match (old, desired.get(key)) {
            (Json::Object(old), Some(Json::Object(new))) => {
                let inner = deletions(old, new);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Json::Object(inner));
                }
            }
            (old, new) if Some(old) != new => {
                patch.insert(key.clone(), new.cloned().unwrap_or_default());
            }
            _ => {}
        }
    }
    patch
}

/// Where in which object a list is, for its merge keys and for messages.
struct Path<'a> {
    kind: &'a str,
    keys: Vec<String>,
    desired: &'a Map<String, Json>,
}

impl Path<'_> {
    fn under(&self, key: &str) -> Self {
        let keys = self.keys.iter().cloned().chain([key.to_owned()]).collect();
        Path { kind: self.kind, keys, desired: self.desired }
    }

    /// The fields that tell the elements of this list apart.
    fn merge_keys(&self) -> Option<&'static [&'static str]> {
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        match (self.kind, keys.as_slice()) {
            ("Service", ["spec", "ports"]) => Some(&["port", "protocol"]),
            ("ServiceAccount", ["secrets"]) => Some(&["name"]),
            ("ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration", ["webhooks"]) => Some(&["name"]),
            ("Pod", ["spec", rest @ ..]) => pod_keys(rest),
            ("Deployment" | "DaemonSet" | "StatefulSet" | "Job", ["spec", "template", "spec", rest @ ..]) => {
                pod_keys(rest)
            }
            _ => None,
        }
    }

    fn missing_key(&self, key: &str, at: usize) -> String {
        let name = self.desired.get("metadata").and_then(|m| m.get("name")).and_then(Json::as_str);
        format!(
            "Could not apply strategic merge to {}/{}: Expected key '{key}' not found in position {at}",
            self.kind,
            name.unwrap_or_default()
        )
    }
}

fn pod_keys(path: &[&str]) -> Option<&'static [&'static str]> {
    const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];
    match path {
        [list] if CONTAINERS.contains(list) || ["volumes", "imagePullSecrets"].contains(list) => Some(&["name"]),
        [list, field] if CONTAINERS.contains(list) => match *field {
            "volumeMounts" => Some(&["mountPath"]),
            "volumeDevices" => Some(&["devicePath"]),
            "env" => Some(&["name"]),
            "ports" => Some(&["containerPort", "protocol"]),
            _ => None,
        },
        _ => None,
    }
}

fn delta(
    last: &Map<String, Json>,
    live: &Map<String, Json>,
    desired: &Map<String, Json>,
    path: &Path<'_>,
) -> Result<Map<String, Json>, String> {
    let mut patch = Map::new();
    let empty = Map::new();
    for (key, wanted) in desired {
        let there = live.get(key).filter(|v| !v.is_null());
        let new = match (there, wanted) {
            (None, wanted) => Some(wanted.clone()),
            (Some(Json::Object(live)), Json::Object(wanted)) => {
                let last = last.get(key).and_then(Json::as_object).unwrap_or(&empty);
                let inner = delta(last, live, wanted, &path.under(key))?;
                (!inner.is_empty()).then_some(Json::Object(inner))
            }
            (Some(Json::Array(live)), Json::Array(wanted)) => {
                let last = last.get(key).and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
                let merged = merge_list(last, live, wanted, &path.under(key))?;
                (!merged.is_empty()).then_some(Json::Array(merged))
            }
            (Some(live), wanted) => (live != wanted).then(|| wanted.clone()),
        };
        if let Some(new) = new {
            patch.insert(key.clone(), new);
        }
    }
    Ok(patch)
}

/// Wanted elements over the live ones, then the live ones nobody here knows.
fn merge_list(last: &[Json], live: &[Json], wanted: &[Json], path: &Path<'_>) -> Result<Vec<Json>, String> {
    let keys = path.merge_keys().filter(|_| !last.is_empty());
    let Some(keys) = keys else {
        return Ok(wanted.iter().filter(|i| !i.is_null()).cloned().collect());
    };
    for (at, item) in [last, live, wanted].into_iter().flat_map(|list| list.iter().enumerate()) {
        if let Some(key) = keys.first().filter(|key| !item.is_null() && item.get(key).is_none()) {
            return Err(path.missing_key(key, at));
        }
    }
    let find = |list: &'_ [Json], item: &Json| list.iter().position(|i| same_element(i, item, keys));
    let mut merged = Vec::new();
    for item in wanted.iter().filter(|i| !i.is_null()) {
        let old = find(last, item).and_then(|at| last.get(at)).and_then(Json::as_object);
        let there = find(live, item).and_then(|at| live.get(at)).and_then(Json::as_object);
        merged.push(match (old, there, item) {
            (Some(old), Some(there), Json::Object(item)) => {
                let patch = over(deletions(old, item), delta(old, there, item, path)?);
                Json::Object(over(there.clone(), patch))
            }
            _ => item.clone(),
        });
    }
    let foreign = live.iter().filter(|i| !i.is_null() && find(wanted, i).is_none() && find(last, i).is_none());
    merged.extend(foreign.cloned());
    Ok(merged)
}

/// By all keys; a protocol that is not given is TCP.
fn same_element(a: &Json, b: &Json, keys: &[&str]) -> bool {
    let tcp = Json::from("TCP");
    let value = |item: &'_ Json, key: &str| {
        let found = item.get(key).filter(|v| !v.is_null()).cloned();
        if key == "protocol" { found.or_else(|| Some(tcp.clone())) } else { found }
    };
    keys.iter().all(|key| value(a, key) == value(b, key))
}

fn write(value: &Json, out: &mut String) {
    match value {
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (at, key) in keys.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(map.get(key).unwrap_or(&Json::Null), out);
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Json::String(text) => write_text(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// As Python writes it: everything beyond ASCII as UTF-16 escapes.
fn write_text(text: &str, out: &mut String) {
    for c in Json::from(text).to_string().chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service(ports: Json) -> Json {
        json!({"kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": ports}})
    }

    fn patch(last: &Json, desired: &Json, live: &Json) -> Option<Json> {
        last_applied_patch(last, desired, live).unwrap()
    }

    /// The vectors of the reference, by its numbers.
    #[test]
    fn patches_as_the_reference_does() {
        let map = |data: Json| json!({"kind": "ConfigMap", "data": data});
        let (one, other) = (map(json!({"one": "1", "two": "2"})), map(json!({"one": "1", "three": "3"})));
        assert_eq!(patch(&one, &one, &one), None);
        assert_eq!(patch(&one, &other, &one), Some(json!({"data": {"two": null, "three": "3"}})));
        let live = service(json!([{"port": 80, "nodePort": 3}, {"port": 99}]));
        let eighty = service(json!([{"port": 80}]));
        let ports = |patch: Option<Json>| patch.map(|p| p["spec"]["ports"].clone());
        assert_eq!(ports(patch(&eighty, &eighty, &live)), Some(json!([{"port": 80, "nodePort": 3}, {"port": 99}])));
        let both = service(json!([{"port": 80}, {"port": 81}]));
        let live = service(json!([{"port": 80, "nodePort": 3}, {"port": 81}]));
        assert_eq!(ports(patch(&both, &eighty, &live)), Some(json!([{"port": 80, "nodePort": 3}])));
        assert_eq!(ports(patch(&eighty, &service(json!([])), &eighty)), Some(json!([])));
        let named = service(json!([{"port": 80, "name": "x"}]));
        let live = service(json!([{"port": 80, "name": "x", "protocol": "TCP"}]));
        assert_eq!(ports(patch(&named, &eighty, &live)), Some(json!([{"port": 80, "name": null, "protocol": "TCP"}])));
    }

    #[test]
    fn labels_that_were_dropped_are_removed() {
        let with = |labels: Json| json!({"kind": "Service", "metadata": {"labels": labels}});
        let without = json!({"kind": "Service", "metadata": {}});
        let live = with(json!({"a": "1", "b": "1", "c": "1"}));
        let (two, one) = (with(json!({"a": "1", "b": "1"})), with(json!({"a": "1"})));
        assert_eq!(patch(&two, &one, &live), Some(json!({"metadata": {"labels": {"b": null}}})));
        assert_eq!(patch(&one, &without, &live), Some(json!({"metadata": {"labels": null}})));
    }

    #[test]
    fn two_protocols_on_one_port_stay_two() {
        let dns = service(json!([{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]));
        assert_eq!(patch(&dns, &dns, &dns).map(|p| p["spec"]["ports"].clone()), Some(dns["spec"]["ports"].clone()));
    }

    #[test]
    fn an_element_without_its_key_is_named() {
        let (a, b) = (service(json!([{"port": 80}])), service(json!([{"port": 80}, {"name": "x"}])));
        assert_eq!(
            last_applied_patch(&a, &b, &a).unwrap_err(),
            "Could not apply strategic merge to Service/s: Expected key 'port' not found in position 1"
        );
    }

    #[test]
    fn the_annotation_is_ascii_with_sorted_keys() {
        assert_eq!(
            last_applied_text(&json!({"b": "é😀", "a": [1, null]})),
            r#"{"a":[1,null],"b":"\u00e9\ud83d\ude00"}"#
        );
    }
}
