//! Values as Python has them.
mod compare;
pub(crate) mod containers;
mod convert;
mod hash;
mod json;
mod numbers;
pub(crate) mod object;
pub(crate) mod repr;
mod text;
pub(crate) mod time;

pub use containers::{Dict, List};
pub use object::Obj;
pub use text::Text;
pub use time::Time;

pub(crate) use compare::{compare, contains, equal};
pub(crate) use numbers::{Number, float_repr, truncate};

use num_bigint::BigInt;
use std::sync::Arc;

/// A value. Lists and dicts have reference semantics inside a template (`l.append(x)` is seen by all holders).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Value {
    /// Used where it may not be: raises. `default` and `is defined` look at it.
    Undefined(Arc<str>),
    /// The `omit` placeholder.
    Omit,
    #[default]
    None,
    Bool(bool),
    Int(i64),
    /// An integer outside of `i64`.
    BigInt(Arc<BigInt>),
    Float(f64),
    Str(Text),
    Bytes(Arc<[u8]>),
    Tuple(Arc<[Value]>),
    List(List),
    Dict(Dict),
    /// Unique, hashable items in the order they came.
    Set(Arc<[Value]>),
    /// A date, a time stamp or a span of time.
    Time(Arc<Time>),
    /// Macros, namespaces, `loop` and other things that live inside a template only.
    Object(Obj),
}

/// What Ansible writes where `omit` is used as text.
pub(crate) const OMIT_TEXT: &str = "__omit_place_holder__8843d7f92416211de9ebb963ff4ce28125932878";

/// The start of the message of an undefined value that Jinja2 treats with leniency.
pub(crate) const LENIENT: &str = "the inline if-expression on line ";

