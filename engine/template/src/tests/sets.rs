//! One list inside another.
use super::Table;
use crate::python::{bind_one, iterate};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use indexmap::IndexSet;

pub(super) const TABLE: Table = &[
    ("issubset", |render, value, args| within(render, value, args, true)),
    ("issuperset", |render, value, args| within(render, value, args, false)),
    ("subset", |render, value, args| within(render, value, args, true)),
    ("superset", |render, value, args| within(render, value, args, false)),
];

fn within(render: &Render<'_>, value: &Value, args: &Args, forward: bool) -> Result<bool> {
    let (a, b) = (iterate(render, value)?, iterate(render, bind_one("issubset", args, "b")?)?);
    let (small, large) = if forward { (a, b) } else { (b, a) };
    if let Some(item) = small.iter().chain(&large).find(|item| !item.is_hashable()) {
        return Err(Error::wrong_type(format!("unhashable type: '{}'", item.type_name())));
    }
    let large: IndexSet<&Value> = large.iter().collect();
    Ok(small.iter().all(|item| large.contains(item)))
}
