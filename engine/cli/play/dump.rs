//! Results as Ansible's default callback prints them: JSON with sorted keys.
use rolewright_template::Value;
use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use serde_json::{Map, Value as Json};
use std::io::{self, Write};

/// Keys that the first line of a result tells already, or that nobody asked for.
const HIDDEN: [&str; 4] = ["failed", "skipped", "invocation", "exception"];

pub(super) fn result(value: &Value, indented: bool, verbosity: u8) -> String {
    let mut json = match value.to_json() {
        Ok(json) => sorted(&json),
        Err(error) => Json::from(format!("<this result cannot be shown: {error}>")),
    };
    if let Json::Object(map) = &mut json {
        map.retain(|key, _| !key.starts_with("_ansible") && (verbosity >= 3 || !HIDDEN.contains(&key.as_str())));
    }
    text(&json, indented)
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
        let value =
            Value::from_json(&json!({"msg": "é", "failed": true, "changed": false, "a": [1, {"c": 1, "b": 2}]}));
        assert_eq!(result(&value, false, 0), r#"{"a": [1, {"b": 2, "c": 1}], "changed": false, "msg": "é"}"#);
        let shown = "{\n    \"a\": 1\n}";
        assert_eq!(result(&Value::from_json(&json!({"a": 1})), true, 0), shown);
    }
}
