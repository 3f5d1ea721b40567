//! Methods of Python's types (`str.split`, `list.append`, `dict.update`, …), one file per type.
mod dict;
mod list;
mod number;
mod set;
pub(crate) mod text;
mod time;

pub(crate) use dict::pairs;

use crate::render::{Args, Render};
use crate::{Error, Result, Value};

/// A method: the value, the arguments.
type Method = fn(&Render<'_>, &Value, &Args) -> Result<Value>;

/// Names with what they do; one per type.
type Table = &'static [(&'static str, Method)];

fn table(receiver: &Value) -> Table {
    match receiver {
        Value::Str(_) | Value::Omit => text::TABLE,
        Value::Bytes(_) => text::BYTES,
        Value::List(_) => list::TABLE,
        Value::Tuple(_) => list::TUPLE,
        Value::Dict(_) => dict::TABLE,
        Value::Set(_) => set::TABLE,
        Value::Int(_) | Value::BigInt(_) | Value::Bool(_) => number::INTEGER,
        Value::Float(_) => number::FLOAT,
        Value::Time(time) => time::table(time),
        _ => &[],
    }
}

fn find(receiver: &Value, name: &str) -> Option<Method> {
    table(receiver).iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
}

/// Whether the value has a method of that name (`x.split` without a call gives a bound method).
pub(crate) fn exists(receiver: &Value, name: &str) -> bool {
    find(receiver, name).is_some()
}

/// Calls it; a missing one is Python's complaint.
pub(crate) fn call(render: &Render<'_>, receiver: &Value, name: &str, args: Args) -> Result<Value> {
    match find(receiver, name) {
        Some(method) => method(render, receiver, &args),
        None => Err(Error::undefined(format!("'{} object' has no attribute '{name}'", receiver.type_name()))),
    }
}
