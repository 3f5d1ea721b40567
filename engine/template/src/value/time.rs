//! Dates, time stamps, times of day and spans, as Python's `datetime` has them.
use jiff::Span;
use jiff::civil::{Date, DateTime};
use std::cmp::Ordering;

/// A date, a time stamp or a span of time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Time {
    Date(Date),
    /// With an offset from UTC in seconds, when the stamp has one.
    DateTime(DateTime, Option<i32>),
    /// Microseconds.
    Delta(i64),
}

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;

/// Microseconds since 1970 of a civil time taken as UTC.
pub(crate) fn micros(stamp: DateTime) -> i64 {
    let zoned = stamp.to_zoned(jiff::tz::TimeZone::UTC);
    zoned.map_or(0, |zoned| zoned.timestamp().as_microsecond())
}

/// The civil time, in UTC, of microseconds since 1970.
pub(crate) fn from_micros(micros: i64) -> Option<DateTime> {
    let stamp = jiff::Timestamp::from_microsecond(micros).ok()?;
    Some(stamp.to_zoned(jiff::tz::TimeZone::UTC).datetime())
}

/// `+00:00`, or with a separator of the caller's.
pub(crate) fn offset_text(seconds: i32, separator: &str) -> String {
    let (sign, abs) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
    let rest = if abs % 60 == 0 { String::new() } else { format!("{separator}{:02}", abs % 60) };
    format!("{sign}{:02}{separator}{:02}{rest}", abs / 3600, abs / 60 % 60)
}

impl Time {
    pub(crate) fn is_truthy(&self) -> bool {
        !matches!(self, Self::Delta(0))
    }
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Date(_) => "date",
            Self::DateTime(..) => "datetime",
            Self::Delta(_) => "timedelta",
        }
    }
    /// The order, where the two can be compared.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::DateTime(a, None), Self::DateTime(b, None)) => Some(a.cmp(b)),
            (Self::DateTime(a, Some(x)), Self::DateTime(b, Some(y))) => {
                Some((micros(*a) - i64::from(*x) * SECOND).cmp(&(micros(*b) - i64::from(*y) * SECOND)))
            }
            (Self::Delta(a), Self::Delta(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
    /// Python's `isoformat()`.
    pub(crate) fn isoformat(&self) -> String {
        match self {
            Self::Date(date) => date.to_string(),
            Self::DateTime(stamp, offset) => stamp_text(*stamp, *offset, 'T'),
            Self::Delta(_) => self.to_string(),
        }
    }
    pub(crate) fn repr(&self) -> String {
        match self {
            Self::Date(d) => format!("datetime.date({}, {}, {})", d.year(), d.month(), d.day()),
            Self::DateTime(stamp, offset) => stamp_repr(*stamp, *offset),
            Self::Delta(micros) => delta_repr(*micros),
        }
    }
    /// This plus a span of microseconds.
    pub(crate) fn plus(&self, delta: i64) -> Option<Self> {
        Some(match self {
            Self::Date(date) => Self::Date(date.checked_add(Span::new().try_days(delta.div_euclid(DAY)).ok()?).ok()?),
            Self::DateTime(stamp, offset) => Self::DateTime(from_micros(micros(*stamp).checked_add(delta)?)?, *offset),
            Self::Delta(own) => Self::Delta(own.checked_add(delta)?),
        })
    }
    /// The span from `other` to this.
    pub(crate) fn minus(&self, other: &Self) -> Option<i64> {
        match (self, other) {
            (Self::Date(a), Self::Date(b)) => micros(a.at(0, 0, 0, 0)).checked_sub(micros(b.at(0, 0, 0, 0))),
            (Self::DateTime(a, x), Self::DateTime(b, y)) if x.is_some() == y.is_some() => {
                let shift = i64::from(x.unwrap_or(0) - y.unwrap_or(0)) * SECOND;
                micros(*a).checked_sub(micros(*b))?.checked_sub(shift)
            }
            (Self::Delta(a), Self::Delta(b)) => a.checked_sub(*b),
            _ => None,
        }
    }
}

/// Python's `str(x)`.
impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{date}"),
            Self::DateTime(stamp, offset) => f.write_str(&stamp_text(*stamp, *offset, ' ')),
            Self::Delta(micros) => f.write_str(&delta_text(*micros)),
        }
    }
}

fn stamp_text(stamp: DateTime, offset: Option<i32>, separator: char) -> String {
    let fraction = match stamp.subsec_nanosecond() / 1000 {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!(
        "{}{separator}{:02}:{:02}:{:02}{fraction}{}",
        stamp.date(),
        stamp.hour(),
        stamp.minute(),
        stamp.second(),
        offset.map_or_else(String::new, |seconds| offset_text(seconds, ":"))
    )
}

fn stamp_repr(stamp: DateTime, offset: Option<i32>) -> String {
    let micro = stamp.subsec_nanosecond() / 1000;
    let mut parts = vec![
        stamp.year().to_string(),
        stamp.month().to_string(),
        stamp.day().to_string(),
        stamp.hour().to_string(),
        stamp.minute().to_string(),
    ];
    if stamp.second() != 0 || micro != 0 {
        parts.push(stamp.second().to_string());
    }
    if micro != 0 {
        parts.push(micro.to_string());
    }
    match offset {
        None => {}
        Some(0) => parts.push("tzinfo=datetime.timezone.utc".into()),
        Some(seconds) => parts.push(format!("tzinfo=datetime.timezone({})", delta_repr(i64::from(seconds) * SECOND))),
    }
    format!("datetime.datetime({})", parts.join(", "))
}

/// Days, seconds and microseconds, the latter two never negative.
pub(crate) fn delta_parts(micros: i64) -> (i64, i64, i64) {
    let rest = micros.rem_euclid(DAY);
    (micros.div_euclid(DAY), rest / SECOND, rest % SECOND)
}

fn delta_text(micros: i64) -> String {
    let (days, seconds, micros) = delta_parts(micros);
    let clock = format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    match days {
        0 => clock + &fraction,
        1 | -1 => format!("{days} day, {clock}{fraction}"),
        _ => format!("{days} days, {clock}{fraction}"),
    }
}

fn delta_repr(micros: i64) -> String {
    let (days, seconds, micros) = delta_parts(micros);
    let parts: Vec<String> = [("days", days), ("seconds", seconds), ("microseconds", micros)]
        .iter()
        .filter(|(_, n)| *n != 0)
        .map(|(name, n)| format!("{name}={n}"))
        .collect();
    if parts.is_empty() { "datetime.timedelta(0)".into() } else { format!("datetime.timedelta({})", parts.join(", ")) }
}
