//! Numbers of all kinds under one roof.
use super::Value;
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// What Python's arithmetic works on.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    Int(i64),
    Big(BigInt),
    Float(f64),
}

impl Number {
    /// The value as a number; booleans are 0 and 1.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Int(i64::from(*value)),
            Value::Int(value) => Self::Int(*value),
            Value::BigInt(value) => Self::Big((**value).clone()),
            Value::Float(value) => Self::Float(*value),
            _ => return None,
        })
    }
    pub(crate) fn to_f64(&self) -> f64 {
        match self {
            Self::Int(value) => *value as f64,
            Self::Big(value) => value.to_f64().unwrap_or(f64::INFINITY),
            Self::Float(value) => *value,
        }
    }
    /// The integer; `None` for floats.
    pub(crate) fn to_big(&self) -> Option<BigInt> {
        match self {
            Self::Int(value) => Some(BigInt::from(*value)),
            Self::Big(value) => Some(value.clone()),
            Self::Float(_) => None,
        }
    }
}

/// A float cut to an integer of any size; `None` for infinities and NaN.
pub(crate) fn truncate(value: f64) -> Option<Value> {
    if value.abs() < 9.0e18 {
        return Some(Value::Int(value as i64));
    }
    num_traits::FromPrimitive::from_f64(value.trunc()).map(Value::big)
}

/// Python's `repr` of a float: shortest digits, exponent from 1e16 and below 1e-4.
pub(crate) fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
