//! Whether a rendering saw data from outside of the project.
//!
//! Ansible looks twice at a condition that holds a template (`when: "{{ x }}"`), but never if what the first look read
//! came from outside. Only conditions ask, so the walk over the data that was read is paid by them alone.
use crate::{Result, Value};
use std::cell::Cell;

thread_local! {
    /// `None` when nobody asks.
    static TAINT: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Runs `work`, and tells whether it read text that came from outside.
pub(crate) fn tracked<T>(work: impl FnOnce() -> Result<T>) -> (Result<T>, bool) {
    let before = TAINT.replace(Some(false));
    let result = work();
    let tainted = TAINT.replace(before).unwrap_or(false);
    (result, tainted)
}

/// Data from outside was read.
pub(super) fn read(value: &Value) {
    if TAINT.get() == Some(false) && has_text(value) {
        TAINT.set(Some(true));
    }
}

/// Project data was read: only what it says is not the project's own counts.
pub(super) fn read_project(value: &Value) {
    if TAINT.get() == Some(false) && has_outside(value) {
        TAINT.set(Some(true));
    }
}

/// Evaluates a project variable: it carries a taint only in text.
pub(super) fn through(work: impl FnOnce() -> Result<Value>) -> Result<Value> {
    let before = TAINT.get();
    let result = work();
    if before == Some(false) && TAINT.get() == Some(true) && result.as_ref().is_ok_and(|value| !has_text(value)) {
        TAINT.set(before);
    }
    if let Ok(value) = &result {
        read_project(value);
    }
    result
}

fn has_outside(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.is_outside(),
        Value::List(list) => list.read().iter().any(has_outside),
        Value::Tuple(items) | Value::Set(items) => items.iter().any(has_outside),
        Value::Dict(dict) => dict.read().values().any(has_outside),
        _ => false,
    }
}

fn has_text(value: &Value) -> bool {
    match value {
        Value::Str(_) | Value::Bytes(_) => true,
        Value::List(list) => list.read().iter().any(has_text),
        Value::Tuple(items) | Value::Set(items) => items.iter().any(has_text),
        Value::Dict(dict) => dict.read().values().any(has_text),
        _ => false,
    }
}
