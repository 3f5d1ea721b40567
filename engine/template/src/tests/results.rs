//! What became of a task.
use super::Table;
use crate::value::Dict;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("change", |_, value, _| changed(value)),
    ("changed", |_, value, _| changed(value)),
    ("failed", |_, value, _| is_set(value, "failed")),
    ("failure", |_, value, _| is_set(value, "failed")),
    ("finished", |_, value, _| asynchronous(value, "finished")),
    ("reachable", |_, value, _| is_set_as(value, "reachable", "unreachable").map(|set| !set)),
    ("skip", |_, value, _| is_set(value, "skipped")),
    ("skipped", |_, value, _| is_set(value, "skipped")),
    ("started", |_, value, _| asynchronous(value, "started")),
    ("succeeded", |_, value, _| is_set(value, "failed").map(|set| !set)),
    ("success", |_, value, _| is_set(value, "failed").map(|set| !set)),
    ("successful", |_, value, _| is_set(value, "failed").map(|set| !set)),
    ("timedout", |_, value, _| {
        let found = result(value, "timedout")?.get_str("timedout");
        Ok(found.and_then(|found| found.get("period")).is_some_and(|period| period.is_truthy()))
    }),
    ("unreachable", |_, value, _| is_set(value, "unreachable")),
];

fn result<'a>(value: &'a Value, test: &str) -> Result<&'a Dict> {
    match value {
        Value::Dict(dict) => Ok(dict),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        _ => Err(Error::failed(format!("The '{test}' test expects a dictionary"))),
    }
}

fn is_set(value: &Value, key: &str) -> Result<bool> {
    is_set_as(value, key, key)
}

fn is_set_as(value: &Value, _test: &str, key: &str) -> Result<bool> {
    Ok(result(value, key)?.get_str(key).is_some_and(|found| found.is_truthy()))
}

/// A loop changed something when one of its items did.
fn changed(value: &Value) -> Result<bool> {
    let dict = result(value, "changed")?;
    if let Some(found) = dict.get_str("changed") {
        return Ok(found.is_truthy());
    }
    let items = dict.get_str("results").and_then(|items| items.items()).unwrap_or_default();
    let of_dicts = items.first().is_some_and(Value::is_dict);
    Ok(of_dicts && items.iter().any(|item| item.get("changed").is_some_and(|found| found.is_truthy())))
}

/// Tasks that are not asynchronous count as started and finished.
fn asynchronous(value: &Value, key: &str) -> Result<bool> {
    Ok(result(value, key)?.get_str(key).is_none_or(|found| found == Value::Int(1)))
}
