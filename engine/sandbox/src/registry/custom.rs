//! What CustomResourceDefinitions add to the served resources.
use std::sync::Arc;

use rolewright_schema::structural::Structural;
use serde_json::Value as Json;

use super::Resource;
use crate::known::{Printed, printed};
use crate::status::qualify;
use crate::store::Object;

/// The part of a definition that belongs to one version.
#[derive(Clone, Debug)]
pub(crate) struct Custom {
    pub(crate) schema: Arc<Json>,
    /// `additionalPrinterColumns`, or the default ones.
    pub(crate) columns: Vec<Printed>,
    pub(crate) status: bool,
    pub(crate) scale: Option<Scale>,
    pub(crate) selectable: Vec<String>,
    /// The warning every request to a deprecated version gets.
    pub(crate) deprecated: Option<String>,
    pub(crate) terminating: bool,
    /// Objects that were written before may not have what this schema fills in.
    pub(crate) since: u64,
    /// The schema, compiled.
    pub(crate) structural: Structural,
}

impl Custom {
    /// Says what to use instead of a deprecated version, unless its definition has words of its own.
    fn tell_successor(&mut self, successor: &str) {
        if let Some(warning) = self.deprecated.as_mut().filter(|w| w.ends_with(" is deprecated")) {
            *warning += &format!("; use {successor}");
        }
    }
}

/// Paths of the scale subresource, as `.spec.replicas`.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) spec_replicas: String,
    pub(crate) status_replicas: String,
    pub(crate) selector: Option<String>,
}

/// The resources of all established definitions.
pub(crate) fn custom_resources(definitions: &[Arc<Object>]) -> Vec<Resource> {
    definitions.iter().filter(|d| established(d)).flat_map(|d| resources(d)).collect()
}

fn established(definition: &Object) -> bool {
    condition(&definition.value, "Established").is_some_and(|c| c["status"] == "True")
}

pub(crate) fn condition<'a>(value: &'a Json, kind: &str) -> Option<&'a Json> {
    value.pointer("/status/conditions")?.as_array()?.iter().find(|c| c["type"] == kind)
}

fn resources(definition: &Object) -> Vec<Resource> {
    let spec = &definition.value["spec"];
    let versions = spec["versions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let stored = versions.iter().find(|v| v["storage"] == true).and_then(|v| v["name"].as_str()).unwrap_or_default();
    let served: Vec<_> = versions.iter().filter(|v| v["served"] == true).collect();
    let successor = served.iter().filter(|v| v["deprecated"] != true).map(|v| text(&v["name"]));
    let successor = successor.max_by_key(|name| super::priority(name));
    let mut resources: Vec<_> = served.into_iter().map(|version| resource(spec, version, stored)).collect();
    for resource in &mut resources {
        let newer = successor.as_ref().filter(|s| super::priority(s) > super::priority(&resource.version));
        if let (Some(custom), Some(newer)) = (&mut resource.custom, newer) {
            custom.tell_successor(&format!("{}/{newer} {}", resource.group, resource.kind));
        }
        if let Some(custom) = &mut resource.custom {
            custom.terminating = definition.deleting();
            custom.since = definition.rv;
        }
    }
    resources
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Json) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

fn resource(spec: &Json, version: &Json, stored: &str) -> Resource {
    let names = &spec["names"];
    let (group, plural) = (text(&spec["group"]), text(&names["plural"]));
    let custom = custom(&group, names, version);
    let mut subresources = Vec::new();
    if custom.status {
        subresources.push("status".into());
    }
    if custom.scale.is_some() {
        subresources.push("scale".into());
    }
    let verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    Resource {
        shard: qualify(&plural, &group).into(),
        version: text(&version["name"]),
        kind: text(&names["kind"]),
        list_kind: text(&names["listKind"]),
        singular: text(&names["singular"]),
        short_names: texts(&names["shortNames"]),
        categories: texts(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        verbs: verbs.map(String::from).into(),
        subresources,
        stored_version: stored.into(),
        custom: Some(custom),
        group,
        plural,
    }
}

fn custom(group: &str, names: &Json, version: &Json) -> Custom {
    let schema = version.pointer("/schema/openAPIV3Schema").cloned().unwrap_or_default();
    let subresources = &version["subresources"];
    let selectable = version["selectableFields"].as_array().into_iter().flatten();
    Custom {
        columns: printed(version["additionalPrinterColumns"].as_array().map(Vec::as_slice).unwrap_or_default()),
        status: subresources["status"].is_object(),
        scale: subresources.get("scale").filter(|s| s.is_object()).map(scale),
        selectable: selectable.map(|f| text(&f["jsonPath"]).trim_start_matches('.').to_owned()).collect(),
        deprecated: (version["deprecated"] == true).then(|| deprecation(group, names, version)),
        structural: Structural::parse(&schema),
        schema: Arc::new(schema),
        terminating: false,
        since: 0,
    }
}

fn scale(scale: &Json) -> Scale {
    Scale {
        spec_replicas: text(&scale["specReplicasPath"]),
        status_replicas: text(&scale["statusReplicasPath"]),
        selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
    }
}

fn deprecation(group: &str, names: &Json, version: &Json) -> String {
    match version["deprecationWarning"].as_str() {
        Some(warning) => warning.to_owned(),
        None => format!("{group}/{} {} is deprecated", text(&version["name"]), text(&names["kind"])),
    }
}
