//! Who owns which field of an object, and server-side apply.
use rolewright_schema::fields::{self, ApplyError, Schema, Scope, Writer};
use serde_json::{Value as Json, json};

use crate::api::managed::Manager;
use crate::json::JsonExt;
use crate::registry::Resource;
use crate::status::{Failure, Outcome};

/// The schema of a resource in one of its versions; those of a definition differ little enough to stand for another.
fn schema<'a>(resource: &'a Resource, version: &str) -> Option<Schema<'a>> {
    let (group, version) = version.rsplit_once('/').unwrap_or(("", version));
    if group != resource.group {
        return None;
    }
    match &resource.custom {
        Some(custom) => Some(Schema::Resource(&custom.structural)),
        None => Schema::built_in(group, version, &resource.kind),
    }
}

fn writer<'a>(resource: &Resource, manager: &'a Manager<'_>) -> Writer<'a> {
    Writer {
        manager: manager.name,
        api_version: &manager.api_version,
        subresource: manager.subresource,
        time: &manager.time,
        scope: Scope::of(manager.subresource, resource.has("status")),
    }
}

/// Records who changed which fields.
pub(crate) fn track(resource: &Resource, before: Option<&Json>, value: &mut Json, manager: &Manager<'_>) {
    let nothing = json!({});
    let schemas = |version: &str| schema(resource, version);
    fields::track(before.unwrap_or(&nothing), value, &writer(resource, manager), &schemas);
}

/// Server-side apply.
pub(crate) fn apply(
    resource: &Resource,
    live: &Json,
    applied: &Json,
    manager: &Manager<'_>,
    force: bool,
) -> Outcome<Json> {
    let schemas = |version: &str| schema(resource, version);
    let outcome = fields::apply(live, applied, force, &writer(resource, manager), &schemas);
    outcome.map_err(|error| refusal(resource, applied, error))
}

fn refusal(resource: &Resource, applied: &Json, error: ApplyError) -> Box<Failure> {
    let message = error.message();
    match error {
        ApplyError::Conflicts(conflicts) => {
            let cause = |c: &fields::Conflict| {
                json!({"reason": "FieldManagerConflict", "message": format!("conflict with {}", c.manager),
                    "field": c.field})
            };
            let causes: Vec<Json> = conflicts.iter().map(cause).collect();
            Failure::new(409, "Conflict", message).with(json!({"causes": causes}))
        }
        ApplyError::Untyped(_) => {
            let (namespace, name) = (applied.text("/metadata/namespace"), applied.text("/metadata/name"));
            Failure::internal(format!(
                "failed to create typed patch object ({namespace}/{name}; {}, Kind={}): {message}",
                resource.api_version(),
                resource.kind
            ))
        }
        ApplyError::Failed(_) => Failure::internal(message),
    }
}
