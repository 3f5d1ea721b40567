//! Python's `str` and `repr`.
use super::{OMIT_TEXT, Value, float_repr};
use crate::render::limits;
use std::fmt::Write;

/// Python's `str(x)`.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            Self::Int(value) => write!(f, "{value}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Omit => f.write_str(OMIT_TEXT),
            lenient if lenient.is_lenient() => Ok(()),
            other => f.write_str(&other.repr()),
        }
    }
}

impl Value {
    /// Python's `repr(x)`.
    pub fn repr(&self) -> String {
        let mut out = String::new();
        write_repr(&mut out, self);
        out
    }
}

fn write_repr(out: &mut String, value: &Value) {
    if matches!(value, Value::List(_) | Value::Dict(_) | Value::Tuple(_)) && limits::stack().is_err() {
        // A list may hold itself.
        out.push_str("[...]");
        return;
    }
    match value {
        lenient if lenient.is_lenient() => out.push_str("Undefined"),
        Value::Undefined(_) => out.push_str("AnsibleUndefined"),
        Value::Omit => write_text(out, OMIT_TEXT),
        Value::None => out.push_str("None"),
        Value::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
        Value::Int(value) => _ = write!(out, "{value}"),
        Value::BigInt(value) => _ = write!(out, "{value}"),
        Value::Float(value) => out.push_str(&float_repr(*value)),
        Value::Str(text) => write_text(out, text),
        Value::Bytes(bytes) => write_bytes(out, bytes),
        Value::Tuple(items) => {
            write_items(out, '(', items, "");
            out.push_str(if items.len() == 1 { ",)" } else { ")" });
        }
        Value::List(list) => write_items(out, '[', &list.read(), "]"),
        Value::Set(items) if items.is_empty() => out.push_str("set()"),
        Value::Set(items) => write_items(out, '{', items, "}"),
        Value::Dict(dict) => write_dict(out, dict),
        Value::Time(time) => out.push_str(&time.repr()),
        Value::Object(object) => out.push_str(&object.0.repr()),
    }
}

fn write_items(out: &mut String, open: char, items: &[Value], close: &str) {
    out.push(open);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_repr(out, item);
    }
    out.push_str(close);
}

fn write_dict(out: &mut String, dict: &super::Dict) {
    out.push('{');
    for (i, (key, value)) in dict.read().iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        write_repr(out, key);
        out.push_str(": ");
        write_repr(out, value);
    }
    out.push('}');
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double { '"' } else { '\'' }
}

fn write_text(out: &mut String, text: &str) {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => write_escape(out, c as u32),
        }
    }
    out.push(quote);
}

fn write_escape(out: &mut String, code: u32) {
    _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Python's `str.isprintable` for one character, by the ranges that occur.
pub(crate) fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0001}'..='\u{e007f}' | '\u{f0000}'..))
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b if b as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..=0x7e => out.push(byte as char),
            _ => _ = write!(out, "\\x{byte:02x}"),
        }
    }
    out.push(quote);
}
