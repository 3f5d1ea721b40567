//! Whether the schema of a definition is structural, and the other rules on schemas.
use regex::Regex;
use serde_json::{Map, Value as Json};

use super::Structural;
use crate::field_error::FieldError;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// What is wrong with an `openAPIV3Schema` that stands at `path` of its definition, sorted as the API server sorts.
pub fn check(schema: &Json, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let Some(map) = schema.as_object() else {
        return vec![FieldError::required(path, "")];
    };
    check_schema(map, Level::Root, path, &mut errors);
    check_complete(map, map, path, &mut errors);
    errors.sort_by_key(|e| format!("{}: {}", e.field, e.message));
    errors.dedup();
    errors
}

type Schema = Map<String, Json>;

fn child<'a>(schema: &'a Schema, key: &str) -> Option<&'a Schema> {
    schema.get(key).and_then(Json::as_object)
}

fn text<'a>(schema: &'a Schema, key: &str) -> &'a str {
    schema.get(key).and_then(Json::as_str).unwrap_or_default()
}

fn flag(schema: &Schema, key: &str) -> bool {
    schema.get(key).and_then(Json::as_bool).unwrap_or(false)
}

fn children<'a>(schema: &'a Schema, key: &'a str) -> impl Iterator<Item = (String, &'a Schema)> {
    child(schema, key)
        .into_iter()
        .flatten()
        .filter_map(move |(name, sub)| Some((format!("{key}[{name}]"), sub.as_object()?)))
}

fn branches<'a>(schema: &'a Schema, key: &'a str) -> impl Iterator<Item = (usize, &'a Schema)> {
    let list = schema.get(key).and_then(Json::as_array);
    list.into_iter().flatten().enumerate().filter_map(|(at, sub)| Some((at, sub.as_object()?)))
}

fn check_schema(schema: &Schema, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    unsupported(schema, path, errors);
    let kind = text(schema, "type");
    if kind == "array" && child(schema, "items").is_none() {
        errors.push(FieldError::required(format!("{path}.items"), "must be specified"));
    }
    if let Some(items) = child(schema, "items") {
        check_schema(items, Level::Item, &format!("{path}.items"), errors);
    }
    for (name, property) in children(schema, "properties") {
        check_schema(property, Level::Field, &format!("{path}.{name}"), errors);
    }
    if let Some(additional) = schema.get("additionalProperties").filter(|a| !a.is_null()) {
        let at = format!("{path}.additionalProperties");
        if level == Level::Root {
            errors.push(FieldError::forbidden(&at, "must not be used at the root"));
        }
        if let Some(additional) = additional.as_object() {
            check_schema(additional, Level::Field, &at, errors);
            if child(schema, "properties").is_some_and(|p| !p.is_empty()) {
                errors.push(FieldError::forbidden(&at, "additionalProperties and properties are mutual exclusive"));
            }
        }
    }
    check_extensions(schema, path, errors);
    check_kind(schema, kind, level, path, errors);
    check_metadata(schema, level, path, errors);
    check_lists(schema, path, errors);
    check_default(schema, path, errors);
    check_branches(schema, is_int_or_string(schema), path, errors);
}

fn unsupported(schema: &Schema, path: &str, errors: &mut Vec<FieldError>) {
    for (key, detail) in [
        ("$ref", "$ref is not supported"),
        ("patternProperties", "patternProperties is not supported"),
        ("dependencies", "dependencies is not supported"),
        ("definitions", "definitions is not supported"),
        ("additionalItems", "additionalItems is not supported"),
        ("id", "id is not supported"),
    ] {
        let empty = |v: &Json| v.is_null() || v.as_str() == Some("") || v.as_object().is_some_and(Map::is_empty);
        if schema.get(key).is_some_and(|v| !empty(v)) {
            errors.push(FieldError::forbidden(format!("{path}.{key}"), detail));
        }
    }
    if flag(schema, "uniqueItems") {
        let detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        errors.push(FieldError::forbidden(format!("{path}.uniqueItems"), detail));
    }
    if schema.get("additionalProperties") == Some(&Json::Bool(false)) {
        let detail = "additionalProperties cannot be set to false";
        errors.push(FieldError::forbidden(format!("{path}.additionalProperties"), detail));
    }
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Json::Bool(false)) {
        let detail = "must be true or undefined";
        let at = format!("{path}.x-kubernetes-preserve-unknown-fields");
        errors.push(FieldError::invalid(at, &false.into(), detail));
    }
    let kind = text(schema, "type");
    let known = ["array", "boolean", "integer", "number", "object", "string"];
    if kind == "null" {
        let detail = "type cannot be set to null, use nullable as an alternative";
        errors.push(FieldError::forbidden(format!("{path}.type"), detail));
    } else if !kind.is_empty() && !known.contains(&kind) {
        errors.push(FieldError::unsupported(format!("{path}.type"), &kind.into(), &known));
    }
}

