//! Text to tokens.
use super::block::{self, Mark, is_space};
use super::settings::Settings;
use super::strings::unescape;
use super::token::{Kind, OPERATORS, Token};
use crate::Value;
use num_bigint::BigInt;
use num_traits::Num;
use std::borrow::Cow;

/// A syntax error: what, and at which byte.
pub(super) type Fail = (String, u32);

pub(super) struct Lexer<'t, 's> {
    text: &'t str,
    settings: &'s Settings,
    at: usize,
    tokens: Vec<Token<'t>>,
    balance: Vec<&'static str>,
    /// Where each kind of tag opens next; the text's length when it does not.
    found: [usize; 3],
}

/// What opens next in the data.
struct Opening {
    at: usize,
    kind: OpeningKind,
    length: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum OpeningKind {
    Block,
    Variable,
    Comment,
}

/// The whole text as tokens, `End` last.
pub(super) fn tokens<'t>(text: &'t str, settings: &Settings) -> Result<Vec<Token<'t>>, Fail> {
    let mut lexer = Lexer::new(text, settings);
    lexer.root()?;
    lexer.push(Kind::End, text.len());
    Ok(lexer.tokens)
}

/// The tokens of a bare expression, which stands in a block tag.
pub(super) fn expression_tokens<'t>(text: &'t str, settings: &Settings) -> Result<Vec<Token<'t>>, Fail> {
    let mut lexer = Lexer::new(text, settings);
    while lexer.at < text.len() {
        lexer.skip_space();
        if lexer.at < text.len() {
            lexer.token(false)?;
        }
    }
    lexer.push(Kind::BlockEnd, text.len());
    lexer.push(Kind::End, text.len());
    Ok(lexer.tokens)
}

/// Whether the first construct that opens is closed by its own end.
pub(super) fn closes_first(text: &str, settings: &Settings) -> bool {
    let mut lexer = Lexer::new(text, settings);
    // What was read before an error counts: Ansible stops looking at the first end.
    let whole = lexer.root().is_ok();
    let first = lexer.tokens.iter().find(|token| !matches!(token.kind, Kind::Data(_)));
    match first.map(|token| &token.kind) {
        Some(Kind::VariableBegin) => lexer.tokens.iter().any(|token| token.kind == Kind::VariableEnd),
        Some(Kind::BlockBegin) => lexer.tokens.iter().any(|token| token.kind == Kind::BlockEnd),
        // Only comments or raw text opened.
        _ => whole,
    }
}

