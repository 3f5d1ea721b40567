//! Whether a live object already holds everything a desired one asks for.
//!
//! The answer decides that nothing is written, so it is never yes when a write would change something: whatever is in
//! doubt is no. It may be no where only the server's own defaults would make both equal, as in the elements of lists
//! that are replaced as a whole; then a write is sent that the server finds to be none.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use super::lists;
use super::place::{ListMerge, Place};
use super::strategic::{self, DIRECTIVE, Mode};
use crate::catalogue::{self, Shape};
use crate::quantity::Quantity;

/// Whether sending `desired` as a patch of `live` would change nothing.
///
/// Built-in kinds are compared as a strategic merge would merge them: lists by merge key, quantities and times by
/// their value. Other kinds are compared as a JSON merge would. A null asks for absence. Of `desired`, what the main
/// endpoint of a built-in kind ignores is ignored: `status` where that is a subresource of its own, a null
/// `creationTimestamp`, empty maps of labels and annotations.
pub fn contains(group: &str, version: &str, kind: &str, live: &Json, desired: &Json) -> bool {
    let Some(place) = Place::of_kind(group, version, kind) else { return contains_json(live, desired) };
    let (Json::Object(live), Json::Object(desired)) = (live, desired) else { return false };
    let own_status = catalogue::find(group, version, kind).is_some_and(|k| k.has("status"));
    let secret = group.is_empty() && kind == "Secret";
    if desired.keys().any(|k| k.starts_with('$')) {
        return merge_changes_nothing(live, desired, place);
    }
    desired.iter().all(|(key, wanted)| match key.as_str() {
        "status" if own_status => true,
        "metadata" => holds_metadata(live, wanted, place),
        "stringData" if secret => holds_texts(live, wanted),
        _ => holds_field(live, key, wanted, place),
    })
}

/// Whether a JSON merge of `desired` would change nothing.
pub fn contains_json(live: &Json, desired: &Json) -> bool {
    match (live, desired) {
        (Json::Object(live), Json::Object(desired)) => desired.iter().all(|(key, wanted)| match live.get(key) {
            None => wanted.is_null(),
            Some(found) => !wanted.is_null() && contains_json(found, wanted),
        }),
        (live, desired) => same_json(live, desired),
    }
}

fn holds_metadata(live: &Map<String, Json>, wanted: &Json, root: Place) -> bool {
    let (place, _) = root.field("metadata");
    let (Some(Json::Object(live)), Json::Object(wanted)) = (live.get("metadata"), wanted) else { return false };
    if wanted.keys().any(|k| k.starts_with('$')) {
        return merge_changes_nothing(live, wanted, place);
    }
    wanted.iter().all(|(key, wanted)| match key.as_str() {
        "creationTimestamp" if wanted.is_null() => true,
        "labels" | "annotations" if !live.contains_key(key) => {
            wanted.as_object().is_some_and(Map::is_empty) || wanted.is_null()
        }
        _ => holds_field(live, key, wanted, place),
    })
}

/// `stringData` against the `data` that the server makes of it.
fn holds_texts(live: &Map<String, Json>, wanted: &Json) -> bool {
    let Json::Object(wanted) = wanted else { return wanted.is_null() };
    let data = live.get("data");
    wanted.iter().all(|(key, text)| match (data.and_then(|d| d.get(key)), text) {
        (Some(Json::String(found)), Json::String(text)) => *found == STANDARD.encode(text),
        _ => false,
    })
}

fn holds_field(live: &Map<String, Json>, key: &str, wanted: &Json, place: Place) -> bool {
    let found = live.get(key).filter(|v| !v.is_null());
    let Some(found) = found else { return wanted.is_null() };
    let (under, field) = place.field(key);
    match (found, wanted) {
        (Json::Object(_), Json::Object(_)) if field.is_some_and(|f| f.replaces) => same(found, wanted, under),
        (Json::Object(live), Json::Object(wanted)) => holds_map(live, wanted, under),
        (Json::Array(live), Json::Array(wanted)) => match ListMerge::of(field) {
            ListMerge::Replace => same(found, &Json::Array(wanted.clone()), under),
            ListMerge::Merge(key) => holds_list(live, wanted, under, key),
        },
        _ => same(found, wanted, under),
    }
}

fn holds_map(live: &Map<String, Json>, wanted: &Map<String, Json>, place: Place) -> bool {
    if wanted.keys().any(|k| k.starts_with('$')) {
        return merge_changes_nothing(live, wanted, place);
    }
    wanted.iter().all(|(key, wanted)| holds_field(live, key, wanted, place))
}

/// Directives are carried out and the outcome is compared.
fn merge_changes_nothing(live: &Map<String, Json>, patch: &Map<String, Json>, place: Place) -> bool {
    strategic::merge(live.clone(), patch.clone(), place, Mode::Object).is_ok_and(|merged| merged == *live)
}

