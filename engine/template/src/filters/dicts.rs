//! Filters on dicts, and on lists of them.
use super::Table;
use crate::python::{bind, flag, iterate, only, text, truth};
use crate::render::{Args, Render};
use crate::value::{Dict, Obj, object::Class};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("dict2items", dict_to_items),
    ("extract", extract),
    ("items", items),
    ("items2dict", items_to_dict),
    ("rekey_on_member", rekey),
    ("subelements", subelements),
];

/// The entries of a dict; the complaint of `filter` otherwise.
pub(super) fn mapping(value: &Value, filter: &str) -> Result<Vec<(Value, Value)>> {
    match value {
        Value::Dict(dict) => Ok(dict.entries()),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other if filter == "items" => {
            Err(Error::wrong_type(format!("'{}' object has no attribute 'items'", other.type_name())))
        }
        other => Err(Error::wrong_type(format!("{filter} requires a dictionary, got {} instead.", class(other)))),
    }
}

/// `type(x)` as Python prints it.
pub(super) fn class(value: &Value) -> Value {
    Obj::value(Class(value.type_name()))
}

fn name<'a>(value: Option<&'a Value>, default: &'a Value) -> &'a Value {
    value.unwrap_or(default)
}

fn dict_to_items(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [key_name, value_name] = bind("dict2items", args, ["key_name", "value_name"])?;
    let (key, val) = (Value::from("key"), Value::from("value"));
    let (key_name, value_name) = (name(key_name, &key), name(value_name, &val));
    Ok(mapping(value, "dict2items")?
        .into_iter()
        .map(|(k, v)| Value::dict([(key_name.clone(), k), (value_name.clone(), v)]))
        .collect())
}

fn items_to_dict(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [key_name, value_name] = bind("items2dict", args, ["key_name", "value_name"])?;
    let (key, val) = (Value::from("key"), Value::from("value"));
    let (key_name, value_name) = (name(key_name, &key), name(value_name, &val));
    let Some(list) = value.items() else {
        text(value)?;
        return Err(Error::wrong_type(format!("items2dict requires a list, got {} instead.", class(value))));
    };
    let mut pairs = Vec::with_capacity(list.len());
    for item in &list {
        let Value::Dict(dict) = item else {
            let shown = value.repr();
            return Err(Error::wrong_type(format!("items2dict requires a list of dictionaries, got {shown} instead.")));
        };
        let (Some(k), Some(v)) = (dict.get(key_name), dict.get(value_name)) else {
            return Err(Error::wrong_type(format!(
                "items2dict requires each dictionary in the list to contain the keys '{key_name}' and \
                 '{value_name}', got {} instead.",
                value.repr()
            )));
        };
        pairs.push((hashable(k)?, v));
    }
    Ok(Value::dict(pairs))
}

/// A value that may be a key.
pub(crate) fn hashable(key: Value) -> Result<Value> {
    let key = key.defined()?;
    match key.is_hashable() {
        true => Ok(key),
        false => Err(Error::wrong_type(format!("unhashable type: '{}'", key.type_name()))),
    }
}

fn items(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Undefined(_) => Ok(Value::list([])),
        Value::Dict(dict) => Ok(dict.entries().into_iter().map(|(k, v)| Value::tuple([k, v])).collect()),
        _ => Err(Error::wrong_type("Can only get item pairs from a mapping.")),
    }
}

fn extract(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [container, more] = bind("extract", args, ["container", "morekeys"])?;
    let mut found = render.item(only("extract", "container", container)?, value)?;
    let more = match more {
        None | Some(Value::None) => Vec::new(),
        Some(Value::List(list)) => list.to_vec(),
        Some(other) => vec![other.clone()],
    };
    for key in more {
        found = render.item(&found, &key)?;
    }
    Ok(found)
}

fn subelements(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [path, skip] = bind("subelements", args, ["subelements", "skip_missing"])?;
    let path = only("subelements", "subelements", path)?;
    let skip = flag(skip)?;
    let elements = match value {
        Value::Dict(dict) => dict.values(),
        Value::List(list) => list.to_vec(),
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        _ => return Err(Error::failed("obj must be a list of dicts or a nested dict")),
    };
    let keys = match path {
        Value::List(keys) => keys.to_vec(),
        Value::Str(text) => text.split('.').map(Value::from).collect(),
        _ => return Err(Error::wrong_type("subelements must be a list or a string")),
    };
    let mut out = Vec::new();
    for element in elements {
        let Some(values) = descend(&element, &keys, skip)? else { continue };
        let Value::List(values) = &values else {
            let last = keys.last().cloned().unwrap_or_default().repr();
            return Err(Error::wrong_type(format!("the key {last} should point to a list, got {}", values.repr())));
        };
        out.extend(values.to_vec().into_iter().map(|value| Value::tuple([element.clone(), value])));
    }
    Ok(Value::list(out))
}

fn descend(element: &Value, keys: &[Value], skip: bool) -> Result<Option<Value>> {
    let mut found = element.clone();
    for key in keys {
        let Value::Dict(dict) = &found else {
            return Err(Error::wrong_type(format!("the key {key} should point to a dictionary, got '{found}'")));
        };
        let Some(next) = dict.get(key) else {
            let (key, item) = (key.repr(), found.repr());
            return if skip {
                Ok(None)
            } else {
                Err(Error::failed(format!("could not find {key} key in iterated item {item}")))
            };
        };
        found = next;
    }
    Ok(Some(found))
}

fn rekey(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [key, duplicates] = bind("rekey_on_member", args, ["key", "duplicates"])?;
    let key = only("rekey_on_member", "key", key)?;
    let duplicates = duplicates.map_or(Ok("error".to_owned()), text)?;
    if !matches!(&*duplicates, "error" | "overwrite") {
        return Err(Error::failed(format!("duplicates parameter to rekey_on_member has unknown value: {duplicates}")));
    }
    truth(value)?;
    let members = match value {
        Value::Dict(dict) => dict.values(),
        Value::List(_) | Value::Tuple(_) | Value::Set(_) => iterate(render, value)?,
        _ => return Err(Error::wrong_type("Type is not a valid list, set, or dict")),
    };
    let out = Dict::default();
    for item in members {
        let Value::Dict(dict) = &item else {
            return Err(Error::wrong_type("List item is not a valid dict"));
        };
        let found = dict.get(key).ok_or_else(|| Error::failed(format!("Key {key} was not found")))?;
        let found = hashable(found)?;
        if duplicates == "error" && out.get(&found).is_some_and(|old| old.is_truthy()) {
            return Err(Error::failed(format!("Key {found} is not unique, cannot correctly turn into dict")));
        }
        out.change(|map| map.insert(found, item.clone()));
    }
    Ok(Value::Dict(out))
}
