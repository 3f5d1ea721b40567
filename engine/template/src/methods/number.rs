//! Methods of numbers.
use super::Table;
use crate::value::Number;
use crate::{Error, Value};

pub(super) const INTEGER: Table = &[
    ("bit_length", |_, value, _| {
        Ok(Value::from(Number::of(value).and_then(|n| n.to_big()).unwrap_or_default().bits()))
    }),
    ("bit_count", |_, value, _| {
        let (_, digits) = Number::of(value).and_then(|n| n.to_big()).unwrap_or_default().to_u32_digits();
        Ok(digits.iter().map(|digit| digit.count_ones()).sum::<u32>().into())
    }),
    ("conjugate", |_, value, _| Ok(value.clone())),
    ("is_integer", |_, _, _| Ok(true.into())),
];

pub(super) const FLOAT: Table = &[
    ("conjugate", |_, value, _| Ok(value.clone())),
    ("is_integer", |_, value, _| Ok(value.as_f64().is_some_and(|f| f.is_finite() && f.fract() == 0.0).into())),
    ("hex", |_, _, _| Err(Error::failed("float.hex() is not supported"))),
];
