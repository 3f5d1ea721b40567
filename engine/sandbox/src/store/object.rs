//! One stored version of an object.
use std::sync::OnceLock;

use bytes::Bytes;
use serde_json::Value as Json;

/// A stored object; never changed, only replaced.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) rv: u64,
    /// With `apiVersion` and `kind` of the stored version, and its resource version.
    pub(crate) value: Json,
    /// JSON of everything but `apiVersion` and `kind`, from the first `"` to the closing brace.
    tail: OnceLock<Bytes>,
}

impl Object {
    pub(crate) fn new(rv: u64, mut value: Json) -> Self {
        if let Some(meta) = value.get_mut("metadata").and_then(Json::as_object_mut) {
            meta.insert("resourceVersion".into(), rv.to_string().into());
        }
        Self { rv, value, tail: OnceLock::new() }
    }

    /// An object that was never stored, as a dry run shows it.
    pub(crate) fn unstored(value: Json) -> Self {
        Self { rv: 0, value, tail: OnceLock::new() }
    }

    pub(crate) fn meta(&self, field: &str) -> &str {
        self.value.get("metadata").and_then(|m| m.get(field)).and_then(Json::as_str).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.meta("name")
    }

    pub(crate) fn namespace(&self) -> &str {
        self.meta("namespace")
    }

    pub(crate) fn uid(&self) -> &str {
        self.meta("uid")
    }

    pub(crate) fn deleting(&self) -> bool {
        !self.meta("deletionTimestamp").is_empty()
    }

    pub(crate) fn finalizers(&self) -> Vec<&str> {
        let list = self.value.pointer("/metadata/finalizers").and_then(Json::as_array);
        list.into_iter().flatten().filter_map(Json::as_str).collect()
    }

    pub(crate) fn owners(&self) -> &[Json] {
        self.value.pointer("/metadata/ownerReferences").and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn owner_uids(&self) -> impl Iterator<Item = &str> {
        self.owners().iter().filter_map(|o| o.get("uid").and_then(Json::as_str))
    }

    /// `field` of the controlling owner.
    pub(crate) fn controller(&self, field: &str) -> Option<&str> {
        let owner = self.owners().iter().find(|o| o.get("controller").and_then(Json::as_bool) == Some(true))?;
        owner.get(field).and_then(Json::as_str)
    }

    /// The object as JSON, under the given version and kind, or bare.
    pub(crate) fn json(&self, names: Option<(&str, &str)>) -> Vec<u8> {
        let tail = self.tail.get_or_init(|| Bytes::from(tail(&self.value)));
        let mut out = Vec::with_capacity(tail.len() + 80);
        out.push(b'{');
        if let Some((api_version, kind)) = names {
            out.extend_from_slice(format!(r#""kind":"{kind}","apiVersion":"{api_version}""#).as_bytes());
            if tail.len() > 1 {
                out.push(b',');
            }
        }
        out.extend_from_slice(tail);
        out
    }
}

fn tail(value: &Json) -> Vec<u8> {
    let empty = serde_json::Map::new();
    let map = value.as_object().unwrap_or(&empty);
    let mut out = Vec::with_capacity(512);
    for (key, field) in map.iter().filter(|(k, _)| *k != "apiVersion" && *k != "kind") {
        if !out.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(Json::String(key.clone()).to_string().as_bytes());
        out.push(b':');
        out.extend_from_slice(field.to_string().as_bytes());
    }
    out.push(b'}');
    out
}

/// The key of an object: `namespace/name`, or `name` without a namespace.
pub(crate) fn key_of(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_itself_with_and_without_type() {
        let object = Object::new(7, json!({"apiVersion": "v1", "kind": "Foo", "metadata": {"name": "a"}}));
        let text = |names| String::from_utf8(object.json(names)).unwrap();
        assert_eq!(text(None), r#"{"metadata":{"name":"a","resourceVersion":"7"}}"#);
        assert_eq!(
            text(Some(("e/v2", "Foo"))),
            r#"{"kind":"Foo","apiVersion":"e/v2","metadata":{"name":"a","resourceVersion":"7"}}"#
        );
        assert_eq!(Object::new(1, json!({})).json(None), b"{}");
    }
}
