//! Strategic merge of lists: by merge key or as sets of scalars, and the order of the outcome.
use serde_json::{Map, Value as Json};

use super::place::{ListMerge, Place};
use super::strategic::{self, DIRECTIVE, ELEMENT_ORDER, Mode};
use crate::go;

/// Merges a list of a patch into a list.
pub(super) fn merge(
    original: Vec<Json>,
    patch: Vec<Json>,
    place: Place,
    how: ListMerge,
    mode: Mode,
) -> Result<Vec<Json>, String> {
    let ListMerge::Merge(key) = how else { return Ok(patch) };
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    if !are_maps(&[&original, &patch])? {
        return Ok(merge_scalars(original, patch));
    }
    let Some(key) = key else {
        return Err(format!("cannot merge lists without merge key for {}", place.element().name()));
    };
    let (original, patch) = carry_out(original, patch, key)?;
    let merged = merge_by_key(original.clone(), &patch, place.element(), key, mode)?;
    in_order(merged, &patch, &original, Some(key))
}

fn merge_scalars(original: Vec<Json>, patch: Vec<Json>) -> Vec<Json> {
    let mut merged: Vec<Json> = Vec::with_capacity(original.len() + patch.len());
    for item in original.iter().chain(&patch) {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    interleave(merged, &patch, &original, None)
}

/// Carries out the elements that are directives; what remains of both lists.
fn carry_out(mut original: Vec<Json>, patch: Vec<Json>, key: &str) -> Result<(Vec<Json>, Vec<Json>), String> {
    let mut plain = Vec::new();
    let mut replace = false;
    for item in patch {
        let map = as_map(&item)?;
        let Some(directive) = map.get(DIRECTIVE) else {
            plain.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let wanted = map.get(key).ok_or_else(|| no_key(map, key))?;
                while let Some(at) = find(&original, key, wanted)? {
                    original.remove(at);
                }
            }
            Some("replace") => replace = true,
            Some("merge") => return Err("merging lists cannot yet be specified in the patch".to_owned()),
            _ => return Err(strategic::unknown_directive(directive, map)),
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (original, plain) })
}

fn merge_by_key(
    mut original: Vec<Json>,
    patch: &[Json],
    element: Place,
    key: &str,
    mode: Mode,
) -> Result<Vec<Json>, String> {
    for item in patch {
        let map = as_map(item)?;
        let wanted = map.get(key).ok_or_else(|| no_key(map, key))?;
        let Some(at) = find(&original, key, wanted)? else {
            original.push(item.clone());
            continue;
        };
        if let Some(slot) = original.get_mut(at) {
            let old = match std::mem::take(slot) {
                Json::Object(old) => old,
                _ => Map::new(),
            };
            *slot = Json::Object(strategic::merge(old, map.clone(), element, mode)?);
        }
    }
    Ok(original)
}

/// Puts the elements that `order` names in its order, among the others in the order of `before`.
pub(super) fn in_order(
    merged: Vec<Json>,
    order: &[Json],
    before: &[Json],
    key: Option<&str>,
) -> Result<Vec<Json>, String> {
    if let Some(key) = key {
        for item in merged.iter().chain(order) {
            let map = as_map(item)?;
            if !map.contains_key(key) {
                return Err(no_key(map, key));
            }
        }
    }
    Ok(interleave(merged, order, before, key))
}

fn interleave(merged: Vec<Json>, order: &[Json], before: &[Json], key: Option<&str>) -> Vec<Json> {
    let place = |list: &[Json], item: &Json| list.iter().position(|i| identity(i, key) == identity(item, key));
    let (mut named, mut others): (Vec<Json>, Vec<Json>) =
        merged.into_iter().partition(|item| place(order, item).is_some());
    // Elements to be deleted, in a patch that is still to be applied, go last.
    named.sort_by_key(|item| (is_deletion(item), place(order, item).unwrap_or(usize::MAX)));
    others.sort_by_key(|item| place(before, item).unwrap_or(usize::MAX));
    let mut out = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let (Some(next), Some(other)) = (named.peek(), others.peek()) {
        let first = match (place(before, other), place(before, next)) {
            (Some(o), Some(n)) => o < n,
            _ => false,
        };
        out.extend(if first { others.next() } else { named.next() });
    }
    out.extend(named);
    out.extend(others);
    out
}

fn is_deletion(item: &Json) -> bool {
    item.get(DIRECTIVE).is_some_and(|d| d == "delete")
}

fn identity<'a>(item: &'a Json, key: Option<&str>) -> Option<&'a Json> {
    match key {
        Some(key) => item.get(key),
        None => Some(item),
    }
}

/// The elements a patch names must stand in the order it asks for.
pub(super) fn check_order(patch: &[Json], order: &[Json], key: Option<&str>) -> Result<(), String> {
    if order.is_empty() || patch.is_empty() {
        return Ok(());
    }
    let mut kept = Vec::with_capacity(patch.len());
    for item in patch {
        if key.is_none() || !as_map(item)?.contains_key(DIRECTIVE) {
            kept.push(item);
        }
    }
    let mut kept = kept.into_iter().peekable();
    for place in order {
        let Some(item) = kept.peek() else { return Ok(()) };
        if let Some(key) = key {
            for map in [as_map(item)?, as_map(place)?] {
                if !map.contains_key(key) {
                    return Err(no_key(map, key));
                }
            }
        }
        if identity(item, key) == identity(place, key) {
            kept.next();
        }
    }
    if kept.peek().is_none() {
        return Ok(());
    }
    let (patch, order) = (go::display(&patch.into()), go::display(&order.into()));
    Err(format!("The order in patch list:\n{patch}\n doesn't match {ELEMENT_ORDER} list:\n{order}\n"))
}

/// Whether the lists hold maps; elements of different kinds are an error.
pub(super) fn are_maps(lists: &[&[Json]]) -> Result<bool, String> {
    let mut kind = None;
    for item in lists.iter().copied().flatten() {
        let this = go_type(item);
        if kind.is_none() && item.is_array() {
            return Err("lists of lists are not supported".to_owned());
        }
        if *kind.get_or_insert(this) != this {
            let shown: Vec<_> = lists.iter().map(|l| go::display(&(*l).into())).collect();
            return Err(format!("list element types are not identical: [{}]", shown.join(" ")));
        }
    }
    Ok(kind.is_some_and(|k| k.starts_with("map")))
}

pub(super) fn find(items: &[Json], key: &str, wanted: &Json) -> Result<Option<usize>, String> {
    for (at, item) in items.iter().enumerate() {
        let map = item.as_object().ok_or_else(|| format!("value for key {at} is not a map"))?;
        if map.get(key) == Some(wanted) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

pub(super) fn as_map(item: &Json) -> Result<&Map<String, Json>, String> {
    let wrong = || format!("expected a map[string]interface {{}}, but received a {}", go_type(item));
    item.as_object().ok_or_else(wrong)
}

pub(super) fn no_key(map: &Map<String, Json>, key: &str) -> String {
    format!("map: {} does not contain declared merge key: {key}", go::display(&Json::Object(map.clone())))
}

pub(super) fn go_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "%!s(<nil>)",
        Json::Bool(_) => "bool",
        Json::Number(n) if n.is_f64() => "float64",
        Json::Number(_) => "int64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}
