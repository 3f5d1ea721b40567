//! Fingerprints: whether an object changed in a way that matters, without keeping the object.
use serde_json::Value as Json;
use std::hash::{DefaultHasher, Hash, Hasher};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    /// All but status, resource version and managed fields.
    content: u64,
    status: u64,
}

/// What is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) content: bool,
    pub(super) status: bool,
}

impl Print {
    pub(super) fn of(object: &Json) -> Self {
        let mut content = 0;
        for (key, value) in object.as_object().into_iter().flatten() {
            match key.as_str() {
                "status" => {}
                "metadata" => content ^= metadata(value),
                _ => content ^= entry(key, value),
            }
        }
        Self { content, status: hash(&object["status"]) }
    }
    pub(super) fn since(self, old: Self) -> Change {
        Change { content: self.content != old.content, status: self.status != old.status }
    }
}

fn metadata(value: &Json) -> u64 {
    let entries = value.as_object().into_iter().flatten();
    let counted = entries.filter(|(key, _)| !matches!(key.as_str(), "resourceVersion" | "managedFields"));
    counted.fold(0, |sum, (key, value)| sum ^ entry(key, value).rotate_left(1))
}

fn entry(key: &str, value: &Json) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, hash(value)).hash(&mut hasher);
    hasher.finish()
}

/// The order of keys does not count.
fn hash(value: &Json) -> u64 {
    let mut hasher = DefaultHasher::new();
    std::mem::discriminant(value).hash(&mut hasher);
    match value {
        Json::Null => {}
        Json::Bool(value) => value.hash(&mut hasher),
        Json::Number(value) => value.hash(&mut hasher),
        Json::String(value) => value.hash(&mut hasher),
        Json::Array(items) => items.iter().for_each(|item| hash(item).hash(&mut hasher)),
        Json::Object(map) => map.iter().fold(0, |sum, (key, value)| sum ^ entry(key, value)).hash(&mut hasher),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_counts_as_a_change() {
        let base = json!({"kind": "K", "metadata": {"name": "n", "labels": {"a": "b"}}, "spec": {"x": [1, 2]}});
        let with = |path: &str, value: Json| {
            let mut object = base.clone();
            *object.pointer_mut(path).unwrap() = value;
            Print::of(&object).since(Print::of(&base))
        };
        let set = |outer: &str, key: &str, value: Json| {
            let mut object = base.clone();
            object.pointer_mut(outer).unwrap()[key] = value;
            Print::of(&object).since(Print::of(&base))
        };
        let (content, status, none) = (
            Change { content: true, status: false },
            Change { content: false, status: true },
            Change { content: false, status: false },
        );
        for (what, change, expected) in [
            ("spec", with("/spec/x", json!([2, 1])), content),
            ("labels", with("/metadata/labels", json!({"a": "c"})), content),
            ("annotations", set("/metadata", "annotations", json!({"r": "1"})), content),
            ("data", set("", "data", json!({"a": "b"})), content),
            ("status", set("", "status", json!({"ready": 1})), status),
            ("version", set("/metadata", "resourceVersion", json!("5")), none),
            ("managed fields", set("/metadata", "managedFields", json!([{"time": "now"}])), none),
            ("nothing", with("/spec/x", json!([1, 2])), none),
        ] {
            assert_eq!(change, expected, "{what}");
        }
        let turned = json!({"spec": {"x": [1, 2]}, "metadata": {"labels": {"a": "b"}, "name": "n"}, "kind": "K"});
        assert_eq!(Print::of(&turned), Print::of(&base), "the order of keys does not count");
    }
}
