//! Which fields two values differ in.
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::path::PathElement;
use super::schema::{Atom, ListKind, Schema};
use super::set::FieldSet;
use super::walk::element;

/// The fields that differ; no field is in two of the sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    pub removed: FieldSet,
    pub modified: FieldSet,
    pub added: FieldSet,
}

impl Comparison {
    /// Modified or added.
    pub fn changed(&self) -> FieldSet {
        self.modified.union(&self.added)
    }

    pub(super) fn map(&self, change: impl Fn(&FieldSet) -> FieldSet) -> Self {
        Self { removed: change(&self.removed), modified: change(&self.modified), added: change(&self.added) }
    }
}

/// Compares two values of one schema.
pub fn compare(schema: &Schema<'_>, old: &Json, new: &Json) -> Comparison {
    let mut walker = Walker::default();
    walker.compare(schema, Some(old), Some(new));
    walker.out
}

#[derive(Default)]
struct Walker {
    path: Vec<PathElement>,
    out: Comparison,
}

impl Walker {
    fn compare(&mut self, schema: &Schema<'_>, old: Option<&Json>, new: Option<&Json>) {
        let leaf = match (old, new) {
            (None, None) => return,
            (Some(value), None) | (None, Some(value)) => self.as_atom(schema, &schema.atom(value), old, new),
            (Some(a), Some(b)) => {
                let (before, after) = (schema.atom(a), schema.atom(b));
                // A value that changed its nature loses its old fields and gets new ones.
                if before != after {
                    self.as_atom(schema, &before, old, new);
                }
                self.as_atom(schema, &after, old, new)
            }
        };
        if !leaf {
            match (old, new) {
                (None, _) => self.out.added.insert(&self.path),
                (_, None) => self.out.removed.insert(&self.path),
                _ => {}
            }
        }
    }

    /// Whether the value is one field.
    fn as_atom(&mut self, schema: &Schema<'_>, atom: &Atom, old: Option<&Json>, new: Option<&Json>) -> bool {
        match atom {
            Atom::Scalar(_) | Atom::List(ListKind::Atomic) | Atom::Map { atomic: true } => self.leaf(old, new),
            Atom::List(kind) => {
                let (a, b) = (old.and_then(Json::as_array), new.and_then(Json::as_array));
                if a.is_none_or(Vec::is_empty) && b.is_none_or(Vec::is_empty) {
                    return self.leaf(old, new);
                }
                self.lists(schema, kind, a.map_or(&[], Vec::as_slice), b.map_or(&[], Vec::as_slice));
                false
            }
            Atom::Map { atomic: false } => {
                let (a, b) = (old.and_then(Json::as_object), new.and_then(Json::as_object));
                if a.is_none_or(Map::is_empty) && b.is_none_or(Map::is_empty) {
                    return self.leaf(old, new);
                }
                self.maps(schema, a, b);
                false
            }
        }
    }

    fn leaf(&mut self, old: Option<&Json>, new: Option<&Json>) -> bool {
        match (old, new) {
            (None, _) => self.out.added.insert(&self.path),
            (_, None) => self.out.removed.insert(&self.path),
            (Some(old), Some(new)) if !same(old, new) => self.out.modified.insert(&self.path),
            _ => {}
        }
        true
    }

    fn maps(&mut self, schema: &Schema<'_>, old: Option<&Map<String, Json>>, new: Option<&Map<String, Json>>) {
        let empty = Map::new();
        let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
        let added = new.keys().filter(|k| !old.contains_key(*k));
        for key in old.keys().chain(added) {
            self.path.push(PathElement::Field(key.clone()));
            self.compare(&schema.field(key), old.get(key), new.get(key));
            self.path.pop();
        }
    }

    fn lists(&mut self, schema: &Schema<'_>, kind: &ListKind, old: &[Json], new: &[Json]) {
        let mut pairs: BTreeMap<PathElement, (Vec<&Json>, Vec<&Json>)> = BTreeMap::new();
        for item in old {
            if let Ok(element) = element(schema, kind, item) {
                pairs.entry(element).or_default().0.push(item);
            }
        }
        for item in new {
            if let Ok(element) = element(schema, kind, item) {
                pairs.entry(element).or_default().1.push(item);
            }
        }
        let of = schema.element();
        for (element, (old, new)) in pairs {
            self.path.push(element);
            match (old.as_slice(), new.as_slice()) {
                ([] | [_], [] | [_]) => self.compare(&of, old.first().copied(), new.first().copied()),
                ([_, _, ..], [_, _, ..]) => {
                    if old.len() != new.len() || old.iter().zip(&new).any(|(a, b)| !same(a, b)) {
                        self.out.modified.insert(&self.path);
                    }
                }
                ([_, _, ..], rest) => {
                    self.compare(&of, None, rest.first().copied());
                    self.out.removed.insert(&self.path);
                }
                (rest, _) => {
                    self.compare(&of, rest.first().copied(), None);
                    self.out.added.insert(&self.path);
                }
            }
            self.path.pop();
        }
    }
}

/// Equal, numbers by value.
pub(super) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}
