//! Conversions, with Python's wording where they fail.
use crate::render::Render;
use crate::value::{Number, truncate};
use crate::{Error, Result, Value};
use num_bigint::BigInt;

/// `str(x)`; using an undefined value is an error.
pub(crate) fn text(value: &Value) -> Result<String> {
    match value {
        Value::Undefined(message) if !value.is_lenient() => Err(Error::undefined(&**message)),
        other => Ok(other.to_string()),
    }
}

/// `str(x)` of an argument, `None` when it is missing or None.
pub(crate) fn opt_text(value: Option<&Value>) -> Result<Option<String>> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => text(value).map(Some),
    }
}

/// An argument that must be text.
pub(crate) fn str_arg(value: &Value) -> Result<&str> {
    match value {
        Value::Str(text) => Ok(text),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!("must be str, not {}", other.type_name()))),
    }
}

/// Python's truth; undefined raises.
pub(crate) fn truth(value: &Value) -> Result<bool> {
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Ok(other.is_truthy()),
    }
}

/// A switch, off when it is not given.
pub(crate) fn flag(value: Option<&Value>) -> Result<bool> {
    value.map_or(Ok(false), truth)
}

/// What Python takes as an index: integers and booleans.
pub(crate) fn index(value: &Value) -> Result<i64> {
    match value {
        Value::Int(value) => Ok(*value),
        Value::Bool(value) => Ok(i64::from(*value)),
        Value::BigInt(_) => Err(Error::failed("Python int too large to convert to C ssize_t")),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!("'{}' object cannot be interpreted as an integer", other.type_name()))),
    }
}

/// An index that may be missing or None.
pub(crate) fn opt_index(value: Option<&Value>) -> Result<Option<i64>> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => index(value).map(Some),
    }
}

/// A number of any kind.
pub(crate) fn number(value: &Value) -> Result<Number> {
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Number::of(other)
            .ok_or_else(|| Error::wrong_type(format!("must be real number, not {}", other.type_name()))),
    }
}

/// A number as a float.
pub(crate) fn float(value: &Value) -> Result<f64> {
    number(value).map(|number| number.to_f64())
}

/// `int(x)`.
pub(crate) fn to_int(value: &Value) -> Result<Value> {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Bool(value) => Ok(Value::Int(i64::from(*value))),
        Value::Float(value) => truncate(*value).ok_or_else(|| {
            let what = if value.is_nan() { "NaN" } else { "infinity" };
            Error::failed(format!("cannot convert float {what} to integer"))
        }),
        Value::Str(text) => int_from_text(text, 10),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            other.type_name()
        ))),
    }
}

/// `int(text, base)`: blanks around, underscores between digits, and a prefix that fits the base are fine.
pub(crate) fn int_from_text(text: &str, base: u32) -> Result<Value> {
    parse_int(text.trim(), base).map(Value::big).ok_or_else(|| {
        Error::failed(format!("invalid literal for int() with base {base}: {}", Value::from(text).repr()))
    })
}

fn parse_int(text: &str, base: u32) -> Option<BigInt> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let prefix = digits.get(..2).map(str::to_ascii_lowercase);
    let (base, digits) = match (prefix.as_deref(), base) {
        (Some("0x"), 0 | 16) => (16, digits[2..].trim_start_matches('_')),
        (Some("0o"), 0 | 8) => (8, digits[2..].trim_start_matches('_')),
        (Some("0b"), 0 | 2) => (2, digits[2..].trim_start_matches('_')),
        (_, 0) if digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|b| b != b'0' && b != b'_') => {
            return None;
        }
        (_, 0) => (10, digits),
        _ => (base, digits),
    };
    if !(2..=36).contains(&base) || digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') {
        return None;
    }
    if digits.contains("__") || digits.starts_with(['+', '-']) {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').map(ascii_digit).collect();
    let value = BigInt::parse_bytes(plain.as_bytes(), base)?;
    Some(if negative { -value } else { value })
}

/// Decimal digits of other scripts count as digits for Python; the common ones are mapped.
fn ascii_digit(c: char) -> char {
    let zero = match c as u32 {
        0x660..=0x669 => 0x660,
        0x6f0..=0x6f9 => 0x6f0,
        0x966..=0x96f => 0x966,
        0xff10..=0xff19 => 0xff10,
        _ => return c,
    };
    char::from_digit(c as u32 - zero, 10).unwrap_or(c)
}

/// `float(x)`.
pub(crate) fn to_float(value: &Value) -> Result<f64> {
    match value {
        Value::Str(text) => parse_float(text)
            .ok_or_else(|| Error::failed(format!("could not convert string to float: {}", value.repr()))),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Number::of(other).map(|n| n.to_f64()).ok_or_else(|| {
            Error::wrong_type(format!(
                "float() argument must be a string or a real number, not '{}'",
                other.type_name()
            ))
        }),
    }
}

fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let well_spaced = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    if !text.contains('_') {
        return text.parse().ok();
    }
    let between_digits = text.char_indices().filter(|(_, c)| *c == '_').all(|(at, _)| {
        text[..at].ends_with(|c: char| c.is_ascii_digit()) && text[at + 1..].starts_with(|c: char| c.is_ascii_digit())
    });
    if well_spaced && between_digits { text.replace('_', "").parse().ok() } else { None }
}

/// What iterating over a value gives.
pub(crate) fn iterate(render: &Render<'_>, value: &Value) -> Result<Vec<Value>> {
    render.iterate(value)
}