impl<'t, 's> Lexer<'t, 's> {
    fn new(text: &'t str, settings: &'s Settings) -> Self {
        let found = [&settings.comment, &settings.block, &settings.variable]
            .map(|pair| text.find(&*pair[0]).unwrap_or(text.len()));
        Self { text, settings, at: 0, tokens: Vec::new(), balance: Vec::new(), found }
    }
    fn push(&mut self, kind: Kind<'t>, at: usize) {
        self.tokens.push(Token { kind, at: at as u32 });
    }
    fn data(&mut self, data: &'t str, at: usize) {
        if !data.is_empty() {
            let data = match &*self.settings.newline {
                "\n" => Cow::Borrowed(data),
                newline => Cow::Owned(data.replace('\n', newline)),
            };
            self.push(Kind::Data(data), at);
        }
    }
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }
    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
    }

    fn root(&mut self) -> Result<(), Fail> {
        while let Some(opening) = self.next_opening() {
            let start = self.at;
            let data = &self.text[start..opening.at];
            let after = opening.at + opening.length;
            let (mark, mark_length) = Mark::of(&self.text[after..]);
            let lstrip = self.settings.lstrip_blocks && opening.kind != OpeningKind::Variable;
            let line_start = start == 0 || self.text[..start].ends_with('\n');
            self.data(block::before(data, mark, lstrip, line_start), start);
            self.at = after + mark_length;
            match opening.kind {
                OpeningKind::Comment => self.comment(opening.at)?,
                OpeningKind::Block if self.raw(opening.at)? => {}
                OpeningKind::Block => {
                    self.push(Kind::BlockBegin, opening.at);
                    self.inside(true)?;
                }
                OpeningKind::Variable => {
                    self.push(Kind::VariableBegin, opening.at);
                    self.inside(false)?;
                }
            }
        }
        let (rest, at) = (self.rest(), self.at);
        self.data(rest, at);
        self.at = self.text.len();
        Ok(())
    }

    /// The leftmost opening; of two at one place the longer. Each kind is searched for once per occurrence.
    fn next_opening(&mut self) -> Option<Opening> {
        let kinds = [
            (OpeningKind::Comment, &self.settings.comment[0]),
            (OpeningKind::Block, &self.settings.block[0]),
            (OpeningKind::Variable, &self.settings.variable[0]),
        ];
        let mut best: Option<Opening> = None;
        for ((kind, start), found) in kinds.into_iter().zip(&mut self.found) {
            if *found < self.at {
                *found = self.text[self.at..].find(&**start).map_or(self.text.len(), |at| self.at + at);
            }
            let at = *found;
            let better = best.as_ref().is_none_or(|best| (at, best.length) < (best.at, start.len()));
            if at < self.text.len() && better {
                best = Some(Opening { at, kind, length: start.len() });
            }
        }
        best
    }

    fn comment(&mut self, start: usize) -> Result<(), Fail> {
        let delimiter = &self.settings.comment[1];
        let mut from = self.at;
        while let Some(found) = self.text[from..].find(&**delimiter) {
            let end = from + found;
            // A sign before the end belongs to it, unless it is the comment's own opening mark.
            let signed = end > self.at && matches!(self.text.as_bytes()[end - 1], b'-' | b'+');
            let begin = if signed { end - 1 } else { end };
            if let Some(length) = block::end(&self.text[begin..], delimiter, true, self.settings.trim_blocks) {
                self.at = begin + length;
                return Ok(());
            }
            from = end + delimiter.len();
        }
        Err(("Missing end of comment tag".into(), start as u32))
    }

    /// `{% raw %}`: its text as data. False when the block is another one.
    fn raw(&mut self, start: usize) -> Result<bool, Fail> {
        let end = &self.settings.block[1];
        let rest = self.rest().trim_start_matches(is_space);
        let Some(rest) = rest.strip_prefix("raw") else { return Ok(false) };
        let rest = rest.trim_start_matches(is_space);
        let Some(length) = block::end(rest, end, false, false) else { return Ok(false) };
        self.at = self.text.len() - rest.len() + length;
        let from = self.at;
        let mut search = from;
        while let Some(found) = self.text[search..].find(&*self.settings.block[0]) {
            let open = search + found;
            let after = open + self.settings.block[0].len();
            let (mark, mark_length) = Mark::of(&self.text[after..]);
            let tail = self.text[after + mark_length..].trim_start_matches(is_space);
            let tail = tail.strip_prefix("endraw").map(|tail| tail.trim_start_matches(is_space));
            if let Some(tail) = tail
                && let Some(length) = block::end(tail, end, true, self.settings.trim_blocks)
            {
                let line_start = self.text[..from].ends_with('\n');
                let data = block::before(&self.text[from..open], mark, self.settings.lstrip_blocks, line_start);
                self.data(data, from);
                self.at = self.text.len() - tail.len() + length;
                return Ok(true);
            }
            search = after;
        }
        Err(("Missing end of raw directive".into(), start as u32))
    }

    /// Tokens up to the end of a tag.
    fn inside(&mut self, in_block: bool) -> Result<(), Fail> {
        self.balance.clear();
        while self.at < self.text.len() {
            if self.balance.is_empty() {
                let delimiter = if in_block { &self.settings.block[1] } else { &self.settings.variable[1] };
                let trim = in_block && self.settings.trim_blocks;
                if let Some(length) = block::end(self.rest(), delimiter, in_block, trim) {
                    self.push(if in_block { Kind::BlockEnd } else { Kind::VariableEnd }, self.at);
                    self.at += length;
                    return Ok(());
                }
            }
            let before = self.at;
            self.skip_space();
            if self.at == before {
                self.token(!in_block)?;
            }
        }
        Ok(())
    }

    fn token(&mut self, in_variable: bool) -> Result<(), Fail> {
        let rest = self.rest();
        let at = self.at;
        let Some(c) = rest.chars().next() else { return Ok(()) };
        if c.is_ascii_digit() {
            return self.number();
        }
        if c == '_' || c.is_alphanumeric() {
            let length = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
            self.push(Kind::Name(&rest[..length]), at);
            self.at += length;
            return Ok(());
        }
        if c == '"' || c == '\'' {
            return self.string(c, in_variable && self.settings.keep_backslashes);
        }
        let Some(op) = OPERATORS.iter().find(|op| rest.starts_with(**op)) else {
            return Err((format!("unexpected char {} at {at}", Value::from(c.to_string()).repr()), at as u32));
        };
        self.balance(op)?;
        self.push(Kind::Op(op), at);
        self.at += op.len();
        Ok(())
    }

    fn balance(&mut self, op: &'static str) -> Result<(), Fail> {
        let close = match op {
            "(" => ")",
            "[" => "]",
            "{" => "}",
            ")" | "]" | "}" => {
                return match self.balance.pop() {
                    Some(expected) if expected == op => Ok(()),
                    Some(expected) => Err((format!("unexpected '{op}', expected '{expected}'"), self.at as u32)),
                    None => Err((format!("unexpected '{op}'"), self.at as u32)),
                };
            }
            _ => return Ok(()),
        };
        self.balance.push(close);
        Ok(())
    }

    fn string(&mut self, quote: char, keep_backslashes: bool) -> Result<(), Fail> {
        let at = self.at;
        let inside = &self.text[at + 1..];
        let mut escaped = false;
        let end = inside.find(|c: char| {
            if escaped {
                escaped = false;
                return false;
            }
            escaped = c == '\\' && !keep_backslashes;
            c == quote
        });
        let Some(end) = end else {
            return Err((format!("unexpected char {} at {at}", Value::from(quote.to_string()).repr()), at as u32));
        };
        let raw = &inside[..end];
        let text = if keep_backslashes { raw.to_owned() } else { unescape(raw).map_err(|error| (error, at as u32))? };
        let text = if &*self.settings.newline == "\n" { text } else { text.replace('\n', &self.settings.newline) };
        self.push(Kind::Text(text), at);
        self.at += end + 2;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fail> {
        let rest = self.rest();
        let at = self.at;
        let after_dot = self.text[..at].ends_with('.');
        if let Some(length) = float_length(rest).filter(|_| !after_dot) {
            let value = rest[..length].replace('_', "").parse().unwrap_or(f64::INFINITY);
            self.push(Kind::Float(value), at);
            self.at += length;
            return Ok(());
        }
        let (length, radix, prefix) = integer_length(rest);
        let digits = rest[prefix..length].replace('_', "");
        let value = BigInt::from_str_radix(&digits, radix).map_err(|error| (error.to_string(), at as u32))?;
        self.push(Kind::Integer(Value::big(value)), at);
        self.at += length;
        Ok(())
    }
}

