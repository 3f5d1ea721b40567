//! Reads protobuf bodies: newer kubectl posts many built-in kinds that way and does not fall back to JSON.
//! The field numbers are in `fields.txt`, one message a line (`number name type`; `*` repeats, `%` is a map, `^`
//! is inlined, upper case types are optional). They are facts of the Kubernetes API definitions.
use std::collections::HashMap;
use std::sync::OnceLock;

use base64::Engine;
use serde_json::{Map, Value as Json};

mod wire;
use wire::{Field, Reader};

const MAGIC: &[u8] = b"k8s\0";
/// Real objects nest about twenty deep.
const DEPTH: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cardinality {
    One,
    Many,
    Map,
}

#[derive(Debug)]
struct FieldType {
    name: &'static str,
    kind: &'static str,
    cardinality: Cardinality,
}

type Message = HashMap<u32, FieldType>;

fn messages() -> &'static HashMap<&'static str, Message> {
    static MESSAGES: OnceLock<HashMap<&'static str, Message>> = OnceLock::new();
    MESSAGES.get_or_init(|| include_str!("fields.txt").lines().filter_map(message).collect())
}

fn message(line: &'static str) -> Option<(&'static str, Message)> {
    let (name, fields) = line.split_once(": ")?;
    Some((name, fields.split("; ").filter_map(field).collect()))
}

fn field(text: &'static str) -> Option<(u32, FieldType)> {
    let mut parts = text.split(' ');
    let (number, name, kind) = (parts.next()?, parts.next()?, parts.next()?);
    let cardinality = match number.chars().last()? {
        '*' => Cardinality::Many,
        '%' => Cardinality::Map,
        _ => Cardinality::One,
    };
    let number = number.trim_end_matches(['*', '%']).parse().ok()?;
    Some((number, FieldType { name, kind, cardinality }))
}

/// The object in an `application/vnd.kubernetes.protobuf` body.
pub(crate) fn decode(body: &[u8]) -> Result<Json, String> {
    let body = body
        .strip_prefix(MAGIC)
        .ok_or("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")?;
    let (mut api_version, mut kind, mut raw, mut content) = (String::new(), String::new(), &[][..], String::new());
    for (number, field) in Reader::new(body) {
        match (number, field?) {
            (1, Field::Bytes(bytes)) => (api_version, kind) = type_meta(bytes)?,
            (2, Field::Bytes(bytes)) => raw = bytes,
            (4, Field::Bytes(bytes)) => content = text(bytes),
            _ => {}
        }
    }
    if content == "application/json" {
        return serde_json::from_slice(raw).map_err(|e| e.to_string());
    }
    let mut object = Map::from_iter([
        ("kind".into(), Json::from(kind.as_str())),
        ("apiVersion".into(), api_version.as_str().into()),
    ]);
    object.append(&mut read(&message_of(&api_version, &kind)?, raw, 0)?);
    Ok(Json::Object(object))
}

fn type_meta(bytes: &[u8]) -> Result<(String, String), String> {
    let (mut api_version, mut kind) = (String::new(), String::new());
    for (number, field) in Reader::new(bytes) {
        match (number, field?) {
            (1, Field::Bytes(bytes)) => api_version = text(bytes),
            (2, Field::Bytes(bytes)) => kind = text(bytes),
            _ => {}
        }
    }
    Ok((api_version, kind))
}

/// `apps/v1`, `Deployment` → `apps/v1.Deployment`. Options belong to every group.
fn message_of(api_version: &str, kind: &str) -> Result<String, String> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("core", api_version));
    let group = group.split('.').next().unwrap_or_default();
    let names = [format!("{group}/{version}.{kind}"), format!("meta/v1.{kind}")];
    let found = names.into_iter().find(|n| messages().contains_key(n.as_str()));
    found.ok_or_else(|| format!("no kind {kind:?} is registered for version {api_version:?}"))
}

fn read(name: &str, bytes: &[u8], depth: usize) -> Result<Map<String, Json>, String> {
    if depth > DEPTH {
        return Err("proto: nesting is too deep".into());
    }
    let mut map = Map::new();
    let Some(message) = messages().get(name) else { return Ok(map) };
    for (number, field) in Reader::new(bytes) {
        let field = field?;
        let Some(ty) = message.get(&number) else { continue };
        match ty.cardinality {
            Cardinality::Map => entry(&mut map, ty, &field, depth)?,
            Cardinality::Many => many(&mut map, ty, &field, depth)?,
            Cardinality::One if ty.name == "^" => {
                if let Field::Bytes(bytes) = field {
                    map.append(&mut read(ty.kind, bytes, depth + 1)?);
                }
            }
            Cardinality::One => {
                if let Some(value) = value(ty.kind, &field, depth)? {
                    map.insert(ty.name.into(), value);
                }
            }
        }
    }
    Ok(map)
}

fn many(map: &mut Map<String, Json>, ty: &FieldType, field: &Field<'_>, depth: usize) -> Result<(), String> {
    let item = value(&ty.kind.to_uppercase_scalar(), field, depth)?;
    let list = map.entry(ty.name).or_insert_with(|| Json::Array(Vec::new()));
    if let (Some(list), Some(item)) = (list.as_array_mut(), item) {
        list.push(item);
    }
    Ok(())
}

