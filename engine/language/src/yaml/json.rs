//! JSON files: Ansible tries JSON before YAML, and the two differ in small things (`1e3`, tabs, `\/`, surrogates).
use super::{Kind, Node, compose::Composer};
use rolewright_template::{Origin, Value, yaml11};
use serde::de::IgnoredAny;
use std::sync::Arc;

/// The document, if the text is JSON; with positions wherever the YAML reader can follow it.
pub(super) fn document(text: &Arc<str>, file: &Arc<str>) -> Option<Node> {
    if !text.trim_start().starts_with(['{', '[']) || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return None;
    }
    let composed = Composer::new(text, file, true).documents();
    if let Ok(mut parsed) = composed
        && parsed.documents.len() == 1
    {
        return parsed.documents.pop();
    }
    let origin = Origin { file: Arc::clone(file), line: 1, column: 1 };
    serde_json::from_str(text).ok().map(|json| from_json(json, &origin))
}

/// `true`, `null` or a number.
pub(super) fn plain(text: &str) -> Kind {
    match text {
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "null" => Kind::Null,
        number if number.contains(['.', 'e', 'E']) => number.parse().map_or(Kind::Null, Kind::Float),
        number => match yaml11::resolve(number) {
            Value::Int(value) => Kind::Int(value),
            Value::BigInt(value) => Kind::BigInt(value.to_string()),
            _ => Kind::Str(number.to_owned()),
        },
    }
}

fn from_json(json: serde_json::Value, origin: &Origin) -> Node {
    use serde_json::Value as Json;
    let kind = match json {
        Json::Null => Kind::Null,
        Json::Bool(value) => Kind::Bool(value),
        Json::Number(number) => plain(&number.to_string()),
        Json::String(text) => Kind::Str(text),
        Json::Array(items) => Kind::Seq(items.into_iter().map(|item| from_json(item, origin)).collect()),
        Json::Object(map) => Kind::Map(map.into_iter().map(|(key, value)| entry(key, value, origin)).collect()),
    };
    Node { origin: origin.clone(), tag: None, kind }
}

fn entry(key: String, value: serde_json::Value, origin: &Origin) -> (Node, Node) {
    let key = Node { origin: origin.clone(), tag: None, kind: Kind::Str(key) };
    (key, from_json(value, origin))
}
