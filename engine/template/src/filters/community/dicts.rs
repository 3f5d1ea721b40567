//! Dicts from lists.
use crate::filters::dicts::{class, hashable};
use crate::filters::{Table, hashable_key};
use crate::python::{bind, bind_one, iterate, only};
use crate::render::{Args, Render};
use crate::value::Dict;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("counter", counter),
    ("dict", |render, value, _| Ok(Value::dict(crate::methods::pairs(render, value)?))),
    ("dict_kv", |_, value, args| {
        let [key] = bind("dict_kv", args, ["key"])?;
        Ok(Value::dict([(hashable(only("dict_kv", "key", key)?.clone())?, value.clone())]))
    }),
    ("groupby_as_dict", group_by),
    ("accumulate", accumulate),
];

fn counter(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let (Value::Str(_) | Value::List(_) | Value::Tuple(_)) = value else {
        return Err(Error::failed(format!(
            "Argument for community.general.counter must be a sequence (string or list). {value} is {}",
            class(value)
        )));
    };
    let counts = Dict::default();
    for item in iterate(render, value)? {
        let key = hashable_key(item).map_err(|error| {
            Error::failed(format!(
                "community.general.counter needs a sequence with hashable elements (int, float or str) - {error}"
            ))
        })?;
        let before = counts.get(&key).and_then(|count| count.as_i64()).unwrap_or(0);
        counts.change(|map| map.insert(key, Value::Int(before + 1)));
    }
    Ok(Value::Dict(counts))
}

fn group_by(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let attribute = bind_one("groupby_as_dict", args, "attribute")?;
    let (Value::List(_) | Value::Tuple(_)) = value else { return Err(Error::failed("Input is not a sequence")) };
    let groups = Dict::default();
    for (at, item) in iterate(render, value)?.into_iter().enumerate() {
        let Value::Dict(dict) = &item else {
            return Err(Error::failed(format!("Sequence element #{at} is not a mapping")));
        };
        let key = dict.get(attribute);
        let key = key.ok_or_else(|| Error::failed(format!("Attribute not contained in element #{at} of sequence")))?;
        let key = hashable(key)?;
        if groups.contains(&key) {
            return Err(Error::failed(format!("Multiple sequence entries have attribute value {}", key.repr())));
        }
        groups.change(|map| map.insert(key, item.clone()));
    }
    Ok(Value::Dict(groups))
}

fn accumulate(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let mut total: Option<Value> = None;
    let mut out = Vec::new();
    for item in iterate(render, value)? {
        let next = match &total {
            Some(total) => render.add(total, &item)?,
            None => item,
        };
        out.push(next.clone());
        total = Some(next);
    }
    Ok(Value::list(out))
}
