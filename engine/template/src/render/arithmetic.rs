//! Python's arithmetic.
use super::{limits, percent};
use crate::syntax::ir::Op;
use crate::value::{List, Number, Time};
use crate::{Error, Result, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Pow, Signed, ToPrimitive, Zero};
use std::sync::Arc;

pub(super) fn binary(op: Op, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(value) = small(op, *x, *y)
    {
        return Ok(value);
    }
    for side in [a, b] {
        if let Value::Undefined(message) = side {
            return Err(Error::undefined(&**message));
        }
    }
    if let Some(value) = not_numbers(op, a, b)? {
        return Ok(value);
    }
    let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) else {
        return Err(unsupported(op, a, b));
    };
    match (x.to_big(), y.to_big()) {
        (Some(x), Some(y)) => integers(op, x, y),
        _ => floats(op, x.to_f64(), y.to_f64()),
    }
}

/// The cases that stay within 64 bits.
fn small(op: Op, x: i64, y: i64) -> Option<Value> {
    Some(Value::Int(match op {
        Op::Add => x.checked_add(y)?,
        Op::Sub => x.checked_sub(y)?,
        Op::Mul => x.checked_mul(y)?,
        Op::FloorDiv if y != 0 && x != i64::MIN => Integer::div_floor(&x, &y),
        Op::Mod if y != 0 && x != i64::MIN => Integer::mod_floor(&x, &y),
        Op::Div if y != 0 && x.abs() < 1 << 53 && y.abs() < 1 << 53 => return Some(Value::Float(x as f64 / y as f64)),
        _ => return None,
    }))
}

/// Text, lists, sets and times; `None` leaves it to numbers.
fn not_numbers(op: Op, a: &Value, b: &Value) -> Result<Option<Value>> {
    use Value as V;
    Ok(Some(match (op, a, b) {
        (Op::Add, V::Str(x), V::Str(y)) => {
            limits::bytes(x.len() + y.len())?;
            V::from([x.as_str(), y.as_str()].concat())
        }
        (Op::Add, V::Omit, V::Str(_)) | (Op::Add, V::Str(_), V::Omit) => V::from(format!("{a}{b}")),
        (Op::Add, V::List(x), V::List(y)) => {
            let mut items = x.to_vec();
            items.extend(y.to_vec());
            limits::bytes(items.len() * size_of::<Value>())?;
            V::List(List::new(items))
        }
        (Op::Add, V::Tuple(x), V::Tuple(y)) => V::tuple(x.iter().chain(y.iter()).cloned()),
        (Op::Add, V::Bytes(x), V::Bytes(y)) => V::Bytes([&**x, &**y].concat().into()),
        (Op::Sub, V::Set(x), V::Set(y)) => V::Set(x.iter().filter(|item| !y.contains(item)).cloned().collect()),
        (Op::Add | Op::Sub, V::Time(x), V::Time(y)) => return times(op, x, y, a, b).map(Some),
        (Op::Mul, V::Str(_) | V::List(_) | V::Tuple(_) | V::Bytes(_), _) => return repeat(a, b).map(Some),
        (Op::Mul, _, V::Str(_) | V::List(_) | V::Tuple(_) | V::Bytes(_)) => return repeat(b, a).map(Some),
        (Op::Mod, V::Str(text), _) => {
            let text = percent::format(text, b)?;
            limits::bytes(text.len())?;
            V::from(text)
        }
        _ => return Ok(None),
    }))
}

fn times(op: Op, x: &Time, y: &Time, a: &Value, b: &Value) -> Result<Value> {
    let result = match (op, x, y) {
        (Op::Add, other, Time::Delta(delta)) | (Op::Add, Time::Delta(delta), other) => other.plus(*delta),
        (Op::Sub, Time::Date(_) | Time::DateTime(..), Time::Delta(delta)) => {
            delta.checked_neg().and_then(|d| x.plus(d))
        }
        (Op::Sub, ..) => match x.minus(y) {
            Some(delta) => Some(Time::Delta(delta)),
            None if matches!((x, y), (Time::DateTime(..), Time::DateTime(..))) => {
                return Err(Error::wrong_type("can't subtract offset-naive and offset-aware datetimes"));
            }
            None => return Err(unsupported(op, a, b)),
        },
        _ => return Err(unsupported(op, a, b)),
    };
    let time = result.ok_or_else(|| Error::failed("date value out of range"))?;
    Ok(Value::Time(Arc::new(time)))
}

