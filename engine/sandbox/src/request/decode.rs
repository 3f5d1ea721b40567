//! Bodies: JSON, YAML, and what Go's decoder says about broken ones.
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

use crate::status::{Failure, Outcome};

/// The largest body the API reads.
pub(crate) const BODY_LIMIT: usize = 3 * 1024 * 1024;
/// The largest object the store behind a real API takes.
pub(crate) const OBJECT_LIMIT: usize = 1024 * 1024 + 512 * 1024;

const OBJECT_TYPES: [&str; 3] = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/// A decoded body and the paths of fields that came twice.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) value: Json,
    pub(crate) duplicates: Vec<String>,
}

pub(crate) fn media_type(content_type: Option<&str>) -> &str {
    content_type.and_then(|c| c.split(';').next()).map(str::trim).unwrap_or_default()
}

/// The body of a create, update or delete.
pub(crate) fn object(content_type: Option<&str>, body: &[u8], kind: &str) -> Outcome<Decoded> {
    let unrecognized = |why: String| {
        let message = format!("the object provided is unrecognized (must be of type {kind}): {why}");
        Failure::bad_request(message)
    };
    match media_type(content_type) {
        "" | "application/json" => json(body).map_err(|why| {
            let why = format!("couldn't get version/kind; json parse error: {why} ({})", excerpt(body));
            unrecognized(why)
        }),
        "application/yaml" => yaml(body).map_err(unrecognized),
        "application/vnd.kubernetes.protobuf" => {
            crate::protobuf::decode(body).map(|value| Decoded { value, duplicates: Vec::new() }).map_err(unrecognized)
        }
        _ => Err(Failure::unsupported_media(&OBJECT_TYPES)),
    }
}

/// The start of a body, as Go's decoder quotes it.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    if text.len() <= 30 { text.into_owned() } else { text.chars().take(30).collect::<String>() + " ..." }
}

pub(crate) fn yaml(body: &[u8]) -> Result<Decoded, String> {
    let text = std::str::from_utf8(body).map_err(|_| "yaml: invalid leading UTF-8 octet".to_owned())?;
    // JSON is YAML, and the JSON reader tells duplicates and errors better.
    if let Ok(decoded) = json(body) {
        return Ok(decoded);
    }
    let value: Json = serde_yaml::from_str(text).map_err(|e| format!("error converting YAML to JSON: yaml: {e}"))?;
    Ok(Decoded { value: normal(value), duplicates: Vec::new() })
}

/// JSON with the words of Go's `encoding/json` for errors.
pub(crate) fn json(body: &[u8]) -> Result<Decoded, String> {
    let mut duplicates = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let seed = Seed { path: String::new(), duplicates: &mut duplicates };
    let value = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map(|value| Decoded { value, duplicates }).map_err(|e| go_error(&e, body))
}

fn go_error(error: &serde_json::Error, body: &[u8]) -> String {
    if error.is_eof() {
        return "unexpected end of JSON input".into();
    }
    let line_start =
        body.split(|b| *b == b'\n').take(error.line().saturating_sub(1)).map(|l| l.len() + 1).sum::<usize>();
    let at = (line_start + error.column()).saturating_sub(1);
    let text = String::from_utf8_lossy(body.get(at..).unwrap_or_default());
    match text.chars().next() {
        Some(c) if at == 0 => format!("invalid character '{c}' looking for beginning of value"),
        Some(c) => format!("invalid character '{c}' looking for beginning of object key string"),
        None => "unexpected end of JSON input".into(),
    }
}

/// Whole numbers are integers however they were written, as they are after a round trip through the API.
pub(crate) fn normal(value: Json) -> Json {
    match value {
        Json::Number(number) => Json::Number(integral(number)),
        Json::Array(items) => items.into_iter().map(normal).collect(),
        Json::Object(map) => map.into_iter().map(|(k, v)| (k, normal(v))).collect(),
        other => other,
    }
}

fn integral(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9.0e15 => (float as i64).into(),
        _ => number,
    }
}

/// Reads JSON while noting repeated keys; the last one wins.
struct Seed<'a> {
    path: String,
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json;
    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Json, E> {
        Ok(v.into())
    }
    fn visit_i64<E>(self, v: i64) -> Result<Json, E> {
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Json, E> {
        Ok(v.into())
    }
    fn visit_f64<E>(self, v: f64) -> Result<Json, E> {
        Ok(Number::from_f64(v).map_or(Json::Null, |n| Json::Number(integral(n))))
    }
    fn visit_str<E>(self, v: &str) -> Result<Json, E> {
        Ok(v.into())
    }
    fn visit_string<E>(self, v: String) -> Result<Json, E> {
        Ok(v.into())
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, items.len());
            match seq.next_element_seed(Seed { path, duplicates: &mut *self.duplicates })? {
                Some(item) => items.push(item),
                None => return Ok(Json::Array(items)),
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let path = if self.path.is_empty() { key.clone() } else { format!("{}.{key}", self.path) };
            if map.contains_key(&key) && !self.duplicates.contains(&path) {
                self.duplicates.push(path.clone());
            }
            let value = access.next_value_seed(Seed { path, duplicates: &mut *self.duplicates })?;
            map.insert(key, value);
        }
        Ok(Json::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json as j;

    #[test]
    fn numbers_lose_their_spelling() {
        let decoded = json(br#"{"a":1e3,"b":1.0,"c":0.1,"d":9223372036854775807}"#).unwrap();
        assert_eq!(decoded.value, j!({"a": 1000, "b": 1, "c": 0.1, "d": 9223372036854775807i64}));
    }

    #[test]
    fn repeated_keys_are_told_with_their_path() {
        let decoded = json(br#"{"spec":{"a":[{"b":1,"b":2}]},"spec":{"a":1}}"#).unwrap();
        assert_eq!(decoded.duplicates, ["spec.a[0].b", "spec"]);
        assert_eq!(decoded.value, j!({"spec": {"a": 1}}));
    }

    #[test]
    fn broken_bodies_fail_in_the_words_of_go() {
        let message = |body: &str| object(None, body.as_bytes(), "Foo").unwrap_err().message;
        assert_eq!(
            message(r#"{"a":"#),
            "the object provided is unrecognized (must be of type Foo): couldn't get version/kind; json parse error: \
             unexpected end of JSON input ({\"a\":)"
        );
        assert_eq!(json(b"invalid").unwrap_err(), "invalid character 'i' looking for beginning of value");
        assert_eq!(object(Some("text/plain"), b"{}", "Foo").unwrap_err().code, 415);
        assert_eq!(object(Some("application/yaml"), b"a: [", "Foo").unwrap_err().code, 400);
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            for content_type in ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] {
                let _ = object(Some(content_type), &body, "Foo");
            }
        }
    }
}
