//! `content` as bytes: lists and dicts become JSON as Python's `json.dumps` writes it.
use crate::failure::Failure;
use rolewright_template::Value;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use std::io::{Result as IoResult, Write};

pub(in crate::builtin) fn bytes(content: &Value) -> Result<Vec<u8>, Failure> {
    if !content.is_dict() && !content.is_list() {
        return Ok(content.to_string().into_bytes());
    }
    let json = content.to_json().map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    json.serialize(&mut Serializer::with_formatter(&mut out, Python)).map_err(|error| error.to_string())?;
    Ok(out)
}

/// A space after commas and colons, and nothing but ASCII.
struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> IoResult<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> IoResult<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> IoResult<()> {
        writer.write_all(b": ")
    }
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> IoResult<()> {
        for c in fragment.chars() {
            if c.is_ascii() {
                CompactFormatter.write_string_fragment(writer, c.encode_utf8(&mut [0; 4]))?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn as_python_writes_json() {
        for (content, expected) in [
            (json!({"a": 1, "b": [1, "x"]}), r#"{"a": 1, "b": [1, "x"]}"#),
            (json!(["ü", "😀", "a\n\"", {}, []]), r#"["\u00fc", "\ud83d\ude00", "a\n\"", {}, []]"#),
            (json!("text"), "text"),
            (json!(5), "5"),
            (json!(true), "True"),
        ] {
            let bytes = bytes(&Value::from_json(&content)).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }
}
