//! Dropping what a schema does not know.
use serde_json::Value as Json;

use super::{Additional, Structural};
use crate::catalogue;
use crate::check::prune_type;

/// What every object has, schema or not.
const META: [&str; 3] = ["apiVersion", "kind", "metadata"];

impl Structural {
    /// Drops the fields the schema does not specify, and those of metadata that no object has; their paths, sorted as
    /// the API server tells them: those of metadata first.
    pub fn prune(&self, value: &mut Json) -> Vec<String> {
        let mut dropped = Vec::new();
        prune_metadata(value, "", &mut dropped);
        let mut fields = Vec::new();
        self.prune_as(value, true, "", &mut fields, &mut dropped);
        fields.sort();
        dropped.extend(fields);
        dropped
    }

    fn prune_as(&self, value: &mut Json, resource: bool, path: &str, out: &mut Vec<String>, meta: &mut Vec<String>) {
        match value {
            Json::Object(map) => {
                let mut unknown = Vec::new();
                for (key, value) in map.iter_mut() {
                    if resource && META.contains(&key.as_str()) {
                        continue;
                    }
                    let at = join(path, key);
                    match (self.properties.get(key), &self.additional) {
                        (Some(schema), _) => schema.prune_value(value, &at, out, meta),
                        (None, Additional::Schema(schema)) => schema.prune_value(value, &at, out, meta),
                        (None, Additional::Allowed(true)) => drop_maps(value, &at, self.preserve_unknown, out),
                        (None, _) if self.preserve_unknown => {}
                        (None, _) => unknown.push(key.clone()),
                    }
                }
                for key in unknown {
                    map.shift_remove(&key);
                    if !(path.is_empty() && META.contains(&key.as_str())) {
                        out.push(join(path, &key));
                    }
                }
            }
            Json::Array(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    let at = format!("{path}[{at}]");
                    match &self.items {
                        Some(schema) => schema.prune_value(item, &at, out, meta),
                        None => drop_maps(item, &at, self.preserve_unknown, out),
                    }
                }
            }
            _ => {}
        }
    }

    fn prune_value(&self, value: &mut Json, path: &str, out: &mut Vec<String>, meta: &mut Vec<String>) {
        if self.embedded && value.is_object() {
            prune_metadata(value, path, meta);
        }
        self.prune_as(value, self.embedded, path, out, meta);
    }
}

/// Without a schema, maps are emptied, wherever they are.
fn drop_maps(value: &mut Json, path: &str, preserve: bool, out: &mut Vec<String>) {
    match value {
        _ if preserve => {}
        Json::Object(map) => {
            out.extend(map.keys().map(|key| join(path, key)));
            map.clear();
        }
        Json::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                drop_maps(item, &format!("{path}[{at}]"), preserve, out);
            }
        }
        _ => {}
    }
}

fn prune_metadata(value: &mut Json, path: &str, out: &mut Vec<String>) {
    let kind = catalogue::definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
    if let (Some(metadata), Some(kind)) = (value.get_mut("metadata"), kind) {
        prune_type(kind, metadata, &join(path, "metadata"), out);
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
