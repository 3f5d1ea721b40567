//! The patches of client-side apply, from what was applied last, what is wanted now, and what is there.
use serde_json::{Map, Value as Json, json};

use super::place::{ListMerge, Place};
use super::strategic::{self, DELETE_FROM, DIRECTIVE, ELEMENT_ORDER, Mode, RETAIN_KEYS};
use super::{json_diff, lists};
use crate::go;

/// The strategic merge patch kubectl's apply sends: what differs between `current` and `modified`, and the removal of
/// what `original` had and `modified` has not. None when the kind is not built in.
pub fn three_way_strategic(
    group: &str,
    version: &str,
    kind: &str,
    original: &Json,
    modified: &Json,
    current: &Json,
) -> Option<Result<Json, String>> {
    let place = Place::of_kind(group, version, kind)?;
    let empty = Map::new();
    let map = |value| Json::as_object(value).unwrap_or(&empty);
    let (original, modified, current) = (map(original), map(modified), map(current));
    let patch = || {
        let delta = diff_maps(current, modified, place, What::Changes, false)?;
        let deletions = diff_maps(original, modified, place, What::Deletions, false)?;
        strategic::merge(deletions, delta, place, Mode::Patch).map(Json::Object)
    };
    Some(patch())
}

/// The JSON merge patch kubectl's apply sends for other kinds.
pub fn three_way_json_merge(original: &Json, modified: &Json, current: &Json) -> Json {
    let changes = filter(&json_diff(current, modified), false).unwrap_or_else(|| json!({}));
    let deletions = filter(&json_diff(original, modified), true).unwrap_or_else(|| json!({}));
    join(deletions, &changes)
}

/// Puts `over` over `under`; nulls of either stay.
fn join(under: Json, over: &Json) -> Json {
    match (under, over) {
        (Json::Object(mut under), Json::Object(over)) => {
            for (key, value) in over {
                let old = under.get_mut(key).map(std::mem::take);
                under.insert(key.clone(), old.map_or_else(|| value.clone(), |old| join(old, value)));
            }
            Json::Object(under)
        }
        (under, over) if over.is_null() => under,
        (_, over) => over.clone(),
    }
}

/// Only the nulls of a patch, or everything but them; None when nothing remains.
fn filter(patch: &Json, nulls: bool) -> Option<Json> {
    match patch {
        Json::Null => nulls.then_some(Json::Null),
        Json::Object(map) if map.is_empty() => (!nulls).then(|| patch.clone()),
        Json::Object(map) => {
            let kept: Map<_, _> = map.iter().filter_map(|(k, v)| filter(v, nulls).map(|v| (k.clone(), v))).collect();
            (!kept.is_empty()).then_some(Json::Object(kept))
        }
        other => (!nulls).then(|| other.clone()),
    }
}

/// Which half of a difference is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Changes,
    Deletions,
}

fn diff_maps(
    from: &Map<String, Json>,
    to: &Map<String, Json>,
    place: Place,
    what: What,
    retain: bool,
) -> Result<Map<String, Json>, String> {
    let mut patch = Map::new();
    for (key, new) in to {
        diff_field(from.get(key), key, new, place, what, &mut patch)?;
    }
    if what == What::Deletions {
        let gone = from.keys().filter(|k| !to.contains_key(*k));
        patch.extend(gone.map(|k| (k.clone(), Json::Null)));
    }
    let additional = || from.iter().any(|(k, v)| !v.is_null() && !to.contains_key(k));
    if retain && !to.is_empty() && (!patch.is_empty() || additional()) {
        let mut keys: Vec<&String> = to.iter().filter(|(_, v)| !v.is_null()).map(|(k, _)| k).collect();
        keys.sort();
        if !keys.is_empty() {
            patch.insert(RETAIN_KEYS.to_owned(), json!(keys));
        }
    }
    Ok(patch)
}