fn entry(map: &mut Map<String, Json>, ty: &FieldType, field: &Field<'_>, depth: usize) -> Result<(), String> {
    let Field::Bytes(bytes) = field else { return Ok(()) };
    let (mut key, mut item) = (String::new(), None);
    for (number, field) in Reader::new(bytes) {
        match (number, field?) {
            (1, Field::Bytes(bytes)) => key = text(bytes),
            (2, field) => item = value(&ty.kind.to_uppercase_scalar(), &field, depth)?,
            _ => {}
        }
    }
    let target = map.entry(ty.name).or_insert_with(|| Json::Object(Map::new()));
    if let Some(target) = target.as_object_mut() {
        target.insert(key, item.unwrap_or_else(|| Json::from("")));
    }
    Ok(())
}

trait Scalar {
    /// In lists and maps a zero is a value.
    fn to_uppercase_scalar(&self) -> String;
}

impl Scalar for str {
    fn to_uppercase_scalar(&self) -> String {
        if self.len() == 1 { self.to_uppercase() } else { self.to_owned() }
    }
}

/// None for the zero of a field that is not optional: it is always written and means nothing.
fn value(kind: &str, field: &Field<'_>, depth: usize) -> Result<Option<Json>, String> {
    let bytes = if let Field::Bytes(bytes) = field { *bytes } else { &[] };
    let number = if let Field::Varint(number) = field { *number as i64 } else { 0 };
    Ok(match kind {
        "s" => Some(text(bytes)).filter(|t| !t.is_empty()).map(Json::from),
        "S" => Some(text(bytes).into()),
        "b" => (number != 0).then(|| true.into()),
        "B" => Some((number != 0).into()),
        "i" => (number != 0).then(|| number.into()),
        "I" => Some(number.into()),
        "d" | "D" => field.double().and_then(serde_json::Number::from_f64).map(Json::Number),
        "y" | "Y" => Some(base64::engine::general_purpose::STANDARD.encode(bytes).into()),
        "quantity" => Some(text(first(bytes)?).into()),
        "intstr" => Some(int_or_string(bytes)?),
        "time" => time(bytes)?.map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()),
        "microtime" => time(bytes)?.map(|t| t.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string().into()),
        "rawjson" => serde_json::from_slice(first(bytes)?).ok(),
        message => match messages().get(message).and_then(|m| m.get(&1)) {
            Some(FieldType { name: "items", kind: "s", .. }) => read(message, bytes, depth + 1)?.remove("items"),
            _ => Some(Json::Object(read(message, bytes, depth + 1)?)),
        },
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The first field of a wrapper.
fn first(bytes: &[u8]) -> Result<&[u8], String> {
    for (number, field) in Reader::new(bytes) {
        if let (1, Field::Bytes(bytes)) = (number, field?) {
            return Ok(bytes);
        }
    }
    Ok(&[])
}

fn int_or_string(bytes: &[u8]) -> Result<Json, String> {
    let (mut kind, mut number, mut string) = (0, 0, String::new());
    for (field_number, field) in Reader::new(bytes) {
        match (field_number, field?) {
            (1, Field::Varint(v)) => kind = v,
            (2, Field::Varint(v)) => number = v as i64,
            (3, Field::Bytes(b)) => string = text(b),
            _ => {}
        }
    }
    Ok(if kind == 0 { number.into() } else { string.into() })
}

fn time(bytes: &[u8]) -> Result<Option<jiff::Timestamp>, String> {
    let (mut seconds, mut nanos) = (None, 0);
    for (number, field) in Reader::new(bytes) {
        match (number, field?) {
            (1, Field::Varint(v)) => seconds = Some(v as i64),
            (2, Field::Varint(v)) => nanos = v as i32,
            _ => {}
        }
    }
    // Go's zero time is in the year 1, and means none.
    Ok(seconds.filter(|s| *s > -62_135_596_800).and_then(|s| jiff::Timestamp::new(s, nanos).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2, content.len() as u8];
        out.extend_from_slice(content);
        out
    }

    fn body(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
        let meta = [bytes(1, api_version.as_bytes()), bytes(2, kind.as_bytes())].concat();
        [MAGIC.to_vec(), bytes(1, &meta), bytes(2, raw)].concat()
    }

    #[test]
    fn reads_objects_as_kubectl_sends_them() {
        let label = [bytes(1, b"a"), bytes(2, b"b")].concat();
        let meta = [bytes(1, b"x"), bytes(2, b""), bytes(8, b""), bytes(11, &label)].concat();
        let deployment = [bytes(1, &meta), bytes(2, &[8, 0])].concat();
        assert_eq!(
            decode(&body("apps/v1", "Deployment", &deployment)).unwrap(),
            json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "x", "labels": {"a": "b"}},
                "spec": {"replicas": 0}})
        );
        let data = [bytes(1, b"k"), bytes(2, b"v")].concat();
        assert_eq!(decode(&body("v1", "Secret", &bytes(2, &data))).unwrap()["data"], json!({"k": "dg=="}));
    }

    #[test]
    fn refuses_what_is_not_protobuf_or_not_known() {
        assert!(decode(b"{}").unwrap_err().contains("expected prefix"));
        assert!(decode(&body("e.com/v1", "Foo", b"")).unwrap_err().contains("no kind \"Foo\""));
        assert!(decode(&body("v1", "Secret", &[10, 200])).is_err());
    }

    #[test]
    fn the_table_is_whole() {
        for (name, message) in messages() {
            for field in message.values() {
                let known = field.kind.len() == 1 || messages().contains_key(field.kind);
                let special = matches!(field.kind, "quantity" | "intstr" | "time" | "microtime" | "rawjson");
                assert!(known || special, "{name}.{}: {}", field.name, field.kind);
            }
        }
    }
}
