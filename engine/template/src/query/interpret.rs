//! The evaluator.
use super::functions;
use crate::render::limits;
use crate::value::{Number, compare, equal};
use crate::{Error, Result, Value};
use jmespath::ast::{Ast, Comparator};
use std::cmp::Ordering;

/// A value, or an expression handed to a function (`&name`).
pub(super) enum Found<'a> {
    Value(Value),
    Expression(&'a Ast),
}

impl Found<'_> {
    pub(super) fn value(self) -> Result<Value> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Expression(_) => Err(Error::failed("an expression reference is no value")),
        }
    }
}

const DEEPEST: usize = 200;

pub(super) fn plain(ast: &Ast, data: &Value, depth: usize) -> Result<Value> {
    evaluate(ast, data, depth)?.value()
}

/// JMESPath's truth: empty and null are false; zero is true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::None | Value::Bool(false) => false,
        other => other.len() != Some(0),
    }
}

pub(super) fn evaluate<'a>(ast: &'a Ast, data: &Value, depth: usize) -> Result<Found<'a>> {
    limits::step(1)?;
    if depth > DEEPEST {
        return Err(Error::failed("the query is nested too deeply"));
    }
    if let Value::Undefined(message) = data {
        return Err(Error::undefined(&**message));
    }
    let depth = depth + 1;
    Ok(Found::Value(match ast {
        Ast::Identity { .. } => data.clone(),
        Ast::Field { name, .. } => data.get(name).unwrap_or_default(),
        Ast::Literal { value, .. } => literal(value)?,
        Ast::Expref { ast, .. } => return Ok(Found::Expression(ast)),
        Ast::Subexpr { lhs, rhs, .. } => plain(rhs, &plain(lhs, data, depth)?, depth)?,
        Ast::Index { idx, .. } => index(data, (*idx).into()),
        Ast::Slice { start, stop, step, .. } => slice(data, *start, *stop, *step)?,
        Ast::Flatten { node, .. } => flatten(&plain(node, data, depth)?),
        Ast::ObjectValues { node, .. } => match plain(node, data, depth)? {
            Value::Dict(dict) => Value::list(dict.values()),
            _ => Value::None,
        },
        Ast::Projection { lhs, rhs, .. } => project(&plain(lhs, data, depth)?, rhs, depth)?,
        Ast::Condition { predicate, then, .. } => {
            if is_true(&plain(predicate, data, depth)?) {
                plain(then, data, depth)?
            } else {
                Value::None
            }
        }
        Ast::Comparison { comparator, lhs, rhs, .. } => {
            comparison(comparator, &plain(lhs, data, depth)?, &plain(rhs, data, depth)?)?
        }
        Ast::And { lhs, rhs, .. } => {
            let left = plain(lhs, data, depth)?;
            if is_true(&left) { plain(rhs, data, depth)? } else { left }
        }
        Ast::Or { lhs, rhs, .. } => {
            let left = plain(lhs, data, depth)?;
            if is_true(&left) { left } else { plain(rhs, data, depth)? }
        }
        Ast::Not { node, .. } => Value::Bool(!is_true(&plain(node, data, depth)?)),
        Ast::MultiList { .. } | Ast::MultiHash { .. } if data.is_none() => Value::None,
        Ast::MultiList { elements, .. } => elements
            .iter()
            .map(|element| plain(element, data, depth))
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .collect(),
        Ast::MultiHash { elements, .. } => Value::dict(
            elements
                .iter()
                .map(|pair| Ok((pair.key.as_str(), plain(&pair.value, data, depth)?)))
                .collect::<Result<Vec<_>>>()?,
        ),
        Ast::Function { name, args, .. } => {
            let args = args.iter().map(|arg| evaluate(arg, data, depth)).collect::<Result<Vec<_>>>()?;
            functions::call(name, args, depth)?
        }
    }))
}

fn literal(value: &jmespath::Variable) -> Result<Value> {
    use jmespath::Variable as V;
    Ok(match value {
        V::Null => Value::None,
        V::Bool(flag) => Value::Bool(*flag),
        V::String(text) => Value::from(text),
        V::Number(number) => Value::from_json(&serde_json::Value::Number(number.clone())),
        V::Array(items) => items.iter().map(|item| literal(item)).collect::<Result<Vec<_>>>()?.into_iter().collect(),
        V::Object(map) => {
            Value::dict(map.iter().map(|(key, item)| Ok((key, literal(item)?))).collect::<Result<Vec<_>>>()?)
        }
        V::Expref(_) => return Err(Error::failed("an expression reference is no value")),
    })
}

fn index(data: &Value, at: i64) -> Value {
    let Value::List(list) = data else { return Value::None };
    let at = if at < 0 { at + list.len() as i64 } else { at };
    usize::try_from(at).ok().and_then(|at| list.get(at)).unwrap_or_default()
}

fn slice(data: &Value, start: Option<i32>, stop: Option<i32>, step: i32) -> Result<Value> {
    let Value::List(list) = data else { return Ok(Value::None) };
    if step == 0 {
        return Err(Error::failed("JMESPathError in json_query filter plugin:\nslice step cannot be 0"));
    }
    let items = list.to_vec();
    let len = items.len() as i64;
    let step = i64::from(step);
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let bound = |at: Option<i32>, default: i64| match at {
        Some(at) => (i64::from(at) + if at < 0 { len } else { 0 }).clamp(low, high),
        None => default,
    };
    let mut at = bound(start, if step > 0 { 0 } else { len - 1 });
    let stop = bound(stop, if step > 0 { len } else { -1 });
    let mut out = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        out.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at += step;
    }
    Ok(Value::list(out))
}

fn flatten(value: &Value) -> Value {
    let Value::List(list) = value else { return Value::None };
    let mut out = Vec::new();
    for item in list.to_vec() {
        match item {
            Value::List(inner) => out.extend(inner.to_vec()),
            other => out.push(other),
        }
    }
    Value::list(out)
}

/// What the right side gives for each item; nulls are left out.
fn project(value: &Value, each: &Ast, depth: usize) -> Result<Value> {
    let Value::List(list) = value else { return Ok(Value::None) };
    let mut out = Vec::new();
    for item in list.to_vec() {
        let found = plain(each, &item, depth)?;
        if !found.is_none() {
            out.push(found);
        }
    }
    Ok(Value::list(out))
}

fn comparison(comparator: &Comparator, a: &Value, b: &Value) -> Result<Value> {
    let is_bool = |value: &Value| matches!(value, Value::Bool(_));
    let same = || is_bool(a) == is_bool(b) && equal(a, b);
    let holds: fn(Ordering) -> bool = match comparator {
        Comparator::Equal => return Ok(Value::Bool(same())),
        Comparator::NotEqual => return Ok(Value::Bool(!same())),
        Comparator::LessThan => Ordering::is_lt,
        Comparator::LessThanEqual => Ordering::is_le,
        Comparator::GreaterThan => Ordering::is_gt,
        Comparator::GreaterThanEqual => Ordering::is_ge,
    };
    let comparable = |value: &Value| matches!(value, Value::Str(_)) || (Number::of(value).is_some() && !is_bool(value));
    if !comparable(a) || !comparable(b) {
        return Ok(Value::None);
    }
    Ok(Value::Bool(compare(a, b, "<")?.is_some_and(holds)))
}
