//! Values of scalars whose kind is known, as PyYAML's safe constructor makes them.
use crate::value::Time;
use crate::{Error, Result, Value};
use jiff::civil::{Date, DateTime};
use num_bigint::BigInt;
use std::sync::Arc;

/// `yes`, `No`, `TRUE`, …: three spellings of six words, and not `y` or `n`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// `!!bool` looks at the word in any case.
pub(super) fn tagged_boolean(text: &str) -> Result<Value> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(Value::Bool(true)),
        "no" | "false" | "off" => Ok(Value::Bool(false)),
        other => Err(Error::failed(format!("{} is no YAML boolean", Value::from(other).repr()))),
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

pub(super) fn integer(text: &str) -> Result<Value> {
    let clean = text.replace('_', "");
    let (negative, digits) = split_sign(&clean);
    let value = if let Some(bits) = digits.strip_prefix("0b") {
        parse_int(bits, 2)?
    } else if let Some(hex) = digits.strip_prefix("0x") {
        parse_int(hex, 16)?
    } else if digits.starts_with('0') && digits != "0" {
        parse_int(digits, 8)?
    } else if digits.contains(':') {
        digits.split(':').try_fold(BigInt::from(0), |sum, part| Ok::<_, Error>(sum * 60 + parse_int(part, 10)?))?
    } else {
        parse_int(digits, 10)?
    };
    Ok(Value::big(if negative { -value } else { value }))
}

fn parse_int(digits: &str, radix: u32) -> Result<BigInt> {
    BigInt::parse_bytes(digits.as_bytes(), radix).ok_or_else(|| {
        let text = Value::from(digits).repr();
        Error::failed(format!("invalid literal for int() with base {radix}: {text}"))
    })
}

pub(super) fn float(text: &str) -> Result<Value> {
    let clean = text.replace('_', "").to_ascii_lowercase();
    let (negative, digits) = split_sign(&clean);
    let value = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => return Ok(Value::Float(f64::NAN)),
        _ if digits.contains(':') => {
            digits.split(':').try_fold(0.0, |sum, part| Ok::<_, Error>(sum * 60.0 + parse_float(part)?))?
        }
        _ => parse_float(digits)?,
    };
    Ok(Value::Float(if negative { -value } else { value }))
}

fn parse_float(text: &str) -> Result<f64> {
    text.parse().map_err(|_| Error::failed(format!("could not convert string to float: {}", Value::from(text).repr())))
}

/// Splits off leading digits, and then one or more separators.
fn number<'a>(text: &'a str, separators: &[char]) -> (i64, &'a str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].parse().unwrap_or(0), text[end..].trim_start_matches(separators))
}

pub(super) fn timestamp(text: &str) -> Result<Value> {
    if !super::scan::is_timestamp(text) {
        return Err(Error::failed(format!("{} is no YAML timestamp", Value::from(text).repr())));
    }
    let (year, rest) = number(text, &['-']);
    let (month, rest) = number(rest, &['-']);
    let (day, rest) = number(rest, &[' ', '\t', 'T', 't']);
    let date = date(year, month, day)?;
    if rest.is_empty() {
        return Ok(Value::Time(Arc::new(Time::Date(date))));
    }
    let (hour, rest) = number(rest, &[':']);
    let (minute, rest) = number(rest, &[':']);
    let (second, rest) = number(rest, &[]);
    let (micros, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            (format!("{:0<6.6}", &rest[..end]).parse().unwrap_or(0), &rest[end..])
        }
        None => (0, rest),
    };
    let stamp = clock(date, hour, minute, second, micros)?;
    Ok(Value::Time(Arc::new(Time::DateTime(stamp, offset(rest.trim_start())))))
}

fn date(year: i64, month: i64, day: i64) -> Result<Date> {
    if !(1..=12).contains(&month) {
        return Err(Error::failed("month must be in 1..12"));
    }
    if year == 0 {
        return Err(Error::failed("year 0 is out of range"));
    }
    Date::new(year as i16, month as i8, day as i8).map_err(|_| Error::failed("day is out of range for month"))
}

fn clock(date: Date, hour: i64, minute: i64, second: i64, micros: i32) -> Result<DateTime> {
    for (name, value, end) in [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59)] {
        if value > end {
            return Err(Error::failed(format!("{name} must be in 0..{end}")));
        }
    }
    Ok(date.at(hour as i8, minute as i8, second as i8, micros * 1000))
}

/// Seconds east of UTC, of `Z`, `+2`, `-03:30` or nothing.
fn offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    if text.is_empty() {
        return None;
    }
    let (negative, rest) = split_sign(text);
    let (hours, rest) = number(rest, &[':']);
    let (minutes, _) = number(rest, &[]);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).unwrap_or(0);
    Some(if negative { -seconds } else { seconds })
}