fn repeat(sequence: &Value, times: &Value) -> Result<Value> {
    let count = match times {
        Value::Int(count) => usize::try_from(*count).unwrap_or(0),
        Value::Bool(count) => usize::from(*count),
        Value::BigInt(count) if count.is_negative() => 0,
        Value::BigInt(_) => usize::MAX,
        other => {
            return Err(Error::wrong_type(format!(
                "can't multiply sequence by non-int of type '{}'",
                other.type_name()
            )));
        }
    };
    let cost = |length: usize, size: usize| limits::bytes(length.saturating_mul(size).saturating_mul(count));
    Ok(match sequence {
        Value::Str(text) => {
            cost(text.len(), 1)?;
            Value::from(if text.is_empty() { String::new() } else { text.repeat(count) })
        }
        Value::Bytes(bytes) => {
            cost(bytes.len(), 1)?;
            Value::Bytes(if bytes.is_empty() { Arc::from([]) } else { bytes.repeat(count).into() })
        }
        other => {
            let items = other.items().unwrap_or_default();
            cost(items.len(), size_of::<Value>())?;
            let count = if items.is_empty() { 0 } else { count };
            let repeated = std::iter::repeat_n(items, count).flatten();
            if matches!(other, Value::Tuple(_)) { Value::tuple(repeated) } else { Value::list(repeated) }
        }
    })
}

fn integers(op: Op, x: BigInt, y: BigInt) -> Result<Value> {
    if y.is_zero() && matches!(op, Op::Div | Op::FloorDiv | Op::Mod) {
        return Err(Error::failed(match op {
            Op::Div => "division by zero",
            Op::FloorDiv => "integer division or modulo by zero",
            _ => "integer modulo by zero",
        }));
    }
    Ok(match op {
        Op::Add => Value::big(x + y),
        Op::Sub => Value::big(x - y),
        Op::Mul => {
            limits::bytes((x.bits() as usize / 8 + 1).saturating_mul(y.bits() as usize / 64 + 1))?;
            Value::big(x * y)
        }
        Op::FloorDiv => Value::big(x.div_floor(&y)),
        Op::Mod => Value::big(x.mod_floor(&y)),
        Op::Div => Value::Float(true_division(&x, &y)?),
        Op::Pow if y.is_negative() => {
            return floats(op, x.to_f64().unwrap_or(f64::INFINITY), y.to_f64().unwrap_or(f64::NEG_INFINITY));
        }
        Op::Pow => return power(&x, &y),
    })
}

fn true_division(x: &BigInt, y: &BigInt) -> Result<f64> {
    let fits = |n: &BigInt| n.bits() <= 53;
    if fits(x) && fits(y) {
        return Ok(x.to_f64().unwrap_or(f64::NAN) / y.to_f64().unwrap_or(f64::NAN));
    }
    // Scaled so that the whole quotient has more digits than a float; the rest only rounds.
    let shift = 66_i64 + y.bits() as i64 - x.bits() as i64;
    let quotient = if shift > 0 { (x << shift) / y } else { x / (y << -shift) };
    let value = quotient.to_f64().unwrap_or(f64::INFINITY) * 2_f64.powi(-(shift as i32));
    if value.is_finite() { Ok(value) } else { Err(Error::failed("integer division result too large for a float")) }
}

