//! Python literals in text: what `ast.literal_eval` makes of it.
use super::strings::unescape;
use crate::Value;
use num_bigint::BigInt;
use num_traits::Num;

/// Deeper nesting stays text; Python's own limit is of the same order.
const DEPTH: usize = 90;

/// A Python literal; `None` when the text is anything else.
pub(crate) fn python(text: &str) -> Option<Value> {
    whole(text, false)
}

/// A Python literal that may hold JSON's `true`, `false` and `null`, as ansible-core allows.
pub(crate) fn with_json_names(text: &str) -> Option<Value> {
    whole(text, true)
}

fn whole(text: &str, json: bool) -> Option<Value> {
    let mut reader = Reader { text, at: 0, json, brackets: 0, depth: 0 };
    let value = reader.tuple_or_value()?;
    reader.skip();
    // An expression may be followed by empty lines and comments.
    reader.brackets = 1;
    reader.skip();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    json: bool,
    /// Inside brackets newlines are spaces.
    brackets: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'\n' | b'\r' if self.brackets > 0 => self.at += 1,
                b'#' if self.brackets > 0 => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                b'\\' if self.rest().starts_with("\\\n") => self.at += 2,
                _ => return,
            }
        }
    }
    fn eat(&mut self, byte: u8) -> bool {
        self.skip();
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn tuple_or_value(&mut self) -> Option<Value> {
        let first = self.value()?;
        if !self.eat(b',') {
            return Some(first);
        }
        let mut items = vec![first];
        loop {
            self.skip();
            if matches!(self.peek(), None | Some(b'\n' | b')')) {
                return Some(Value::tuple(items));
            }
            items.push(self.value()?);
            if !self.eat(b',') {
                return Some(Value::tuple(items));
            }
        }
    }
    fn value(&mut self) -> Option<Value> {
        self.skip();
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let value = match self.peek()? {
            b'[' => self.bracketed(|reader| reader.items(b']').map(Value::list)),
            b'(' => self.bracketed(Self::parenthesised),
            b'{' => self.bracketed(Self::braced),
            b'\'' | b'"' => self.texts(),
            b'0'..=b'9' | b'.' => self.number(false),
            sign @ (b'+' | b'-') => {
                self.at += 1;
                self.skip();
                self.number(sign == b'-')
            }
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }
    fn bracketed(&mut self, inside: impl FnOnce(&mut Self) -> Option<Value>) -> Option<Value> {
        self.at += 1;
        self.brackets += 1;
        let value = inside(self);
        self.brackets -= 1;
        value
    }
    fn items(&mut self, end: u8) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        while !self.eat(end) {
            items.push(self.value()?);
            if !self.eat(b',') {
                return self.eat(end).then_some(items);
            }
        }
        Some(items)
    }
    fn parenthesised(&mut self) -> Option<Value> {
        if self.eat(b')') {
            return Some(Value::tuple([]));
        }
        let value = self.tuple_or_value()?;
        self.eat(b')').then_some(value)
    }
    fn braced(&mut self) -> Option<Value> {
        if self.eat(b'}') {
            return Some(Value::Dict(Default::default()));
        }
        let first = self.value()?;
        if !self.eat(b':') {
            let mut items = vec![first];
            if self.eat(b',') {
                items.extend(self.items(b'}')?);
            } else if !self.eat(b'}') {
                return None;
            }
            return set(items);
        }
        let mut entries = vec![(first, self.value()?)];
        while self.eat(b',') {
            self.skip();
            if self.peek() == Some(b'}') {
                break;
            }
            let key = self.value()?;
            if !self.eat(b':') {
                return None;
            }
            entries.push((key, self.value()?));
        }
        if !self.eat(b'}') || !entries.iter().all(|(key, _)| key.is_hashable()) {
            return None;
        }
        Some(Value::dict(entries))
    }
    fn word(&mut self) -> Option<Value> {
        let rest = self.rest();
        let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
        let after = rest[length..].bytes().next();
        if matches!(after, Some(b'\'' | b'"')) && length <= 2 {
            return self.texts();
        }
        let value = match &rest[..length] {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "None" => Value::None,
            "true" if self.json => Value::Bool(true),
            "false" if self.json => Value::Bool(false),
            "null" if self.json => Value::None,
            "set" => {
                self.at += length;
                return (self.eat(b'(') && self.eat(b')')).then(|| Value::Set([].into()));
            }
            _ => return None,
        };
        self.at += length;
        Some(value)
    }

    /// One or more string or bytes literals side by side.
    fn texts(&mut self) -> Option<Value> {
        let (mut text, is_bytes) = self.text_literal()?;
        loop {
            self.skip();
            let next = self.rest().trim_start_matches(['r', 'R', 'b', 'B', 'u', 'U']);
            if !next.starts_with(['\'', '"']) || self.rest().len() - next.len() > 2 {
                break;
            }
            let (more, more_bytes) = self.text_literal()?;
            if more_bytes != is_bytes {
                return None;
            }
            text += &more;
        }
        if !is_bytes {
            return Some(Value::from(text));
        }
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c as u32).ok()).collect();
        Some(Value::Bytes(bytes?.into()))
    }
    fn text_literal(&mut self) -> Option<(String, bool)> {
        let quote_at = self.rest().find(['\'', '"'])?;
        let prefix = self.rest()[..quote_at].to_ascii_lowercase();
        let (raw, bytes) = match &*prefix {
            "" | "u" => (false, false),
            "r" => (true, false),
            "b" => (false, true),
            "rb" | "br" => (true, true),
            _ => return None,
        };
        self.at += quote_at;
        let rest = self.rest();
        let quote = rest.chars().next()?;
        let triple: String = [quote; 3].iter().collect();
        let (open, close) = if rest.starts_with(&triple) { (3, triple.as_str()) } else { (1, &rest[..1]) };
        let inside = &rest[open..];
        let mut end = 0;
        loop {
            let found = inside[end..].find(['\\', '\n', quote])?;
            end += found;
            if inside[end..].starts_with(close) {
                break;
            }
            match inside.as_bytes()[end] {
                b'\n' if open == 1 => return None,
                b'\\' => end += 1 + inside[end + 1..].chars().next()?.len_utf8(),
                _ => end += 1,
            }
        }
        self.at += open + end + close.len();
        let inside = &inside[..end];
        if bytes && !inside.is_ascii() {
            return None;
        }
        let text = if raw { inside.to_owned() } else { unescape(inside).ok()? };
        Some((text, bytes))
    }

    fn number(&mut self, negative: bool) -> Option<Value> {
        let rest = self.rest();
        let mut length = 0;
        for (at, c) in rest.char_indices() {
            let sign = matches!(c, '+' | '-')
                && matches!(rest.as_bytes().get(at.wrapping_sub(1)), Some(b'e' | b'E'))
                && !rest.starts_with("0x")
                && !rest.starts_with("0X");
            if !(c.is_ascii_alphanumeric() || c == '.' || c == '_' || sign) {
                break;
            }
            length = at + 1;
        }
        let text = &rest[..length];
        if text.is_empty() || text.contains("__") || text.ends_with('_') || text.contains("_.") || text.contains("._") {
            return None;
        }
        self.at += length;
        let digits = text.replace('_', "");
        let lower = digits.to_ascii_lowercase();
        let radix = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find(|(prefix, _)| lower.starts_with(prefix));
        if let Some((_, radix)) = radix {
            let value = BigInt::from_str_radix(&lower[2..], radix).ok()?;
            return Some(Value::big(if negative { -value } else { value }));
        }
        if lower.bytes().all(|byte| byte.is_ascii_digit()) {
            let all_zero = lower.bytes().all(|byte| byte == b'0');
            if lower.len() > 4300 || (lower.starts_with('0') && !all_zero) {
                return None;
            }
            let value = BigInt::from_str_radix(&lower, 10).ok()?;
            return Some(Value::big(if negative { -value } else { value }));
        }
        if !lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') || lower.contains(['n', 'i', 'j']) {
            return None;
        }
        let value: f64 = lower.parse().ok()?;
        Some(Value::Float(if negative { -value } else { value }))
    }
}

fn set(items: Vec<Value>) -> Option<Value> {
    if !items.iter().all(Value::is_hashable) {
        return None;
    }
    let mut unique: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !unique.contains(&item) {
            unique.push(item);
        }
    }
    Some(Value::Set(unique.into()))
}
