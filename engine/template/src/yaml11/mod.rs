//! Scalars of YAML 1.1 as PyYAML's safe loader reads them: `yes` is a boolean, `0644` octal, `1:30` ninety.
mod construct;
mod scan;

use crate::{Result, Value};

/// What a plain scalar is by its looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    /// `<<`
    Merge,
    /// `=`
    Default,
    Str,
}

/// The kind that PyYAML's implicit resolvers give a plain scalar.
pub fn kind(text: &str) -> Kind {
    let Some(first) = text.bytes().next() else { return Kind::Null };
    match first {
        b'~' if text == "~" => Kind::Null,
        b'<' if text == "<<" => Kind::Merge,
        b'=' if text == "=" => Kind::Default,
        b'n' | b'N' if matches!(text, "null" | "Null" | "NULL") => Kind::Null,
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match construct::boolean(text) {
            Some(_) => Kind::Bool,
            None => Kind::Str,
        },
        b'-' | b'+' | b'.' | b'0'..=b'9' if scan::is_float(text) => Kind::Float,
        b'-' | b'+' | b'0'..=b'9' if scan::is_int(text) => Kind::Int,
        b'0'..=b'9' if scan::is_timestamp(text) => Kind::Timestamp,
        _ => Kind::Str,
    }
}

/// The value of a plain scalar. Text that only looks like a number or date (`0b_`, `2020-13-45`) stays text.
pub fn resolve(text: &str) -> Value {
    construct(kind(text), text).unwrap_or_else(|_| Value::from(text))
}

/// The value of a scalar of a known kind (an explicit tag, or [`kind`]); an error in Python's words if it is none.
pub fn construct(kind: Kind, text: &str) -> Result<Value> {
    match kind {
        Kind::Null => Ok(Value::None),
        Kind::Bool => construct::tagged_boolean(text),
        Kind::Int => construct::integer(text),
        Kind::Float => construct::float(text),
        Kind::Timestamp => construct::timestamp(text),
        Kind::Merge | Kind::Default | Kind::Str => Ok(Value::from(text)),
    }
}

#[cfg(test)]
mod tests;
