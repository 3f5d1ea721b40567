//! Strategic merge of maps: the directives, and the walk.
use serde_json::{Map, Value as Json};

use super::lists;
use super::place::{ListMerge, Place};
use crate::go;

pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const DELETE_FROM: &str = "$deleteFromPrimitiveList";
pub(super) const ELEMENT_ORDER: &str = "$setElementOrder";

const BAD_RETAIN_KEYS: &str = "invalid patch format of retainKeys";
const BAD_DELETE_FROM: &str = "invalid patch format of primitive list";
const BAD_ELEMENT_ORDER: &str = "invalid patch format of setElementOrder list";

/// What a patch is merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// An object: directives are carried out, nulls remove.
    Object,
    /// Another patch: directives and nulls are kept for the object to come.
    Patch,
}

/// Merges `patch` into `original`.
pub(super) fn merge(
    mut original: Map<String, Json>,
    mut patch: Map<String, Json>,
    place: Place,
    mode: Mode,
) -> Result<Map<String, Json>, String> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => {
                patch.shift_remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Map::new()),
            _ => Err(unknown_directive(directive, &patch)),
        };
    }
    retain_keys(&mut original, &mut patch, mode)?;
    element_orders(&mut original, &mut patch, place, mode)?;
    for (key, value) in deletions_first(patch) {
        merge_field(&mut original, &key, value, place, mode)?;
    }
    Ok(original)
}

pub(super) fn unknown_directive(directive: &Json, map: &Map<String, Json>) -> String {
    format!("unknown patch type: {} in map: {}", go::display(directive), go::display(&Json::Object(map.clone())))
}

/// What is to be removed from a list of scalars goes before what is to be added to it.
fn deletions_first(patch: Map<String, Json>) -> impl Iterator<Item = (String, Json)> {
    let (deletions, rest): (Vec<_>, Vec<_>) = patch.into_iter().partition(|(k, _)| k.starts_with(DELETE_FROM));
    deletions.into_iter().chain(rest)
}

fn merge_field(
    original: &mut Map<String, Json>,
    key: &str,
    value: Json,
    place: Place,
    mode: Mode,
) -> Result<(), String> {
    if key.starts_with(DELETE_FROM) {
        return delete_from(original, key, value, mode);
    }
    if value.is_null() {
        original.shift_remove(key);
        if mode == Mode::Object {
            return Ok(());
        }
    }
    let (under, field) = place.field(key);
    let merged = match (original.remove_in_place(key), value) {
        (Some(Json::Object(old)), Json::Object(new)) => {
            let whole = field.is_some_and(|f| f.replaces);
            Some(Json::Object(if whole { new } else { merge(old, new, under, mode)? }))
        }
        (Some(Json::Array(old)), Json::Array(new)) => {
            Some(Json::Array(lists::merge(old, new, under, ListMerge::of(field), mode)?))
        }
        (_, mut new) => {
            if mode == Mode::Object {
                drop_nulls(&mut new);
            }
            without_directives(new)
        }
    };
    match merged {
        Some(merged) => drop(original.insert(key.to_owned(), merged)),
        None => drop(original.shift_remove(key)),
    }
    Ok(())
}

/// Takes a value out of a map and leaves its place, so that the order of keys stays.
trait RemoveInPlace {
    fn remove_in_place(&mut self, key: &str) -> Option<Json>;
}

impl RemoveInPlace for Map<String, Json> {
    fn remove_in_place(&mut self, key: &str) -> Option<Json> {
        self.get_mut(key).map(std::mem::take)
    }
}

fn delete_from(original: &mut Map<String, Json>, key: &str, value: Json, mode: Mode) -> Result<(), String> {
    if mode == Mode::Patch {
        original.insert(key.to_owned(), value);
        return Ok(());
    }
    let field = under_directive(key, DELETE_FROM).ok_or(BAD_DELETE_FROM)?;
    match (original.get_mut(field), value) {
        (_, Json::Null) => drop(original.shift_remove(field)),
        (Some(Json::Array(items)), Json::Array(gone)) => items.retain(|i| !gone.contains(i)),
        _ => {}
    }
    Ok(())
}

/// `finalizers` of `$setElementOrder/finalizers`.
fn under_directive<'a>(key: &'a str, directive: &str) -> Option<&'a str> {
    key.strip_prefix(directive)?.strip_prefix('/')
}

