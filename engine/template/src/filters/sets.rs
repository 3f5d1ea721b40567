//! Set theory on lists. Ansible's order is that of a Python set, which is arbitrary; ours is that of the lists.
use super::Table;
use super::sorting::distinct;
use crate::python::{bind_one, iterate};
use crate::render::{Args, Render};
use crate::{Result, Value};
use indexmap::IndexSet;

pub(super) const TABLE: Table = &[
    ("difference", |render, value, args| with(render, value, args, "difference", difference)),
    ("intersect", |render, value, args| with(render, value, args, "intersect", intersect)),
    ("symmetric_difference", |render, value, args| with(render, value, args, "symmetric_difference", symmetric)),
    ("union", |render, value, args| with(render, value, args, "union", union)),
];

type Combine = fn(Vec<Value>, Vec<Value>) -> Vec<Value>;

fn with(render: &Render<'_>, value: &Value, args: &Args, name: &str, combine: Combine) -> Result<Value> {
    let other = bind_one(name, args, "b")?;
    Ok(Value::list(combine(iterate(render, value)?, iterate(render, other)?)))
}

/// Membership: by hash where all items have one.
enum Members<'a> {
    Hashed(IndexSet<&'a Value>),
    Listed(&'a [Value]),
}

impl<'a> Members<'a> {
    fn new(items: &'a [Value]) -> Self {
        if items.iter().all(Value::is_hashable) { Self::Hashed(items.iter().collect()) } else { Self::Listed(items) }
    }
    fn has(&self, item: &Value) -> bool {
        match self {
            Self::Hashed(set) if item.is_hashable() => set.contains(item),
            Self::Hashed(set) => set.iter().any(|other| *other == item),
            Self::Listed(items) => items.contains(item),
        }
    }
}

/// Without repetitions, in order.
pub(super) fn once(items: Vec<Value>) -> Vec<Value> {
    if items.iter().all(Value::is_hashable) {
        items.into_iter().collect::<indexmap::IndexSet<_>>().into_iter().collect()
    } else {
        distinct(items)
    }
}

pub(super) fn difference(a: Vec<Value>, b: Vec<Value>) -> Vec<Value> {
    let members = Members::new(&b);
    once(a.into_iter().filter(|item| !members.has(item)).collect())
}

pub(super) fn intersect(a: Vec<Value>, b: Vec<Value>) -> Vec<Value> {
    let members = Members::new(&b);
    once(a.into_iter().filter(|item| members.has(item)).collect())
}

pub(super) fn union(a: Vec<Value>, b: Vec<Value>) -> Vec<Value> {
    once(a.into_iter().chain(b).collect())
}

pub(super) fn symmetric(a: Vec<Value>, b: Vec<Value>) -> Vec<Value> {
    let both = intersect(a.clone(), b.clone());
    difference(union(a, b), both)
}
