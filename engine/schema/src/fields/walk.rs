//! Checking a value against its schema, and the set of fields it has.
use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::path::PathElement;
use super::schema::{Atom, ListKind, Scalar, Schema};
use super::set::FieldSet;
use crate::go;

/// How an element of a list is named.
pub(super) fn element(schema: &Schema<'_>, kind: &ListKind, item: &Json) -> Result<PathElement, String> {
    let keys = match kind {
        ListKind::Map(keys) => keys,
        ListKind::Set => return set_element(item),
        ListKind::Atomic => return Err("invalid indexing of non-associative list".to_owned()),
    };
    let map = match item {
        Json::Object(map) => map,
        Json::Null => return Err("associative list with keys may not have a null element".to_owned()),
        _ => return Err("associative list with keys may not have non-map elements".to_owned()),
    };
    let given = |key: &String| map.get(key).cloned().or_else(|| schema.key_default(key)).map(|v| (key.clone(), v));
    let mut fields: Vec<_> = keys.iter().filter_map(given).collect();
    if fields.is_empty() && !keys.is_empty() {
        let keys: Vec<_> = keys.iter().map(|k| go::quote(k)).collect();
        return Err(format!(
            "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values \
             for any key fields)",
            keys.join(" ")
        ));
    }
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(PathElement::Key(fields))
}

fn set_element(item: &Json) -> Result<PathElement, String> {
    match item {
        Json::Object(_) => Err("associative list without keys has an element that's a map type".to_owned()),
        Json::Array(_) => Err("not supported: associative list with lists as elements".to_owned()),
        Json::Null => Err("associative list without keys has an element that's an explicit null".to_owned()),
        other => Ok(PathElement::Value(other.clone())),
    }
}

/// What is wrong with a value, as `PATH: MESSAGE`; Ok when nothing is.
pub fn validate(schema: &Schema<'_>, value: &Json, allow_duplicates: bool) -> Result<(), String> {
    let mut checker = Checker { allow_duplicates, path: Vec::new(), errors: Vec::new() };
    checker.check(schema, value);
    match checker.errors.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => Err(format!("errors:\n{}", many.iter().map(|e| format!("  {e}")).collect::<Vec<_>>().join("\n"))),
    }
}

struct Checker {
    allow_duplicates: bool,
    path: Vec<PathElement>,
    errors: Vec<String>,
}

impl Checker {
    fn fail(&mut self, message: &str) {
        let path = super::path::display(&self.path);
        self.errors.push(if path.is_empty() { message.to_owned() } else { format!("{path}: {message}") });
    }

    fn below(&mut self, element: PathElement, schema: &Schema<'_>, value: &Json) {
        self.path.push(element);
        self.check(schema, value);
        self.path.pop();
    }

    fn check(&mut self, schema: &Schema<'_>, value: &Json) {
        if matches!(schema, Schema::Undeclared) {
            return self.fail("field not declared in schema");
        }
        match (schema.atom(value), value) {
            (_, Json::Null) => {}
            (Atom::Map { .. }, Json::Object(map)) => self.check_map(schema, map),
            (Atom::Map { .. }, other) => self.fail(&format!("expected map, got {}", got(other))),
            (Atom::List(kind), Json::Array(items)) => self.check_list(schema, &kind, items),
            (Atom::List(_), other) => self.fail(&format!("expected list, got {}", got(other))),
            (Atom::Scalar(scalar), value) => {
                if let Some(message) = wrong_scalar(scalar, value) {
                    self.fail(&message);
                }
            }
        }
    }

    fn check_map(&mut self, schema: &Schema<'_>, map: &Map<String, Json>) {
        let mut keys: Vec<_> = map.iter().collect();
        keys.sort_by_key(|(key, _)| *key);
        for (key, value) in keys {
            self.below(PathElement::Field(key.clone()), &schema.field(key), value);
        }
    }

    fn check_list(&mut self, schema: &Schema<'_>, kind: &ListKind, items: &[Json]) {
        let mut seen = BTreeSet::new();
        for (at, item) in items.iter().enumerate() {
            let element = if *kind == ListKind::Atomic {
                PathElement::Index(i64::try_from(at).unwrap_or_default())
            } else {
                match element(schema, kind, item) {
                    Ok(element) => element,
                    Err(why) => return self.fail(&format!("element {at}: {why}")),
                }
            };
            if !seen.insert(element.clone()) && !self.allow_duplicates {
                self.fail(&format!("duplicate entries for key {element}"));
            }
            self.below(element, &schema.element(), item);
        }
    }
}

/// A value as Go prints the pointer to one.
fn got(value: &Json) -> String {
    format!("&{{{}}}", go::display(value))
}

fn wrong_scalar(scalar: Scalar, value: &Json) -> Option<String> {
    match (scalar, value) {
        (Scalar::Text, Json::String(_)) | (Scalar::Number, Json::Number(_)) | (Scalar::Bool, Json::Bool(_)) => None,
        (Scalar::Any, Json::String(_) | Json::Number(_) | Json::Bool(_)) => None,
        (Scalar::Text, value) => {
            let shown = match value {
                Json::Object(_) => format!("map[string]interface {{}}{value}"),
                Json::Array(_) => format!("[]interface {{}}{value}"),
                other => other.to_string(),
            };
            Some(format!("expected string, got &value.valueUnstructured{{Value:{shown}}}"))
        }
        (Scalar::Number, value) => {
            let of = match value {
                Json::String(_) => "string",
                Json::Bool(_) => "bool",
                Json::Array(_) => "[]interface {}",
                _ => "map[string]interface {}",
            };
            Some(format!("expected numeric (int or float), got {of}"))
        }
        (Scalar::Bool, value) => Some(format!("expected boolean, got {}", got(value))),
        (Scalar::Any, value) => Some(format!("expected any scalar, got {}", got(value))),
    }
}

/// The leaves and elements of a value.
pub fn to_set(schema: &Schema<'_>, value: &Json) -> FieldSet {
    let mut set = FieldSet::default();
    collect(schema, value, &mut Vec::new(), &mut set);
    set
}

fn collect(schema: &Schema<'_>, value: &Json, path: &mut Vec<PathElement>, set: &mut FieldSet) {
    match (schema.atom(value), value) {
        (Atom::Scalar(_) | Atom::List(ListKind::Atomic) | Atom::Map { atomic: true }, _) => set.insert(path),
        (Atom::List(kind), Json::Array(items)) => collect_items(schema, &kind, items, path, set),
        (Atom::Map { .. }, Json::Object(map)) => {
            for (key, value) in map {
                path.push(PathElement::Field(key.clone()));
                collect(&schema.field(key), value, path, set);
                if value.is_null() || value.as_object().is_some_and(Map::is_empty) || !schema.names(key) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        _ => {}
    }
}

/// Elements that stand twice are one field, and nothing below them is.
fn collect_items(
    schema: &Schema<'_>,
    kind: &ListKind,
    items: &[Json],
    path: &mut Vec<PathElement>,
    set: &mut FieldSet,
) {
    let named: Vec<_> = items.iter().filter_map(|item| element(schema, kind, item).ok().map(|e| (e, item))).collect();
    for (at, (element, item)) in named.iter().enumerate() {
        let repeated = named.iter().enumerate().any(|(other, (e, _))| other != at && e == element);
        path.push(element.clone());
        if !repeated {
            collect(&schema.element(), item, path, set);
        }
        set.insert(path);
        path.pop();
    }
}