impl Value {
    /// A list of the items.
    pub fn list(items: impl IntoIterator<Item = Value>) -> Self {
        Self::List(List::new(items.into_iter().collect()))
    }
    /// A dict; a key given twice keeps its first place and its last value.
    pub fn dict<K: Into<Value>>(items: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Dict(Dict::new(items.into_iter().map(|(k, v)| (k.into(), v)).collect()))
    }
    /// A tuple of the items.
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        Self::Tuple(items.into_iter().collect())
    }
    /// An integer of any size.
    pub fn big(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(small) => Self::Int(small),
            Err(_) => Self::BigInt(Arc::new(value)),
        }
    }
    /// Text that Ansible does not look into for lists, dicts and booleans (what `to_json` and `string` give).
    pub fn verbatim(text: impl Into<Arc<str>>) -> Self {
        Self::Str(Text::verbatim(text))
    }
    /// Text that stands in project data but is not the project's own (`!unsafe`).
    pub fn outside(text: impl Into<Arc<str>>) -> Self {
        Self::Str(Text::outside(text))
    }
    /// Text that stood in project data encrypted (`!vault`).
    pub fn vaulted(text: impl Into<Arc<str>>) -> Self {
        Self::Str(Text::vaulted(text))
    }
    /// What an inline `if` without `else` gives when it is false: undefined, but nothing where text is needed.
    pub(crate) fn is_lenient(&self) -> bool {
        matches!(self, Self::Undefined(message) if message.starts_with(LENIENT))
    }
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }
    /// The integer; not for booleans.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }
    /// The boolean; only for booleans.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }
    /// Any number as a float; not for booleans.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Bool(_) => None,
            other => Number::of(other).map(|n| n.to_f64()),
        }
    }
    /// The items of a list or tuple (a copy of the handles).
    pub fn items(&self) -> Option<Vec<Value>> {
        match self {
            Self::List(list) => Some(list.to_vec()),
            Self::Tuple(items) | Self::Set(items) => Some(items.to_vec()),
            _ => None,
        }
    }
    /// The entries of a dict (a copy of the handles).
    pub fn entries(&self) -> Option<Vec<(Value, Value)>> {
        match self {
            Self::Dict(dict) => Some(dict.entries()),
            _ => None,
        }
    }
    /// The value under a text key of a dict.
    pub fn get(&self, key: &str) -> Option<Value> {
        match self {
            Self::Dict(dict) => dict.get_str(key),
            _ => None,
        }
    }
    /// The value at a path of text keys, `None` as soon as one is missing.
    pub fn at(&self, path: &[&str]) -> Option<Value> {
        path.iter().try_fold(self.clone(), |value, key| value.get(key))
    }
    /// The number of characters, items or entries, where there is such a thing.
    pub fn len(&self) -> Option<usize> {
        match self {
            Self::Str(text) => Some(text.chars().count()),
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::Tuple(items) | Self::Set(items) => Some(items.len()),
            Self::List(list) => Some(list.len()),
            Self::Dict(dict) => Some(dict.len()),
            _ => None,
        }
    }
    /// True for an empty text, list, dict or other container.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
    /// Python's truth.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined(_) | Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Time(time) => time.is_truthy(),
            Self::BigInt(_) | Self::Omit | Self::Object(_) => true,
            other => other.len() != Some(0),
        }
    }
    /// Ansible's `| bool`: yes/on/1/true in any case; None when it is no boolean at all.
    pub fn to_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Int(0) => Some(false),
            Self::Int(1) => Some(true),
            Self::Float(value) if *value == 0.0 || *value == 1.0 => Some(*value == 1.0),
            Self::Str(text) => match text.to_ascii_lowercase().trim() {
                "yes" | "on" | "1" | "true" | "y" | "t" => Some(true),
                "no" | "off" | "0" | "false" | "n" | "f" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
    /// Python's `type(x).__name__`: `str`, `dict`, `AnsibleUndefined`, …
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Undefined(_) => "AnsibleUndefined",
            Self::Omit | Self::Str(_) => "str",
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::BigInt(_) => "int",
            Self::Float(_) => "float",
            Self::Bytes(_) => "bytes",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::Time(time) => time.type_name(),
            Self::Object(object) => object.class(),
        }
    }
    pub(crate) fn is_container(&self) -> bool {
        matches!(self, Self::List(_) | Self::Dict(_) | Self::Tuple(_))
    }
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined(_))
    }
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
    pub fn is_omit(&self) -> bool {
        matches!(self, Self::Omit)
    }
    pub fn is_dict(&self) -> bool {
        matches!(self, Self::Dict(_))
    }
    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }
    /// The error that using an undefined value is; the value itself otherwise.
    pub fn defined(self) -> crate::Result<Value> {
        match self {
            Self::Undefined(message) => Err(crate::Error::undefined(&*message)),
            other => Ok(other),
        }
    }
    /// Drops every [`Value::Omit`] at any depth; `None` when the value itself is one.
    pub fn without_omit(&self) -> Option<Value> {
        match self {
            Self::Omit => None,
            Self::List(list) if self.has_omit() => {
                Some(Self::list(list.to_vec().iter().filter_map(Self::without_omit)))
            }
            Self::Dict(dict) if self.has_omit() => {
                Some(Self::dict(dict.entries().into_iter().filter_map(|(k, v)| Some((k, v.without_omit()?)))))
            }
            other => Some(other.clone()),
        }
    }
    fn has_omit(&self) -> bool {
        match self {
            Self::Omit => true,
            Self::List(list) => list.read().iter().any(Self::has_omit),
            Self::Dict(dict) => dict.read().values().any(Self::has_omit),
            _ => false,
        }
    }
    /// A copy that shares nothing with this value.
    pub fn deep_copy(&self) -> Value {
        match self {
            Self::List(list) => Self::list(list.read().iter().map(Self::deep_copy)),
            Self::Dict(dict) => Self::dict(dict.read().iter().map(|(k, v)| (k.clone(), v.deep_copy()))),
            Self::Tuple(items) => Self::Tuple(items.iter().map(Self::deep_copy).collect()),
            other => other.clone(),
        }
    }
    /// True when the two are the same thing, or equal and unchangeable (Python's `is`).
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::List(a), Self::List(b)) => a.is_same(b),
            (Self::Dict(a), Self::Dict(b)) => a.is_same(b),
            (Self::Object(a), Self::Object(b)) => a.is_same(b),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b) && a == b,
        }
    }
}

#[cfg(test)]
mod tests;
