//! Log lines as zap writes them: `level`, `ts`, `logger`, `msg`, then the fields.
use super::Arguments;
use serde_json::{Map, Value as Json};
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Sets up logging for the process; a second call changes nothing.
pub(crate) fn init(arguments: &Arguments) {
    let devel = arguments.zap_devel.unwrap_or(false);
    let level = level(arguments.zap_log_level.as_deref(), devel);
    let console = arguments.zap_encoder.as_deref().map_or(devel, |encoder| encoder == "console");
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    let _ = if console {
        builder.with_target(true).try_init()
    } else {
        let times = Times::of(&arguments.zap_time_encoding);
        builder.event_format(Zap { times }).try_init()
    };
}

fn level(text: Option<&str>, devel: bool) -> LevelFilter {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None if devel => LevelFilter::DEBUG,
        None | Some("info" | "0") => LevelFilter::INFO,
        Some("error" | "panic") => LevelFilter::ERROR,
        Some("debug" | "1" | "2" | "3") => LevelFilter::DEBUG,
        Some(text) if text.parse::<u32>().is_ok() => LevelFilter::TRACE,
        Some(_) => LevelFilter::INFO,
    }
}

#[derive(Clone, Copy)]
enum Times {
    Epoch,
    Millis,
    Nano,
    Text(&'static str),
}

impl Times {
    fn of(name: &str) -> Self {
        match name {
            "epoch" => Self::Epoch,
            "millis" => Self::Millis,
            "nano" => Self::Nano,
            "iso8601" => Self::Text("%Y-%m-%dT%H:%M:%S.%3fZ"),
            "rfc3339nano" => Self::Text("%Y-%m-%dT%H:%M:%S.%9fZ"),
            _ => Self::Text("%Y-%m-%dT%H:%M:%SZ"),
        }
    }
    fn show(self, now: jiff::Timestamp) -> Json {
        match self {
            Self::Epoch => Json::from(now.as_duration().as_secs_f64()),
            Self::Millis => Json::from(now.as_duration().as_secs_f64() * 1000.0),
            Self::Nano => i64::try_from(now.as_nanosecond()).map_or(Json::Null, Json::from),
            Self::Text(format) => Json::from(now.strftime(format).to_string()),
        }
    }
}

struct Zap {
    times: Times,
}

impl<S, N> FormatEvent<S, N> for Zap
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = Map::new();
        line.insert("level".into(), name(*event.metadata().level()).into());
        line.insert("ts".into(), self.times.show(jiff::Timestamp::now()));
        let logger = event.metadata().target().trim_start_matches("rolewright_").replace("::", ".");
        line.insert("logger".into(), logger.into());
        line.insert("msg".into(), fields.message.into());
        line.extend(fields.rest);
        writeln!(writer, "{}", Json::Object(line))
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        _ => "debug",
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    rest: Map<String, Json>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Json) {
        self.rest.insert(field.name().trim_start_matches("r#").to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.put(field, format!("{value:?}").into());
        }
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.put(field, value.into());
        }
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_zaps() {
        for (text, devel, expected) in [
            (None, false, LevelFilter::INFO),
            (None, true, LevelFilter::DEBUG),
            (Some("error"), true, LevelFilter::ERROR),
            (Some("2"), false, LevelFilter::DEBUG),
            (Some("10"), false, LevelFilter::TRACE),
        ] {
            assert_eq!(level(text, devel), expected, "{text:?} {devel}");
        }
    }

    #[test]
    fn times_are_zaps() {
        let time = jiff::Timestamp::new(10, 500_000_000).unwrap();
        for (name, expected) in [
            ("epoch", Json::from(10.5)),
            ("millis", Json::from(10_500.0)),
            ("nano", Json::from(10_500_000_000_i64)),
            ("iso8601", Json::from("1970-01-01T00:00:10.500Z")),
            ("rfc3339", Json::from("1970-01-01T00:00:10Z")),
        ] {
            assert_eq!(Times::of(name).show(time), expected, "{name}");
        }
    }
}
