//! `to_seconds` and its like: `"30m 5s"` to a number.
use crate::filters::Table;
use crate::python::{float, str_arg, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("to_days", |_, value, args| convert(value, "d", args)),
    ("to_hours", |_, value, args| convert(value, "h", args)),
    ("to_milliseconds", |_, value, args| convert(value, "ms", args)),
    ("to_minutes", |_, value, args| convert(value, "m", args)),
    ("to_months", |_, value, args| convert(value, "mo", args)),
    ("to_seconds", |_, value, args| convert(value, "s", args)),
    ("to_time_unit", to_time_unit),
    ("to_weeks", |_, value, args| convert(value, "w", args)),
    ("to_years", |_, value, args| convert(value, "y", args)),
];

const NAMES: [(&str, &str); 9] = [
    ("millisecond", "ms"),
    ("msec", "ms"),
    ("ms", "ms"),
    ("second", "s"),
    ("sec", "s"),
    ("minute", "m"),
    ("min", "m"),
    ("hour", "h"),
    ("day", "d"),
];
const LONG_NAMES: [(&str, &str); 3] = [("week", "w"), ("month", "mo"), ("year", "y")];

fn short(name: &str) -> Option<&'static str> {
    let bare = name.trim_end_matches('s');
    let long = NAMES.iter().chain(&LONG_NAMES).find(|(long, _)| *long == bare).map(|(_, short)| *short);
    let plain = ["ms", "s", "m", "h", "d", "w", "mo", "y"].into_iter().find(|short| *short == name);
    long.or(plain)
}

/// Milliseconds in a unit.
fn factor(unit: &str, month: f64, year: f64) -> f64 {
    let day = 86_400_000.0;
    match unit {
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => day,
        "w" => 7.0 * day,
        "mo" => month * day,
        _ => year * day,
    }
}

fn to_time_unit(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let unit = args.get(0, "unit").map_or(Ok("ms".to_owned()), text)?;
    let short = short(&unit).ok_or_else(|| {
        Error::failed(format!(
            "to_time_unit() can not convert to the following unit: {unit}. Available units (singular or plural): \
             year, month, week, day, hour, minute, second, millisecond. Available short units: y, mo, w, d, h, m, s, ms"
        ))
    })?;
    let named = args.named.iter().filter(|(name, _)| &**name != "unit").cloned().collect();
    convert(value, short, &Args { positional: Vec::new(), named })
}

fn convert(value: &Value, unit: &str, args: &Args) -> Result<Value> {
    let unknown: Vec<&str> =
        args.named.iter().map(|(name, _)| &**name).filter(|name| !matches!(*name, "month" | "year")).collect();
    if !unknown.is_empty() {
        let unknown = unknown.join(", ");
        return Err(Error::failed(format!("to_time_unit() got unknown keyword arguments: {unknown}")));
    }
    let days = |name: &str, default: f64| args.named(name).map_or(Ok(default), float);
    let (month, year) = (days("month", 30.0)?, days("year", 365.0)?);
    let body = str_arg(value)?;
    if body == "0" {
        return Ok(Value::Int(0));
    }
    let cannot = || Error::failed(format!("to_time_unit() can not interpret following string: {body}"));
    let mut total = 0.0;
    for part in body.split_whitespace() {
        let digits = part.strip_prefix('-').unwrap_or(part);
        let end = digits.find(|c: char| !c.is_ascii_digit()).ok_or_else(cannot)?;
        let number: f64 = digits[..end].parse().map_err(|_| cannot())?;
        let name: String = digits[end..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let sign = if part.starts_with('-') { -1.0 } else { 1.0 };
        total += sign * number * factor(short(&name).ok_or_else(cannot)?, month, year);
    }
    let result = total / factor(unit, month, year);
    Ok(Value::Float(format!("{result:.12}").parse().unwrap_or(result)))
}
