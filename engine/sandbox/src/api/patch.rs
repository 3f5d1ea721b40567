//! The four patch types.
use serde_json::Value as Json;

use super::write::{Proposal, Written, cannot_handle, check_fields};
use super::{Api, Call, in_version, managed};
use crate::json::JsonExt;
use crate::known;
use crate::request::decode;
use crate::status::{Cause, Failure, Outcome};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchType {
    Json,
    Merge,
    Strategic,
    Apply,
}

/// More operations than this are refused.
const MOST_OPERATIONS: usize = 10_000;

impl PatchType {
    pub(crate) fn parse(content_type: Option<&str>, builtin: bool) -> Outcome<Self> {
        let mut accepted = vec!["application/json-patch+json", "application/merge-patch+json"];
        accepted.extend(builtin.then_some("application/strategic-merge-patch+json"));
        accepted.push("application/apply-patch+yaml");
        match decode::media_type(content_type) {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" if builtin => Ok(Self::Strategic),
            "application/apply-patch+yaml" => Ok(Self::Apply),
            _ => Err(Failure::unsupported_media(&accepted)),
        }
    }
}

impl Api {
    pub(crate) fn patch(&self, call: &mut Call<'_>, name: &str, kind: PatchType, body: &[u8]) -> Outcome<Written> {
        if kind == PatchType::Apply {
            return self.apply(call, name, body);
        }
        if call.options.force.is_some() {
            let cause = Cause::forbidden("force", "may not be specified for non-apply patch");
            return Err(Failure::invalid_options("PatchOptions", cause));
        }
        // A patch of nothing is a 404 even when it is broken.
        self.get(call.resource, call.namespace, name)?;
        let patch = Patch::parse(kind, body)?;
        let (resource, subresource, options) = (call.resource.clone(), call.subresource, call.options);
        let (namespace, inner) = (call.namespace.to_owned(), options.clone());
        self.update(call, name, &mut |before, warnings| {
            let live = in_version(&resource, &before.value);
            let mut value = patch.apply(&resource, &live)?;
            let call = Call::new(&resource, &namespace, &inner).sub(subresource);
            check_patched(&call, &mut value, &patch.duplicates, warnings)?;
            Ok(Proposal::new(value))
        })
    }

    fn apply(&self, call: &mut Call<'_>, name: &str, body: &[u8]) -> Outcome<Written> {
        let decoded = decode::yaml(body).map_err(|e| Failure::bad_request(format!("error decoding YAML: {e}")))?;
        let mut applied = decoded.value;
        check_applied(call, name, &applied)?;
        let resource = call.resource.clone();
        applied.put(&["metadata", "name"], name);
        if resource.namespaced {
            applied.put(&["metadata", "namespace"], call.namespace);
        }
        let found = self.get(&resource, call.namespace, name);
        if found.is_err() {
            match self.apply_new(call, name, &applied) {
                Err(failure) if failure.reason == "AlreadyExists" => {}
                other => return other,
            }
        }
        let (options, subresource, namespace) = (call.options.clone(), call.subresource, call.namespace.to_owned());
        self.update(call, name, &mut |before, _| {
            let stated = applied.text("/metadata/resourceVersion");
            if !stated.is_empty() && stated.parse() != Ok(before.rv) {
                return Err(Failure::modified(&resource.names(), before.name()));
            }
            let live = in_version(&resource, &before.value);
            let mut value = managed::apply(&resource, subresource, &options, &live, &applied)?;
            known::prune(&resource, &mut value);
            let call = Call::new(&resource, &namespace, &options).sub(subresource);
            known::check_types(&resource, &value).map_err(|why| cannot_handle(&call, &why))?;
            Ok(Proposal { value, managed: true })
        })
    }

    fn apply_new(&self, call: &mut Call<'_>, name: &str, applied: &Json) -> Outcome<Written> {
        let names = call.resource.names();
        if call.subresource.is_some() {
            return Err(Failure::not_found(&names, name));
        }
        let uid = applied.text("/metadata/uid");
        if !uid.is_empty() {
            let why =
                format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
            return Err(Failure::conflict(&names, name, &why));
        }
        let mut empty = serde_json::json!({"metadata": {}});
        empty.put(&["apiVersion"], call.resource.api_version());
        empty.put(&["kind"], call.resource.kind.as_str());
        let mut value = managed::apply(call.resource, None, call.options, &empty, applied)?;
        value.drop_field(&["metadata", "resourceVersion"]);
        known::prune(call.resource, &mut value);
        known::check_types(call.resource, &value).map_err(|why| cannot_handle(call, &why))?;
        self.create(call, Proposal { value, managed: true })
    }
}

