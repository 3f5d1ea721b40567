//! Putting an applied value over a live one.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::path::PathElement;
use super::schema::{Atom, ListKind, Schema};
use super::walk::element;

/// The live value with the applied one over it; nothing is removed. Lists are in the order of the applied one where it
/// says anything about it. Err names what of an element cannot be told.
pub fn merge(schema: &Schema<'_>, live: &Json, applied: &Json) -> Result<Json, String> {
    Ok(merged(schema, Some(live), Some(applied))?.unwrap_or_default())
}

fn merged(schema: &Schema<'_>, live: Option<&Json>, applied: Option<&Json>) -> Result<Option<Json>, String> {
    let leaf = || Ok(applied.or(live).cloned());
    let Some(value) = applied.or(live) else { return Ok(None) };
    match schema.atom(value) {
        Atom::Scalar(_) | Atom::List(ListKind::Atomic) | Atom::Map { atomic: true } => leaf(),
        Atom::List(kind) => {
            let (a, b) = (live.and_then(Json::as_array), applied.and_then(Json::as_array));
            if a.is_none_or(Vec::is_empty) && b.is_none_or(Vec::is_empty) {
                return leaf();
            }
            let (a, b) = (a.map_or(&[][..], Vec::as_slice), b.map_or(&[][..], Vec::as_slice));
            let items = lists(schema, &kind, a, b)?;
            Ok((!items.is_empty()).then_some(Json::Array(items)))
        }
        Atom::Map { atomic: false } => {
            let (a, b) = (live.and_then(Json::as_object), applied.and_then(Json::as_object));
            if a.is_none_or(Map::is_empty) && b.is_none_or(Map::is_empty) {
                return leaf();
            }
            let map = maps(schema, a, b)?;
            Ok((!map.is_empty()).then_some(Json::Object(map)))
        }
    }
}

fn maps(
    schema: &Schema<'_>,
    live: Option<&Map<String, Json>>,
    applied: Option<&Map<String, Json>>,
) -> Result<Map<String, Json>, String> {
    let empty = Map::new();
    let (live, applied) = (live.unwrap_or(&empty), applied.unwrap_or(&empty));
    let mut out = Map::new();
    let added = applied.keys().filter(|k| !live.contains_key(*k));
    for key in live.keys().chain(added) {
        if let Some(value) = merged(&schema.field(key), live.get(key), applied.get(key))? {
            out.insert(key.clone(), value);
        }
    }
    Ok(out)
}

/// Elements by their names; one that stands twice is not merged with anything.
struct Side<'a> {
    order: Vec<(PathElement, &'a Json)>,
    by_name: BTreeMap<PathElement, Option<&'a Json>>,
}

impl<'a> Side<'a> {
    fn new(schema: &Schema<'_>, kind: &ListKind, items: &'a [Json]) -> Result<Self, String> {
        let mut side = Self { order: Vec::with_capacity(items.len()), by_name: BTreeMap::new() };
        for (at, item) in items.iter().enumerate() {
            let name = element(schema, kind, item).map_err(|why| format!("element {at}: {why}"))?;
            side.by_name.entry(name.clone()).and_modify(|there| *there = None).or_insert(Some(item));
            side.order.push((name, item));
        }
        Ok(side)
    }
}

fn lists(schema: &Schema<'_>, kind: &ListKind, live: &[Json], applied: &[Json]) -> Result<Vec<Json>, String> {
    let of = schema.element();
    let (live, applied) = (Side::new(schema, kind, live)?, Side::new(schema, kind, applied)?);
    let mut shared = applied.order.iter().map(|(name, _)| name).filter(|name| live.by_name.contains_key(*name));
    let mut next_shared = shared.next();
    let mut out = Vec::new();
    let mut put = |value: Option<Json>| out.extend(value);
    let mut done = std::collections::BTreeSet::new();
    let (mut l, mut r) = (0, 0);
    while l < live.order.len() || r < applied.order.len() {
        let (ours, theirs) = (live.order.get(l), applied.order.get(r));
        if let (Some((name, _)), Some((other, item))) = (ours, theirs) {
            if name == other {
                done.insert(name);
                put(merged(&of, live.by_name.get(name).copied().flatten(), Some(item))?);
                (l, r) = (l + 1, r + 1);
                next_shared = shared.next();
                continue;
            }
            // A shared element, but not the one whose turn it is.
            if applied.by_name.contains_key(name) && next_shared.is_some_and(|next| next != name) {
                l += 1;
                continue;
            }
        }
        if let Some((name, item)) = ours {
            if !applied.by_name.contains_key(name) {
                put(merged(&of, Some(item), None)?);
                l += 1;
                continue;
            }
            if done.contains(name) {
                l += 1;
            }
        }
        if let Some((name, item)) = theirs {
            done.insert(name);
            put(merged(&of, live.by_name.get(name).copied().flatten(), Some(item))?);
            r += 1;
            if next_shared == Some(name) {
                next_shared = shared.next();
            }
        }
    }
    Ok(out)
}