fn check_extensions(schema: &Schema, path: &str, errors: &mut Vec<FieldError>) {
    let ours = |key: &str| format!("x-kubernetes-{key}");
    if flag(schema, &ours("int-or-string")) {
        for key in ["preserve-unknown-fields", "embedded-resource"] {
            if flag(schema, &ours(key)) {
                let detail = "must be false if x-kubernetes-int-or-string is true";
                errors.push(FieldError::invalid(format!("{path}.{}", ours(key)), &true.into(), detail));
            }
        }
        if !text(schema, "type").is_empty() {
            let detail = "must be empty if x-kubernetes-int-or-string is true";
            errors.push(FieldError::forbidden(format!("{path}.type"), detail));
        }
    }
    if flag(schema, &ours("embedded-resource")) {
        if schema.get("additionalProperties").is_some() {
            let detail = "must not be used if x-kubernetes-embedded-resource is set";
            errors.push(FieldError::forbidden(format!("{path}.additionalProperties"), detail));
        }
        if !flag(schema, &ours("preserve-unknown-fields")) && child(schema, "properties").is_none_or(Map::is_empty) {
            let detail = "must not be empty if x-kubernetes-embedded-resource is true without \
                          x-kubernetes-preserve-unknown-fields";
            errors.push(FieldError::required(format!("{path}.properties"), detail));
        }
    }
}

fn check_kind(schema: &Schema, kind: &str, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    let at = format!("{path}.type");
    if flag(schema, "x-kubernetes-embedded-resource") && kind != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        errors.push(if kind.is_empty() {
            FieldError::required(&at, detail)
        } else {
            FieldError::invalid(&at, &kind.into(), detail)
        });
    } else if kind.is_empty()
        && !flag(schema, "x-kubernetes-int-or-string")
        && !flag(schema, "x-kubernetes-preserve-unknown-fields")
    {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        errors.push(FieldError::required(&at, detail));
    }
    if level == Level::Root && !kind.is_empty() && kind != "object" {
        errors.push(FieldError::invalid(&at, &kind.into(), "must be object at the root"));
    }
}

fn check_metadata(schema: &Schema, level: Level, path: &str, errors: &mut Vec<FieldError>) {
    if level != Level::Root && !flag(schema, "x-kubernetes-embedded-resource") {
        return;
    }
    let Some(properties) = child(schema, "properties") else { return };
    for (name, wanted) in [("kind", "string"), ("apiVersion", "string"), ("metadata", "object")] {
        let Some(property) = child(properties, name) else { continue };
        let kind = text(property, "type");
        if kind != wanted {
            let at = format!("{path}.properties[{name}].type");
            errors.push(FieldError::invalid(at, &kind.into(), &format!("must be {wanted}")));
        }
        if name == "metadata" && level == Level::Root {
            let extra = |key: &str| !matches!(key, "type" | "properties" | "description" | "default");
            let fields = child(property, "properties").into_iter().flatten();
            let others = fields.filter(|(name, _)| !matches!(name.as_str(), "name" | "generateName")).count();
            if others > 0 || property.keys().any(|k| extra(k)) || property.contains_key("description") {
                let detail =
                    "must not specify anything other than name and generateName, but metadata is implicitly specified";
                errors.push(FieldError::forbidden(format!("{path}.properties[metadata]"), detail));
            }
        }
    }
}

