//! Durations as Go writes and reads them: `30s`, `1h2m`, `1.5h`, `300ms`.
use std::time::Duration;

const UNITS: [(&str, f64); 8] =
    [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

/// Reads a Go duration; the error is Go's own text. Negative ones are refused: nothing here can wait backwards.
pub fn parse(text: &str) -> Result<Duration, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let number_len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(number_len);
        let amount: f64 = number.parse().map_err(|_| invalid())?;
        let unit_len = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(unit_len);
        seconds += amount * unit_seconds(text, unit)?;
        rest = next;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid())
}

fn unit_seconds(text: &str, unit: &str) -> Result<f64, String> {
    if unit.is_empty() {
        return Err(format!("time: missing unit in duration {text:?}"));
    }
    let found = UNITS.iter().find(|(name, _)| *name == unit);
    found.map(|(_, seconds)| *seconds).ok_or_else(|| format!("time: unknown unit {unit:?} in duration {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_read() {
        for (text, millis) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30_000),
            ("1h2m", 3_720_000),
            ("1.5h", 5_400_000),
            ("300ms", 300),
            (".5s", 500),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_in_gos_words() {
        for (text, message) in [
            ("", "time: invalid duration \"\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5 minutes", "time: unknown unit \" minutes\" in duration \"5 minutes\""),
            ("soon", "time: invalid duration \"soon\""),
            ("-1s", "time: invalid duration \"-1s\""),
        ] {
            assert_eq!(parse(text), Err(message.to_owned()), "{text}");
        }
    }
}
