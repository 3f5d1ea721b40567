//! Filters that compare: sorting, grouping, extremes, uniqueness.
use super::Table;
use super::attribute::{Path, fold_case};
use crate::python::{bind, flag, iterate, only, opt_text, sort_by_key};
use crate::render::{Args, Render};
use crate::value::{compare, equal};
use crate::{Error, Result, Value};
use indexmap::IndexSet;
use std::cmp::Ordering;

pub(super) const TABLE: Table = &[
    ("dictsort", dict_sort),
    ("groupby", group_by),
    ("max", |render, value, args| extreme(render, value, args, Ordering::Greater)),
    ("min", |render, value, args| extreme(render, value, args, Ordering::Less)),
    ("sort", sort),
    ("unique", |render, value, args| Ok(Value::list(unique(render, value, args)?))),
];

fn folded(value: Value, case_sensitive: bool) -> Value {
    if case_sensitive { value } else { fold_case(value) }
}

fn sort(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [reverse, case, attribute] = bind("do_sort", args, ["reverse", "case_sensitive", "attribute"])?;
    let case = flag(case)?;
    let paths = Path::several(attribute);
    let keyed = iterate(render, value)?
        .into_iter()
        .map(|item| {
            let keys = paths
                .iter()
                .map(|path| Ok(folded(path.get(render, &item, None)?, case)))
                .collect::<Result<Vec<_>>>()?;
            Ok((keys, item))
        })
        .collect::<Result<Vec<_>>>()?;
    sort_by_key(keyed, flag(reverse)?).map(Value::list)
}

fn dict_sort(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [case, by, reverse] = bind("do_dictsort", args, ["case_sensitive", "by", "reverse"])?;
    let case = flag(case)?;
    let by_value = match opt_text(by)?.as_deref() {
        None | Some("key") => false,
        Some("value") => true,
        Some(_) => return Err(Error::failed("You can only sort by either \"key\" or \"value\"")),
    };
    let entries = super::dicts::mapping(value, "items")?;
    let keyed = entries
        .into_iter()
        .map(|(k, v)| {
            let key = folded(if by_value { v.clone() } else { k.clone() }, case);
            (vec![key], Value::tuple([k, v]))
        })
        .collect();
    sort_by_key(keyed, flag(reverse)?).map(Value::list)
}

fn group_by(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [attribute, default, case] = bind("do_groupby", args, ["attribute", "default", "case_sensitive"])?;
    let path = Path::new(Some(only("do_groupby", "attribute", attribute)?));
    let default = default.filter(|default| !default.is_none());
    let case = flag(case)?;
    let keyed = iterate(render, value)?
        .into_iter()
        .map(|item| Ok((vec![folded(path.get(render, &item, default)?, case)], item)))
        .collect::<Result<Vec<_>>>()?;
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for item in sort_by_key(keyed, false)? {
        let shown = path.get(render, &item, default)?;
        let key = folded(shown.clone(), case);
        match groups.last_mut().filter(|(last, ..)| equal(last, &key)) {
            Some((.., members)) => members.push(item),
            None => groups.push((key, shown, vec![item])),
        }
    }
    Ok(Value::list(groups.into_iter().map(|(_, shown, members)| Value::tuple([shown, Value::list(members)]))))
}

fn extreme(render: &Render<'_>, value: &Value, args: &Args, wanted: Ordering) -> Result<Value> {
    let [case, attribute] = bind("do_max", args, ["case_sensitive", "attribute"])?;
    let case = flag(case)?;
    let path = Path::new(attribute);
    let sign = if wanted == Ordering::Less { "<" } else { ">" };
    let mut best: Option<(Value, Value)> = None;
    for item in iterate(render, value)? {
        let key = folded(path.get(render, &item, None)?.defined()?, case);
        let better = match &best {
            None => true,
            Some((best, _)) => compare(&key, best, sign)? == Some(wanted),
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(|| Value::Undefined("No aggregated item, sequence was empty.".into()), |(_, item)| item))
}

/// Jinja's `unique` as Ansible calls it: case counts only when asked; unhashable items are compared one by one.
pub(super) fn unique(render: &Render<'_>, value: &Value, args: &Args) -> Result<Vec<Value>> {
    let [case, attribute] = bind("unique", args, ["case_sensitive", "attribute"])?;
    let items = iterate(render, value)?;
    let path = Path::new(attribute);
    let fold = !flag(case)?;
    let keys = items.iter().map(|item| Ok(folded(path.get(render, item, None)?, !fold))).collect::<Result<Vec<_>>>()?;
    if keys.iter().all(Value::is_hashable) {
        let mut seen = IndexSet::new();
        return Ok(items.into_iter().zip(keys).filter_map(|(item, key)| seen.insert(key).then_some(item)).collect());
    }
    if case.is_some_and(|case| !case.is_truthy() && !case.is_none()) || attribute.is_some_and(Value::is_truthy) {
        return Err(Error::failed(
            "Jinja2's unique filter failed and we cannot fall back to Ansible's version as it does not support the \
             parameters supplied",
        ));
    }
    Ok(distinct(items))
}

/// The items without those equal to an earlier one.
pub(super) fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}
