//! Values to YAML nodes, as Ansible's dumper represents them.
use super::emitter::Emitter;
use super::scalar::Style;
use crate::value::{Dict, float_repr};
use crate::{Error, Result, Value, yaml11};
use base64::Engine;

/// The options of `yaml.dump`.
#[derive(Clone, Debug)]
pub(crate) struct YamlStyle {
    pub(crate) indent: i64,
    pub(crate) width: i64,
    pub(crate) sort_keys: bool,
    /// Braces always, never, or (`None`) for lists and dicts of scalars only.
    pub(crate) flow: Option<bool>,
    pub(crate) unicode: bool,
    pub(crate) explicit_start: bool,
    pub(crate) explicit_end: bool,
    pub(crate) scalar_style: Option<char>,
}

impl Default for YamlStyle {
    fn default() -> Self {
        Self {
            indent: 2,
            width: 80,
            sort_keys: true,
            flow: None,
            unicode: true,
            explicit_start: false,
            explicit_end: false,
            scalar_style: None,
        }
    }
}

pub(super) struct Scalar {
    pub(super) text: String,
    pub(super) style: Style,
    pub(super) tag: Option<&'static str>,
    /// Bare, it reads back as the same type.
    pub(super) plain: bool,
    /// Quoted, it reads back as the same type.
    pub(super) is_text: bool,
}

pub(super) enum Node {
    Scalar(Scalar),
    Sequence { items: Vec<Node>, flow: bool },
    Mapping { tag: Option<&'static str>, entries: Vec<(Node, Node)>, flow: bool },
}

/// Deeper nesting than this is a loop, or more than a reader takes.
const DEEPEST: usize = 500;

/// `yaml.dump`, with Ansible's dumper.
pub(crate) fn yaml(value: &Value, style: &YamlStyle) -> Result<String> {
    let root = node(value, style, 0)?;
    let mut emitter = Emitter::new(style);
    emitter.document(&root, style);
    Ok(emitter.out)
}

fn node(value: &Value, style: &YamlStyle, depth: usize) -> Result<Node> {
    if depth > DEEPEST {
        return Err(Error::failed("the value is nested too deeply for YAML"));
    }
    Ok(match value {
        Value::List(list) => sequence(&list.read(), style, depth)?,
        Value::Tuple(items) => sequence(items, style, depth)?,
        Value::Dict(dict) => mapping(dict, style, depth)?,
        Value::Set(items) => {
            let sorted = sorted(items.iter().map(|item| (item.clone(), Value::None)).collect(), style);
            entries(sorted, Some("!!set"), style, depth)?
        }
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        other => Node::Scalar(scalar(other, style)?),
    })
}

fn is_plain(node: &Node) -> bool {
    matches!(node, Node::Scalar(scalar) if scalar.style == Style::Plain)
}

fn sequence(items: &[Value], style: &YamlStyle, depth: usize) -> Result<Node> {
    let items = items.iter().map(|item| node(item, style, depth + 1)).collect::<Result<Vec<_>>>()?;
    let flow = style.flow.unwrap_or_else(|| items.iter().all(is_plain));
    Ok(Node::Sequence { items, flow })
}

/// Keys in order; where they cannot be compared they stay as they are.
fn sorted(entries: Vec<(Value, Value)>, style: &YamlStyle) -> Vec<(Value, Value)> {
    if !style.sort_keys {
        return entries;
    }
    let keyed = entries.iter().enumerate().map(|(i, (key, _))| (vec![key.clone()], Value::from(i))).collect();
    match crate::python::sort_by_key(keyed, false) {
        Ok(order) => order.iter().filter_map(|i| entries.get(usize::try_from(i.as_i64()?).ok()?).cloned()).collect(),
        Err(_) => entries,
    }
}

fn mapping(dict: &Dict, style: &YamlStyle, depth: usize) -> Result<Node> {
    entries(sorted(dict.entries(), style), None, style, depth)
}

fn entries(pairs: Vec<(Value, Value)>, tag: Option<&'static str>, style: &YamlStyle, depth: usize) -> Result<Node> {
    let entries = pairs
        .iter()
        .map(|(key, value)| Ok((node(key, style, depth + 1)?, node(value, style, depth + 1)?)))
        .collect::<Result<Vec<_>>>()?;
    let flow = style.flow.unwrap_or_else(|| entries.iter().all(|(key, value)| is_plain(key) && is_plain(value)));
    Ok(Node::Mapping { tag, entries, flow })
}

fn scalar(value: &Value, style: &YamlStyle) -> Result<Scalar> {
    let chosen = match style.scalar_style {
        Some('\'') => Style::Single,
        Some('"') => Style::Double,
        Some('|') => Style::Literal,
        Some('>') => Style::Folded,
        _ => Style::Plain,
    };
    let bare = |text: String| Scalar { text, style: chosen, tag: None, plain: true, is_text: false };
    Ok(match value {
        Value::None => bare("null".into()),
        Value::Bool(flag) => bare(if *flag { "true" } else { "false" }.into()),
        Value::Int(_) | Value::BigInt(_) => bare(value.to_string()),
        Value::Float(f) => bare(float(*f)),
        Value::Str(text) => text_scalar(text, chosen),
        Value::Omit => text_scalar(&value.to_string(), chosen),
        Value::Bytes(bytes) => Scalar {
            text: lines(&base64::engine::general_purpose::STANDARD.encode(bytes)),
            style: Style::Literal,
            tag: Some("!!binary"),
            plain: false,
            is_text: true,
        },
        Value::Time(time) if !matches!(**time, crate::value::Time::Delta(_)) => bare(value.to_string()),
        other => {
            return Err(Error::failed(format!("to_yaml - ('cannot represent an object', {})", other.repr())));
        }
    })
}

fn text_scalar(text: &str, style: Style) -> Scalar {
    Scalar { text: text.to_owned(), style, tag: None, plain: yaml11::kind(text) == yaml11::Kind::Str, is_text: true }
}

fn float(f: f64) -> String {
    if f.is_nan() {
        return ".nan".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { ".inf" } else { "-.inf" }.into();
    }
    let text = float_repr(f);
    // `1e17` would read back as text.
    if !text.contains('.') && text.contains('e') { text.replacen('e', ".0e", 1) } else { text }
}

/// Base64 in lines of 76, as Python's `encodebytes` gives it.
fn lines(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    bytes.chunks(76).map(|line| line.iter().collect::<String>() + "\n").collect()
}
