//! The door to what `schema` knows of kinds: one place that tells built-in and custom resources apart.
mod columns;
mod defaults;
mod openapi;
mod owners;
mod path;

use rolewright_schema::field_error::FieldError;
use rolewright_schema::{check, structural};
use serde_json::Value as Json;

pub(crate) use columns::{Printed, cells, columns, conditions, printed};
pub(crate) use openapi::{definitions, meta_definition, patch_definition};
pub(crate) use owners::{apply, track};

use crate::registry::Resource;
use crate::status::{Cause, Failure, Outcome};

/// Fills in the defaults of a kind, and writes it as the API does.
pub(crate) fn default(resource: &Resource, value: &mut Json) {
    match &resource.custom {
        Some(custom) => custom.structural.default(value),
        None => {
            defaults::normalize(resource, value);
            defaults::apply(resource, value);
        }
    }
}

/// Drops the fields the kind does not have; their paths.
pub(crate) fn prune(resource: &Resource, value: &mut Json) -> Vec<String> {
    match &resource.custom {
        Some(custom) => custom.structural.prune(value),
        None => check::prune(&resource.group, &resource.version, &resource.kind, value).unwrap_or_default(),
    }
}

/// What Go's decoder would refuse: about a built-in kind, or the metadata of a custom one.
pub(crate) fn check_types(resource: &Resource, value: &Json) -> Result<(), String> {
    match resource.custom {
        Some(_) => check::metadata_types(value),
        None => check::types(&resource.group, &resource.version, &resource.kind, value).unwrap_or(Ok(())),
    }
}

/// The rules of a kind's schema.
pub(crate) fn validate(resource: &Resource, value: &Json, subresource: Option<&str>) -> Vec<Cause> {
    let errors = match (&resource.custom, subresource) {
        (Some(custom), Some("status")) => match (custom.structural.properties.get("status"), value.get("status")) {
            (Some(schema), Some(status)) => schema.validate(status, "status"),
            _ => Vec::new(),
        },
        (Some(custom), _) => custom.structural.validate(value, ""),
        (None, _) => check::required(&resource.group, &resource.version, &resource.kind, value).unwrap_or_default(),
    };
    errors.into_iter().map(cause).collect()
}

fn cause(error: FieldError) -> Cause {
    Cause::new(error.reason, error.field, error.message)
}

/// The rules of schemas in definitions.
pub(crate) fn check_structural(schema: &Json, path: &str) -> Vec<Cause> {
    structural::check(schema, path).into_iter().map(cause).collect()
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
        if resource.is("autoscaling", "HorizontalPodAutoscaler") {
            crate::api::autoscaler::stored(value);
        }
        value["apiVersion"] = crate::registry::api_version(&resource.group, &resource.stored_version).into();
    }
}
