//! Methods of Python's types (`str.split`, `list.append`, `dict.update`, …), one file per type.
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

/// Whether the value has a method of that name (`x.split` without a call gives a bound method).
pub(crate) fn exists(_receiver: &Value, _name: &str) -> bool {
    false
}

/// Calls it; a missing one is Python's complaint.
pub(crate) fn call(_render: &Render<'_>, receiver: &Value, name: &str, _args: Args) -> Result<Value> {
    Err(Error::undefined(format!("'{} object' has no attribute '{name}'", receiver.type_name())))
}