fn diff_field(
    old: Option<&Json>,
    key: &str,
    new: &Json,
    place: Place,
    what: What,
    patch: &mut Map<String, Json>,
) -> Result<(), String> {
    let mut put = |value: Json| drop(patch.insert(key.to_owned(), value));
    let (under, field) = place.field(key);
    match (old, new) {
        (Some(Json::Object(old)), Json::Object(new)) => {
            if field.is_some_and(|f| f.replaces) {
                if what == What::Changes {
                    put(Json::Object(new.clone()));
                }
                return Ok(());
            }
            let inner = diff_maps(old, new, under, what, field.is_some_and(|f| f.retain_keys))?;
            if !inner.is_empty() {
                put(Json::Object(inner));
            }
        }
        (Some(Json::Array(old)), Json::Array(new)) => match ListMerge::of(field) {
            ListMerge::Replace if what == What::Changes && old != new => put(Json::Array(new.clone())),
            ListMerge::Replace => {}
            how => diff_lists(old, new, key, under, how, field.is_some_and(|f| f.retain_keys), what, patch)?,
        },
        (old, new) if what == What::Changes && old != Some(new) => put(new.clone()),
        _ => {}
    }
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "one case of diff_field, split off")]
fn diff_lists(
    old: &[Json],
    new: &[Json],
    name: &str,
    place: Place,
    how: ListMerge,
    retain: bool,
    what: What,
    patch: &mut Map<String, Json>,
) -> Result<(), String> {
    if old.is_empty() {
        if !new.is_empty() && what == What::Changes {
            patch.insert(name.to_owned(), new.into());
        }
        return Ok(());
    }
    let key = how.key();
    let Some(key) = key.filter(|_| lists::are_maps(&[old, new]).unwrap_or(true)) else {
        lists::are_maps(&[old, new])?;
        diff_scalars(old, new, name, what, patch);
        return Ok(());
    };
    lists::are_maps(&[old, new])?;
    let items = diff_keyed(old, new, place.element(), key, retain, what)?;
    let order_same = old.len() == new.len() && old.iter().zip(new).all(|(o, n)| o.get(key) == n.get(key));
    if !items.is_empty() || (what == What::Changes && !order_same) {
        let order: Vec<Json> = new.iter().map(|item| json!({key: item.get(key)})).collect();
        if !order.is_empty() {
            patch.insert(format!("{ELEMENT_ORDER}/{name}"), order.into());
        }
    }
    if !items.is_empty() {
        patch.insert(name.to_owned(), items.into());
    }
    Ok(())
}

fn diff_scalars(old: &[Json], new: &[Json], name: &str, what: What, patch: &mut Map<String, Json>) {
    let without =
        |list: &[Json], other: &[Json]| -> Vec<Json> { list.iter().filter(|i| !other.contains(i)).cloned().collect() };
    let changed = match what {
        What::Changes => {
            let added = without(new, old);
            if !added.is_empty() {
                patch.insert(name.to_owned(), added.into());
            }
            old != new
        }
        What::Deletions => {
            let gone = without(old, new);
            let any = !gone.is_empty();
            if any {
                patch.insert(format!("{DELETE_FROM}/{name}"), gone.into());
            }
            any
        }
    };
    if changed && !new.is_empty() {
        patch.insert(format!("{ELEMENT_ORDER}/{name}"), new.into());
    }
}

/// Changed and new elements in the order of `new`, or the deletions in the order Kubernetes sorts them.
fn diff_keyed(
    old: &[Json],
    new: &[Json],
    element: Place,
    key: &str,
    retain: bool,
    what: What,
) -> Result<Vec<Json>, String> {
    let mut items = Vec::new();
    for item in new {
        let new = lists::as_map(item)?;
        let value = new.get(key).ok_or_else(|| lists::no_key(new, key))?;
        match lists::find(old, key, value)?.and_then(|at| old.get(at)?.as_object()) {
            Some(old) => {
                let mut inner = diff_maps(old, new, element, what, retain)?;
                if !inner.is_empty() {
                    inner.insert(key.to_owned(), value.clone());
                    items.push(Json::Object(inner));
                }
            }
            None if what == What::Changes => items.push(item.clone()),
            None => {}
        }
    }
    if what == What::Deletions {
        let mut gone = Vec::new();
        for item in old {
            let old = lists::as_map(item)?;
            let value = old.get(key).ok_or_else(|| lists::no_key(old, key))?;
            if lists::find(new, key, value)?.is_none() {
                gone.push(value);
            }
        }
        gone.sort_by_key(|v| go::display(v));
        items.extend(gone.into_iter().map(|value| json!({DIRECTIVE: "delete", key: value})));
    }
    Ok(items)
}