/// Digits with single underscores between them.
fn digits_length(text: &str, is_digit: fn(char) -> bool) -> usize {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let counts = is_digit(c) || (c == '_' && end > 0 && chars.peek().is_some_and(|(_, next)| is_digit(*next)));
        if !counts {
            break;
        }
        if is_digit(c) {
            end = at + 1;
        }
    }
    end
}

fn is_decimal(c: char) -> bool {
    c.is_ascii_digit()
}

fn float_length(text: &str) -> Option<usize> {
    let whole = digits_length(text, is_decimal);
    let mut end = whole;
    if let Some(rest) = text[end..].strip_prefix('.') {
        let fraction = digits_length(rest, is_decimal);
        if fraction > 0 {
            end += 1 + fraction;
        }
    }
    if let Some(rest) = text[end..].strip_prefix(['e', 'E']) {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let exponent = digits_length(&rest[sign..], is_decimal);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    (end > whole).then_some(end)
}

/// (length, radix, length of the prefix).
fn integer_length(text: &str) -> (usize, u32, usize) {
    let prefixed = |radix, is_digit: fn(char) -> bool| {
        let rest = text[2..].strip_prefix('_').unwrap_or(&text[2..]);
        let skipped = text.len() - rest.len();
        let length = digits_length(rest, is_digit);
        (length > 0).then_some((skipped + length, radix, skipped))
    };
    let found = match text.as_bytes() {
        [b'0', b'b' | b'B', ..] => prefixed(2, |c| matches!(c, '0' | '1')),
        [b'0', b'o' | b'O', ..] => prefixed(8, |c| c.is_digit(8)),
        [b'0', b'x' | b'X', ..] => prefixed(16, |c| c.is_ascii_hexdigit()),
        _ => None,
    };
    found.unwrap_or_else(|| {
        let zeros: fn(char) -> bool = |c| c == '0';
        let decimal = if text.starts_with('0') { digits_length(text, zeros) } else { digits_length(text, is_decimal) };
        (decimal, 10, 0)
    })
}
