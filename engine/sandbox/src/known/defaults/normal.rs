//! Built-in objects as they come out of a round trip through Go's types: without nulls and empty collections, and with
//! quantities written in one way.
use rolewright_schema::catalogue::{self, Shape, Type};
use rolewright_schema::quantity::Quantity;
use serde_json::Value as Json;

use crate::registry::Resource;

pub(crate) fn normalize(resource: &Resource, value: &mut Json) {
    let name = catalogue::type_of(&resource.group, &resource.version, &resource.kind);
    if let Some(definition) = name.and_then(catalogue::definition) {
        fields(definition, value);
    }
}

fn fields(definition: &'static Type, value: &mut Json) {
    let Some(map) = value.as_object_mut() else { return };
    map.retain(|key, field| match definition.field(key) {
        Some(known) if !known.required => !is_empty(&known.shape, field),
        _ => true,
    });
    for (key, field) in map.iter_mut() {
        if let Some(known) = definition.field(key) {
            shape(&known.shape, field);
        }
    }
}

fn is_empty(shape: &Shape, value: &Json) -> bool {
    match (shape, value) {
        (Shape::Any, _) => false,
        (_, Json::Null) => true,
        (Shape::List(_), Json::Array(items)) => items.is_empty(),
        (Shape::Map(_), Json::Object(map)) => map.is_empty(),
        _ => false,
    }
}

fn shape(shape: &'static Shape, value: &mut Json) {
    match shape {
        Shape::Quantity => quantity(value),
        Shape::List(inner) => value.as_array_mut().into_iter().flatten().for_each(|item| self::shape(inner, item)),
        Shape::Map(inner) => {
            value.as_object_mut().into_iter().flatten().for_each(|(_, item)| self::shape(inner, item));
        }
        Shape::Ref(_) => {
            if let Some(definition) = shape.definition() {
                fields(definition, value);
            }
        }
        _ => {}
    }
}

fn quantity(value: &mut Json) {
    let text = match &*value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return,
    };
    // A malformed one was refused before.
    if let Ok(parsed) = Quantity::parse(&text) {
        let canonical = parsed.canonical();
        if value.as_str() != Some(&canonical) {
            *value = canonical.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_round_trip_leaves_no_nulls_and_one_form_of_quantities() {
        let registry = crate::registry::Registry::new();
        let pods = registry.served().find("", "v1", "pods").unwrap();
        let mut pod = json!({"metadata": {"labels": {}, "creationTimestamp": null}, "spec": {"nodeName": null, "containers": [{
            "name": "c", "env": [], "securityContext": {}, "resources": {"limits": {"cpu": 1, "memory": "1024Mi"}}}]}});
        normalize(&pods, &mut pod);
        assert_eq!(
            pod,
            json!({"metadata": {}, "spec": {"containers": [{"name": "c", "securityContext": {},
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]}})
        );
    }
}