fn retain_keys(original: &mut Map<String, Json>, patch: &mut Map<String, Json>, mode: Mode) -> Result<(), String> {
    let Some(list) = patch.shift_remove(RETAIN_KEYS) else { return Ok(()) };
    if mode == Mode::Patch {
        match original.get(RETAIN_KEYS) {
            Some(there) if *there != list => {
                let (a, b) = (go::display(there), go::display(&list));
                return Err(format!(
                    "{a} and {b} are not deep equal: this may happen when calculating the 3-way diff patch"
                ));
            }
            _ => drop(original.insert(RETAIN_KEYS.to_owned(), list)),
        }
        return Ok(());
    }
    let Json::Array(list) = list else { return Err(BAD_RETAIN_KEYS.to_owned()) };
    let listed = |key: &str| list.iter().any(|k| k == key);
    let directive = |key: &str| key.starts_with(DELETE_FROM) || key.starts_with(ELEMENT_ORDER);
    if patch.iter().any(|(k, v)| !v.is_null() && !directive(k) && !listed(k)) {
        return Err(BAD_RETAIN_KEYS.to_owned());
    }
    original.retain(|key, _| listed(key));
    Ok(())
}

/// Carries out `$setElementOrder/…` together with the lists they are about, which leave the patch.
fn element_orders(
    original: &mut Map<String, Json>,
    patch: &mut Map<String, Json>,
    place: Place,
    mode: Mode,
) -> Result<(), String> {
    let keys: Vec<String> = patch.keys().filter(|k| k.starts_with(ELEMENT_ORDER)).cloned().collect();
    for key in keys {
        let order = patch.shift_remove(&key).unwrap_or_default();
        if mode == Mode::Patch {
            match original.get(&key) {
                Some(there) if *there != order => return Err(BAD_ELEMENT_ORDER.to_owned()),
                _ => drop(original.insert(key.clone(), order.clone())),
            }
        }
        let order = array(order)?;
        let field = under_directive(&key, ELEMENT_ORDER).ok_or(BAD_ELEMENT_ORDER)?;
        element_order(original, patch, field, &order, place, mode)?;
    }
    Ok(())
}

fn element_order(
    original: &mut Map<String, Json>,
    patch: &mut Map<String, Json>,
    field: &str,
    order: &[Json],
    place: Place,
    mode: Mode,
) -> Result<(), String> {
    let old = original.get(field).cloned().map(array).transpose()?;
    let new = patch.get(field).cloned().map(array).transpose()?;
    let (under, known) = place.field(field);
    let how = ListMerge::of(known);
    // Without the catalogue's word on the list there is nothing to order by.
    let key = known.and_then(|f| f.merge_key);
    if let Some(new) = &new {
        lists::check_order(new, order, key)?;
    }
    let before = old.clone().unwrap_or_default();
    let merged = match (old, new) {
        (Some(old), None) => old,
        (None, Some(new)) => match without_directives(Json::Array(new)) {
            Some(Json::Array(items)) => items,
            _ => return Ok(()),
        },
        (Some(old), Some(new)) => lists::merge(old, new, under, how, mode)?,
        (None, None) => return Ok(()),
    };
    let ordered = lists::in_order(merged, order, &before, key)?;
    original.insert(field.to_owned(), Json::Array(ordered));
    patch.shift_remove(field);
    Ok(())
}

pub(super) fn array(value: Json) -> Result<Vec<Json>, String> {
    match value {
        Json::Array(items) => Ok(items),
        other => Err(format!("expected a []interface {{}}, but received a {}", lists::go_type(&other))),
    }
}

/// The value without the maps that only carry a `$patch`; None when it is one itself.
pub(super) fn without_directives(value: Json) -> Option<Json> {
    match value {
        Json::Object(map) if map.contains_key(DIRECTIVE) => None,
        Json::Object(map) => Some(map.into_iter().filter_map(|(k, v)| without_directives(v).map(|v| (k, v))).collect()),
        Json::Array(items) => Some(items.into_iter().filter_map(without_directives).collect()),
        other => Some(other),
    }
}

