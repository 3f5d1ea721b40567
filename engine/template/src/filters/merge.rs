//! `combine`.
use super::Table;
use super::shapes::flatten_levels;
use crate::python::{text, truth};
use crate::render::{Args, Render};
use crate::value::Dict;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[("combine", combine)];

/// What happens to lists under the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ListMerge {
    Replace,
    Keep,
    Append,
    Prepend,
    /// Append what is not there yet.
    AppendRp,
    PrependRp,
}

impl ListMerge {
    pub(super) fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "replace" => Self::Replace,
            "keep" => Self::Keep,
            "append" => Self::Append,
            "prepend" => Self::Prepend,
            "append_rp" => Self::AppendRp,
            "prepend_rp" => Self::PrependRp,
            _ => {
                return Err(Error::failed(
                    "merge_hash: 'list_merge' argument can only be equal to 'replace', 'keep', 'append', 'prepend', \
                     'append_rp' or 'prepend_rp'",
                ));
            }
        })
    }
    fn merge(self, low: Vec<Value>, high: Vec<Value>) -> Vec<Value> {
        let without = |items: Vec<Value>, others: &[Value]| -> Vec<Value> {
            items.into_iter().filter(|item| !others.contains(item)).collect()
        };
        match self {
            Self::Replace => high,
            Self::Keep => low,
            Self::Append => low.into_iter().chain(high).collect(),
            Self::Prepend => high.into_iter().chain(low).collect(),
            Self::AppendRp => without(low, &high).into_iter().chain(high).collect(),
            Self::PrependRp => {
                let rest = without(low, &high);
                high.into_iter().chain(rest).collect()
            }
        }
    }
}

fn combine(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    if args.named.iter().any(|(name, _)| !matches!(&**name, "recursive" | "list_merge")) {
        return Err(Error::failed("'recursive' and 'list_merge' are the only valid keyword arguments"));
    }
    let recursive = args.named("recursive").map_or(Ok(false), truth)?;
    let lists = ListMerge::parse(&args.named("list_merge").map_or(Ok("replace".to_owned()), text)?)?;
    let terms: Vec<Value> = std::iter::once(value).chain(&args.positional).cloned().collect();
    let mut dicts = flatten_levels(&terms, Some(1), true)?.into_iter().rev();
    let Some(mut result) = dicts.next() else { return Ok(Value::dict::<Value>([])) };
    check_defined(&result)?;
    for low in dicts {
        check_defined(&low)?;
        let (Value::Dict(low), Value::Dict(high)) = (&low, &result) else {
            return Err(not_dicts(&low, &result));
        };
        result = Value::Dict(merge(low, high, recursive, lists));
    }
    Ok(result)
}

fn not_dicts(a: &Value, b: &Value) -> Error {
    Error::failed(format!(
        "failed to combine variables, expected dicts but got a '{}' and a '{}': \n{}\n{}",
        a.type_name(),
        b.type_name(),
        crate::dump::json(a, &Default::default()).unwrap_or_default(),
        crate::dump::json(b, &Default::default()).unwrap_or_default(),
    ))
}

/// Undefined values anywhere in what is combined are an error.
pub(super) fn check_defined(value: &Value) -> Result<()> {
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        Value::List(list) => list.read().iter().try_for_each(check_defined),
        Value::Dict(dict) => dict.read().values().try_for_each(check_defined),
        _ => Ok(()),
    }
}

/// The values of `high` over those of `low`; neither is changed.
pub(super) fn merge(low: &Dict, high: &Dict, recursive: bool, lists: ListMerge) -> Dict {
    if low.is_empty() || low.read().eq(&*high.read()) {
        return high.clone();
    }
    let out = Dict::new(low.to_map());
    for (key, above) in high.entries() {
        let merged = match (low.get(&key), &above) {
            (Some(Value::Dict(below)), Value::Dict(above)) if recursive => {
                Value::Dict(merge(&below, above, recursive, lists))
            }
            (Some(Value::List(below)), Value::List(above)) if lists != ListMerge::Replace => {
                Value::list(lists.merge(below.to_vec(), above.to_vec()))
            }
            _ => above,
        };
        out.change(|map| map.insert(key, merged));
    }
    out
}
