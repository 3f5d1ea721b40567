//! Lookups over lists and dicts.
use super::Named;
use rolewright_template::{Context, Error, Result, Value};

pub(super) fn items(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    Ok(flatten_once(terms))
}

pub(super) fn list(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    Ok(terms.to_vec())
}

pub(super) fn flattened(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    fn flatten(terms: &[Value], out: &mut Vec<Value>) {
        for term in terms {
            match term.items() {
                Some(items) => flatten(&items, out),
                None if term.is_none() || term.as_str() == Some("null") || term.as_str() == Some("None") => {}
                None => out.push(term.clone()),
            }
        }
    }
    let mut out = Vec::new();
    flatten(terms, &mut out);
    Ok(out)
}

pub(super) fn dict(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let mut out = Vec::new();
    for term in terms {
        let entries = term.entries().ok_or_else(|| Error::failed("with_dict expects a dict"))?;
        out.extend(entries.into_iter().map(|(key, value)| Value::dict([("key", key), ("value", value)])));
    }
    Ok(out)
}

pub(super) fn indexed_items(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let items = flatten_once(terms).into_iter().enumerate();
    Ok(items.map(|(index, item)| Value::list([Value::from(index), item])).collect())
}

/// Every combination of one item of each list, the last list fastest.
pub(super) fn nested(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    if terms.is_empty() {
        return Err(Error::failed("with_nested requires at least one element in the nested list"));
    }
    let mut combinations = vec![Vec::new()];
    for term in terms {
        let items = term.items().unwrap_or_else(|| vec![term.clone()]);
        combinations = combinations
            .iter()
            .flat_map(|start: &Vec<Value>| {
                items.iter().map(move |item| {
                    let mut longer = start.clone();
                    longer.push(item.clone());
                    longer
                })
            })
            .collect();
    }
    Ok(combinations.into_iter().map(Value::list).collect())
}

/// The first items of all lists, the second ones, …; short lists are filled with null.
pub(super) fn together(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    if terms.is_empty() {
        return Err(Error::failed("with_together requires at least one element in each list"));
    }
    let lists: Vec<Vec<Value>> = terms.iter().map(|term| term.items().unwrap_or_else(|| vec![term.clone()])).collect();
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index: usize| {
        let row = lists.iter().map(|list| list.get(index).cloned().unwrap_or_default());
        Value::list(row.flat_map(|value| value.items().unwrap_or_else(|| vec![value.clone()])).collect::<Vec<_>>())
    };
    Ok((0..longest).map(row).collect())
}

pub(super) fn random_choice(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    match terms.len() {
        0 => Ok(Vec::new()),
        count => {
            let index = usize::try_from(cx.world.random() % count as u64).unwrap_or(0);
            Ok(terms.get(index).cloned().into_iter().collect())
        }
    }
}

fn flatten_once(terms: &[Value]) -> Vec<Value> {
    terms.iter().flat_map(|term| term.items().unwrap_or_else(|| vec![term.clone()])).collect()
}