fn holds_list(live: &[Json], wanted: &[Json], place: Place, key: Option<&'static str>) -> bool {
    let exact = || {
        let merged = lists::merge(live.to_vec(), wanted.to_vec(), place, ListMerge::Merge(key), Mode::Object);
        merged.is_ok_and(|merged| merged == live)
    };
    let Some(key) = key else { return exact() };
    let plain = |item: &Json| item.get(key).is_some() && item.get(DIRECTIVE).is_none();
    if !live.iter().all(plain) || !wanted.iter().all(plain) || repeats(live, key) {
        return exact();
    }
    let element = place.element();
    let mut last = None;
    wanted.iter().all(|item| {
        let at = live.iter().position(|l| l.get(key) == item.get(key));
        // A patch also asks for the order of its elements.
        let in_order = at.is_some() && at > last;
        last = at;
        in_order
            && match (at.and_then(|at| live.get(at)), item) {
                (Some(Json::Object(live)), Json::Object(item)) => holds_map(live, item, element),
                _ => false,
            }
    })
}

fn repeats(items: &[Json], key: &str) -> bool {
    items.iter().enumerate().any(|(at, item)| items.iter().take(at).any(|i| i.get(key) == item.get(key)))
}

/// Equal in every part, by meaning where the shape is known.
fn same(live: &Json, wanted: &Json, place: Place) -> bool {
    match (live, wanted) {
        (Json::Object(live), Json::Object(wanted)) => {
            live.len() == wanted.len()
                && wanted.iter().all(|(k, w)| live.get(k).is_some_and(|l| same(l, w, place.field(k).0)))
        }
        (Json::Array(live), Json::Array(wanted)) => {
            let element = place.element();
            live.len() == wanted.len() && live.iter().zip(wanted).all(|(l, w)| same(l, w, element))
        }
        _ => match place {
            Place::Shape(Shape::Quantity) => same_quantity(live, wanted),
            Place::Shape(Shape::Time | Shape::MicroTime) => same_json(live, wanted) || same_time(live, wanted),
            _ => same_json(live, wanted),
        },
    }
}

/// A quantity may be written as a number.
fn same_quantity(live: &Json, wanted: &Json) -> bool {
    let read = |value: &Json| match value {
        Json::String(text) => Quantity::parse(text).ok(),
        Json::Number(number) => Quantity::parse(&number.to_string()).ok(),
        _ => None,
    };
    match (read(live), read(wanted)) {
        (Some(live), Some(wanted)) => live == wanted,
        _ => same_json(live, wanted),
    }
}

fn same_time(live: &Json, wanted: &Json) -> bool {
    let read = |value: &Json| value.as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
    read(live).zip(read(wanted)).is_some_and(|(live, wanted)| live == wanted)
}

