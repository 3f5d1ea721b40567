//! The scale subresource, of built-in and custom resources alike.
use serde_json::{Value as Json, json};

use super::write::Proposal;
use super::{Api, Call, in_version};
use crate::json::{JsonExt, at_path, put_path};
use crate::registry::Resource;
use crate::request::decode;
use crate::status::{Failure, Outcome};
use crate::store::Object;

fn paths(resource: &Resource) -> (String, String, Option<String>) {
    match resource.custom.as_ref().and_then(|c| c.scale.as_ref()) {
        Some(scale) => (scale.spec_replicas.clone(), scale.status_replicas.clone(), scale.selector.clone()),
        None => (".spec.replicas".into(), ".status.replicas".into(), Some(".spec.selector".into())),
    }
}

/// The `Scale` of an object.
pub(crate) fn scale_of(resource: &Resource, object: &Object) -> Outcome<Json> {
    let (spec_path, status_path, selector_path) = paths(resource);
    let replicas = at_path(&object.value, &spec_path).and_then(Json::as_i64);
    let Some(replicas) = replicas else {
        return Err(Failure::internal(format!("the spec replicas field {spec_path:?} does not exist")));
    };
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object.value["metadata"].get(field) {
            metadata[field] = value.clone();
        }
    }
    let observed = at_path(&object.value, &status_path).and_then(Json::as_i64).unwrap_or(0);
    let mut scale = json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": {},
        "status": {"replicas": observed}});
    if replicas != 0 {
        scale["spec"]["replicas"] = replicas.into();
    }
    let selector = selector_path.and_then(|p| at_path(&object.value, &p).cloned()).map(|s| selector_text(&s));
    if let Some(selector) = selector.filter(|s| !s.is_empty()) {
        scale["status"]["selector"] = selector.into();
    }
    Ok(scale)
}

/// A selector as text, from text, a map or a `LabelSelector`.
pub(crate) fn selector_text(selector: &Json) -> String {
    if let Some(text) = selector.as_str() {
        return text.to_owned();
    }
    let labels = if selector.get("matchLabels").is_some() || selector.get("matchExpressions").is_some() {
        &selector["matchLabels"]
    } else {
        selector
    };
    let mut parts: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect();
    for expression in selector.items("/matchExpressions") {
        let (key, operator) = (expression.text("/key"), expression.text("/operator"));
        let values: Vec<_> = expression.items("/values").iter().filter_map(Json::as_str).collect();
        parts.push(match operator {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    parts.sort();
    parts.join(",")
}

impl Api {
    /// Replaces or patches the `Scale` of an object and answers the new one.
    pub(crate) fn write_scale(
        &self,
        call: &mut Call<'_>,
        name: &str,
        change: &dyn Fn(&Json) -> Outcome<Json>,
    ) -> Outcome<Json> {
        let resource = call.resource.clone();
        let (spec_path, ..) = paths(&resource);
        let written = self.update(call, name, &mut |before, _| {
            let scale = change(&scale_of(&resource, before)?)?;
            let stated = scale.text("/metadata/resourceVersion");
            if !stated.is_empty() && stated.parse() != Ok(before.rv) {
                return Err(Failure::modified(&resource.names(), before.name()));
            }
            let replicas = scale.pointer("/spec/replicas").cloned().unwrap_or_else(|| 0.into());
            let mut value = in_version(&resource, &before.value);
            put_path(&mut value, &spec_path, replicas);
            Ok(Proposal::new(value))
        })?;
        scale_of(&resource, &written.object)
    }
}

/// What a patch of a `Scale` makes of it.
pub(crate) fn patched(kind: super::patch::PatchType, body: &[u8], scale: &Json) -> Outcome<Json> {
    use super::patch::PatchType;
    let patch = decode::json(body).map_err(|e| Failure::bad_request(format!("error decoding patch: {e}")))?.value;
    match kind {
        PatchType::Json => super::patch::json_patch(scale, &patch),
        _ => Ok(rolewright_schema::merge::json_merge(scale, &patch)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_become_text() {
        assert_eq!(selector_text(&json!("a=b")), "a=b");
        assert_eq!(selector_text(&json!({"x": "y", "a": "b"})), "a=b,x=y");
        let full = json!({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "k", "operator": "In", "values": ["1", "2"]}]});
        assert_eq!(selector_text(&full), "a=b,k in (1,2)");
    }
}