fn power(x: &BigInt, y: &BigInt) -> Result<Value> {
    let one = BigInt::from(1);
    if x.is_zero() || *x == one {
        return Ok(Value::big(if y.is_zero() { one } else { x.clone() }));
    }
    let exponent = y.to_u32().unwrap_or(u32::MAX);
    if *x == -one.clone() {
        return Ok(Value::big(if y.is_even() { one } else { x.clone() }));
    }
    let bits = x.bits().saturating_mul(exponent.into());
    if bits > 1 << 20 {
        return Err(Error::failed("the template makes an integer that is too large"));
    }
    limits::step(bits as usize / 64)?;
    Ok(Value::big(Pow::pow(x, exponent)))
}

fn floats(op: Op, x: f64, y: f64) -> Result<Value> {
    if y == 0.0 && matches!(op, Op::Div | Op::FloorDiv | Op::Mod) {
        return Err(Error::failed(match op {
            Op::Div => "float division by zero",
            Op::FloorDiv => "float floor division by zero",
            _ => "float modulo",
        }));
    }
    Ok(Value::Float(match op {
        Op::Add => x + y,
        Op::Sub => x - y,
        Op::Mul => x * y,
        Op::Div => x / y,
        Op::FloorDiv => divide(x, y).0,
        Op::Mod => divide(x, y).1,
        Op::Pow if x == 0.0 && y < 0.0 => {
            return Err(Error::failed("0.0 cannot be raised to a negative power"));
        }
        Op::Pow if x < 0.0 && y.fract() != 0.0 => {
            return Err(Error::failed("complex numbers are not supported"));
        }
        Op::Pow => {
            let value = x.powf(y);
            if value.is_infinite() && x.is_finite() && y.is_finite() {
                return Err(Error::failed("(34, 'Numerical result out of range')"));
            }
            value
        }
    }))
}

/// Python's floor division and modulo of floats: the modulo has the sign of the divisor.
fn divide(x: f64, y: f64) -> (f64, f64) {
    let mut rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != 0.0 {
        if (y < 0.0) != (rest < 0.0) {
            rest += y;
            quotient -= 1.0;
        }
    } else {
        rest = 0_f64.copysign(y);
    }
    let mut floor = quotient.floor();
    if quotient - floor > 0.5 {
        floor += 1.0;
    }
    (if quotient == 0.0 { 0_f64.copysign(x / y) } else { floor }, rest)
}

fn sign(op: Op) -> &'static str {
    match op {
        Op::Add => "+",
        Op::Sub => "-",
        Op::Mul => "*",
        Op::Div => "/",
        Op::FloorDiv => "//",
        Op::Mod => "%",
        Op::Pow => "** or pow()",
    }
}

fn unsupported(op: Op, a: &Value, b: &Value) -> Error {
    let (x, y) = (a.type_name(), b.type_name());
    match (op, a) {
        (Op::Add, Value::Str(_) | Value::List(_) | Value::Tuple(_)) => {
            Error::wrong_type(format!("can only concatenate {x} (not \"{y}\") to {x}"))
        }
        (Op::Add, Value::Bytes(_)) => Error::wrong_type(format!("can't concat {y} to bytes")),
        _ => Error::wrong_type(format!("unsupported operand type(s) for {}: '{x}' and '{y}'", sign(op))),
    }
}

/// `-value`
pub(super) fn negative(value: &Value) -> Result<Value> {
    match value {
        Value::Time(time) if matches!(**time, Time::Delta(_)) => {
            let Time::Delta(micros) = **time else { return Ok(value.clone()) };
            Ok(Value::Time(Arc::new(Time::Delta(micros.saturating_neg()))))
        }
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => match Number::of(other) {
            Some(Number::Float(number)) => Ok(Value::Float(-number)),
            Some(number) => Ok(Value::big(-number.to_big().unwrap_or_default())),
            None => Err(Error::wrong_type(format!("bad operand type for unary -: '{}'", other.type_name()))),
        },
    }
}

/// `+value`
pub(super) fn positive(value: &Value) -> Result<Value> {
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        Value::Bool(value) => Ok(Value::Int(i64::from(*value))),
        other if Number::of(other).is_some() => Ok(other.clone()),
        other => Err(Error::wrong_type(format!("bad operand type for unary +: '{}'", other.type_name()))),
    }
}
