//! One thing that is wrong with an object, in the words of Kubernetes.
use serde_json::Value as Json;

use crate::go;

/// An entry of a Status' `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// `FieldValueRequired`, `FieldValueInvalid` …
    pub reason: &'static str,
    /// `spec.ports[0].name`.
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(reason: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason, field: field.into(), message: message.into() }
    }

    pub fn required(field: impl Into<String>, detail: &str) -> Self {
        let message = if detail.is_empty() { "Required value".into() } else { format!("Required value: {detail}") };
        Self::new("FieldValueRequired", field, message)
    }

    pub fn invalid(field: impl Into<String>, value: &Json, detail: &str) -> Self {
        Self::new("FieldValueInvalid", field, format!("Invalid value: {}: {detail}", shown(value)))
    }

    pub fn type_invalid(field: impl Into<String>, value: &Json, detail: &str) -> Self {
        Self { reason: "FieldValueTypeInvalid", ..Self::invalid(field, value, detail) }
    }

    pub fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self::new("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    pub fn duplicate(field: impl Into<String>, value: &Json) -> Self {
        Self::new("FieldValueDuplicate", field, format!("Duplicate value: {}", shown(value)))
    }

    pub fn not_found(field: impl Into<String>, value: &Json) -> Self {
        Self::new("FieldValueNotFound", field, format!("Not found: {}", shown(value)))
    }

    /// Supported values are told sorted.
    pub fn unsupported<T: AsRef<str>>(field: impl Into<String>, value: &Json, supported: &[T]) -> Self {
        let mut supported: Vec<String> = supported.iter().map(|s| go::quote(s.as_ref())).collect();
        supported.sort();
        let message = format!("Unsupported value: {}: supported values: {}", shown(value), supported.join(", "));
        Self::new("FieldValueNotSupported", field, message)
    }

    pub fn too_long(field: impl Into<String>, most: i64) -> Self {
        Self::new("FieldValueTooLong", field, format!("Too long: may not be more than {most} bytes"))
    }

    pub fn too_many(field: impl Into<String>, found: usize, most: i64) -> Self {
        let unit = if most == 1 { "item" } else { "items" };
        Self::new("FieldValueTooMany", field, format!("Too many: {found}: must have at most {most} {unit}"))
    }
}

/// Values in messages: strings as Go quotes them, the rest as JSON with sorted keys.
fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => go::quote(text),
        Json::Array(items) => format!("[{}]", items.iter().map(shown_json).collect::<Vec<_>>().join(",")),
        other => shown_json(other),
    }
}

fn shown_json(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let mut pairs: Vec<_> = map.iter().map(|(k, v)| (k, shown_json(v))).collect();
            pairs.sort();
            let pairs: Vec<_> = pairs.into_iter().map(|(k, v)| format!("{}:{v}", Json::from(k.as_str()))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(shown_json).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}
