//! Methods of dates, time stamps and spans.
use super::Table;
use crate::filters::dates::format_time;
use crate::python::{bind, index, only, str_arg, text};
use crate::render::{Args, Render};
use crate::value::Time;
use crate::value::time::{DAY, SECOND, micros};
use crate::{Error, Result, Value};
use jiff::civil::DateTime;
use std::sync::Arc;

const DATE: Table = &[
    ("ctime", |_, value, _| formatted(value, "%a %b %e %H:%M:%S %Y")),
    ("isocalendar", iso_calendar),
    ("isoformat", |_, value, _| iso_format(value, &Args::default())),
    ("isoweekday", |_, value, _| Ok(Value::Int(stamp(value)?.date().weekday().to_monday_one_offset().into()))),
    ("replace", replace),
    ("strftime", strftime),
    ("toordinal", |_, value, _| Ok(Value::Int(micros(stamp(value)?).div_euclid(DAY) + 719_163))),
    ("weekday", |_, value, _| Ok(Value::Int(stamp(value)?.date().weekday().to_monday_zero_offset().into()))),
];

const STAMP: Table = &[
    ("ctime", |_, value, _| formatted(value, "%a %b %e %H:%M:%S %Y")),
    ("date", |_, value, _| Ok(Value::Time(Arc::new(Time::Date(stamp(value)?.date()))))),
    ("isocalendar", iso_calendar),
    ("isoformat", |_, value, args| iso_format(value, args)),
    ("isoweekday", |_, value, _| Ok(Value::Int(stamp(value)?.date().weekday().to_monday_one_offset().into()))),
    ("replace", replace),
    ("strftime", strftime),
    ("timestamp", timestamp),
    ("toordinal", |_, value, _| Ok(Value::Int(micros(stamp(value)?).div_euclid(DAY) + 719_163))),
    ("utcoffset", |_, value, _| {
        Ok(offset(value)?
            .map_or(Value::None, |seconds| Value::Time(Arc::new(Time::Delta(i64::from(seconds) * SECOND)))))
    }),
    ("weekday", |_, value, _| Ok(Value::Int(stamp(value)?.date().weekday().to_monday_zero_offset().into()))),
];

const DELTA: Table = &[("total_seconds", |_, value, _| match time(value)? {
    Time::Delta(micros) => Ok(Value::Float(*micros as f64 / SECOND as f64)),
    _ => Err(Error::failed("no span of time")),
})];

pub(super) fn table(time: &Time) -> Table {
    match time {
        Time::Date(_) => DATE,
        Time::DateTime(..) => STAMP,
        Time::Delta(_) => DELTA,
    }
}

fn time(value: &Value) -> Result<&Time> {
    match value {
        Value::Time(time) => Ok(time),
        other => Err(Error::wrong_type(format!("'{}' is no time", other.type_name()))),
    }
}

fn stamp(value: &Value) -> Result<DateTime> {
    match time(value)? {
        Time::Date(date) => Ok(date.at(0, 0, 0, 0)),
        Time::DateTime(stamp, _) => Ok(*stamp),
        Time::Delta(_) => Err(Error::failed("no date")),
    }
}

fn offset(value: &Value) -> Result<Option<i32>> {
    Ok(match time(value)? {
        Time::DateTime(_, offset) => *offset,
        _ => None,
    })
}

fn formatted(value: &Value, format: &str) -> Result<Value> {
    format_time(time(value)?, format).map(Value::from)
}

fn strftime(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [format] = bind("strftime", args, ["format"])?;
    formatted(value, str_arg(only("strftime", "format", format)?)?)
}

fn iso_format(value: &Value, args: &Args) -> Result<Value> {
    let [separator, precision] = bind("isoformat", args, ["sep", "timespec"])?;
    let mut out = time(value)?.isoformat();
    if let Some(separator) = separator {
        out = out.replacen('T', &text(separator)?, 1);
    }
    let Some(precision) = precision else { return Ok(out.into()) };
    let micros = stamp(value)?.subsec_nanosecond() / 1000;
    let (length, fraction) = match &*text(precision)? {
        "auto" => return Ok(out.into()),
        "hours" => (13, String::new()),
        "minutes" => (16, String::new()),
        "seconds" => (19, String::new()),
        "milliseconds" => (19, format!(".{:03}", micros / 1000)),
        "microseconds" => (19, format!(".{micros:06}")),
        _ => return Err(Error::failed("Unknown timespec value")),
    };
    let zone_at = 19 + if micros == 0 { 0 } else { 7 };
    let zone = out.get(zone_at..).unwrap_or_default().to_owned();
    Ok(format!("{}{fraction}{zone}", out.get(..length).unwrap_or_default()).into())
}

/// Seconds since 1970; a stamp without a zone is local time.
fn timestamp(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let stamp = stamp(value)?;
    let shift = match offset(value)? {
        Some(seconds) => i64::from(seconds) * SECOND,
        None => {
            let zoned = stamp.to_zoned(render.cx.world.time_zone());
            let zoned = zoned.map_err(|_| Error::failed("timestamp out of range for platform time_t"))?;
            i64::from(zoned.offset().seconds()) * SECOND
        }
    };
    Ok(Value::Float((micros(stamp) - shift) as f64 / SECOND as f64))
}

fn iso_calendar(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let week = stamp(value)?.date().iso_week_date();
    let day = week.weekday().to_monday_one_offset();
    Ok(Value::tuple([Value::Int(week.year().into()), Value::Int(week.week().into()), Value::Int(day.into())]))
}

fn replace(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo"];
    let bound = bind("replace", args, names)?;
    let old = stamp(value)?;
    let part = |at: usize, old: i64| bound[at].map_or(Ok(old), index);
    let (year, month, day) = (part(0, old.year().into())?, part(1, old.month().into())?, part(2, old.day().into())?);
    let (hour, minute) = (part(3, old.hour().into())?, part(4, old.minute().into())?);
    let (second, micro) = (part(5, old.second().into())?, part(6, i64::from(old.subsec_nanosecond() / 1000))?);
    let bad = || Error::failed("day is out of range for month");
    let small = |n: i64| i8::try_from(n).map_err(|_| bad());
    let new = DateTime::new(
        i16::try_from(year).map_err(|_| bad())?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        i32::try_from(micro * 1000).map_err(|_| bad())?,
    )
    .map_err(|_| bad())?;
    let zone = match bound[7] {
        Some(Value::None) => None,
        Some(_) => return Err(Error::failed("replace() takes no other tzinfo than None here")),
        None => offset(value)?,
    };
    Ok(Value::Time(Arc::new(match time(value)? {
        Time::Date(_) => Time::Date(new.date()),
        _ => Time::DateTime(new, zone),
    })))
}
