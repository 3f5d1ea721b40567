//! One list inside another.
use super::Table;
use crate::Result;
use crate::Value;
use crate::python::{bind_one, iterate};
use crate::render::{Args, Render};
use std::collections::HashSet;

pub(super) const TABLE: Table = &[
    ("issubset", |render, value, args| within(render, value, args, true)),
    ("issuperset", |render, value, args| within(render, value, args, false)),
    ("subset", |render, value, args| within(render, value, args, true)),
    ("superset", |render, value, args| within(render, value, args, false)),
];

fn within(render: &Render<'_>, value: &Value, args: &Args, forward: bool) -> Result<bool> {
    let (a, b) = (iterate(render, value)?, iterate(render, bind_one("issubset", args, "b")?)?);
    let (small, large) = if forward { (a, b) } else { (b, a) };
    if small.iter().chain(&large).all(Value::is_hashable) {
        let large: HashSet<&Value> = large.iter().collect();
        return Ok(small.iter().all(|item| large.contains(item)));
    }
    Ok(small.iter().all(|item| large.contains(item)))
}
