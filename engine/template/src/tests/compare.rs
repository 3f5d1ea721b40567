//! Comparisons under their names.
use super::Table;
use crate::python::{bind_one, index, truth};
use crate::render::{Args, Render};
use crate::value::{Number, compare, contains, equal};
use crate::{Error, Result, Value};
use num_integer::Integer;
use std::cmp::Ordering;

pub(super) const TABLE: Table = &[
    ("!=", not_equal),
    ("<", |_, a, args| order(a, args, "<", |o| o == Ordering::Less)),
    ("<=", |_, a, args| order(a, args, "<=", |o| o != Ordering::Greater)),
    ("==", is_equal),
    (">", |_, a, args| order(a, args, ">", |o| o == Ordering::Greater)),
    (">=", |_, a, args| order(a, args, ">=", |o| o != Ordering::Less)),
    ("divisibleby", divisible),
    ("eq", is_equal),
    ("equalto", is_equal),
    ("even", |_, value, _| Ok(remainder(value, 2)? == 0)),
    ("ge", |_, a, args| order(a, args, ">=", |o| o != Ordering::Less)),
    ("greaterthan", |_, a, args| order(a, args, ">", |o| o == Ordering::Greater)),
    ("gt", |_, a, args| order(a, args, ">", |o| o == Ordering::Greater)),
    ("in", |_, value, args| contains(bind_one("test_in", args, "seq")?, value)),
    ("le", |_, a, args| order(a, args, "<=", |o| o != Ordering::Greater)),
    ("lessthan", |_, a, args| order(a, args, "<", |o| o == Ordering::Less)),
    ("lt", |_, a, args| order(a, args, "<", |o| o == Ordering::Less)),
    ("ne", not_equal),
    ("odd", |_, value, _| Ok(remainder(value, 2)? == 1)),
    ("sameas", |_, value, args| Ok(value.is_same(bind_one("test_sameas", args, "other")?))),
];

fn both<'a>(a: &'a Value, args: &'a Args) -> Result<&'a Value> {
    let b = bind_one("eq", args, "other")?;
    match (a, b) {
        (Value::Undefined(message), _) | (_, Value::Undefined(message)) => Err(Error::undefined(&**message)),
        _ => Ok(b),
    }
}

fn is_equal(_: &Render<'_>, a: &Value, args: &Args) -> Result<bool> {
    Ok(equal(a, both(a, args)?))
}

fn not_equal(_: &Render<'_>, a: &Value, args: &Args) -> Result<bool> {
    Ok(!equal(a, both(a, args)?))
}

fn order(a: &Value, args: &Args, sign: &str, holds: fn(Ordering) -> bool) -> Result<bool> {
    Ok(compare(a, both(a, args)?, sign)?.is_some_and(holds))
}

/// Python's `%` with a small number; -1 for fractions.
fn remainder(value: &Value, by: i64) -> Result<i64> {
    match Number::of(value) {
        Some(Number::Float(f)) => {
            let rest = f.rem_euclid(by as f64);
            Ok(if rest.fract() == 0.0 { rest as i64 } else { -1 })
        }
        Some(n) => {
            let rest = n.to_big().unwrap_or_default().mod_floor(&by.into());
            Ok(i64::try_from(rest).unwrap_or(-1))
        }
        None => {
            truth(value)?;
            let found = value.type_name();
            Err(Error::wrong_type(match value {
                Value::Str(_) => "not all arguments converted during string formatting".to_owned(),
                _ => format!("unsupported operand type(s) for %: '{found}' and 'int'"),
            }))
        }
    }
}

fn divisible(_: &Render<'_>, value: &Value, args: &Args) -> Result<bool> {
    let by = index(bind_one("test_divisibleby", args, "num")?)?;
    if by == 0 {
        return Err(Error::failed("integer modulo by zero"));
    }
    Ok(remainder(value, by)? == 0)
}