fn check_applied(call: &Call<'_>, name: &str, applied: &Json) -> Outcome<()> {
    let resource = call.resource;
    if !applied.is_object() {
        return Err(Failure::bad_request("error decoding YAML: the applied configuration must be a map"));
    }
    if applied.pointer("/metadata/managedFields").is_some() {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    let (api_version, kind) = (applied.text("/apiVersion"), applied.text("/kind"));
    if api_version != resource.api_version() || kind != resource.kind {
        if resource.custom.is_some() || kind != resource.kind {
            return Err(Failure::bad_request(format!("invalid object type: {api_version}, Kind={kind}")));
        }
        let message = format!(
            "Incorrect version specified in apply patch. Specified patch version: {api_version}, expected: {}",
            resource.api_version()
        );
        return Err(Failure::bad_request(message));
    }
    let stated = applied.text("/metadata/name");
    if !stated.is_empty() && stated != name {
        let message = format!("the name of the object ({stated}) does not match the name on the URL ({name})");
        return Err(Failure::bad_request(message));
    }
    Ok(())
}

fn check_patched(call: &Call<'_>, value: &mut Json, duplicates: &[String], warnings: &mut Vec<String>) -> Outcome<()> {
    check_fields(call, value, duplicates, warnings, |shown, why| {
        let quoted = Json::from(shown.to_string());
        Failure::invalid_as("", "", "", "", vec![Cause::invalid("patch", &quoted, &why)])
    })?;
    known::check_types(call.resource, value).map_err(|why| cannot_handle(call, &why))
}

struct Patch {
    kind: PatchType,
    value: Json,
    duplicates: Vec<String>,
}

impl Patch {
    fn parse(kind: PatchType, body: &[u8]) -> Outcome<Self> {
        let broken = |why: String| Failure::bad_request(format!("error decoding patch: {why}"));
        let decoded = decode::json(body).map_err(broken)?;
        let shape = match &decoded.value {
            Json::Object(_) => "object",
            Json::Array(_) => "array",
            Json::String(_) => "string",
            Json::Number(_) => "number",
            Json::Bool(_) => "bool",
            Json::Null => "null",
        };
        match (kind, shape) {
            (PatchType::Json, "array") => check_operations(&decoded.value)?,
            (PatchType::Json, shape) => {
                return Err(broken(format!(
                    "json: cannot unmarshal {shape} into Go value of type []handlers.jsonPatchOp"
                )));
            }
            (_, "object") => {}
            (_, shape) => {
                return Err(broken(format!(
                    "json: cannot unmarshal {shape} into Go value of type map[string]interface {{}}"
                )));
            }
        }
        Ok(Self { kind, value: decoded.value, duplicates: decoded.duplicates })
    }

    fn apply(&self, resource: &crate::registry::Resource, live: &Json) -> Outcome<Json> {
        match self.kind {
            PatchType::Json => json_patch(live, &self.value),
            PatchType::Strategic => {
                let merged = rolewright_schema::merge::strategic(
                    &resource.group,
                    &resource.version,
                    &resource.kind,
                    live,
                    &self.value,
                );
                merged
                    .unwrap_or_else(|| Ok(rolewright_schema::merge::json_merge(live, &self.value)))
                    .map_err(Failure::internal)
            }
            PatchType::Merge | PatchType::Apply => Ok(rolewright_schema::merge::json_merge(live, &self.value)),
        }
    }
}

fn check_operations(operations: &Json) -> Outcome<()> {
    let operations = operations.as_array().map(Vec::as_slice).unwrap_or_default();
    if operations.len() > MOST_OPERATIONS {
        let message =
            format!("The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {}", operations.len());
        return Err(Failure::new(413, "RequestEntityTooLarge", message));
    }
    for operation in operations {
        let op = operation.text("/op");
        if !matches!(op, "add" | "remove" | "replace" | "move" | "copy" | "test") {
            return Err(Failure::bad_request(format!("invalid operation {operation}: unsupported operation")));
        }
    }
    Ok(())
}

pub(super) fn json_patch(live: &Json, operations: &Json) -> Outcome<Json> {
    let refused = || {
        Failure::new(422, "Invalid", "the server rejected our request due to an error in our request")
            .with(serde_json::json!({}))
    };
    let patch: json_patch::Patch = serde_json::from_value(operations.clone()).map_err(|_| refused())?;
    let mut value = live.clone();
    json_patch::patch(&mut value, &patch).map_err(|_| refused())?;
    Ok(value)
}
