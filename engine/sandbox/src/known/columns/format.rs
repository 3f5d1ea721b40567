//! How cells are written: ages, labels, selectors, lists.
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::json::JsonExt;

pub(super) const NONE: &str = "<none>";
pub(super) const UNSET: &str = "<unset>";
pub(super) const UNKNOWN: &str = "<unknown>";

/// A span of time with the two units that matter: `10s`, `2m3s`, `3h4m`, `2d5h`.
pub(super) fn duration(seconds: i64) -> String {
    let pair = |big: i64, big_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{big}{big_unit}"),
        small => format!("{big}{big_unit}{small}{small_unit}"),
    };
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let days = hours / 24;
    match () {
        () if seconds < -1 => "<invalid>".into(),
        () if seconds < 0 => "0s".into(),
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => pair(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => pair(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => pair(days, "d", hours % 24, "h"),
        () if days < 730 => format!("{days}d"),
        () if days < 2920 => pair(days / 365, "y", days % 365, "d"),
        () => format!("{}y", days / 365),
    }
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

/// The time since a moment that is written as text; `<unknown>` without one.
pub(super) fn since(time: &str) -> String {
    match time.parse::<Timestamp>() {
        Ok(time) => duration(seconds_between(time, Timestamp::now())),
        Err(_) if time.is_empty() => UNKNOWN.into(),
        Err(_) => "<invalid>".into(),
    }
}

/// The time between two moments; until now if the second is missing.
pub(super) fn between(from: &str, to: &str) -> String {
    let Ok(from) = from.parse::<Timestamp>() else { return String::new() };
    let to = to.parse::<Timestamp>().unwrap_or_else(|_| Timestamp::now());
    duration(seconds_between(from, to))
}

pub(super) fn or<'a>(text: &'a str, default: &'a str) -> &'a str {
    if text.is_empty() { default } else { text }
}

/// `a=b,c=d`, in the order of the keys.
pub(super) fn labels(map: Option<&Json>) -> String {
    let mut pairs: Vec<String> = map
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    if pairs.is_empty() { NONE.into() } else { pairs.join(",") }
}

/// A `LabelSelector` as text.
pub(super) fn selector(selector: Option<&Json>) -> String {
    let text = selector.map(crate::api::scale::selector_text).unwrap_or_default();
    if text.is_empty() { NONE.into() } else { text }
}

/// One field of every element, joined by commas.
pub(super) fn joined(items: &[Json], pointer: &str) -> String {
    items.iter().map(|i| i.text(pointer)).collect::<Vec<_>>().join(",")
}

/// The first few, and how many more there are.
pub(super) fn first_of(all: &[String], most: usize) -> String {
    let shown = all.iter().take(most).cloned().collect::<Vec<_>>().join(",");
    match all.len().checked_sub(most) {
        Some(more) if more > 0 => format!("{shown} + {more} more..."),
        _ => shown,
    }
}

/// A number or a text as text.
pub(super) fn plain(value: Option<&Json>, default: &str) -> String {
    match value {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => default.into(),
        Some(other) => other.to_string(),
    }
}

/// A value as Go prints it: `[a b]`, `map[a:1]`.
pub(super) fn go(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".into(),
        Json::String(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(go).collect::<Vec<_>>().join(" ")),
        Json::Object(map) => {
            let mut pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k}:{}", go(v))).collect();
            pairs.sort();
            format!("map[{}]", pairs.join(" "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_show_two_units_at_most() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (123, "2m3s"),
            (600, "10m"),
            (179 * 60, "179m"),
            (3 * 3600 + 240, "3h4m"),
            (9 * 3600, "9h"),
            (47 * 3600, "47h"),
            (53 * 3600, "2d5h"),
            (8 * 86400, "8d"),
            (800 * 86400, "2y70d"),
            (3650 * 86400, "10y"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn lists_are_cut_and_counted() {
        let all: Vec<String> = ["a", "b", "c", "d"].map(String::from).into();
        assert_eq!(first_of(&all, 3), "a,b,c + 1 more...");
        assert_eq!(first_of(&all[..2], 3), "a,b");
        assert_eq!(go(&json!({"b": [1, "x"], "a": null})), "map[a:<nil> b:[1 x]]");
        assert_eq!(labels(Some(&json!({"b": "2", "a": "1"}))), "a=1,b=2");
        assert_eq!(labels(None), NONE);
    }
}
