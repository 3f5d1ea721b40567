//! Conversion of a value to the type of its option.
use super::{Kind, Opt};
use rolewright_template::Value;

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) fn to_kind(option: &Opt, value: &Value, env: Env<'_>) -> Result<Value, String> {
    let converted = match option.kind {
        Kind::Raw => Ok(value.clone()),
        Kind::Str => text(value),
        Kind::Path => text(value).map(|value| Value::from(expand_path(&value.to_string(), env))),
        Kind::Bool => value.to_bool().map(Value::from).ok_or_else(|| not_boolean(value)),
        Kind::Int => int(value),
        Kind::Float => float(value),
        Kind::Dict => dict(value),
        Kind::List => list(value),
        Kind::Texts => list(value).and_then(|list| texts(option, &list)),
        Kind::Dicts => list(value).and_then(dicts),
    };
    converted.map_err(|reason| {
        let (name, class, kind) = (option.name, class(value), kind_name(option.kind));
        format!("argument '{name}' is of type {class} and we were unable to convert to {kind}: {reason}")
    })
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Str => "str",
        Kind::Path => "path",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Dict => "dict",
        Kind::List | Kind::Texts | Kind::Dicts => "list",
        Kind::Raw => "raw",
    }
}

fn class(value: &Value) -> String {
    format!("<class '{}'>", value.type_name())
}

fn text(value: &Value) -> Result<Value, String> {
    Ok(if value.as_str().is_some() { value.clone() } else { Value::from(value.to_string()) })
}

fn not_boolean(value: &Value) -> String {
    format!("The value '{value}' is not a valid boolean.")
}

fn int(value: &Value) -> Result<Value, String> {
    if value.as_i64().is_some() {
        return Ok(value.clone());
    }
    let parsed = match value {
        Value::Float(number) if number.fract() == 0.0 => Some(*number as i64),
        Value::Bool(flag) => Some(i64::from(*flag)),
        other => other.as_str().and_then(|text| text.trim().parse().ok()),
    };
    parsed.map(Value::from).ok_or_else(|| format!("{} cannot be converted to an int", class(value)))
}

fn float(value: &Value) -> Result<Value, String> {
    let parsed = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    parsed.map(Value::from).ok_or_else(|| format!("{} cannot be converted to a float", class(value)))
}

fn dict(value: &Value) -> Result<Value, String> {
    let Some(text) = value.as_str() else {
        let given = class(value);
        return if value.is_dict() { Ok(value.clone()) } else { Err(format!("{given} cannot be converted to a dict")) };
    };
    if text.trim_start().starts_with('{') {
        return serde_json::from_str::<serde_json::Value>(text)
            .map(Value::from)
            .map_err(|_| "unable to evaluate string as dictionary".to_owned());
    }
    if !text.contains('=') {
        return Err("dictionary requested, could not parse JSON or key=value".to_owned());
    }
    let words = shlex::split(&text.replace(',', " "))
        .ok_or_else(|| "dictionary requested, could not parse JSON or key=value".to_owned())?;
    let pairs = words.iter().filter_map(|word| word.split_once('='));
    Ok(Value::dict(pairs.map(|(key, value)| (key, Value::from(value)))))
}

fn list(value: &Value) -> Result<Value, String> {
    if let Some(items) = value.items() {
        return Ok(Value::list(items));
    }
    match value {
        Value::Str(text) => Ok(Value::list(text.split(',').map(|part| Value::from(part.trim())))),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => Ok(Value::list([Value::from(value.to_string())])),
        other => Err(format!("{} cannot be converted to a list", class(other))),
    }
}

fn dicts(list: Value) -> Result<Value, String> {
    let items = list.items().unwrap_or_default();
    match items.iter().find(|item| !item.is_dict()) {
        Some(wrong) => Err(format!("{} is not a dict", class(wrong))),
        None => Ok(list),
    }
}

fn texts(option: &Opt, list: &Value) -> Result<Value, String> {
    let items = list.items().unwrap_or_default();
    if let Some(wrong) = items.iter().find(|item| item.is_dict() || item.is_list()) {
        let name = option.name;
        return Err(format!("Elements value for option '{name}' is of type {} and not text", class(wrong)));
    }
    Ok(Value::list(items.iter().map(|item| text(item).unwrap_or_default())))
}

/// `~` and environment variables, as Python's `expanduser` and `expandvars`.
pub(crate) fn expand_path(path: &str, env: Env<'_>) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    if let Some(after) = path.strip_prefix('~').filter(|after| after.is_empty() || after.starts_with('/'))
        && let Some(home) = env("HOME")
    {
        out.push_str(home.trim_end_matches('/'));
        rest = after;
    }
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = match after.strip_prefix('{') {
            Some(braced) => match braced.find('}') {
                Some(end) => (&braced[..end], end + 2),
                None => ("", 0),
            },
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        match env(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => {
                out.push('$');
                out.push_str(&after[..length]);
            }
        }
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}
