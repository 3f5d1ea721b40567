//! Keys of mappings: merges, doubles, and keys that cannot be.
use super::{Kind, Node};
use crate::Diagnostic;
use granit_parser::{Event, ScalarStyle};
use rolewright_template::Origin;
use std::collections::HashMap;

pub(super) struct Entry {
    /// The key is `<<`.
    pub(super) merge: bool,
    pub(super) key: Node,
    pub(super) value: Node,
}

pub(super) fn is_merge(event: &Event<'_>) -> bool {
    is_plain(event, "<<") || event.tag().is_some_and(|tag| tag.suffix() == "merge" && tag.is_yaml_core())
}

/// `=`, which is text as a key and an error elsewhere.
pub(super) fn is_default(event: &Event<'_>) -> bool {
    is_plain(event, "=")
}

trait CoreTag {
    fn is_yaml_core(&self) -> bool;
}

impl CoreTag for granit_parser::Tag {
    fn is_yaml_core(&self) -> bool {
        self.handle() == "tag:yaml.org,2002:"
    }
}

fn is_plain(event: &Event<'_>, wanted: &str) -> bool {
    event.tag().is_none() && matches!(event.scalar(), Some((text, ScalarStyle::Plain)) if text == wanted)
}

type Pairs = Vec<(Node, Node)>;

/// Merges first, then own entries; a key given twice keeps its first place and its last value.
pub(super) fn unique(entries: Vec<Entry>, origin: &Origin) -> Result<(Pairs, Vec<Diagnostic>), Diagnostic> {
    let mut merged: Pairs = Vec::new();
    let mut own: Pairs = Vec::new();
    for entry in entries {
        if entry.merge {
            merge(entry.value, &mut merged)?;
        } else {
            own.push((entry.key, entry.value));
        }
    }
    let mut map = Unique::default();
    for (key, value) in merged {
        map.insert(key, value)?;
    }
    map.own_from = map.pairs.len();
    let mut doubles = Vec::new();
    for (key, value) in own {
        let at = key.origin.clone();
        if let Some(first) = map.insert(key, value)? {
            doubles.push(double(origin, &first, &at));
        }
    }
    Ok((map.pairs, doubles))
}

fn merge(value: Node, into: &mut Pairs) -> Result<(), Diagnostic> {
    match value.kind {
        Kind::Map(entries) => into.extend(entries),
        Kind::Seq(items) => {
            for item in items.into_iter().rev() {
                match item.kind {
                    Kind::Map(entries) => into.extend(entries),
                    _ => return Err(bad_merge("a mapping", &item)),
                }
            }
        }
        _ => return Err(bad_merge("a mapping or list of mappings", &value)),
    }
    Ok(())
}

fn bad_merge(wanted: &str, found: &Node) -> Diagnostic {
    let found_kind = match found.kind {
        Kind::Seq(_) => "sequence",
        Kind::Map(_) => "mapping",
        _ => "scalar",
    };
    let message = format!("Syntax Error while loading YAML. expected {wanted} for merging, but found {found_kind}");
    Diagnostic::error("yaml-syntax", message).at(&found.origin)
}

#[derive(Default)]
struct Unique {
    pairs: Pairs,
    places: HashMap<String, usize>,
    /// Entries before this one were merged: to say them again is no mistake.
    own_from: usize,
}

impl Unique {
    /// The key that stood there before, when the mapping itself had it.
    fn insert(&mut self, key: Node, value: Node) -> Result<Option<Node>, Diagnostic> {
        let place = *self.places.entry(hash(&key)?).or_insert(self.pairs.len());
        let Some(old) = self.pairs.get_mut(place) else {
            self.pairs.push((key, value));
            return Ok(None);
        };
        old.1 = value;
        if place < self.own_from {
            // From now on this entry is the mapping's own; merged ones are never told apart again.
            let first = std::mem::replace(&mut old.0.origin, key.origin);
            let was_own = self.places.insert(format!("own {place}"), place).is_some();
            return Ok(was_own.then(|| Node { origin: first, ..old.0.clone() }));
        }
        Ok(Some(old.0.clone()))
    }
}

/// Equal for keys that Python finds equal (`1`, `1.0` and `true`).
fn hash(key: &Node) -> Result<String, Diagnostic> {
    Ok(match &key.kind {
        Kind::Null => "none".to_owned(),
        Kind::Bool(value) => format!("number {}", i64::from(*value)),
        Kind::Int(value) => format!("number {value}"),
        Kind::BigInt(digits) => format!("number {digits}"),
        Kind::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => format!("number {value:.0}"),
        Kind::Float(value) => format!("number {value:?}"),
        Kind::Str(text) => format!("text {text}"),
        Kind::Timestamp(text) => format!("time {text}"),
        Kind::Bytes(bytes) => format!("bytes {bytes:?}"),
        Kind::Vault(text) => format!("vault {text}"),
        Kind::Seq(_) | Kind::Map(_) | Kind::Set(_) | Kind::Pairs(_) => return Err(unhashable(key)),
    })
}

fn unhashable(key: &Node) -> Diagnostic {
    let class = key.class().trim_start_matches("<class '").trim_end_matches("'>");
    let short = class.rsplit('.').next().unwrap_or(class);
    let message = format!("Syntax Error while loading YAML. found unacceptable key (unhashable type: '{short}')");
    let help = "a value that starts with `{{` needs quotes, or YAML takes it for a mapping: `key: \"{{ name }}\"`";
    Diagnostic::error("yaml-syntax", message).at(&key.origin).with_help(help)
}

fn double(map: &Origin, first: &Node, second: &Origin) -> Diagnostic {
    let name = first.scalar_text().unwrap_or_else(|| "None".to_owned());
    let message = format!(
        "While constructing a mapping from {}, line {}, column {}, found a duplicate dict key ({name}). \
         Using last defined value only.",
        map.file, map.line, map.column
    );
    Diagnostic::warning("duplicate-key", message)
        .at(second)
        .with_help(format!("the key stands at line {}, column {} already", first.origin.line, first.origin.column))
}
