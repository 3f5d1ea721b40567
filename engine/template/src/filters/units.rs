//! Sizes for people: `human_readable`, `human_to_bytes`.
use super::Table;
use crate::python::{bind, flag, opt_text, text, to_float};
use crate::render::{Args, Render};
use crate::value::float_repr;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[("human_readable", human_readable), ("human_to_bytes", human_to_bytes)];

const UNITS: [(char, f64); 9] = [
    ('Y', 1_208_925_819_614_629_174_706_176.0),
    ('Z', 1_180_591_620_717_411_303_424.0),
    ('E', 1_152_921_504_606_846_976.0),
    ('P', 1_125_899_906_842_624.0),
    ('T', 1_099_511_627_776.0),
    ('G', 1_073_741_824.0),
    ('M', 1_048_576.0),
    ('K', 1024.0),
    ('B', 1.0),
];

fn human_readable(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [bits, unit] = bind("human_readable", args, ["isbits", "unit"])?;
    let bits = flag(bits)?;
    let unit = opt_text(unit)?.map(|unit| unit.to_uppercase());
    let size = match value {
        Value::Str(_) => {
            let message =
                "human_readable() failed on bad input: '<' not supported between instances of 'str' and 'int'";
            return Err(Error::wrong_type(message));
        }
        other => to_float(other)?,
    };
    let fits = |letter: char, limit: f64| match &unit {
        None => size >= limit,
        Some(unit) => unit.starts_with(letter),
    };
    let (letter, limit) = UNITS.into_iter().find(|(letter, limit)| fits(*letter, *limit)).unwrap_or(('B', 1.0));
    let base = if bits { "bits" } else { "Bytes" };
    let suffix = match letter {
        'B' => base.to_owned(),
        letter => format!("{letter}{}", &base[..1]),
    };
    Ok(format!("{:.2} {suffix}", size / limit).into())
}

fn human_to_bytes(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [unit, bits] = bind("human_to_bytes", args, ["default_unit", "isbits"])?;
    let body = text(value)?;
    let cannot = || Error::failed(format!("human_to_bytes() can't interpret following string: {body}"));
    parse_size(&body, opt_text(unit)?, flag(bits)?).ok_or_else(cannot)
}

/// Digits, perhaps with a fraction, and a unit.
fn parse_size(body: &str, default: Option<String>, bits: bool) -> Option<Value> {
    let end = body.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(body.len());
    let (digits, rest) = body.split_at(end);
    let number: f64 = digits.parse().ok().filter(|_| !digits.ends_with('.'))?;
    let unit = match (rest.trim(), default) {
        ("", default) => default.unwrap_or_default(),
        (unit, _) => unit.to_owned(),
    };
    if !unit.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let Some(first) = unit.chars().next() else { return Some(rounded(number)) };
    let letter = first.to_ascii_uppercase();
    let (_, limit) = UNITS.into_iter().find(|(known, _)| *known == letter)?;
    (unit.len() == 1 || is_unit(&unit, letter, bits)).then(|| rounded(number * limit))
}

/// `KB` are bytes and `Kb` bits, while the long names go in any case.
fn is_unit(unit: &str, letter: char, bits: bool) -> bool {
    let prefix = match letter {
        'K' => "kilo",
        'M' => "mega",
        'G' => "giga",
        'T' => "tera",
        'P' => "peta",
        'E' => "exa",
        'Z' => "zeta",
        'Y' => "yotta",
        _ => "",
    };
    let long = format!("{prefix}{}", if bits { "bit" } else { "byte" });
    let mut short = if letter == 'B' { String::new() } else { letter.to_string() };
    short.push(if bits { 'b' } else { 'B' });
    unit.to_lowercase() == long || unit == short
}

fn rounded(number: f64) -> Value {
    crate::value::truncate(number.round_ties_even()).unwrap_or_else(|| Value::from(float_repr(number)))
}
