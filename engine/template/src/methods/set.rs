//! Methods of sets. A set is made anew by each operation.
use super::Table;
use crate::python::iterate;
use crate::render::{Args, Render};
use crate::{Result, Value};
use indexmap::IndexSet;

pub(super) const TABLE: Table = &[
    ("copy", |_, set, _| Ok(set.clone())),
    ("difference", |render, set, args| fold(render, set, args, |own, other| own.retain(|item| !other.contains(item)))),
    ("intersection", |render, set, args| fold(render, set, args, |own, other| own.retain(|item| other.contains(item)))),
    ("isdisjoint", |render, set, args| compare(render, set, args, |own, other| own.is_disjoint(other))),
    ("issubset", |render, set, args| compare(render, set, args, |own, other| own.is_subset(other))),
    ("issuperset", |render, set, args| compare(render, set, args, |own, other| own.is_superset(other))),
    ("symmetric_difference", |render, set, args| {
        fold(render, set, args, |own, other| *own = own.symmetric_difference(other).cloned().collect())
    }),
    ("union", |render, set, args| fold(render, set, args, |own, other| own.extend(other.iter().cloned()))),
];

type Items = IndexSet<Value>;

fn others(render: &Render<'_>, args: &Args) -> Result<Vec<Items>> {
    args.positional.iter().map(|other| Ok(iterate(render, other)?.into_iter().collect())).collect()
}

fn fold(render: &Render<'_>, set: &Value, args: &Args, step: fn(&mut Items, &Items)) -> Result<Value> {
    let mut own: Items = iterate(render, set)?.into_iter().collect();
    for other in others(render, args)? {
        step(&mut own, &other);
    }
    Ok(Value::Set(own.into_iter().collect()))
}

fn compare(render: &Render<'_>, set: &Value, args: &Args, holds: fn(&Items, &Items) -> bool) -> Result<Value> {
    let own: Items = iterate(render, set)?.into_iter().collect();
    Ok(Value::Bool(others(render, args)?.iter().all(|other| holds(&own, other))))
}