fn check_lists(schema: &Schema, path: &str, errors: &mut Vec<FieldError>) {
    let at = |key: &str| format!("{path}.x-kubernetes-{key}");
    let kind = text(schema, "type");
    let list = text(schema, "x-kubernetes-list-type");
    if !list.is_empty() && kind != "array" {
        let detail = "must be array if x-kubernetes-list-type is specified";
        errors.push(match kind {
            "" => FieldError::required(format!("{path}.type"), detail),
            kind => FieldError::invalid(format!("{path}.type"), &kind.into(), detail),
        });
    }
    if !list.is_empty() && !["atomic", "set", "map"].contains(&list) {
        errors.push(FieldError::unsupported(at("list-type"), &list.into(), &["atomic", "set", "map"]));
    }
    let keys: Vec<&str> = schema
        .get("x-kubernetes-list-map-keys")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    if !keys.is_empty() && list != "map" {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        errors.push(match list {
            "" => FieldError::required(at("list-type"), detail),
            list => FieldError::invalid(at("list-type"), &list.into(), detail),
        });
    }
    if list == "map" {
        if keys.is_empty() {
            let detail = "must not be empty if x-kubernetes-list-type is map";
            errors.push(FieldError::required(at("list-map-keys"), detail));
        }
        check_keys(schema, &keys, path, errors);
    }
    let map = text(schema, "x-kubernetes-map-type");
    if !map.is_empty() && kind != "object" {
        let detail = "must be object if x-kubernetes-map-type is specified";
        errors.push(match kind {
            "" => FieldError::required(format!("{path}.type"), detail),
            kind => FieldError::invalid(format!("{path}.type"), &kind.into(), detail),
        });
    }
    if !map.is_empty() && !["atomic", "granular"].contains(&map) {
        errors.push(FieldError::unsupported(at("map-type"), &map.into(), &["atomic", "granular"]));
    }
}

fn check_keys(schema: &Schema, keys: &[&str], path: &str, errors: &mut Vec<FieldError>) {
    let Some(items) = child(schema, "items") else { return };
    let required: Vec<&str> =
        items.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect();
    for (at, key) in keys.iter().enumerate() {
        let place = format!("{path}.x-kubernetes-list-map-keys[{at}]");
        let Some(property) = child(items, "properties").and_then(|p| child(p, key)) else {
            errors.push(FieldError::invalid(place, &(*key).into(), "entries must all be names of item properties"));
            continue;
        };
        if !required.contains(key) && property.get("default").is_none_or(Json::is_null) {
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required \
                          property";
            errors.push(FieldError::required(format!("{path}.items.properties[{key}].default"), detail));
        }
    }
}

/// A default is an object of its own schema.
fn check_default(schema: &Schema, path: &str, errors: &mut Vec<FieldError>) {
    let Some(default) = schema.get("default").filter(|d| !d.is_null()) else { return };
    let structural = Structural::parse(&Json::Object(schema.clone()));
    let at = format!("{path}.default");
    let mut pruned = default.clone();
    let dropped = structural.prune(&mut pruned);
    if !dropped.is_empty() {
        errors.push(FieldError::invalid(&at, default, "must not have unknown fields"));
    }
    errors.extend(structural.validate(default, &at));
}

fn is_int_or_string(schema: &Schema) -> bool {
    flag(schema, "x-kubernetes-int-or-string")
}

fn check_branches(schema: &Schema, int_or_string: bool, path: &str, errors: &mut Vec<FieldError>) {
    let pattern = |schema: &Schema| {
        let kinds: Vec<_> = branches(schema, "anyOf").map(|(_, s)| (text(s, "type"), s.len())).collect();
        kinds == [("integer", 1), ("string", 1)]
    };
    for key in ["anyOf", "allOf", "oneOf"] {
        if key == "anyOf" && int_or_string && pattern(schema) {
            continue;
        }
        for (at, branch) in branches(schema, key) {
            let skip = key == "allOf" && at == 0 && int_or_string && pattern(branch);
            check_nested(branch, skip, &format!("{path}.{key}[{at}]"), errors);
        }
    }
    if let Some(not) = child(schema, "not") {
        check_nested(not, false, &format!("{path}.not"), errors);
    }
    let pattern = text(schema, "pattern");
    if !pattern.is_empty()
        && let Some((_, Err(why))) = &Structural::parse(&serde_json::json!({"pattern": pattern})).limits.pattern
        && Regex::new(pattern).is_err()
    {
        let detail = format!("must be a valid regular expression, but isn't: {why}");
        errors.push(FieldError::invalid(format!("{path}.pattern"), &pattern.into(), &detail));
    }
}

