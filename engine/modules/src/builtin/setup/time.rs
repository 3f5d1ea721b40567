//! `ansible_date_time`.
use super::Facts;
use rolewright_run::TaskContext;
use rolewright_template::Value;

pub(super) fn date_time(cx: &TaskContext<'_>) -> Facts {
    let now = cx.system.now().to_zoned(cx.system.time_zone());
    let utc = cx.system.now().to_zoned(jiff::tz::TimeZone::UTC);
    let local = |format: &str| Value::verbatim(now.strftime(format).to_string());
    let fixed = |format: &str| Value::verbatim(utc.strftime(format).to_string());
    let fields = [
        ("year", local("%Y")),
        ("month", local("%m")),
        ("weekday", local("%A")),
        ("weekday_number", local("%w")),
        ("weeknumber", local("%W")),
        ("day", local("%d")),
        ("hour", local("%H")),
        ("minute", local("%M")),
        ("second", local("%S")),
        ("epoch", local("%s")),
        ("epoch_int", local("%s")),
        ("date", local("%Y-%m-%d")),
        ("time", local("%H:%M:%S")),
        ("iso8601_micro", fixed("%Y-%m-%dT%H:%M:%S.%6fZ")),
        ("iso8601", fixed("%Y-%m-%dT%H:%M:%SZ")),
        ("iso8601_basic", local("%Y%m%dT%H%M%S%6f")),
        ("iso8601_basic_short", local("%Y%m%dT%H%M%S")),
        ("tz", local("%Z")),
        ("tz_dst", local("%Z")),
        ("tz_offset", local("%z")),
    ];
    vec![("date_time", Value::dict(fields))]
}
