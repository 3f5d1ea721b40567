//! Results as Ansible's default callback prints them: JSON or YAML with sorted keys, without what is said elsewhere.
use super::environment::{Display, Format};
use rolewright_template::Value;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use serde_json::{Map, Value as Json};
use std::io::{self, Write};

/// Keys that the first line of a result tells already, or that are told in other ways.
const HIDDEN: [&str; 4] = ["failed", "skipped", "exception", "warnings"];
/// Keys for which many `-v` are needed.
const LOUD: [&str; 2] = ["invocation", "diff"];
const LOUD_FROM: u8 = 3;
/// What else a result of `debug` is without: its message, or its variable, stands alone.
const NOT_OF_DEBUG: [&str; 3] = ["changed", "skip_reason", "invocation"];
const OF_DEBUG_MESSAGE: [&str; 1] = ["msg"];

/// Everything after `=> `.
pub(super) fn result(value: &Value, module: &str, indented: bool, display: &Display) -> String {
    let mut json = match value.to_json() {
        Ok(json) => sorted(&json),
        Err(error) => Json::from(format!("<this result cannot be shown: {error}>")),
    };
    if let Json::Object(map) = &mut json {
        let loud = display.verbosity >= LOUD_FROM;
        map.retain(|key, _| !HIDDEN.contains(&key.as_str()) && (loud || !LOUD.contains(&key.as_str())));
        map.retain(|key, _| loud || !key.starts_with("_ansible"));
        if module == "ansible.builtin.debug" {
            let message = map.contains_key("msg");
            map.retain(|key, _| match message {
                true => OF_DEBUG_MESSAGE.contains(&key.as_str()),
                false => !NOT_OF_DEBUG.contains(&key.as_str()),
            });
        }
    }
    match display.format {
        Format::Json => text(&json, indented || display.pretty == Some(true)),
        Format::Yaml => yaml(json, display.pretty != Some(false)),
    }
}

/// Values on the lines below, indented; lists of lines are left out where the text itself stands beside them.
fn yaml(mut json: Json, lossy: bool) -> String {
    if let (Json::Object(map), true) = (&mut json, lossy) {
        for name in ["stdout", "stderr"] {
            let lines = format!("{name}_lines");
            if map.contains_key(name) && map.contains_key(&lines) {
                map.insert(lines, Json::from("<omitted>"));
            }
        }
    }
    let page = rolewright_template::nice_yaml(&Value::from_json(&json));
    let page = page.unwrap_or_else(|error| format!("<this result cannot be shown: {error}>"));
    let lines = page.trim_end().lines().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") });
    format!("\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// One line of JSON, for figures.
pub(super) fn one_line(value: &Value) -> String {
    value.to_json().map_or_else(|error| error.to_string(), |json| text(&sorted(&json), false))
}

/// JSON over several lines, as diffs of structures are made from it.
pub(super) fn indented(value: &Value) -> String {
    value.to_json().map_or_else(|error| error.to_string(), |json| text(&sorted(&json), true))
}

fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            Json::Object(keys.into_iter().map(|key| (key.clone(), sorted(&map[key]))).collect::<Map<_, _>>())
        }
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn text(json: &Json, indented: bool) -> String {
    let mut bytes = Vec::new();
    let written = if indented {
        json.serialize(&mut Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(b"    ")))
    } else {
        json.serialize(&mut Serializer::with_formatter(&mut bytes, OneLine))
    };
    match written {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => json.to_string(),
    }
}

/// Python's `json.dumps`: a blank after commas and colons.
struct OneLine;

impl Formatter for OneLine {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn as_ansible_prints_it() {
        let full = json!({
            "msg": "é", "failed": true, "changed": false, "a": [1, {"c": 1, "b": 2}], "diff": {}, "warnings": ["w"],
            "stdout": "x", "stdout_lines": ["x"],
        });
        let json = Display::default();
        let yaml = Display { format: Format::Yaml, ..Display::default() };
        let rows = [
            (
                &json,
                "command",
                false,
                r#"{"a": [1, {"b": 2, "c": 1}], "changed": false, "msg": "é", "stdout": "x", "stdout_lines": ["x"]}"#,
            ),
            (&json, "ansible.builtin.debug", true, "{\n    \"msg\": \"é\"\n}"),
            (
                &yaml,
                "command",
                false,
                "\n    a:\n    - 1\n    -   b: 2\n        c: 1\n    changed: false\n    msg: é\n    stdout: x\n    \
                 stdout_lines: <omitted>",
            ),
        ];
        for (display, module, indented, expected) in rows {
            assert_eq!(result(&Value::from_json(&full), module, indented, display), expected);
        }
    }
}
