//! Filling in defaults, and dropping the nulls that stand for nothing.
use serde_json::Value as Json;

use super::Structural;

impl Structural {
    /// What decoding an object does: nulls of fields that may not be null and have no default are dropped, then
    /// defaults are filled in.
    pub fn default(&self, value: &mut Json) {
        self.drop_nulls(value);
        self.fill(value);
    }

    fn drop_nulls(&self, value: &mut Json) {
        match value {
            Json::Object(map) => {
                map.retain(|key, value| {
                    let schema = self.properties.get(key).or_else(|| self.additional.schema());
                    !(value.is_null() && schema.is_some_and(|s| !s.nullable && s.default.is_none()))
                });
                for (key, value) in map.iter_mut() {
                    if let Some(schema) = self.properties.get(key).or_else(|| self.additional.schema()) {
                        schema.drop_nulls(value);
                    }
                }
            }
            Json::Array(items) => {
                if let Some(schema) = &self.items {
                    items.iter_mut().for_each(|item| schema.drop_nulls(item));
                }
            }
            _ => {}
        }
    }

    fn fill(&self, value: &mut Json) {
        match value {
            Json::Object(map) => {
                for (key, schema) in &self.properties {
                    let Some(default) = &schema.default else { continue };
                    if map.get(key).is_none_or(|v| v.is_null() && !schema.nullable) {
                        map.insert(key.clone(), default.clone());
                    }
                }
                for (key, value) in map.iter_mut() {
                    if let Some(schema) = self.properties.get(key) {
                        schema.fill(value);
                    } else if let Some(schema) = self.additional.schema() {
                        schema.fill_null(value);
                    }
                }
            }
            Json::Array(items) => {
                if let Some(schema) = &self.items {
                    items.iter_mut().for_each(|item| schema.fill_null(item));
                }
            }
            _ => {}
        }
    }

    fn fill_null(&self, value: &mut Json) {
        if let (true, false, Some(default)) = (value.is_null(), self.nullable, &self.default) {
            *value = default.clone();
        }
        self.fill(value);
    }
}
