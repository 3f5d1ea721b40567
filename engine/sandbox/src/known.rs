//! The door to what `schema` knows of kinds: one place that tells built-in and custom resources apart.
use serde_json::{Value as Json, json};

use crate::api::managed::Manager;
use crate::registry::Resource;
use crate::status::{Cause, Failure, Outcome};

/// Fills in the defaults of a kind.
pub(crate) fn default(_resource: &Resource, _value: &mut Json) {}

/// Drops the fields the kind does not have; their paths.
pub(crate) fn prune(_resource: &Resource, _value: &mut Json) -> Vec<String> {
    Vec::new()
}

/// What Go's decoder would refuse about a built-in kind.
pub(crate) fn check_types(_resource: &Resource, _value: &Json) -> Result<(), String> {
    Ok(())
}

/// The rules of a kind.
pub(crate) fn validate(
    _resource: &Resource,
    _value: &Json,
    _old: Option<&Json>,
    _subresource: Option<&str>,
) -> Vec<Cause> {
    Vec::new()
}

/// The rules of schemas in definitions.
pub(crate) fn check_structural(_schema: &Json, _path: &str) -> Vec<Cause> {
    Vec::new()
}

pub(crate) fn or_invalid(resource: &Resource, name: &str, causes: Vec<Cause>) -> Outcome<()> {
    if causes.is_empty() { Ok(()) } else { Err(Failure::invalid(&resource.names(), name, causes)) }
}

/// The form in which the object is stored.
pub(crate) fn to_stored(resource: &Resource, value: &mut Json) {
    if resource.group == "events.k8s.io" {
        *value = crate::api::event::stored(value);
        value["apiVersion"] = "v1".into();
    } else if resource.version != resource.stored_version {
        value["apiVersion"] = crate::registry::api_version(&resource.group, &resource.stored_version).into();
    }
}

/// Records who changed which fields.
pub(crate) fn track(_resource: &Resource, _before: Option<&Json>, _value: &mut Json, _manager: &Manager<'_>) {}

/// Server-side apply.
pub(crate) fn apply(
    _resource: &Resource,
    live: &Json,
    applied: &Json,
    _manager: &Manager<'_>,
    _force: bool,
) -> Outcome<Json> {
    Ok(rolewright_schema::merge::json_merge(live, applied))
}

/// A column of a table.
pub(crate) fn columns(_resource: &Resource) -> Vec<Json> {
    vec![json!({"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0})]
}

/// The cells of an object.
pub(crate) fn cells(_resource: &Resource, object: &Json) -> Vec<Json> {
    vec![object["metadata"]["name"].clone()]
}

/// Adds the OpenAPI definitions of a kind; the name of its own.
pub(crate) fn definitions(resource: &Resource, schemas: &mut serde_json::Map<String, Json>) -> String {
    let reversed: Vec<_> = resource.group.rsplit('.').collect();
    let name = format!("{}.{}.{}", reversed.join("."), resource.version, resource.kind);
    schemas.insert(name.clone(), json!({"type": "object"}));
    name
}

/// Adds a definition of the meta group.
pub(crate) fn meta_definition(_name: &str, _schemas: &mut serde_json::Map<String, Json>) {}