fn drop_nulls(value: &mut Json) {
    match value {
        Json::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::strategic as apply;
    use serde_json::{Value as Json, json};

    fn containers(live: Json, patch: Json) -> Result<Json, String> {
        let (live, patch) = (json!({"spec": {"containers": live}}), json!({"spec": {"containers": patch}}));
        apply("", "v1", "Pod", &live, &patch).unwrap().map(|v| v["spec"]["containers"].clone())
    }

    fn patched(live: Json, patch: Json) -> Result<Json, String> {
        apply("apps", "v1", "Deployment", &live, &patch).unwrap()
    }

    #[test]
    fn lists_merge_by_key_and_new_elements_go_first() {
        let live = json!([{"name": "c", "image": "x", "ports": [{"containerPort": 1}]}]);
        assert_eq!(
            containers(live.clone(), json!([{"name": "side", "image": "y"}])).unwrap(),
            json!([{"name": "side", "image": "y"}, live[0]])
        );
        assert_eq!(
            containers(live.clone(), json!([{"name": "c", "image": "z", "ports": [{"containerPort": 2}]}])).unwrap(),
            json!([{"name": "c", "image": "z", "ports": [{"containerPort": 2}, {"containerPort": 1}]}])
        );
        assert_eq!(containers(live.clone(), json!([{"name": "c", "$patch": "delete"}])).unwrap(), json!([]));
        assert_eq!(containers(live, json!([{"$patch": "replace"}, {"name": "n"}])).unwrap(), json!([{"name": "n"}]));
    }

    #[test]
    fn maps_are_replaced_and_emptied_by_directive() {
        let live = json!({"spec": {"selector": {"matchLabels": {"a": "1"}}, "replicas": 1}});
        let patch = |inner: Json| patched(live.clone(), json!({"spec": inner})).unwrap()["spec"].clone();
        assert_eq!(
            patch(json!({"selector": {"matchLabels": {"b": "1", "$patch": "replace"}}})),
            json!({"selector": {"matchLabels": {"b": "1"}}, "replicas": 1})
        );
        assert_eq!(patch(json!({"$patch": "delete"})), json!({}));
        assert_eq!(patch(json!({"replicas": null})), json!({"selector": {"matchLabels": {"a": "1"}}}));
        assert_eq!(
            patch(json!({"$retainKeys": ["replicas"], "replicas": 2, "selector": null})),
            json!({"replicas": 2})
        );
    }

    #[test]
    fn element_orders_are_kept() {
        let live =
            json!({"spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}}}});
        let names = |order: Json, list: Option<Json>| {
            let mut spec = json!({"$setElementOrder/containers": order});
            if let Some(list) = list {
                spec["containers"] = list;
            }
            let value = patched(live.clone(), json!({"spec": {"template": {"spec": spec}}}))?;
            let items = value["spec"]["template"]["spec"]["containers"].as_array().cloned().unwrap();
            Ok::<_, String>(items.iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect::<String>())
        };
        let named = |text: &str| json!(text.chars().map(|c| json!({"name": c.to_string()})).collect::<Vec<_>>());
        assert_eq!(names(named("cba"), None).unwrap(), "cba");
        assert_eq!(names(named("ca"), None).unwrap(), "bca");
        assert_eq!(names(named("adbc"), Some(named("d"))).unwrap(), "adbc");
        assert_eq!(
            names(named("ab"), Some(named("ba"))).unwrap_err(),
            "The order in patch list:\n[map[name:b] map[name:a]]\n doesn't match $setElementOrder list:\n\
             [map[name:a] map[name:b]]\n"
        );
    }

    #[test]
    fn lists_of_scalars_are_sets_where_they_merge() {
        let live = json!({"metadata": {"finalizers": ["a", "b"]}});
        let patch = |inner: Json| patched(live.clone(), json!({"metadata": inner})).unwrap()["metadata"].clone();
        assert_eq!(patch(json!({"finalizers": ["c", "a"]})), json!({"finalizers": ["c", "a", "b"]}));
        assert_eq!(
            patch(json!({"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]})),
            json!({"finalizers": ["c", "b"]})
        );
    }

    #[test]
    fn other_lists_are_replaced_and_new_maps_lose_nulls() {
        let live = json!([{"name": "c", "args": ["1"], "env": [{"name": "A", "value": "1"}]}]);
        assert_eq!(
            containers(live.clone(), json!([{"name": "c", "args": ["2"], "env": null}])).unwrap(),
            json!([{"name": "c", "args": ["2"]}])
        );
        assert_eq!(
            containers(live, json!([{"name": "c", "securityContext": {"runAsUser": null, "privileged": true}}]))
                .unwrap()[0]["securityContext"],
            json!({"privileged": true})
        );
    }

    #[test]
    fn what_cannot_be_merged_is_refused_in_the_words_of_kubernetes() {
        let live = || json!([{"name": "c"}]);
        for (patch, message) in [
            (json!([{"image": "x"}]), "map: map[image:x] does not contain declared merge key: name"),
            (json!([{"$patch": "zap"}]), "unknown patch type: zap in map: map[$patch:zap]"),
            (json!([{"$patch": "merge"}]), "merging lists cannot yet be specified in the patch"),
            (json!([{"$patch": "delete"}]), "map: map[$patch:delete] does not contain declared merge key: name"),
            (json!([[1]]), "list element types are not identical: [[map[name:c]] [[1]]]"),
        ] {
            assert_eq!(containers(live(), patch.clone()).unwrap_err(), message, "{patch}");
        }
        for (patch, message) in [
            (json!({"$patch": "merge"}), "unknown patch type: merge in map: map[$patch:merge]"),
            (json!({"$retainKeys": "x"}), "invalid patch format of retainKeys"),
            (json!({"$retainKeys": ["a"], "b": 1}), "invalid patch format of retainKeys"),
            (json!({"$setElementOrder": []}), "invalid patch format of setElementOrder list"),
            (json!({"$deleteFromPrimitiveList": []}), "invalid patch format of primitive list"),
        ] {
            assert_eq!(patched(json!({}), patch.clone()).unwrap_err(), message, "{patch}");
        }
        assert!(apply("e.com", "v1", "Foo", &json!({}), &json!({})).is_none());
    }
}
