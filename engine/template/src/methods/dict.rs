//! Methods of dicts. Views are lists: templates only walk over them.
use super::Table;
use crate::filters::hashable_key;
use crate::python::{bind, iterate, only};
use crate::render::{Args, Render};
use crate::value::Dict;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("clear", |_, value, _| change(value, |map| map.clear())),
    ("copy", |_, value, _| Ok(Value::Dict(Dict::new(dict(value)?.to_map())))),
    ("fromkeys", from_keys),
    ("get", get),
    ("items", |_, value, _| Ok(dict(value)?.entries().into_iter().map(|(k, v)| Value::tuple([k, v])).collect())),
    ("keys", |_, value, _| Ok(Value::list(dict(value)?.keys()))),
    ("pop", pop),
    ("popitem", pop_item),
    ("setdefault", set_default),
    ("update", update),
    ("values", |_, value, _| Ok(Value::list(dict(value)?.values()))),
    ("__contains__", |_, value, args| {
        let [key] = bind("__contains__", args, ["key"])?;
        crate::value::contains(value, only("__contains__", "key", key)?).map(Value::Bool)
    }),
    ("__delitem__", |_, value, args| {
        let [key] = bind("__delitem__", args, ["key"])?;
        let key = only("__delitem__", "key", key)?;
        let gone = dict(value)?.change(|map| map.shift_remove(key));
        gone.map(|_| Value::None).ok_or_else(|| Error::failed(key.repr()))
    }),
    ("__getitem__", |_, value, args| {
        let [key] = bind("__getitem__", args, ["key"])?;
        let key = only("__getitem__", "key", key)?;
        dict(value)?.get(key).ok_or_else(|| Error::failed(key.repr()))
    }),
    ("__len__", |_, value, _| Ok(dict(value)?.len().into())),
    ("__setitem__", |_, value, args| {
        let [key, item] = bind("__setitem__", args, ["key", "value"])?;
        let key = hashable_key(only("__setitem__", "key", key)?.clone())?;
        let item = only("__setitem__", "value", item)?.clone();
        change(value, |map| _ = map.insert(key, item))
    }),
];

fn dict(value: &Value) -> Result<&Dict> {
    match value {
        Value::Dict(dict) => Ok(dict),
        other => Err(Error::wrong_type(format!("'{}' is no dict", other.type_name()))),
    }
}

fn change(value: &Value, change: impl FnOnce(&mut crate::value::containers::Map)) -> Result<Value> {
    dict(value)?.change(change);
    Ok(Value::None)
}

fn get(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [key, default] = bind("get", args, ["key", "default"])?;
    let key = hashable_key(only("get", "key", key)?.clone())?;
    Ok(dict(value)?.get(&key).unwrap_or_else(|| default.cloned().unwrap_or_default()))
}

fn pop(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [key, default] = bind("pop", args, ["key", "default"])?;
    let key = hashable_key(only("pop", "key", key)?.clone())?;
    let taken = dict(value)?.change(|map| map.shift_remove(&key));
    taken.or_else(|| default.cloned()).ok_or_else(|| Error::failed(key.repr()))
}

fn pop_item(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let taken = dict(value)?.change(indexmap::IndexMap::pop);
    let (key, item) = taken.ok_or_else(|| Error::failed("'popitem(): dictionary is empty'"))?;
    Ok(Value::tuple([key, item]))
}

fn set_default(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [key, default] = bind("setdefault", args, ["key", "default"])?;
    let key = hashable_key(only("setdefault", "key", key)?.clone())?;
    let default = default.cloned().unwrap_or_default();
    Ok(dict(value)?.change(|map| map.entry(key).or_insert(default).clone()))
}

/// Pairs of a dict, or of a list of pairs.
pub(crate) fn pairs(render: &Render<'_>, value: &Value) -> Result<Vec<(Value, Value)>> {
    if let Value::Dict(dict) = value {
        return Ok(dict.entries());
    }
    let pair = |(at, item): (usize, &Value)| {
        let parts = iterate(render, item).map_err(|error| match item {
            Value::Undefined(_) => error,
            _ => Error::wrong_type(format!("cannot convert dictionary update sequence element #{at} to a sequence")),
        })?;
        match parts.as_slice() {
            [key, value] => Ok((hashable_key(key.clone())?, value.clone())),
            other => Err(Error::failed(format!(
                "dictionary update sequence element #{at} has length {}; 2 is required",
                other.len()
            ))),
        }
    };
    iterate(render, value)?.iter().enumerate().map(pair).collect()
}

fn update(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    if args.positional.len() > 1 {
        let given = args.positional.len();
        return Err(Error::wrong_type(format!("update expected at most 1 argument, got {given}")));
    }
    let mut more = match args.positional.first() {
        Some(other) => pairs(render, other)?,
        None => Vec::new(),
    };
    more.extend(args.named.iter().map(|(name, value)| (Value::from(&**name), value.clone())));
    change(value, |map| map.extend(more))
}

fn from_keys(render: &Render<'_>, _: &Value, args: &Args) -> Result<Value> {
    let [keys, default] = bind("fromkeys", args, ["iterable", "value"])?;
    let default = default.cloned().unwrap_or_default();
    let keys = iterate(render, only("fromkeys", "iterable", keys)?)?;
    let entries = keys.into_iter().map(|key| Ok((hashable_key(key)?, default.clone()))).collect::<Result<Vec<_>>>()?;
    Ok(Value::dict(entries))
}
