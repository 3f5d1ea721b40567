//! Lists that are sets or maps: no element twice.
use serde_json::{Map, Value as Json};

use super::prune::join;
use super::{ListType, Structural};
use crate::field_error::FieldError;

impl Structural {
    pub(super) fn check_lists(&self, value: &Json, path: &str, out: &mut Vec<FieldError>) {
        match value {
            Json::Object(map) => {
                for (key, value) in map {
                    if let Some(schema) = self.properties.get(key) {
                        schema.check_lists(value, &join(path, key), out);
                    } else if let Some(schema) = self.additional.schema() {
                        schema.check_lists(value, &format!("{path}[{key}]"), out);
                    }
                }
            }
            Json::Array(items) => {
                self.check_unique(items, path, out);
                if let Some(schema) = &self.items {
                    for (at, item) in items.iter().enumerate() {
                        schema.check_lists(item, &format!("{path}[{at}]"), out);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_unique(&self, items: &[Json], path: &str, out: &mut Vec<FieldError>) {
        let identities: Vec<Json> = match &self.list_type {
            ListType::Atomic => return,
            ListType::Set => items.to_vec(),
            ListType::Map(keys) => {
                if let Some((at, item)) = items.iter().enumerate().find(|(_, i)| !i.is_object() && !i.is_null()) {
                    let detail = "must be an object for an array of list-type map";
                    out.push(FieldError::invalid(format!("{path}[{at}]"), item, detail));
                    return;
                }
                items.iter().map(|item| identity(item, keys)).collect()
            }
        };
        for (at, identity) in identities.iter().enumerate() {
            // Only the second of many is told.
            if identities.iter().take(at).filter(|i| *i == identity).count() == 1 {
                out.push(FieldError::duplicate(format!("{path}[{at}]"), identity));
            }
        }
    }
}

fn identity(item: &Json, keys: &[String]) -> Json {
    let pairs = keys.iter().filter_map(|key| item.get(key).map(|value| (key.clone(), value.clone())));
    Json::Object(pairs.collect::<Map<_, _>>())
}
