//! Text to nodes with positions.
use rolewright_language::Diagnostic;
use rolewright_language::yaml::{Kind, Node};
use rolewright_template::Origin;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::Spanned;
use std::sync::Arc;

/// The one document of the text; `None` for an empty one.
pub(super) fn parse(text: &str, file: &Arc<str>) -> Result<Option<Node>, Diagnostic> {
    if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#') || line.starts_with("---")) {
        return Ok(None);
    }
    match serde_yaml::from_str::<Spanned<Read>>(text) {
        Ok(read) => Ok(Some(node(read, file))),
        Err(error) => {
            let at = error.location().map(|at| (narrow(at.line()), narrow(at.column())));
            let (line, column) = at.unwrap_or((1, 1));
            let origin = Some(Origin { file: Arc::clone(file), line, column });
            let first = error.to_string();
            let message = first.lines().next().unwrap_or_default().to_owned();
            Err(Diagnostic { origin, ..Diagnostic::error("yaml-syntax", message) })
        }
    }
}

fn narrow(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A node before it knows its file.
enum Read {
    Leaf(Kind),
    Seq(Vec<Spanned<Read>>),
    Map(Vec<(Spanned<Read>, Spanned<Read>)>),
}

fn node(read: Spanned<Read>, file: &Arc<str>) -> Node {
    let at = read.referenced;
    let origin = Origin { file: Arc::clone(file), line: narrow(at.line()), column: narrow(at.column()) };
    let kind = match read.value {
        Read::Leaf(kind) => kind,
        Read::Seq(items) => Kind::Seq(items.into_iter().map(|item| node(item, file)).collect()),
        Read::Map(entries) => {
            Kind::Map(entries.into_iter().map(|(key, value)| (node(key, file), node(value, file))).collect())
        }
    };
    Node { origin, tag: None, kind }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadVisitor)
    }
}

struct ReadVisitor;

impl<'de> Visitor<'de> for ReadVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("YAML")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Read, E> {
        Ok(Read::Leaf(Kind::Bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Read, E> {
        Ok(Read::Leaf(Kind::Int(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Read, E> {
        Ok(Read::Leaf(i64::try_from(value).map_or_else(|_| Kind::BigInt(value.to_string()), Kind::Int)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Read, E> {
        Ok(Read::Leaf(Kind::Float(value)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Read, E> {
        let kind = match text {
            "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Kind::Bool(true),
            "no" | "No" | "NO" | "off" | "Off" | "OFF" => Kind::Bool(false),
            text => Kind::Str(text.to_owned()),
        };
        Ok(Read::Leaf(kind))
    }
    fn visit_unit<E>(self) -> Result<Read, E> {
        Ok(Read::Leaf(Kind::Null))
    }
    fn visit_none<E>(self) -> Result<Read, E> {
        Ok(Read::Leaf(Kind::Null))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        Read::deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Read, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Read::Seq(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Read::Map(entries))
    }
}