/// Whether a patch changes nothing whatever it is sent to.
pub(super) fn is_empty(patch: &Json) -> bool {
    patch.as_object().is_some_and(Map::is_empty)
}

#[cfg(test)]
mod tests {
    use super::super::{json_merge, strategic as apply};
    use super::*;

    fn pod(containers: Json) -> Json {
        json!({"metadata": {"finalizers": ["a/x", "a/y"]}, "spec": {"containers": containers}})
    }

    fn three_way(original: &Json, modified: &Json, current: &Json) -> Json {
        three_way_strategic("", "v1", "Pod", original, modified, current).unwrap().unwrap()
    }

    #[test]
    fn kubectl_sends_the_same_patches() {
        let original = pod(json!([{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"}]));
        let mut current = original.clone();
        current["spec"]["containers"][0]["terminationMessagePath"] = json!("/dev/x");
        current["spec"]["nodeName"] = json!("n");
        assert!(is_empty(&three_way(&original, &original, &current)));
        for (modified, wanted) in [
            (
                pod(json!([{"name": "a", "image": "2", "args": ["x"]}, {"name": "b", "image": "1"}])),
                json!({"spec": {"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                    "containers": [{"name": "a", "image": "2"}]}}),
            ),
            (
                pod(json!([{"name": "b", "image": "1"}])),
                json!({"spec": {"$setElementOrder/containers": [{"name": "b"}],
                    "containers": [{"$patch": "delete", "name": "a"}]}}),
            ),
            (
                pod(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "1"}])),
                json!({"spec": {"$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
                    "containers": [{"name": "a", "args": null}]}}),
            ),
        ] {
            let patch = three_way(&original, &modified, &current);
            assert_eq!(patch, wanted);
            let merged = apply("", "v1", "Pod", &current, &patch).unwrap().unwrap();
            assert!(super::super::contains("", "v1", "Pod", &merged, &modified), "{merged} {modified}");
            assert_eq!(merged["spec"]["nodeName"], "n");
        }
    }

    #[test]
    fn sets_of_scalars_lose_what_was_applied_before() {
        let original = json!({"metadata": {"finalizers": ["a/x", "a/y"]}});
        let current = json!({"metadata": {"finalizers": ["a/x", "a/y", "b/z"]}});
        let patch = three_way(&original, &json!({"metadata": {"finalizers": ["a/y"]}}), &current);
        assert_eq!(
            patch,
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/x"],
                "$setElementOrder/finalizers": ["a/y"]}})
        );
        let merged = apply("", "v1", "Pod", &current, &patch).unwrap().unwrap();
        assert_eq!(merged["metadata"]["finalizers"], json!(["a/y", "b/z"]));
    }

    #[test]
    fn unions_retain_their_keys() {
        let kind = |o: &Json, m: &Json, c: &Json| three_way_strategic("apps", "v1", "Deployment", o, m, c);
        let original = json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let modified = json!({"spec": {"strategy": {"type": "Recreate"}}});
        let patch = kind(&original, &modified, &original).unwrap().unwrap();
        assert_eq!(
            patch,
            json!({"spec": {"strategy": {"$retainKeys": ["type"], "rollingUpdate": null, "type": "Recreate"}}})
        );
        let merged = apply("apps", "v1", "Deployment", &original, &patch).unwrap().unwrap();
        assert_eq!(merged, modified);
    }

    #[test]
    fn json_patches_remove_and_change() {
        let original = json!({"a": 1, "b": {"c": 1}, "l": [1]});
        let modified = json!({"b": {"d": 2}, "l": [1, 2], "n": null});
        let current = json!({"a": 1, "b": {"c": 1, "e": 3}, "l": [1]});
        let patch = three_way_json_merge(&original, &modified, &current);
        assert_eq!(patch, json!({"b": {"c": null, "d": 2}, "a": null, "n": null, "l": [1, 2]}));
        assert_eq!(json_merge(&current, &patch), json!({"b": {"e": 3, "d": 2}, "l": [1, 2]}));
    }
}
