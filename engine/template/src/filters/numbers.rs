//! Filters on numbers and truth.
use super::Table;
use crate::python::{bind, float, index, int_from_text, number, only, opt_index, text, to_float, to_int};
use crate::render::{Args, Render};
use crate::value::{Number, truncate};
use crate::{Error, Result, Value};
use num_bigint::BigInt;
use num_traits::Signed;

pub(super) const TABLE: Table = &[
    ("abs", abs),
    ("bool", |_, value, _| boolean(value)),
    ("float", to_float_or),
    ("int", to_int_or),
    ("log", log),
    ("pow", pow),
    ("root", root),
    ("round", round),
];

fn abs(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => match Number::of(other) {
            Some(Number::Float(f)) => Ok(Value::Float(f.abs())),
            Some(n) => Ok(Value::big(n.to_big().unwrap_or_default().abs())),
            None => Err(Error::wrong_type(format!("bad operand type for abs(): '{}'", other.type_name()))),
        },
    }
}

fn boolean(value: &Value) -> Result<Value> {
    Ok(match value {
        Value::None | Value::Bool(_) => value.clone(),
        Value::Str(text) => Value::Bool(matches!(&*text.to_lowercase(), "yes" | "on" | "1" | "true")),
        Value::Int(n) => Value::Bool(*n == 1),
        Value::Float(f) => Value::Bool(*f == 1.0),
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        _ => Value::Bool(false),
    })
}

fn to_int_or(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [default, base] = bind("do_int", args, ["default", "base"])?;
    let default = default.cloned().unwrap_or(Value::Int(0));
    let base = base.map_or(Ok(10), index)?;
    let base = u32::try_from(base).map_err(|_| Error::failed("int() base must be >= 2 and <= 36, or 0"))?;
    let direct = match value {
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        Value::Str(text) => int_from_text(text, base),
        other => to_int(other),
    };
    // Text with a fraction counts as its whole part.
    Ok(direct.ok().or_else(|| truncate(to_float(value).ok()?)).unwrap_or(default))
}

fn to_float_or(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [default] = bind("do_float", args, ["default"])?;
    if let Value::Undefined(message) = value {
        return Err(Error::undefined(&**message));
    }
    Ok(to_float(value).map_or_else(|_| default.cloned().unwrap_or(Value::Float(0.0)), Value::Float))
}

fn needs_number(filter: &str, value: &Value) -> Result<f64> {
    float(value).map_err(|error| match value {
        Value::Undefined(_) => error,
        _ => Error::wrong_type(format!("{filter}() can only be used on numbers: {error}")),
    })
}

fn log(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [base] = bind("logarithm", args, ["base"])?;
    let x = needs_number("log", value)?;
    if x <= 0.0 {
        return Err(Error::failed("math domain error"));
    }
    let result = match base {
        None => x.ln(),
        Some(base) => match needs_number("log", base)? {
            10.0 => x.log10(),
            1.0 => return Err(Error::failed("float division by zero")),
            base if base <= 0.0 => return Err(Error::failed("math domain error")),
            base => x.ln() / base.ln(),
        },
    };
    Ok(Value::Float(result))
}

fn pow(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [exponent] = bind("power", args, ["y"])?;
    let (x, y) = (needs_number("pow", value)?, needs_number("pow", only("power", "y", exponent)?)?);
    let result = x.powf(y);
    if result.is_nan() && !x.is_nan() && !y.is_nan() || x == 0.0 && y < 0.0 {
        return Err(Error::failed("math domain error"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(Error::failed("math range error"));
    }
    Ok(Value::Float(result))
}

fn root(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [base] = bind("inversepower", args, ["base"])?;
    let x = needs_number("root", value)?;
    let base = base.map_or(Ok(2.0), to_float)?;
    if x < 0.0 && (base == 2.0 || (1.0 / base).fract() != 0.0) {
        return Err(Error::wrong_type("root() can only be used on numbers: math domain error"));
    }
    if base == 0.0 {
        return Err(Error::failed("float division by zero"));
    }
    Ok(Value::Float(if base == 2.0 { x.sqrt() } else { x.powf(1.0 / base) }))
}

fn round(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [precision, method] = bind("do_round", args, ["precision", "method"])?;
    let precision = opt_index(precision)?.unwrap_or(0).clamp(-400, 400);
    let method = method.map_or(Ok("common".to_owned()), text)?;
    let scale = 10_f64.powi(precision as i32);
    match &*method {
        "common" => round_half_even(value, precision),
        "ceil" => Ok(Value::Float((float(value)? * scale).ceil() / scale)),
        "floor" => Ok(Value::Float((float(value)? * scale).floor() / scale)),
        _ => Err(Error::failed("method must be common, ceil or floor")),
    }
}

/// Python's `round(x, n)`: exact, ties to even.
fn round_half_even(value: &Value, precision: i64) -> Result<Value> {
    match number(value).map_err(|error| match value {
        Value::Undefined(_) => error,
        other => Error::wrong_type(format!("type {} doesn't define __round__ method", other.type_name())),
    })? {
        Number::Float(f) if !f.is_finite() => Ok(Value::Float(f)),
        Number::Float(f) if precision >= 0 => {
            let digits = usize::try_from(precision).unwrap_or(0);
            Ok(Value::Float(format!("{f:.digits$}").parse().unwrap_or(f)))
        }
        Number::Float(f) => {
            let scale = 10_f64.powi(-precision as i32);
            Ok(Value::Float((f / scale).round_ties_even() * scale))
        }
        n if precision >= 0 => Ok(Value::big(n.to_big().unwrap_or_default())),
        n => {
            let unit = BigInt::from(10).pow(u32::try_from(-precision).unwrap_or(0));
            let big = n.to_big().unwrap_or_default();
            let low = num_integer::Integer::div_floor(&big, &unit);
            let twice = (&big - &low * &unit) * 2;
            let up = twice > unit || (twice == unit && num_integer::Integer::is_odd(&low));
            Ok(Value::big((low + i32::from(up)) * unit))
        }
    }
}
