//! Dates: `strftime`, `to_datetime`, and what methods of times need.
use super::Table;
use crate::python::{bind, only, str_arg, text, to_float, truth};
use crate::render::{Args, Render};
use crate::value::Time;
use crate::{Error, Result, Value};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::sync::Arc;

pub(super) const TABLE: Table = &[("strftime", strftime), ("to_datetime", to_datetime)];

fn strftime(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [second, utc] = bind("strftime", args, ["second", "utc"])?;
    let format = str_arg(value)?;
    let utc = utc.map_or(Ok(false), truth)?;
    let zone = if utc { TimeZone::UTC } else { render.cx.world.time_zone() };
    let stamp = match second.filter(|second| !second.is_none()) {
        None => render.cx.world.now(),
        Some(second) => {
            let seconds = to_float(second).map_err(|error| match second {
                Value::Undefined(_) => error,
                other => Error::failed(format!("Invalid value for epoch value ({other})")),
            })?;
            jiff::Timestamp::from_second(seconds.floor() as i64)
                .map_err(|_| Error::failed("timestamp out of range for platform time_t"))?
        }
    };
    let zoned = stamp.to_zoned(zone);
    let offset = zoned.offset().seconds();
    // C's library calls the zone so when it is asked for UTC.
    let abbreviation = if utc { "GMT".to_owned() } else { zoned.strftime("%Z").to_string() };
    Ok(format_civil(zoned.datetime(), Some(offset), &abbreviation, format)?.into())
}

/// `strftime` of a civil time; offset and zone name are empty for naive times.
fn format_civil(stamp: DateTime, offset: Option<i32>, zone: &str, format: &str) -> Result<String> {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let flag = chars.next_if(|c| matches!(c, '-' | '_' | '^' | '0' | '#'));
        let Some(code) = chars.next() else {
            out.push('%');
            break;
        };
        let piece = directive(stamp, offset, zone, code)?;
        out.push_str(&match flag {
            Some('-') if code.is_ascii_alphabetic() => trim_zeros(&piece),
            Some('_') => piece.strip_prefix('0').map_or(piece.clone(), |rest| format!(" {rest}")),
            Some('^') => piece.to_uppercase(),
            _ => piece,
        });
    }
    Ok(out)
}

fn trim_zeros(text: &str) -> String {
    let trimmed = text.trim_start_matches(['0', ' ']);
    if trimmed.is_empty() { "0".into() } else { trimmed.into() }
}

fn directive(stamp: DateTime, offset: Option<i32>, zone: &str, code: char) -> Result<String> {
    let with = |format: &str| stamp.strftime(format).to_string();
    Ok(match code {
        '%' => "%".into(),
        'n' => "\n".into(),
        't' => "\t".into(),
        'f' => format!("{:06}", stamp.subsec_nanosecond() / 1000),
        'c' => with("%a %b %e %H:%M:%S %Y"),
        'x' => with("%m/%d/%y"),
        'X' | 'T' => with("%H:%M:%S"),
        'r' => with("%I:%M:%S %p"),
        'D' => with("%m/%d/%y"),
        'F' => with("%Y-%m-%d"),
        'R' => with("%H:%M"),
        'h' => with("%b"),
        'P' => with("%p").to_lowercase(),
        'z' => offset.map_or_else(String::new, |seconds| crate::value::time::offset_text(seconds, "")),
        'Z' => zone.to_owned(),
        's' => {
            let seconds = crate::value::time::micros(stamp) / crate::value::time::SECOND;
            (seconds - i64::from(offset.unwrap_or(0))).to_string()
        }
        'Y' | 'm' | 'd' | 'H' | 'M' | 'S' | 'j' | 'U' | 'W' | 'V' | 'G' | 'g' | 'u' | 'w' | 'e' | 'p' | 'C' | 'y'
        | 'a' | 'A' | 'b' | 'B' | 'I' | 'k' | 'l' => with(&format!("%{code}")),
        other => format!("%{other}"),
    })
}

