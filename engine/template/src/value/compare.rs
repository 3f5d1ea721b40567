//! Equality, order and membership by Python's rules.
use super::{Number, Value};
use crate::{Error, Result};
use std::cmp::Ordering;

/// Python's `==`.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other)
    }
}

impl Eq for Value {}

pub(crate) fn equal(a: &Value, b: &Value) -> bool {
    use Value as V;
    match (a, b) {
        (V::Str(x), V::Str(y)) => x == y,
        (V::Int(x), V::Int(y)) => x == y,
        (V::None, V::None) | (V::Omit, V::Omit) | (V::Undefined(_), V::Undefined(_)) => true,
        (V::List(x), V::List(y)) => x.is_same(y) || *x.read() == *y.read(),
        (V::Dict(x), V::Dict(y)) => x.is_same(y) || equal_maps(&x.read(), &y.read()),
        (V::Tuple(x), V::Tuple(y)) => x == y,
        (V::Set(x), V::Set(y)) => x.len() == y.len() && x.iter().all(|item| y.contains(item)),
        (V::Bytes(x), V::Bytes(y)) => x == y,
        (V::Time(x), V::Time(y)) => x.compare(y) == Some(Ordering::Equal),
        (V::Object(x), V::Object(y)) => x.is_same(y),
        _ => match (Number::of(a), Number::of(b)) {
            (Some(x), Some(y)) => compare_numbers(&x, &y) == Some(Ordering::Equal),
            _ => false,
        },
    }
}

fn equal_maps(a: &super::containers::Map, b: &super::containers::Map) -> bool {
    a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| equal(value, other)))
}

fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(x), Number::Int(y)) => Some(x.cmp(y)),
        (Number::Float(_), _) | (_, Number::Float(_)) => a.to_f64().partial_cmp(&b.to_f64()),
        _ => Some(a.to_big()?.cmp(&b.to_big()?)),
    }
}

/// The order of two values, or Python's complaint; `None` where neither is less (NaN).
pub(crate) fn compare(a: &Value, b: &Value, sign: &str) -> Result<Option<Ordering>> {
    use Value as V;
    Ok(match (a, b) {
        (V::Str(x), V::Str(y)) => Some(x.as_str().cmp(y.as_str())),
        (V::Undefined(message), _) | (_, V::Undefined(message)) => return Err(Error::undefined(&**message)),
        (V::List(x), V::List(y)) => compare_items(&x.to_vec(), &y.to_vec(), sign)?,
        (V::Tuple(x), V::Tuple(y)) => compare_items(x, y, sign)?,
        (V::Bytes(x), V::Bytes(y)) => Some(x.cmp(y)),
        (V::Time(x), V::Time(y)) => Some(x.compare(y).ok_or_else(|| unordered(a, b, sign))?),
        _ => match (Number::of(a), Number::of(b)) {
            (Some(x), Some(y)) => compare_numbers(&x, &y),
            _ => return Err(unordered(a, b, sign)),
        },
    })
}

fn compare_items(a: &[Value], b: &[Value], sign: &str) -> Result<Option<Ordering>> {
    for (x, y) in a.iter().zip(b) {
        if x != y {
            return compare(x, y, sign);
        }
    }
    Ok(Some(a.len().cmp(&b.len())))
}

fn unordered(a: &Value, b: &Value, sign: &str) -> Error {
    Error::wrong_type(format!(
        "'{sign}' not supported between instances of '{}' and '{}'",
        a.type_name(),
        b.type_name()
    ))
}

/// Python's `item in container`.
pub(crate) fn contains(container: &Value, item: &Value) -> Result<bool> {
    match container {
        Value::Str(text) => match item {
            Value::Str(part) => Ok(text.contains(part.as_str())),
            Value::Undefined(message) => Err(Error::undefined(&**message)),
            other => Err(Error::wrong_type(format!(
                "'in <string>' requires string as left operand, not {}",
                other.type_name()
            ))),
        },
        Value::List(list) => Ok(list.read().contains(item)),
        Value::Tuple(items) | Value::Set(items) => Ok(items.contains(item)),
        Value::Dict(_) if !item.is_hashable() => {
            Err(Error::wrong_type(format!("unhashable type: '{}'", item.type_name())))
        }
        Value::Dict(dict) => Ok(dict.contains(item)),
        lenient if lenient.is_lenient() => Ok(false),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!("argument of type '{}' is not iterable", other.type_name()))),
    }
}
