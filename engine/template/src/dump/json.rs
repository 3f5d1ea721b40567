//! `json.dumps` with Ansible's encoder.
use crate::value::float_repr;
use crate::{Error, Result, Value};

/// The options of `json.dumps`.
#[derive(Clone, Debug)]
pub(crate) struct JsonStyle {
    pub(crate) indent: Option<String>,
    pub(crate) sort_keys: bool,
    /// Between items.
    pub(crate) item: String,
    /// Between key and value.
    pub(crate) key: String,
    pub(crate) ascii: bool,
    pub(crate) skip_keys: bool,
    pub(crate) allow_nan: bool,
}

impl Default for JsonStyle {
    fn default() -> Self {
        Self {
            indent: None,
            sort_keys: false,
            item: ", ".into(),
            key: ": ".into(),
            ascii: true,
            skip_keys: false,
            allow_nan: true,
        }
    }
}

/// Deeper nesting than this is a loop, or would be too deep for Python as well.
const DEEPEST: usize = 900;

pub(crate) fn json(value: &Value, style: &JsonStyle) -> Result<String> {
    let mut out = String::new();
    Writer { style, out: &mut out }.value(value, 0)?;
    Ok(out)
}

struct Writer<'a> {
    style: &'a JsonStyle,
    out: &'a mut String,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            return Err(Error::failed("Circular reference detected"));
        }
        match value {
            Value::None => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Int(_) | Value::BigInt(_) => self.out.push_str(&value.to_string()),
            Value::Float(f) => {
                let text = self.float(*f)?;
                self.out.push_str(&text);
            }
            Value::Str(text) => self.text(text),
            Value::Omit => self.text(&value.to_string()),
            Value::List(list) => self.items(&list.read(), depth)?,
            Value::Tuple(items) => self.items(items, depth)?,
            Value::Dict(dict) => self.dict(dict, depth)?,
            Value::Time(time) if !matches!(**time, crate::value::Time::Delta(_)) => self.text(&time.isoformat()),
            Value::Undefined(message) => return Err(Error::undefined(&**message)),
            other => return Err(not_serializable(other)),
        }
        Ok(())
    }
    fn float(&self, f: f64) -> Result<String> {
        if f.is_finite() {
            return Ok(float_repr(f));
        }
        if !self.style.allow_nan {
            return Err(Error::failed(format!("Out of range float values are not JSON compliant: {}", float_repr(f))));
        }
        Ok(if f.is_nan() {
            "NaN"
        } else if f > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .into())
    }
    fn text(&mut self, text: &str) {
        push_text(self.out, text, self.style.ascii);
    }
    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.style.indent {
            self.out.push('\n');
            for _ in 0..depth {
                self.out.push_str(indent);
            }
        }
    }
    fn items(&mut self, items: &[Value], depth: usize) -> Result<()> {
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        self.out.push('[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.push_str(&self.style.item);
            }
            self.line(depth + 1);
            self.value(item, depth + 1)?;
        }
        self.line(depth);
        self.out.push(']');
        Ok(())
    }
    fn dict(&mut self, dict: &crate::value::Dict, depth: usize) -> Result<()> {
        let mut entries = dict.entries();
        if self.style.sort_keys {
            let keyed = entries.into_iter().map(|(k, v)| (vec![k.clone()], Value::tuple([k, v]))).collect();
            entries = crate::python::sort_by_key(keyed, false)?
                .into_iter()
                .filter_map(|pair| match pair.items()?.as_slice() {
                    [k, v] => Some((k.clone(), v.clone())),
                    _ => None,
                })
                .collect();
        }
        let mut any = false;
        for (key, value) in entries {
            let Some(key) = self.key(&key)? else { continue };
            self.out.push_str(if any { &self.style.item } else { "{" });
            any = true;
            self.line(depth + 1);
            self.text(&key);
            self.out.push_str(&self.style.key);
            self.value(&value, depth + 1)?;
        }
        if any {
            self.line(depth);
            self.out.push('}');
        } else {
            self.out.push_str("{}");
        }
        Ok(())
    }
    fn key(&self, key: &Value) -> Result<Option<String>> {
        Ok(match key {
            Value::Str(_) | Value::Bool(_) | Value::None | Value::Int(_) | Value::BigInt(_) | Value::Omit => {
                Some(key.json_key())
            }
            Value::Float(f) => Some(self.float(*f)?),
            _ if self.style.skip_keys => None,
            other => {
                return Err(Error::wrong_type(format!(
                    "keys must be str, int, float, bool or None, not {}",
                    other.type_name()
                )));
            }
        })
    }
}

fn not_serializable(value: &Value) -> Error {
    Error::wrong_type(format!("Object of type {} is not JSON serializable", value.type_name()))
}

/// A quoted JSON text.
pub(crate) fn push_text(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (ascii && !matches!(c, ' '..='~')) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
