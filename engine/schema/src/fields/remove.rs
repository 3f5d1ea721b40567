//! Taking fields out of a value.
use serde_json::{Map, Value as Json};

use super::path::PathElement;
use super::schema::{Atom, ListKind, Schema};
use super::set::FieldSet;
use super::walk::element;

/// The value without these fields. A map or list of which nothing remains is null.
pub(super) fn remove(schema: &Schema<'_>, value: &Json, fields: &FieldSet) -> Json {
    match (schema.atom(value), value) {
        (Atom::Scalar(_), value) => value.clone(),
        (Atom::Map { atomic: false }, Json::Object(map)) => {
            let kept: Map<String, Json> = map
                .iter()
                .filter_map(|(key, value)| {
                    let name = PathElement::Field(key.clone());
                    let value = match fields.node(&name) {
                        Some(node) if node.member => return None,
                        Some(node) => remove(&schema.field(key), value, &node.below),
                        None => value.clone(),
                    };
                    Some((key.clone(), value))
                })
                .collect();
            if kept.is_empty() { Json::Null } else { Json::Object(kept) }
        }
        (Atom::List(kind), Json::Array(items)) if kind != ListKind::Atomic => {
            let of = schema.element();
            let kept: Vec<Json> = items
                .iter()
                .filter_map(|item| {
                    let node = element(schema, &kind, item).ok().and_then(|name| fields.node(&name));
                    match node {
                        Some(node) if node.member => None,
                        Some(node) => Some(remove(&of, item, &node.below)),
                        None => Some(item.clone()),
                    }
                })
                .collect();
            if kept.is_empty() { Json::Null } else { Json::Array(kept) }
        }
        _ => Json::Null,
    }
}