/// `x.strftime(format)`, for dates and time stamps.
pub(crate) fn format_time(time: &Time, format: &str) -> Result<String> {
    match time {
        Time::Date(date) => format_civil(date.at(0, 0, 0, 0), None, "", format),
        Time::DateTime(stamp, offset) => {
            let zone = match offset {
                None => String::new(),
                Some(0) => "UTC".into(),
                Some(seconds) => format!("UTC{}", crate::value::time::offset_text(*seconds, ":")),
            };
            format_civil(*stamp, *offset, &zone, format)
        }
        Time::Delta(_) => Err(Error::wrong_type("unsupported format string passed to datetime.timedelta.__format__")),
    }
}

fn to_datetime(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [format] = bind("to_datetime", args, ["format"])?;
    let format = format.map_or(Ok("%Y-%m-%d %H:%M:%S".to_owned()), text)?;
    let given = only("to_datetime", "string", Some(value))?;
    let Value::Str(body) = given else {
        text(given)?;
        let found = given.type_name();
        return Err(Error::wrong_type(format!("strptime() argument 1 must be str, not {found}")));
    };
    parse_time(body, &format).map(|time| Value::Time(Arc::new(time)))
}

/// What `strptime` has read so far.
#[derive(Default)]
struct Parsed {
    year: Option<i64>,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    afternoon: Option<bool>,
    day_of_year: Option<i64>,
    offset: Option<i32>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `datetime.strptime`.
pub(crate) fn parse_time(body: &str, format: &str) -> Result<Time> {
    let mismatch = || {
        let (body, format) = (Value::from(body).repr(), Value::from(format).repr());
        Error::failed(format!("time data {body} does not match format {format}"))
    };
    let mut parsed = Parsed { month: 1, day: 1, ..Parsed::default() };
    let mut rest = body;
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            let trimmed = rest.trim_start();
            if trimmed.len() == rest.len() {
                return Err(mismatch());
            }
            rest = trimmed;
        } else if c == '%' {
            let code = chars.next().ok_or_else(|| Error::failed(format!("stray % in format '{format}'")))?;
            rest = parsed.take(code, rest, format)?.ok_or_else(mismatch)?;
        } else {
            let next = rest.chars().next().ok_or_else(mismatch)?;
            if !next.to_lowercase().eq(c.to_lowercase()) {
                return Err(mismatch());
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    if !rest.is_empty() {
        return Err(Error::failed(format!("unconverted data remains: {rest}")));
    }
    parsed.finish()
}

/// Up to `max` digits, at least one.
fn digits(text: &str, max: usize) -> Option<(i64, usize)> {
    let len = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    text[..len].parse().ok().map(|n| (n, len))
}

/// A name from a list, in full or its first three letters.
fn name(text: &str, names: &[&str]) -> Option<(i64, usize)> {
    let lower = text.to_lowercase();
    let full = names.iter().position(|name| lower.starts_with(name)).map(|i| (i, names[i].len()));
    let (at, len) = full.or_else(|| names.iter().position(|name| lower.starts_with(&name[..3])).map(|i| (i, 3)))?;
    Some((at as i64, len))
}

impl Parsed {
    /// Reads one directive; the rest of the text, or nothing when it does not fit.
    fn take<'t>(&mut self, code: char, text: &'t str, format: &str) -> Result<Option<&'t str>> {
        let bounded = |max: usize, low: i64, high: i64| {
            // Fewer digits are taken where all of them would be too many.
            (1..=max).rev().find_map(|max| digits(text, max).filter(|(n, _)| (low..=high).contains(n)))
        };
        let found = match code {
            'Y' => digits(text, 4).filter(|(_, len)| *len == 4),
            'y' => digits(text, 2).filter(|(_, len)| *len == 2),
            'm' => bounded(2, 1, 12),
            'd' => bounded(2, 1, 31),
            'H' => bounded(2, 0, 23),
            'I' => bounded(2, 1, 12),
            'M' => bounded(2, 0, 59),
            'S' => bounded(2, 0, 61),
            'j' => bounded(3, 1, 366),
            'f' => digits(text, 6),
            'b' | 'B' | 'h' => name(text, &MONTHS),
            'a' | 'A' => name(text, &DAYS),
            'p' => match text.get(..2).map(str::to_lowercase).as_deref() {
                Some("am") => Some((0, 2)),
                Some("pm") => Some((1, 2)),
                _ => None,
            },
            'z' => self.zone(text),
            'Z' => ["utc", "gmt"].iter().find(|zone| text.to_lowercase().starts_with(**zone)).map(|_| (0, 3)),
            '%' => text.starts_with('%').then_some((0, 1)),
            'w' | 'u' => bounded(1, 0, 7),
            'T' | 'D' | 'F' | 'R' | 'c' | 'x' | 'X' => return self.compound(code, text, format),
            other => {
                return Err(Error::failed(format!("'{other}' is a bad directive in format '{format}'")));
            }
        };
        let Some((n, len)) = found else { return Ok(None) };
        match code {
            'Y' => self.year = Some(n),
            'y' => self.year = Some(if n < 69 { 2000 + n } else { 1900 + n }),
            'm' => self.month = n,
            'b' | 'B' | 'h' => self.month = n + 1,
            'd' => self.day = n,
            'H' | 'I' => self.hour = n,
            'M' => self.minute = n,
            'S' => self.second = n,
            'j' => self.day_of_year = Some(n),
            'f' => self.micros = n * 10_i64.pow(6 - len as u32),
            'p' => self.afternoon = Some(n == 1),
            _ => {}
        }
        Ok(Some(&text[len..]))
    }
    fn compound<'t>(&mut self, code: char, text: &'t str, format: &str) -> Result<Option<&'t str>> {
        let parts = match code {
            'c' => "%a %b %d %H:%M:%S %Y",
            'x' => "%m/%d/%y",
            'X' => "%H:%M:%S",
            other => return Err(Error::failed(format!("'{other}' is a bad directive in format '{format}'"))),
        };
        let mut rest = text;
        let mut chars = parts.chars();
        while let Some(c) = chars.next() {
            let next = match c {
                '%' => match chars.next() {
                    Some(code) => self.take(code, rest, format)?,
                    None => None,
                },
                ' ' => Some(rest.trim_start()),
                c => rest.strip_prefix(c),
            };
            match next {
                Some(next) => rest = next,
                None => return Ok(None),
            }
        }
        Ok(Some(rest))
    }
    fn zone(&mut self, text: &str) -> Option<(i64, usize)> {
        if text.starts_with(['Z', 'z']) {
            self.offset = Some(0);
            return Some((0, 1));
        }
        let sign = match text.bytes().next()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let (hours, _) = digits(&text[1..], 2).filter(|(_, len)| *len == 2)?;
        let colon = usize::from(text[3..].starts_with(':'));
        let (minutes, _) = digits(&text[3 + colon..], 2).filter(|(_, len)| *len == 2)?;
        self.offset = Some(sign * (hours * 3600 + minutes * 60) as i32);
        Some((0, 5 + colon))
    }
    fn finish(self) -> Result<Time> {
        let hour = match self.afternoon {
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
            None => self.hour,
        };
        let out_of_range = |_| Error::failed("day is out of range for month");
        let year = self.year.unwrap_or(1900) as i16;
        let date = jiff::civil::Date::new(year, self.month as i8, self.day as i8).map_err(out_of_range)?;
        let date = match self.day_of_year {
            Some(day) => {
                let span = jiff::Span::new().try_days(day - 1).map_err(out_of_range)?;
                jiff::civil::Date::new(year, 1, 1).and_then(|first| first.checked_add(span)).map_err(out_of_range)?
            }
            None => date,
        };
        if self.second > 59 {
            return Err(Error::failed("second must be in 0..59"));
        }
        let stamp = date.at(hour as i8, self.minute as i8, self.second as i8, self.micros as i32 * 1000);
        Ok(Time::DateTime(stamp, self.offset))
    }
}
