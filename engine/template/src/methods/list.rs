//! Methods of lists and tuples.
use super::Table;
use crate::python::{bind, flag, index, iterate, only, opt_index, sort_by_key};
use crate::render::{Args, Render};
use crate::value::List;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("append", |_, list, args| {
        let item = one("append", args)?.clone();
        change(list, |items| items.push(item))
    }),
    ("clear", |_, list, _| change(list, Vec::clear)),
    ("copy", |_, list, _| Ok(Value::list(items(list)))),
    ("count", count),
    ("extend", |render, list, args| {
        let more = iterate(render, one("extend", args)?)?;
        change(list, |items| items.extend(more))
    }),
    ("index", position),
    ("insert", insert),
    ("pop", pop),
    ("remove", remove),
    ("reverse", |_, list, _| change(list, |items| items.reverse())),
    ("sort", sort),
    ("__len__", |_, list, _| Ok(list.len().unwrap_or(0).into())),
    ("__contains__", |_, list, args| crate::value::contains(list, one("__contains__", args)?).map(Value::Bool)),
    ("__getitem__", |render, list, args| render.item(list, one("__getitem__", args)?)?.defined()),
    ("__setitem__", set_item),
];

pub(super) const TUPLE: Table = &[
    ("count", count),
    ("index", position),
    ("__len__", |_, tuple, _| Ok(tuple.len().unwrap_or(0).into())),
    ("__contains__", |_, tuple, args| crate::value::contains(tuple, one("__contains__", args)?).map(Value::Bool)),
];

fn one<'a>(method: &str, args: &'a Args) -> Result<&'a Value> {
    match args.positional.as_slice() {
        [value] if args.named.is_empty() => Ok(value),
        other => Err(Error::wrong_type(format!(
            "list.{method}() takes exactly one argument ({} given)",
            other.len() + args.named.len()
        ))),
    }
}

fn list(value: &Value) -> Result<&List> {
    match value {
        Value::List(list) => Ok(list),
        other => Err(Error::wrong_type(format!("'{}' is no list", other.type_name()))),
    }
}

fn items(value: &Value) -> Vec<Value> {
    value.items().unwrap_or_default()
}

fn change(value: &Value, change: impl FnOnce(&mut Vec<Value>)) -> Result<Value> {
    list(value)?.change(change);
    Ok(Value::None)
}

fn count(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let wanted = one("count", args)?;
    Ok(items(value).iter().filter(|item| *item == wanted).count().into())
}

/// A position of Python's, from the end when negative, kept within the length.
pub(super) fn clamp(at: i64, len: usize) -> usize {
    let len = len as i64;
    let at = if at < 0 { at.saturating_add(len) } else { at };
    usize::try_from(at.clamp(0, len)).unwrap_or(0)
}

fn position(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [wanted, start, stop] = bind("index", args, ["value", "start", "stop"])?;
    let wanted = only("index", "value", wanted)?;
    let all = items(value);
    let start = clamp(opt_index(start)?.unwrap_or(0), all.len());
    let stop = opt_index(stop)?.map_or(all.len(), |stop| clamp(stop, all.len()));
    let found = (start..stop).find(|i| &all[*i] == wanted);
    found.map(Value::from).ok_or_else(|| match value {
        Value::Tuple(_) => Error::failed("tuple.index(x): x not in tuple"),
        _ => Error::failed(format!("{} is not in list", wanted.repr())),
    })
}

fn insert(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [at, item] = bind("insert", args, ["index", "object"])?;
    let (at, item) = (index(only("insert", "index", at)?)?, only("insert", "object", item)?.clone());
    change(value, |items| items.insert(clamp(at, items.len()), item))
}

fn pop(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [at] = bind("pop", args, ["index"])?;
    let at = opt_index(at)?.unwrap_or(-1);
    let taken = list(value)?.change(|items| {
        let len = items.len() as i64;
        let at = if at < 0 { at + len } else { at };
        if items.is_empty() {
            return Err("pop from empty list");
        }
        if !(0..len).contains(&at) {
            return Err("pop index out of range");
        }
        Ok(items.remove(usize::try_from(at).unwrap_or(0)))
    });
    taken.map_err(Error::failed)
}

fn remove(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let wanted = one("remove", args)?;
    let at = items(value).iter().position(|item| item == wanted);
    let at = at.ok_or_else(|| Error::failed("list.remove(x): x not in list"))?;
    change(value, |items| {
        items.remove(at);
    })
}

fn sort(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    if !args.positional.is_empty() {
        return Err(Error::wrong_type("sort() takes no positional arguments"));
    }
    let key = args.named("key").filter(|key| !key.is_none());
    let keyed = items(value)
        .into_iter()
        .map(|item| {
            let key = match key {
                Some(key) => render.call(key, Args::positional([item.clone()]))?,
                None => item.clone(),
            };
            Ok((vec![key], item))
        })
        .collect::<Result<Vec<_>>>()?;
    let sorted = sort_by_key(keyed, flag(args.named("reverse"))?)?;
    change(value, |items| *items = sorted)
}

fn set_item(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [at, item] = bind("__setitem__", args, ["index", "value"])?;
    let (at, item) = (index(only("__setitem__", "index", at)?)?, only("__setitem__", "value", item)?.clone());
    let len = list(value)?.len() as i64;
    let at = if at < 0 { at + len } else { at };
    if !(0..len).contains(&at) {
        return Err(Error::failed("list assignment index out of range"));
    }
    change(value, |items| items[usize::try_from(at).unwrap_or(0)] = item)
}
