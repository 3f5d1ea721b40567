//! What a value is.
use super::Table;
use crate::python::{flag, text, truth};
use crate::render::{Args, Render};
use crate::value::Number;
use crate::{Error, Result, Value, filters};

pub(super) const TABLE: Table = &[
    ("all", |render, value, _| every(render, value)),
    ("any", |render, value, _| some(render, value)),
    ("boolean", |_, value, _| Ok(matches!(value, Value::Bool(_)))),
    ("callable", |_, value, _| Ok(matches!(value, Value::Object(object) if object.0.is_callable()))),
    ("defined", |_, value, _| Ok(!value.is_undefined())),
    ("escaped", |_, _, _| Ok(false)),
    ("false", |_, value, _| Ok(matches!(value, Value::Bool(false)))),
    ("falsy", |_, value, args| Ok(!truthy(value, args)?)),
    ("filter", |_, value, _| known(&text(value)?, |name| filters::find(name).is_some())),
    ("float", |_, value, _| Ok(matches!(value, Value::Float(_)))),
    ("integer", |_, value, _| Ok(matches!(value, Value::Int(_) | Value::BigInt(_)))),
    ("isnan", |_, value, _| is_nan(value)),
    ("iterable", |render, value, _| iterable(render, value)),
    ("lower", |_, value, _| cased(value, char::is_uppercase, char::is_lowercase)),
    ("mapping", |_, value, _| Ok(value.is_dict())),
    ("nan", |_, value, _| is_nan(value)),
    ("none", |_, value, _| Ok(value.is_none())),
    ("number", |_, value, _| Ok(Number::of(value).is_some())),
    ("sequence", |_, value, _| {
        Ok(matches!(
            value,
            Value::Str(_) | Value::Bytes(_) | Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Omit
        ))
    }),
    ("string", |_, value, _| Ok(matches!(value, Value::Str(_) | Value::Omit))),
    ("test", |_, value, _| known(&text(value)?, |name| super::find(name).is_some())),
    ("true", |_, value, _| Ok(matches!(value, Value::Bool(true)))),
    ("truthy", |_, value, args| truthy(value, args)),
    ("undefined", |_, value, _| Ok(value.is_undefined())),
    ("upper", |_, value, _| cased(value, char::is_lowercase, char::is_uppercase)),
];

/// Asking for a name that does not exist fails in Ansible, too.
fn known(name: &str, exists: fn(&str) -> bool) -> Result<bool> {
    match exists(name) {
        true => Ok(true),
        false => Err(Error::failed(format!("Could not load \"{name}\": '{name}'"))),
    }
}

fn every(render: &Render<'_>, value: &Value) -> Result<bool> {
    for item in crate::python::iterate(render, value)? {
        if !truth(&item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn some(render: &Render<'_>, value: &Value) -> Result<bool> {
    for item in crate::python::iterate(render, value)? {
        if truth(&item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn iterable(render: &Render<'_>, value: &Value) -> Result<bool> {
    Ok(match value {
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        Value::Object(_) => render.iterate(value).is_ok(),
        Value::Omit => true,
        other => other.len().is_some(),
    })
}

fn cased(value: &Value, refused: fn(char) -> bool, wanted: fn(char) -> bool) -> Result<bool> {
    let body = text(value)?;
    Ok(body.chars().any(wanted) && !body.chars().any(refused))
}

/// Words for truth are looked at when asked for.
fn truthy(value: &Value, args: &Args) -> Result<bool> {
    let convert = flag(args.get(0, "convert_bool"))?;
    match value.to_bool().filter(|_| convert) {
        Some(flag) => Ok(flag),
        None => truth(value),
    }
}

/// Text and everything else that is no number is not "not a number" either.
fn is_nan(value: &Value) -> Result<bool> {
    truth(value)?;
    Ok(value.as_f64().is_some_and(f64::is_nan))
}
