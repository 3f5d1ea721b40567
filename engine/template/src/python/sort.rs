//! Stable sorting with comparisons that can fail, and that need not be a total order.
use crate::value::{compare, equal};
use crate::{Result, Value};
use std::cmp::Ordering;

/// Sorts by keys computed beforehand, compared as Python compares lists.
pub(crate) fn sort_by_key(items: Vec<(Vec<Value>, Value)>, reverse: bool) -> Result<Vec<Value>> {
    Ok(merge_sort(items, &|a, b| keys_less(&a.0, &b.0), reverse)?.into_iter().map(|(_, item)| item).collect())
}

fn less(a: &Value, b: &Value) -> Result<bool> {
    Ok(compare(a, b, "<")? == Some(Ordering::Less))
}

fn keys_less(a: &[Value], b: &[Value]) -> Result<bool> {
    match a.iter().zip(b).find(|(x, y)| x.is_undefined() || !equal(x, y)) {
        Some((x, y)) => less(x, y),
        None => Ok(a.len() < b.len()),
    }
}

fn merge_sort<T>(mut items: Vec<T>, less: &dyn Fn(&T, &T) -> Result<bool>, reverse: bool) -> Result<Vec<T>> {
    // Reversing before and after keeps equal items in their order, as Python does.
    if reverse {
        items.reverse();
    }
    let mut sorted = merge(items, less)?;
    if reverse {
        sorted.reverse();
    }
    Ok(sorted)
}

fn merge<T>(mut items: Vec<T>, less: &dyn Fn(&T, &T) -> Result<bool>) -> Result<Vec<T>> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let mut left = merge(items, less)?.into_iter().peekable();
    let mut right = merge(right, less)?.into_iter().peekable();
    let mut out = Vec::with_capacity(left.len() + right.len());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if less(b, a)? { right.next() } else { left.next() };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    Ok(out)
}
