//! `keep_keys`, `remove_keys`, `replace_keys` on lists of dicts.
use crate::filters::Table;
use crate::filters::dicts::class;
use crate::python::{bind, only, text};
use crate::regex::{Flags, Pattern, compile_anchored};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use std::sync::Arc;

pub(super) const TABLE: Table = &[
    ("keep_keys", |_, value, args| filter("keep_keys", value, args, true)),
    ("remove_keys", |_, value, args| filter("remove_keys", value, args, false)),
    ("replace_keys", replace),
];

/// How a key is compared to a target.
pub(in crate::filters) enum Match {
    Equal(String),
    StartsWith(String),
    EndsWith(String),
    Regex(Arc<Pattern>),
}

impl Match {
    pub(in crate::filters) fn new(how: &str, target: String) -> Result<Self> {
        Ok(match how {
            "starts_with" => Self::StartsWith(target),
            "ends_with" => Self::EndsWith(target),
            "regex" => Self::Regex(compile_anchored(&target, Flags::default())?),
            _ => Self::Equal(target),
        })
    }
    pub(in crate::filters) fn holds(&self, key: &str) -> Result<bool> {
        Ok(match self {
            Self::Equal(target) => key == target,
            Self::StartsWith(target) => key.starts_with(target.as_str()),
            Self::EndsWith(target) => key.ends_with(target.as_str()),
            Self::Regex(pattern) => pattern.is_match(key)?,
        })
    }
}

fn dicts(value: &Value) -> Result<Vec<Vec<(Value, Value)>>> {
    let (Value::List(_) | Value::Tuple(_)) = value else {
        return Err(Error::failed(format!("First argument must be a list. {value} is {}", class(value))));
    };
    let entries = |item: Value| {
        let entries = item
            .entries()
            .ok_or_else(|| Error::failed(format!("The data items must be dictionaries. {item} is {}", class(&item))))?;
        match entries.iter().all(|(key, _)| key.as_str().is_some()) {
            true => Ok(entries),
            false => Err(Error::failed(format!("Top level keys must be strings. keys: {item}"))),
        }
    };
    value.items().unwrap_or_default().into_iter().map(entries).collect()
}

fn manner(value: Option<&Value>) -> Result<String> {
    let how = value.map_or(Ok("equal".to_owned()), text)?;
    match &*how {
        "equal" | "starts_with" | "ends_with" | "regex" => Ok(how),
        _ => Err(Error::failed(format!(
            "The matching_parameter must be one of ['equal', 'starts_with', 'ends_with', 'regex']. \
             matching_parameter={how}"
        ))),
    }
}

fn targets(value: &Value, how: &str) -> Result<Vec<Match>> {
    let all = match value {
        Value::Str(_) => vec![value.clone()],
        Value::List(_) | Value::Tuple(_) => value.items().unwrap_or_default(),
        other => {
            return Err(Error::failed(format!("The target must be a string or a list. target is {}.", class(other))));
        }
    };
    if all.is_empty() || value.is_empty() {
        return Err(Error::failed("The target can't be empty."));
    }
    if how == "regex" && all.len() > 1 {
        return Err(Error::failed("Single item is required in the target list if matching_parameter=regex."));
    }
    all.iter()
        .map(|target| {
            let found = target.as_str().ok_or_else(|| {
                Error::failed(format!("The target items must be strings. {target} is {}", class(target)))
            })?;
            Match::new(how, found.to_owned())
        })
        .collect()
}

fn filter(name: &str, value: &Value, args: &Args, keep: bool) -> Result<Value> {
    let [target, how] = bind(name, args, ["target", "matching_parameter"])?;
    let how = manner(how)?;
    let dicts = dicts(value)?;
    let targets = targets(only(name, "target", target)?, &how)?;
    let mut out = Vec::with_capacity(dicts.len());
    for dict in dicts {
        let mut kept = Vec::new();
        for (key, item) in dict {
            let name = key.as_str().unwrap_or_default();
            let mut found = false;
            for target in &targets {
                found |= target.holds(name)?;
            }
            if found == keep {
                kept.push((key, item));
            }
        }
        out.push(Value::dict(kept));
    }
    Ok(Value::list(out))
}

/// Pairs of what to look for and what to put there.
pub(in crate::filters) fn replacements(value: &Value, how: &str) -> Result<Vec<(Match, Value)>> {
    let Value::List(list) = value else {
        return Err(Error::failed(format!("The target must be a list. target is {value}.")));
    };
    if list.is_empty() {
        return Err(Error::failed("The target can't be empty."));
    }
    list.to_vec()
        .iter()
        .map(|item| {
            let (Some(before), Some(after)) = (item.get("before"), item.get("after")) else {
                return Err(Error::failed("All dictionaries in target must include attributes: after, before."));
            };
            Ok((Match::new(how, text(&before)?)?, after))
        })
        .collect()
}

fn replace(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [target, how] = bind("replace_keys", args, ["target", "matching_parameter"])?;
    let how = manner(how)?;
    let dicts = dicts(value)?;
    let pairs = replacements(only("replace_keys", "target", target)?, &how)?;
    let mut out = Vec::with_capacity(dicts.len());
    for dict in dicts {
        let mut renamed = Vec::with_capacity(dict.len());
        for (key, item) in dict {
            let name = key.as_str().unwrap_or_default();
            let mut new = key.clone();
            for (wanted, after) in &pairs {
                if wanted.holds(name)? {
                    new = after.clone();
                    break;
                }
            }
            renamed.push((new, item));
        }
        out.push(Value::dict(renamed));
    }
    Ok(Value::list(out))
}
