//! What a template prints, piece by piece, and what the whole becomes.
use super::limits;
use crate::syntax::literal;
use crate::value::{Dict, List};
use crate::{Error, Result, Value};
use std::fmt::Write;

/// The pieces printed so far. A single piece keeps its value.
#[derive(Default)]
pub(crate) struct Output {
    text: String,
    first: Option<Value>,
    empty: bool,
    native: bool,
}

impl Output {
    pub(crate) fn new(native: bool) -> Self {
        Self { text: String::new(), first: None, empty: true, native }
    }
    pub(crate) fn text(&mut self, text: &str) -> Result<()> {
        limits::bytes(text.len())?;
        self.settle();
        self.text.push_str(text);
        Ok(())
    }
    /// Prints a value: undefined ones are errors, `None` is nothing.
    pub(crate) fn value(&mut self, value: Value) -> Result<()> {
        check_defined(&value)?;
        // With native results a lone one stays what it is; among others it is no text.
        let nothing = (value.is_none() || value.is_undefined()) && !self.native;
        let value = if nothing { Value::from("") } else { value };
        if self.empty {
            self.empty = false;
            self.first = Some(value);
            return Ok(());
        }
        self.settle();
        let before = self.text.len();
        _ = write!(self.text, "{value}");
        limits::bytes(self.text.len() - before)
    }
    /// From here on it is text.
    fn settle(&mut self) {
        self.empty = false;
        if let Some(value) = self.first.take() {
            match value {
                Value::Str(text) => self.text.push_str(&text),
                other => _ = write!(self.text, "{other}"),
            }
        }
    }
    pub(crate) fn into_text(mut self) -> String {
        self.settle();
        self.text
    }
    /// The result of a block, macro or inline template.
    pub(crate) fn into_value(mut self, convert: bool) -> Value {
        if !convert {
            return Value::from(self.into_text());
        }
        match (self.first.take(), self.native) {
            (Some(value), false) => converted(value),
            (Some(value), true) => native(value),
            (None, true) if self.empty => Value::None,
            (None, true) => native(Value::from(self.text)),
            (None, false) => converted(Value::from(self.text)),
        }
    }
}

/// Undefined values anywhere in lists and dicts are errors.
fn check_defined(value: &Value) -> Result<()> {
    match value {
        lenient if lenient.is_lenient() => Ok(()),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        Value::List(list) => {
            limits::stack()?;
            list.read().iter().try_for_each(check_defined)
        }
        Value::Tuple(items) => {
            limits::stack()?;
            items.iter().try_for_each(check_defined)
        }
        Value::Dict(dict) => {
            limits::stack()?;
            dict.read().values().try_for_each(check_defined)
        }
        _ => Ok(()),
    }
}

/// ansible-core 2.18's rule: everything is text, and text that looks like a list, dict or boolean is read as one.
pub fn converted(value: Value) -> Value {
    match value {
        Value::Str(ref text) if text.is_verbatim() => value,
        Value::Str(ref text) => {
            if text.starts_with(['{', '[']) || matches!(&**text, "True" | "False") {
                return literal::with_json_names(text).unwrap_or(value);
            }
            value
        }
        Value::Omit | Value::Bool(_) => value,
        // Printing these and reading them back gives the same, and is not done.
        Value::List(_) | Value::Dict(_) => read_back(&value).unwrap_or_else(|| Value::from(value.to_string())),
        // An empty set prints as `set()`, which does not look like a container.
        Value::Set(ref items) if !items.is_empty() => {
            read_back(&value).unwrap_or_else(|| Value::from(value.to_string()))
        }
        other => Value::from(other.to_string()),
    }
}

/// `ANSIBLE_JINJA2_NATIVE`: values stay what they are, and text that is a Python literal becomes its value.
fn native(value: Value) -> Value {
    let Value::Str(text) = &value else { return value };
    // Python skips empty lines, and refuses indentation.
    let inner = text.trim_start_matches('\n');
    if text.is_verbatim() || inner.starts_with([' ', '\t']) {
        return value;
    }
    match literal::python(inner) {
        Some(Value::Str(inner)) => {
            let quote = text.chars().next().unwrap_or('\'');
            Value::from(format!("{quote}{inner}{quote}"))
        }
        Some(read) => read,
        None => value,
    }
}

/// What printing and reading back would give: `None` when something in it has no literal.
fn read_back(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Str(text) if text.is_verbatim() => Value::from(text.as_str()),
        Value::Str(_)
        | Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::BigInt(_)
        | Value::Bytes(_)
        | Value::Omit => value.clone(),
        Value::Float(number) if number.is_finite() => value.clone(),
        Value::List(list) => {
            let items = list.read();
            match all(&items)? {
                None => value.clone(),
                Some(items) => Value::List(List::new(items)),
            }
        }
        Value::Tuple(items) => match all(items)? {
            None => value.clone(),
            Some(items) => Value::tuple(items),
        },
        Value::Set(items) => match all(items)? {
            None => value.clone(),
            Some(items) => Value::Set(items.into()),
        },
        Value::Dict(dict) => read_back_dict(value, dict)?,
        _ => return None,
    })
}

/// `Some(None)` when the items may stay as they are.
fn all(items: &[Value]) -> Option<Option<Vec<Value>>> {
    if items.iter().all(is_plain) {
        return Some(None);
    }
    let read = items.iter().map(read_back).collect::<Option<Vec<_>>>()?;
    Some(Some(read))
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Str(text) => !text.is_verbatim(),
        Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Bytes(_) | Value::Omit => true,
        Value::Float(number) => number.is_finite(),
        Value::List(list) => list.read().iter().all(is_plain),
        Value::Tuple(items) | Value::Set(items) => items.iter().all(is_plain),
        Value::Dict(dict) => dict.read().iter().all(|(key, value)| is_plain(key) && is_plain(value)),
        _ => false,
    }
}

fn read_back_dict(value: &Value, dict: &Dict) -> Option<Value> {
    if is_plain(value) {
        return Some(value.clone());
    }
    let entries = dict.entries().into_iter().map(|(key, value)| Some((read_back(&key)?, read_back(&value)?)));
    Some(Value::dict(entries.collect::<Option<Vec<_>>>()?))
}
