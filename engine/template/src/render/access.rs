//! Attributes, items and iteration.
use super::{Args, Render};
use crate::value::Time;
use crate::value::object::{Class, Obj, Object};
use crate::{Error, Result, Value, methods};

/// `value.name`
pub(super) fn attr(value: &Value, name: &str) -> Result<Value> {
    if let Some(found) = attribute(value, name) {
        return Ok(found);
    }
    Ok(match value {
        Value::Undefined(message) if value.is_lenient() => return Err(Error::undefined(&**message)),
        Value::Undefined(_) => value.clone(),
        Value::Dict(dict) => dict.get_str(name).unwrap_or_else(|| missing_attribute(value, name)),
        _ => missing_attribute(value, name),
    })
}

/// `value[key]`
pub(super) fn item(value: &Value, key: &Value) -> Result<Value> {
    if let Value::Undefined(message) = key {
        return Err(Error::undefined(&**message));
    }
    if let Some(found) = subscript(value, key) {
        return Ok(found);
    }
    Ok(match (value, key) {
        (Value::Undefined(message), _) if value.is_lenient() => return Err(Error::undefined(&**message)),
        (Value::Undefined(_), _) => value.clone(),
        (_, Value::Str(name)) => attribute(value, name).unwrap_or_else(|| missing_attribute(value, name)),
        _ => Value::Undefined(format!("{} has no element {}", object_type(value), key.repr()).into()),
    })
}

/// `value[index]` by Python's rules; `None` when there is no such item.
fn subscript(value: &Value, key: &Value) -> Option<Value> {
    match value {
        Value::Dict(dict) => match key {
            Value::Str(name) => dict.get_str(name),
            key if key.is_hashable() => dict.get(key),
            _ => None,
        },
        Value::List(list) => {
            let items = list.read();
            items.get(position(key, items.len())?).cloned()
        }
        Value::Tuple(items) => items.get(position(key, items.len())?).cloned(),
        Value::Str(text) => {
            if text.is_ascii() {
                let at = position(key, text.len())?;
                return Some(Value::from(text.get(at..=at)?));
            }
            let at = position(key, text.chars().count())?;
            Some(Value::from(text.chars().nth(at)?.to_string()))
        }
        Value::Bytes(bytes) => bytes.get(position(key, bytes.len())?).map(|byte| Value::Int(i64::from(*byte))),
        Value::Object(object) => object.0.attr(key.as_str()?),
        _ => None,
    }
}

fn position(key: &Value, length: usize) -> Option<usize> {
    let index = match key {
        Value::Int(index) => *index,
        Value::Bool(index) => i64::from(*index),
        _ => return None,
    };
    usize::try_from(if index < 0 { index.checked_add(length as i64)? } else { index }).ok()
}

/// What Python finds with `getattr`.
fn attribute(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Undefined(_) => return None,
        Value::Object(object) => return object.0.attr(name).or_else(|| class(value, name)),
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) | Value::Float(_) => {
            if let Some(found) = number_part(value, name) {
                return Some(found);
            }
        }
        Value::Time(time) => {
            if let Some(found) = time_part(time, name) {
                return Some(found);
            }
        }
        _ => {}
    }
    if methods::exists(value, name) {
        return Some(Obj::value(Method { receiver: value.clone(), name: name.into() }));
    }
    class(value, name)
}

fn class(value: &Value, name: &str) -> Option<Value> {
    (name == "__class__").then(|| Obj::value(Class(value.type_name())))
}

fn number_part(value: &Value, name: &str) -> Option<Value> {
    let is_float = matches!(value, Value::Float(_));
    match name {
        "real" if is_float => Some(value.clone()),
        "imag" if is_float => Some(Value::Float(0.0)),
        "real" | "numerator" if !is_float => super::arithmetic::positive(value).ok(),
        "imag" => Some(Value::Int(0)),
        "denominator" if !is_float => Some(Value::Int(1)),
        _ => None,
    }
}

fn time_part(time: &Time, name: &str) -> Option<Value> {
    let number = |number: i64| Some(Value::Int(number));
    match time {
        Time::Date(date) => match name {
            "year" => number(date.year().into()),
            "month" => number(date.month().into()),
            "day" => number(date.day().into()),
            _ => None,
        },
        Time::DateTime(stamp, offset) => match name {
            "year" => number(stamp.year().into()),
            "month" => number(stamp.month().into()),
            "day" => number(stamp.day().into()),
            "hour" => number(stamp.hour().into()),
            "minute" => number(stamp.minute().into()),
            "second" => number(stamp.second().into()),
            "microsecond" => number(i64::from(stamp.subsec_nanosecond()) / 1000),
            "fold" => number(0),
            "tzinfo" if offset.is_none() => Some(Value::None),
            _ => None,
        },
        Time::Delta(micros) => {
            let (days, seconds, micros) = crate::value::time::delta_parts(*micros);
            match name {
                "days" => number(days),
                "seconds" => number(seconds),
                "microseconds" => number(micros),
                _ => None,
            }
        }
    }
}

/// Jinja2's name of a value's type in messages.
fn object_type(value: &Value) -> String {
    match value {
        Value::None => "None".into(),
        Value::Time(_) => format!("datetime.{} object", value.type_name()),
        Value::Object(object) => match object.class() {
            class @ ("Namespace" | "Cycler" | "Joiner") => format!("jinja2.utils.{class} object"),
            class @ ("Macro" | "LoopContext" | "BlockReference" | "TemplateReference") => {
                format!("jinja2.runtime.{class} object")
            }
            "TemplateModule" => "jinja2.environment.TemplateModule object".into(),
            class => format!("{class} object"),
        },
        other => format!("{} object", other.type_name()),
    }
}

fn missing_attribute(value: &Value, name: &str) -> Value {
    let (object, name) = (object_type(value), Value::from(name).repr());
    Value::Undefined(format!("'{object}' has no attribute {name}").into())
}

/// A method that is not called yet.
#[derive(Debug)]
struct Method {
    receiver: Value,
    name: String,
}

impl Object for Method {
    fn class(&self) -> &'static str {
        "builtin_function_or_method"
    }
    fn repr(&self) -> String {
        format!("<built-in method {} of {} object>", self.name, self.receiver.type_name())
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, render: &Render<'_>, args: Args) -> Result<Value> {
        methods::call(render, &self.receiver, &self.name, args)
    }
}

/// The items a loop walks over.
pub(super) fn iterate(value: &Value) -> Result<Vec<Value>> {
    Ok(match value {
        Value::List(list) => list.to_vec(),
        Value::Tuple(items) | Value::Set(items) => items.to_vec(),
        Value::Dict(dict) => dict.keys(),
        Value::Str(text) => text.chars().map(|c| Value::from(c.encode_utf8(&mut [0; 4]) as &str)).collect(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect(),
        Value::Omit => value.to_string().chars().map(|c| Value::from(c.to_string())).collect(),
        lenient if lenient.is_lenient() => Vec::new(),
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        other => return Err(Error::wrong_type(format!("'{}' object is not iterable", other.type_name()))),
    })
}
