//! `attribute='a.b.0'` of Jinja's filters: a path into each item.
use crate::render::Render;
use crate::{Result, Value};

/// A dotted path; whole numbers in it are indexes.
pub(super) struct Path(Vec<Value>);

impl Path {
    pub(super) fn new(attribute: Option<&Value>) -> Self {
        Self(match attribute {
            None | Some(Value::None) => Vec::new(),
            Some(Value::Str(text)) => text.split('.').map(part).collect(),
            Some(other) => vec![other.clone()],
        })
    }
    /// Several paths, separated by commas (`sort(attribute='a,b')`).
    pub(super) fn several(attribute: Option<&Value>) -> Vec<Self> {
        match attribute {
            Some(Value::Str(text)) => text.split(',').map(|one| Self::new(Some(&Value::from(one)))).collect(),
            other => vec![Self::new(other)],
        }
    }
    pub(super) fn get(&self, render: &Render<'_>, item: &Value, default: Option<&Value>) -> Result<Value> {
        let mut value = item.clone();
        for key in &self.0 {
            value = render.item(&value, key)?;
            if let (Value::Undefined(_), Some(default)) = (&value, default) {
                value = default.clone();
            }
        }
        Ok(value)
    }
}

fn part(text: &str) -> Value {
    let is_index = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_index { text.parse().map_or_else(|_| Value::from(text), Value::Int) } else { Value::from(text) }
}

/// Text in lower case, everything else as it is: what sorting compares unless it is told to see case.
pub(super) fn fold_case(value: Value) -> Value {
    match value {
        Value::Str(text) => Value::from(text.to_lowercase()),
        other => other,
    }
}