/// Equal as JSON, whole numbers however they are written.
fn same_json(live: &Json, wanted: &Json) -> bool {
    match (live, wanted) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64() && (a.is_f64() || b.is_f64()),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same_json(v, w)))
        }
        _ => live == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{json_merge, strategic};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn compares_by_meaning() {
        let live = json!({"metadata": {"name": "p", "labels": {"a": "1"}, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"tolerations": [{"key": "a", "tolerationSeconds": 5}], "containers": [
                {"name": "a", "image": "x", "args": ["1"], "resources": {"requests": {"cpu": "500m"}}},
                {"name": "b", "image": "y", "ports": [{"containerPort": 80, "protocol": "TCP"}],
                 "readinessProbe": {"httpGet": {"port": "web"}}}]}, "status": {"phase": "Running"}});
        for (desired, wanted) in [
            (json!({}), true),
            (json!({"metadata": {"labels": {"a": "1"}}}), true),
            (json!({"metadata": {"labels": {"a": "2"}}}), false),
            (json!({"metadata": {"labels": {"b": null}, "creationTimestamp": null}}), true),
            (json!({"metadata": {"labels": {"a": null}}}), false),
            (json!({"metadata": {"annotations": {}}}), true),
            (json!({"metadata": {"annotations": {"x": "y"}}}), false),
            (json!({"metadata": {"finalizers": []}}), false),
            (json!({"status": {"phase": "Failed"}}), true),
            (json!({"spec": {"containers": [{"name": "a", "image": "x"}]}}), true),
            (json!({"spec": {"containers": [{"name": "b"}]}}), true),
            (json!({"spec": {"containers": [{"name": "b"}, {"name": "a"}]}}), false),
            (json!({"spec": {"containers": [{"name": "c"}]}}), false),
            (json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}}), false),
            (json!({"spec": {"containers": [{"name": "z", "$patch": "delete"}]}}), true),
            (json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}), false),
            (json!({"spec": {"containers": [{"name": "a", "args": ["1"]}]}}), true),
            (json!({"spec": {"containers": [{"name": "a", "args": ["1", "2"]}]}}), false),
            (json!({"spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": 0.5}}}]}}), true),
            (json!({"spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": "0.5"}}}]}}), true),
            (json!({"spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": "0.6"}}}]}}), false),
            (json!({"spec": {"containers": [{"name": "b", "ports": [{"containerPort": 80}]}]}}), true),
            (json!({"spec": {"containers": [{"name": "b", "ports": [{"containerPort": "80"}]}]}}), false),
            (json!({"spec": {"tolerations": [{"key": "a", "tolerationSeconds": 5}]}}), true),
            (json!({"spec": {"tolerations": [{"key": "a"}]}}), false),
            (json!({"spec": {"unknown": 1}}), false),
            (json!({"spec": []}), false),
        ] {
            assert_eq!(contains("", "v1", "Pod", &live, &desired), wanted, "{desired}");
        }
    }

    #[test]
    fn a_secret_holds_its_texts() {
        let live = json!({"data": {"k": "dg=="}, "type": "Opaque"});
        assert!(contains("", "v1", "Secret", &live, &json!({"stringData": {"k": "v"}})));
        assert!(!contains("", "v1", "Secret", &live, &json!({"stringData": {"k": "w"}})));
        assert!(!contains("", "v1", "ConfigMap", &live, &json!({"stringData": {"k": "v"}})));
    }

    #[test]
    fn other_kinds_compare_as_json() {
        let live = json!({"spec": {"list": [{"name": "a", "x": 1}], "n": 1}});
        assert!(contains("e.com", "v1", "Foo", &live, &json!({"spec": {"n": 1.0, "gone": null}})));
        assert!(!contains("e.com", "v1", "Foo", &live, &json!({"spec": {"list": [{"name": "a"}]}})));
    }

    /// Values as objects have them: no nulls; lists of few names, so that they meet.
    fn spec(nulls: bool) -> impl Strategy<Value = Json> {
        let text = prop_oneof![Just(json!("x")), Just(json!("y"))];
        let text = if nulls { prop_oneof![4 => text, 1 => Just(Json::Null)].boxed() } else { text.boxed() };
        let map = |values: BoxedStrategy<Json>| {
            proptest::collection::btree_map("[ab]", values, 0..3).prop_map(|m| json!(m)).boxed()
        };
        let words = proptest::collection::vec("[ab]", 0..3).prop_map(|v| json!(v)).boxed();
        let fields = (
            proptest::option::of(text.clone()),
            proptest::option::of(words.clone()),
            proptest::option::of(map(text.clone())),
        );
        let container = ("[ab]", fields).prop_map(|(name, (image, args, limits))| {
            let mut map = json!({"name": name});
            for (key, value) in [("image", image), ("args", args), ("resources", limits.map(|l| json!({"x": l})))] {
                if let Some(value) = value {
                    map[key] = value;
                }
            }
            map
        });
        let containers = proptest::collection::vec(container, 0..3).prop_map(|mut v| {
            v.dedup_by(|a, b| a["name"] == b["name"]);
            json!(v)
        });
        let parts = (
            proptest::option::of(containers),
            proptest::option::of(words.clone()),
            proptest::option::of(map(text.clone())),
            proptest::option::of(words),
        );
        parts.prop_map(|(containers, finalizers, selector, gates)| {
            let (mut spec, mut meta) = (Map::new(), Map::new());
            containers.map(|v| spec.insert("containers".into(), v));
            selector.map(|v| spec.insert("nodeSelector".into(), v));
            gates.map(|v| spec.insert("unknownList".into(), v));
            finalizers.map(|v| meta.insert("finalizers".into(), v));
            json!({"metadata": meta, "spec": spec})
        })
    }

    proptest! {
        #[test]
        fn says_yes_exactly_when_a_patch_changes_nothing(live in spec(false), desired in spec(true)) {
            let merged = strategic("", "v1", "Pod", &live, &desired).unwrap();
            let unchanged = merged.is_ok_and(|m| m == live);
            prop_assert_eq!(contains("", "v1", "Pod", &live, &desired), unchanged);
        }

        #[test]
        fn what_was_merged_is_contained(live in spec(false), desired in spec(false)) {
            // Repeated elements are not stable under Kubernetes' own merge.
            for list in [&desired["metadata"]["finalizers"], &desired["spec"]["containers"]] {
                let items = list.as_array().cloned().unwrap_or_default();
                let names: std::collections::HashSet<_> =
                    items.iter().map(|i| i.get("name").unwrap_or(i).to_string()).collect();
                prop_assume!(names.len() == items.len());
            }
            if let Ok(merged) = strategic("", "v1", "Pod", &live, &desired).unwrap() {
                let again = strategic("", "v1", "Pod", &merged, &desired).unwrap();
                prop_assert_eq!(again.as_ref(), Ok(&merged));
                prop_assert!(contains("", "v1", "Pod", &merged, &desired));
            }
            let merged = json_merge(&live, &desired);
            prop_assert!(contains_json(&merged, &desired));
        }

        #[test]
        fn json_says_yes_exactly_when_a_merge_changes_nothing(live in spec(false), desired in spec(true)) {
            prop_assert_eq!(contains_json(&live, &desired), json_merge(&live, &desired) == live);
        }
    }
}
