//! Schedules in cron's five fields.
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A parsed schedule: which values each field allows.
#[derive(Debug)]
pub(super) struct Schedule {
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Vec<i8>,
    months: Vec<i8>,
    weekdays: Vec<i8>,
    /// Both day fields are restricted: either may match.
    either_day: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let mut parsed = Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, &MONTHS)?,
            weekdays: field(weekdays, 0, 7, &WEEKDAYS)?,
            either_day: !days.starts_with(['*', '?']) && !weekdays.starts_with(['*', '?']),
        };
        if parsed.weekdays.contains(&7) {
            parsed.weekdays.push(0);
        }
        Some(parsed)
    }

    fn day_matches(&self, at: DateTime) -> bool {
        let by_day = self.days.contains(&at.day());
        let by_weekday = self.weekdays.contains(&at.weekday().to_sunday_zero_offset());
        let days = if self.either_day { by_day || by_weekday } else { by_day && by_weekday };
        days && self.months.contains(&at.month())
    }

    /// The first minute after `after` that the schedule names, within five years.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = after.to_zoned(zone.clone()).datetime();
        let mut at = local.with().second(0).subsec_nanosecond(0).build().ok()?.checked_add(1.minute()).ok()?;
        let end = local.checked_add(5.years()).ok()?;
        while at < end {
            if !self.day_matches(at) {
                at = at.with().hour(0).minute(0).build().ok()?.checked_add(1.day()).ok()?;
            } else if !self.hours.contains(&at.hour()) {
                at = at.with().minute(0).build().ok()?.checked_add(1.hour()).ok()?;
            } else if !self.minutes.contains(&at.minute()) {
                at = at.checked_add(1.minute()).ok()?;
            } else {
                return at.to_zoned(zone.clone()).ok().map(|z| z.timestamp());
            }
        }
        None
    }
}

fn field(text: &str, low: i8, high: i8, names: &[&str]) -> Option<Vec<i8>> {
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<i8>().ok().filter(|s| *s > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range {
            "*" | "?" => (low, high),
            _ => match range.split_once('-') {
                Some((from, to)) => (value(from, low, names)?, value(to, low, names)?),
                None => {
                    let from = value(range, low, names)?;
                    (from, if part.contains('/') { high } else { from })
                }
            },
        };
        if from < low || to > high || from > to {
            return None;
        }
        values.extend((from..=to).step_by(step as usize));
    }
    Some(values)
}

fn value(text: &str, low: i8, names: &[&str]) -> Option<i8> {
    let named = names.iter().position(|n| *n == text.to_lowercase());
    named.and_then(|i| i8::try_from(i).ok()).map(|i| i + low).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_minute() {
        for (schedule, after, next) in [
            ("*/5 * * * *", "2026-11-22T10:48:38Z", "2026-11-22T10:50:00Z"),
            ("0 3 * * *", "2026-11-22T10:48:38Z", "2026-11-23T03:00:00Z"),
            ("@monthly", "2026-11-22T10:48:38Z", "2026-12-01T00:00:00Z"),
            ("30 4 1,15 * 5", "2026-11-22T10:48:38Z", "2026-11-27T04:30:00Z"),
            ("0 0 29 feb *", "2026-11-22T10:48:38Z", "2028-02-29T00:00:00Z"),
            ("10-20/5 * * * mon-fri", "2026-11-22T10:48:38Z", "2026-11-23T00:10:00Z"),
        ] {
            let found = Schedule::parse(schedule).unwrap().next(after.parse().unwrap(), &TimeZone::UTC).unwrap();
            assert_eq!(found.to_string(), next, "{schedule}");
        }
    }

    #[test]
    fn refuses_what_is_no_schedule() {
        for text in ["", "* * * *", "60 * * * *", "a * * * *", "*/0 * * * *", "5-1 * * * *"] {
            assert!(Schedule::parse(text).is_none(), "{text}");
        }
        let never = Schedule::parse("0 0 31 2 *").unwrap();
        assert!(never.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_none());
    }
}
