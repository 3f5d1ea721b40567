//! Filters of `ansible.utils`, but for addresses.
use super::Table;
use super::community::Match;
use super::community::replacements;
use crate::python::{bind, flag, only, opt_text, text};
use crate::render::{Args, Render};
use crate::value::Dict;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("get_path", get_path),
    ("index_of", index_of),
    ("keep_keys", |_, value, args| nested("keep_keys", value, args)),
    ("remove_keys", |_, value, args| nested("remove_keys", value, args)),
    ("replace_keys", replace_keys),
    ("to_paths", to_paths),
];

fn targets(name: &str, value: &Value, how: &str) -> Result<Vec<Match>> {
    let all = match value {
        Value::Str(_) => vec![value.clone()],
        other => other.items().ok_or_else(|| Error::failed(format!("{name}: the target must be a list")))?,
    };
    all.iter().map(|target| Match::new(how, text(target)?)).collect()
}

fn any(targets: &[Match], key: &Value) -> Result<bool> {
    let key = text(key)?;
    for target in targets {
        if target.holds(&key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_container(value: &Value) -> bool {
    matches!(value, Value::List(_) | Value::Dict(_))
}

fn nested(name: &str, value: &Value, args: &Args) -> Result<Value> {
    let [target, how] = bind(name, args, ["target", "matching_parameter"])?;
    let how = how.map_or(Ok("equality".to_owned()), text)?;
    if !is_container(value) {
        let what = if name == "keep_keys" { "keep operation" } else { "attribute removal" };
        return Err(Error::failed(format!("Error when using plugin '{name}': Input is not valid for {what}")));
    }
    let target = only(name, "target", target)?;
    let targets = targets(name, target, &how)?;
    if name == "keep_keys" {
        let exact = self::targets(name, target, "equality")?;
        return keep(value, &targets, &exact);
    }
    Ok(without_empty(&remove(value, &targets)?))
}

fn keep(value: &Value, targets: &[Match], exact: &[Match]) -> Result<Value> {
    match value {
        Value::List(list) => list.to_vec().iter().map(|item| keep(item, targets, exact)).collect(),
        Value::Dict(dict) => {
            let mut kept = Vec::new();
            for (key, item) in dict.entries() {
                if any(exact, &key)? || (!is_container(&item) && any(targets, &key)?) {
                    kept.push((key, item));
                } else if is_container(&item) {
                    let mut inner = keep(&item, targets, exact)?;
                    if let Value::List(list) = &inner {
                        inner = Value::list(
                            list.to_vec().into_iter().filter(|item| !(is_container(item) && item.is_empty())),
                        );
                    }
                    if !inner.is_empty() {
                        kept.push((key, inner));
                    }
                }
            }
            Ok(Value::dict(kept))
        }
        other => Ok(other.clone()),
    }
}

fn remove(value: &Value, targets: &[Match]) -> Result<Value> {
    match value {
        Value::List(list) => list.to_vec().iter().map(|item| remove(item, targets)).collect(),
        Value::Dict(dict) => {
            let mut kept = Vec::new();
            for (key, item) in dict.entries() {
                if !any(targets, &key)? {
                    kept.push((key, remove(&item, targets)?));
                }
            }
            Ok(Value::dict(kept))
        }
        other => Ok(other.clone()),
    }
}

/// Without the false items of lists.
fn without_empty(value: &Value) -> Value {
    match value {
        Value::Dict(dict) => Value::dict(dict.entries().into_iter().map(|(key, item)| (key, without_empty(&item)))),
        Value::List(list) => list.to_vec().iter().filter(|item| item.is_truthy()).map(without_empty).collect(),
        other => other.clone(),
    }
}

fn replace_keys(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [target, how] = bind("replace_keys", args, ["target", "matching_parameter"])?;
    let how = how.map_or(Ok("equality".to_owned()), text)?;
    if !is_container(value) {
        return Err(Error::failed("Error when using plugin 'replace_keys': Input is not valid for replace operation"));
    }
    rename(value, &replacements(only("replace_keys", "target", target)?, &how)?)
}

fn rename(value: &Value, pairs: &[(Match, Value)]) -> Result<Value> {
    match value {
        Value::List(list) => list.to_vec().iter().map(|item| rename(item, pairs)).collect(),
        Value::Dict(dict) => {
            let own = Dict::default();
            for (key, item) in dict.entries() {
                let item = rename(&item, pairs)?;
                own.change(|map| map.insert(key, item));
            }
            // A renamed entry goes to the end.
            for (wanted, after) in pairs {
                for key in own.keys() {
                    if wanted.holds(&text(&key)?)? {
                        own.change(|map| {
                            if let Some(item) = map.shift_remove(&key) {
                                map.insert(after.clone(), item);
                            }
                        });
                    }
                }
            }
            Ok(Value::Dict(own))
        }
        other => Ok(other.clone()),
    }
}

/// Follows a path like `a.b[0]['c-d']`.
fn get_path(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [path, wants_list] = bind("get_path", args, ["path", "wantlist"])?;
    let path = text(only("get_path", "path", path)?)?;
    let mut found = value.clone();
    for key in steps(&path)? {
        found = render.item(&found, &key)?;
    }
    let found = found.defined()?;
    Ok(if flag(wants_list)? { Value::list([found]) } else { found })
}

fn steps(path: &str) -> Result<Vec<Value>> {
    let bad = || Error::failed(format!("'{path}' is no path"));
    let mut out = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let (key, tail) = match quote {
                Some(quote) => {
                    let (key, tail) = after[1..].split_once(quote).ok_or_else(bad)?;
                    (Value::from(key), tail.strip_prefix(']').ok_or_else(bad)?)
                }
                None => {
                    let (key, tail) = after.split_once(']').ok_or_else(bad)?;
                    (key.trim().parse().map(Value::Int).map_err(|_| bad())?, tail)
                }
            };
            out.push(key);
            rest = tail.strip_prefix('.').unwrap_or(tail);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let key = &rest[..end];
            if key.is_empty() {
                return Err(bad());
            }
            out.push(key.parse().map_or_else(|_| Value::from(key), Value::Int));
            rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
        }
    }
    Ok(out)
}

fn to_paths(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [prepend, wants_list] = bind("to_paths", args, ["prepend", "wantlist"])?;
    let mut out = Vec::new();
    walk(value, &opt_text(prepend)?.unwrap_or_default(), &mut out)?;
    let out = Value::dict(out);
    Ok(if flag(wants_list)? { Value::list([out]) } else { out })
}

fn walk(value: &Value, name: &str, out: &mut Vec<(String, Value)>) -> Result<()> {
    crate::render::limits::stack()?;
    let is_name = |key: &str| {
        key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match value {
        Value::Dict(dict) if !dict.is_empty() => {
            for (key, item) in dict.entries() {
                let key = text(&key)?;
                let path = match (name.is_empty(), is_name(&key)) {
                    (true, _) => key,
                    (false, true) => format!("{name}.{key}"),
                    (false, false) => format!("{name}['{key}']"),
                };
                walk(&item, &path, out)?;
            }
        }
        Value::List(list) if !list.is_empty() => {
            for (at, item) in list.to_vec().iter().enumerate() {
                walk(item, &format!("{name}[{at}]"), out)?;
            }
        }
        Value::Dict(_) | Value::List(_) if name.is_empty() => {}
        other => out.push((name.to_owned(), other.clone())),
    }
    Ok(())
}

fn index_of(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["test", "value", "key", "wantlist", "fail_on_missing"];
    let [test, wanted, key, wants_list, strict] = bind("index_of", args, names)?;
    let test = text(only("index_of", "test", test)?)?;
    let (invert, test) = match test.strip_prefix("not ").or_else(|| test.strip_prefix('!')) {
        Some("=") => (true, "=="),
        Some(rest) => (true, rest),
        None => (false, test.as_str()),
    };
    let wanted = wanted.filter(|wanted| !wanted.is_none()).map(|wanted| match wanted {
        list @ Value::List(_) => list.clone(),
        one if test == "in" => Value::list([one.clone()]),
        other => other.clone(),
    });
    let args = Args::positional(wanted);
    let mut found = Vec::new();
    for (at, item) in render.iterate(value)?.iter().enumerate() {
        let subject = match key.filter(|key| !key.is_none()) {
            None => item.clone(),
            Some(key) => match item {
                Value::Dict(dict) => match dict.get(key) {
                    Some(subject) => subject,
                    None if flag(strict)? => {
                        return Err(Error::failed(format!(
                            "Error when using plugin 'index_of': '{key}' was not found in '{item}' at [{at}]"
                        )));
                    }
                    None => continue,
                },
                _ => {
                    return Err(Error::failed(
                        "Error when using plugin 'index_of': When a key name is provided, all list entries are \
                         required to be dictionaries",
                    ));
                }
            },
        };
        if render.test(test, &subject, &args)? != invert {
            found.push(Value::from(at));
        }
    }
    let one = found.len() == 1 && !flag(wants_list)?;
    Ok(if one { found.swap_remove(0) } else { Value::list(found) })
}
