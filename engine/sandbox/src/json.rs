//! Small helpers over JSON values.
use serde_json::{Map, Value as Json};

pub(crate) trait JsonExt {
    /// The text at a pointer, or "".
    fn text(&self, pointer: &str) -> &str;
    fn int(&self, pointer: &str) -> Option<i64>;
    fn flag(&self, pointer: &str) -> bool;
    fn items(&self, pointer: &str) -> &[Json];
    /// Sets a field under maps that are created where they are missing.
    fn put(&mut self, path: &[&str], value: impl Into<Json>);
    /// Sets a field that is absent or null.
    fn put_default(&mut self, path: &[&str], value: impl Into<Json>);
    fn drop_field(&mut self, path: &[&str]) -> Option<Json>;
}

impl JsonExt for Json {
    fn text(&self, pointer: &str) -> &str {
        self.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
    }

    fn int(&self, pointer: &str) -> Option<i64> {
        self.pointer(pointer).and_then(Json::as_i64)
    }

    fn flag(&self, pointer: &str) -> bool {
        self.pointer(pointer).and_then(Json::as_bool).unwrap_or(false)
    }

    fn items(&self, pointer: &str) -> &[Json] {
        self.pointer(pointer).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }

    fn put(&mut self, path: &[&str], value: impl Into<Json>) {
        let mut at = self;
        for key in path {
            if !at.is_object() {
                *at = Json::Object(Map::new());
            }
            let Some(map) = at.as_object_mut() else { return };
            at = map.entry(*key).or_insert(Json::Null);
        }
        *at = value.into();
    }

    fn put_default(&mut self, path: &[&str], value: impl Into<Json>) {
        let pointer = path.iter().fold(String::new(), |p, key| p + "/" + key);
        if self.pointer(&pointer).is_none_or(Json::is_null) {
            self.put(path, value);
        }
    }

    fn drop_field(&mut self, path: &[&str]) -> Option<Json> {
        let (last, parents) = path.split_last()?;
        let mut at = self;
        for key in parents {
            at = at.get_mut(*key)?;
        }
        at.as_object_mut()?.shift_remove(*last)
    }
}

/// The value at a simple path as definitions write it: `.spec.replicas`.
pub(crate) fn at_path<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').filter(|k| !k.is_empty()).try_fold(value, |at, key| at.get(key))
}

pub(crate) fn put_path(value: &mut Json, path: &str, new: Json) {
    let keys: Vec<&str> = path.split('.').filter(|k| !k.is_empty()).collect();
    value.put(&keys, new);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_and_drops_nested_fields() {
        let mut value = json!({"a": 1});
        value.put(&["a", "b"], "c");
        value.put_default(&["a", "b"], "d");
        value.put_default(&["x"], true);
        assert_eq!(value, json!({"a": {"b": "c"}, "x": true}));
        assert_eq!(value.drop_field(&["a", "b"]), Some("c".into()));
        assert_eq!(value.drop_field(&["q", "b"]), None);
        assert_eq!((value.text("/nope"), value.int("/x"), value.flag("/x")), ("", None, true));
        assert_eq!(at_path(&json!({"s": {"r": 3}}), ".s.r"), Some(&json!(3)));
    }
}
