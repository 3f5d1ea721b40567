//! Times in results, as Python's `str(datetime)` writes them.
use jiff::{Timestamp, tz::TimeZone};

/// `2026-11-24 17:30:33.530510`
pub(crate) fn text(time: Timestamp, zone: TimeZone) -> String {
    time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// Python's `str(timedelta)`: `0:00:00.011540`.
pub(crate) fn delta(from: Timestamp, to: Timestamp) -> String {
    let micros = (to.as_microsecond() - from.as_microsecond()).max(0);
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let tail = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    format!("{hours}:{minutes:02}:{seconds:02}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_writes_it() {
        let start = Timestamp::from_microsecond(1_795_541_433_518_970).unwrap();
        assert_eq!(text(start, TimeZone::UTC), "2026-11-24 17:30:33.518970");
        for (micros, expected) in [(11_540, "0:00:00.011540"), (3_661_000_000, "1:01:01"), (0, "0:00:00")] {
            let end = Timestamp::from_microsecond(start.as_microsecond() + micros).unwrap();
            assert_eq!(delta(start, end), expected);
        }
    }
}
