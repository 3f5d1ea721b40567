//! Rendered arguments of one module call.
use rolewright_template::{Condition, Result, Value};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// Rendered arguments, `omit` already dropped.
#[derive(Clone, Debug, Default)]
pub struct Args {
    pub map: indexmap::IndexMap<Arc<str>, Value>,
    pub free_form: Option<String>,
    pub expressions: Vec<(Arc<str>, Vec<Condition>)>,
}

impl Args {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }
    /// The argument as text; numbers and booleans are spelled out, `None` counts as absent.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::None => None,
            value => Some(value.to_string()),
        }
    }
    /// The argument as a boolean, or `default` when it is absent.
    pub fn flag(&self, name: &str, default: bool) -> std::result::Result<bool, String> {
        match self.get(name) {
            None | Some(Value::None) => Ok(default),
            Some(value) => value.to_bool().ok_or_else(|| not_a(name, value, "bool")),
        }
    }
    /// The argument as a whole number.
    pub fn int(&self, name: &str) -> std::result::Result<Option<i64>, String> {
        match self.get(name) {
            None | Some(Value::None) => Ok(None),
            Some(value) => {
                let parsed = value.as_i64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
                parsed.map(Some).ok_or_else(|| not_a(name, value, "int"))
            }
        }
    }
    /// The argument as a list of texts: a list, one text, or text with commas.
    pub fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            None | Some(Value::None) => Vec::new(),
            Some(value) => match value.items() {
                Some(items) => items.iter().map(Value::to_string).collect(),
                None => value.to_string().split(',').map(|part| part.trim().to_owned()).collect(),
            },
        }
    }
    /// The error for required arguments that are missing, if any.
    pub fn missing(&self, required: &[&str]) -> Option<String> {
        let missing: Vec<&str> = required.iter().copied().filter(|name| self.get(name).is_none()).collect();
        (!missing.is_empty()).then(|| format!("missing required arguments: {}", missing.join(", ")))
    }
    /// As JSON, which is what cluster modules speak.
    pub fn to_json(&self) -> Result<Map<String, Json>> {
        self.map.iter().map(|(k, v)| Ok((k.to_string(), v.to_json()?))).collect()
    }
}

fn not_a(name: &str, value: &Value, wanted: &str) -> String {
    format!(
        "argument '{name}' is of type {} and we were unable to convert to {wanted}: {value}",
        python_type(value.type_name())
    )
}

fn python_type(name: &str) -> String {
    format!("<class '{name}'>")
}
