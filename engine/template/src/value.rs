//! Values as Python has them.
use std::sync::Arc;

/// A value. Lists and dicts have reference semantics inside a template (`l.append(x)` is seen by all holders).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// Used where it may not be: raises. `default` and `is defined` look at it.
    Undefined(Arc<str>),
    /// The `omit` placeholder.
    Omit,
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Arc<str>),
}

impl Value {
    pub fn from_json(_json: &serde_json::Value) -> Self {
        unimplemented!()
    }
    /// What reaches modules and clusters. Tuples become lists, times text; undefined, omit and functions are errors.
    pub fn to_json(&self) -> crate::Result<serde_json::Value> {
        unimplemented!()
    }
    pub fn list(_items: impl IntoIterator<Item = Value>) -> Self {
        unimplemented!()
    }
    pub fn dict<K: Into<Value>>(_items: impl IntoIterator<Item = (K, Value)>) -> Self {
        unimplemented!()
    }
    pub fn as_str(&self) -> Option<&str> {
        unimplemented!()
    }
    pub fn as_i64(&self) -> Option<i64> {
        unimplemented!()
    }
    /// The items of a list or tuple (a copy of the handles).
    pub fn items(&self) -> Option<Vec<Value>> {
        unimplemented!()
    }
    /// The entries of a dict (a copy of the handles).
    pub fn entries(&self) -> Option<Vec<(Value, Value)>> {
        unimplemented!()
    }
    pub fn get(&self, _key: &str) -> Option<Value> {
        unimplemented!()
    }
    /// Python's truth.
    pub fn is_truthy(&self) -> bool {
        unimplemented!()
    }
    /// Ansible's `| bool`: yes/on/1/true in any case; None when it is no boolean at all.
    pub fn to_bool(&self) -> Option<bool> {
        unimplemented!()
    }
    /// Python's `type(x).__name__`: `str`, `dict`, `AnsibleUndefined`, …
    pub fn type_name(&self) -> &'static str {
        unimplemented!()
    }
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined(_))
    }
    /// Drops every [`Value::Omit`] at any depth; `None` when the value itself is one.
    pub fn without_omit(&self) -> Option<Value> {
        unimplemented!()
    }
    /// A copy that shares nothing with this value.
    pub fn deep_copy(&self) -> Value {
        unimplemented!()
    }
}

/// Python's `str(x)`.
impl std::fmt::Display for Value {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        unimplemented!()
    }
}

/// Python's `==`.
impl PartialEq for Value {
    fn eq(&self, _other: &Self) -> bool {
        unimplemented!()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}
impl From<Arc<str>> for Value {
    fn from(text: Arc<str>) -> Self {
        Self::Str(text)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