/// Branches may restrict values, not say what they are.
fn check_nested(schema: &Schema, skip_any_of: bool, path: &str, errors: &mut Vec<FieldError>) {
    for (key, detail) in [
        ("type", "must be empty to be structural"),
        ("additionalProperties", "must be undefined to be structural"),
        ("default", "must be undefined to be structural"),
        ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"),
        ("nullable", "must be false to be structural"),
        ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
        ("x-kubernetes-embedded-resource", "must be false to be structural"),
        ("x-kubernetes-int-or-string", "must be false to be structural"),
        ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"),
        ("x-kubernetes-map-type", "must be undefined to be structural"),
        ("x-kubernetes-validations", "must be empty to be structural"),
    ] {
        let unset = |v: &Json| v.is_null() || *v == Json::Bool(false) || v.as_str() == Some("");
        if schema.get(key).is_some_and(|v| !unset(v)) {
            errors.push(FieldError::forbidden(format!("{path}.{key}"), detail));
        }
    }
    if child(schema, "properties").is_some_and(|p| p.contains_key("metadata")) {
        let detail = "must not be specified in a nested context";
        errors.push(FieldError::forbidden(format!("{path}.properties[metadata]"), detail));
    }
    if let Some(items) = child(schema, "items") {
        check_nested(items, false, &format!("{path}.items"), errors);
    }
    for (name, property) in children(schema, "properties") {
        check_nested(property, false, &format!("{path}.{name}"), errors);
    }
    check_branches(schema, skip_any_of, path, errors);
}

/// What branches speak of must be specified outside of them.
fn check_complete(schema: &Schema, whole: &Schema, path: &str, errors: &mut Vec<FieldError>) {
    for key in ["anyOf", "allOf", "oneOf"] {
        for (at, branch) in branches(schema, key) {
            check_specified(branch, Some(whole), &format!("{path}.{key}[{at}]"), path, errors);
        }
    }
    if let Some(not) = child(schema, "not") {
        check_specified(not, Some(whole), &format!("{path}.not"), path, errors);
    }
    if let (Some(items), Some(inner)) = (child(schema, "items"), child(whole, "items")) {
        check_complete(items, inner, &format!("{path}.items"), errors);
    }
    for (name, property) in children(schema, "properties") {
        check_complete(property, property, &format!("{path}.{name}"), errors);
    }
    if let Some(additional) = child(schema, "additionalProperties") {
        check_complete(additional, additional, &format!("{path}.additionalProperties"), errors);
    }
}

fn check_specified(
    branch: &Schema,
    structure: Option<&Schema>,
    branch_path: &str,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let Some(structure) = structure else {
        let detail = format!("because it is defined in {branch_path}");
        errors.push(FieldError::required(path, &detail));
        return;
    };
    if let Some(items) = child(branch, "items") {
        let inner = child(structure, "items");
        check_specified(items, inner, &format!("{branch_path}.items"), &format!("{path}.items"), errors);
    }
    for (name, property) in children(branch, "properties") {
        let plain = name.trim_start_matches("properties[").trim_end_matches(']');
        let inner = child(structure, "properties").and_then(|p| child(p, plain));
        check_specified(property, inner, &format!("{branch_path}.{name}"), &format!("{path}.{name}"), errors);
    }
    for key in ["anyOf", "allOf", "oneOf"] {
        for (at, inner) in branches(branch, key) {
            check_specified(inner, Some(structure), &format!("{branch_path}.{key}[{at}]"), path, errors);
        }
    }
    if let Some(not) = child(branch, "not") {
        check_specified(not, Some(structure), &format!("{branch_path}.not"), path, errors);
    }
}
