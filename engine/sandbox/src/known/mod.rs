//! The door to what `schema` knows of kinds: one place that tells built-in and custom resources apart.
mod columns;
mod openapi;
mod path;

use serde_json::Value as Json;

pub(crate) use columns::{Printed, cells, columns, conditions, printed};
pub(crate) use openapi::{definitions, meta_definition, patch_definition};

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
