//! Set theory on any number of lists, in the order of the lists.
use crate::filters::Table;
use crate::filters::dicts::class;
use crate::filters::merge::{ListMerge, merge};
use crate::filters::sets::{difference, intersect, once, symmetric, union};
use crate::python::{sort_by_key, text, truth};
use crate::render::{Args, Render};
use crate::value::Dict;
use crate::{Error, Result, Value};
use indexmap::IndexMap;

pub(super) const TABLE: Table = &[
    ("lists_difference", |_, value, args| fold("lists_difference", value, args, difference)),
    ("lists_intersect", |_, value, args| fold("lists_intersect", value, args, intersect)),
    ("lists_mergeby", merge_by),
    ("lists_symmetric_difference", |_, value, args| fold("lists_difference", value, args, symmetric)),
    ("lists_union", |_, value, args| fold("lists_union", value, args, union)),
];

fn sequence(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::List(_) | Value::Tuple(_) => value.items(),
        _ => None,
    }
}

/// Lists of lists are taken apart; lists of anything else are lists.
fn flattened(terms: Vec<Value>, complaint: &str) -> Result<Vec<Value>> {
    let mut out = Vec::new();
    for term in terms {
        let Some(items) = sequence(&term) else {
            let class = class(&term);
            return Err(Error::failed(format!("{complaint} {term} is {class}")));
        };
        if items.iter().all(|item| sequence(item).is_some()) {
            out.extend(items);
        } else {
            out.push(term);
        }
    }
    Ok(out)
}

type Combine = fn(Vec<Value>, Vec<Value>) -> Vec<Value>;

fn fold(name: &str, value: &Value, args: &Args, combine: Combine) -> Result<Value> {
    let unknown: Vec<&str> = args.named.iter().map(|(name, _)| &**name).filter(|name| *name != "flatten").collect();
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        return Err(Error::failed(format!("{name}() got unexpected keywords arguments: {unknown}")));
    }
    let mut lists: Vec<Value> = std::iter::once(value).chain(&args.positional).cloned().collect();
    if args.named("flatten").map_or(Ok(false), truth)? {
        lists = flattened(lists, "All arguments must be lists.")?;
    }
    let items = |list: &Value| {
        sequence(list).ok_or_else(|| match list {
            Value::Undefined(message) => Error::undefined(&**message),
            other => Error::wrong_type(format!("'{}' object is not iterable", other.type_name())),
        })
    };
    let Some((first, rest)) = lists.split_first() else { return Ok(Value::list([])) };
    if rest.is_empty() {
        return Ok(first.clone());
    }
    let mut all = items(first)?;
    for list in rest {
        all = combine(all, items(list)?);
    }
    Ok(Value::list(once(all)))
}

fn merge_by(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    if args.named.iter().any(|(name, _)| !matches!(&**name, "recursive" | "list_merge")) {
        return Err(Error::failed("'recursive' and 'list_merge' are the only valid keyword arguments."));
    }
    let recursive = args.named("recursive").map_or(Ok(false), truth)?;
    let how = ListMerge::parse(&args.named("list_merge").map_or(Ok("replace".to_owned()), text)?)?;
    let mut terms: Vec<Value> = std::iter::once(value).chain(&args.positional).cloned().collect();
    let index = terms.pop().filter(|_| !terms.is_empty());
    let index = index.ok_or_else(|| Error::failed("At least one list and index are needed."))?;
    let complaint = "All arguments before the argument index for community.general.lists_mergeby must be lists.";
    let empty = |list: &Value| list.is_empty();
    let lists = flattened(terms.into_iter().filter(|term| !empty(term)).collect(), complaint)?;
    if lists.len() < 2 {
        return Ok(lists.into_iter().next().unwrap_or_else(|| Value::list([])));
    }
    let Value::Str(_) = index else {
        return Err(Error::failed(format!(
            "First argument after the lists for community.general.lists_mergeby must be string. {index} is {}",
            class(&index)
        )));
    };
    let mut lists = lists.into_iter().rev();
    let mut result = lists.next().unwrap_or_default();
    for low in lists {
        result = merge_two(&low, &result, &index, recursive, how)?;
    }
    Ok(result)
}

fn merge_two(low: &Value, high: &Value, index: &Value, recursive: bool, how: ListMerge) -> Result<Value> {
    let mut by_key: IndexMap<Value, Dict> = IndexMap::new();
    for item in [low, high].into_iter().flat_map(|list| sequence(list).unwrap_or_default()) {
        let Value::Dict(dict) = &item else {
            return Err(Error::failed(format!(
                "Elements of list arguments for lists_mergeby must be dictionaries. {item} is {}",
                class(&item)
            )));
        };
        let Some(key) = dict.get(index) else { continue };
        let key = crate::filters::hashable_key(key)?;
        let old = by_key.get(&key).cloned().unwrap_or_default();
        by_key.insert(key, merge(&old, dict, recursive, how));
    }
    let keyed = by_key.into_iter().map(|(key, dict)| (vec![key], Value::Dict(dict))).collect();
    sort_by_key(keyed, false).map(Value::list)
}
