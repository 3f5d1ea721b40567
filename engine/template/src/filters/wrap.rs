//! `wordwrap`: Python's `textwrap` without its whitespace rules.
use super::Table;
use super::html::lines;
use crate::python::{bind, index, opt_text, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[("wordwrap", word_wrap)];

fn word_wrap(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, long, glue, hyphens] = bind("do_wordwrap", args, names)?;
    let width = width.map_or(Ok(79), index)?;
    let width = usize::try_from(width).ok().filter(|width| *width > 0);
    let width = width.ok_or_else(|| Error::failed("invalid width 0 (must be > 0)"))?;
    let glue = opt_text(glue)?.unwrap_or_else(|| "\n".into());
    let (long, hyphens) = (long.is_none_or(Value::is_truthy), hyphens.is_none_or(Value::is_truthy));
    let body = text(value)?;
    let wrapped: Vec<String> =
        lines(&body).into_iter().map(|line| wrap(line, width, long, hyphens).join(&glue)).collect();
    Ok(wrapped.join(&glue).into())
}

/// `textwrap.wrap` of one line.
pub(crate) fn wrap(line: &str, width: usize, break_long: bool, on_hyphens: bool) -> Vec<String> {
    let mut chunks: Vec<String> = chunks(line, on_hyphens);
    chunks.reverse();
    let mut out: Vec<String> = Vec::new();
    let blank = |chunk: &str| chunk.trim().is_empty();
    while !chunks.is_empty() {
        let mut current: Vec<String> = Vec::new();
        let mut len = 0;
        if !out.is_empty() && chunks.last().is_some_and(|chunk| blank(chunk)) {
            chunks.pop();
        }
        while let Some(next) = chunks.last().map(|chunk| chunk.chars().count()).filter(|next| len + next <= width) {
            len += next;
            current.extend(chunks.pop());
        }
        if chunks.last().is_some_and(|chunk| chunk.chars().count() > width) {
            break_chunk(
                &mut chunks,
                &mut current,
                width.saturating_sub(len).max(usize::from(len == 0)),
                break_long,
                on_hyphens,
            );
        }
        if current.last().is_some_and(|chunk| blank(chunk)) {
            current.pop();
        }
        if !current.is_empty() {
            out.push(current.concat());
        }
    }
    out
}

fn break_chunk(chunks: &mut Vec<String>, current: &mut Vec<String>, room: usize, break_long: bool, on_hyphens: bool) {
    let Some(chunk) = chunks.pop() else { return };
    if !break_long {
        if current.is_empty() {
            current.push(chunk)
        } else {
            chunks.push(chunk)
        }
        return;
    }
    let chars: Vec<char> = chunk.chars().collect();
    let mut end = room;
    if on_hyphens {
        let hyphen = chars[..room.min(chars.len())].iter().rposition(|c| *c == '-');
        if let Some(at) = hyphen.filter(|at| *at > 0 && chars[..*at].iter().any(|c| *c != '-')) {
            end = at + 1;
        }
    }
    if end > 0 {
        current.push(chars[..end].iter().collect());
    }
    chunks.push(chars[end..].iter().collect());
}

/// Words and the blanks between them; words end behind a hyphen between letters.
fn chunks(line: &str, on_hyphens: bool) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = line.chars().collect();
    let letter = |at: Option<&char>| at.is_some_and(|c| c.is_alphabetic() || *c == '_');
    for (i, &c) in chars.iter().enumerate() {
        let space = c.is_ascii_whitespace() || c == '\u{b}';
        let was_space = word.chars().next_back().is_some_and(|c| c.is_ascii_whitespace() || c == '\u{b}');
        if !word.is_empty() && space != was_space {
            out.push(std::mem::take(&mut word));
        }
        word.push(c);
        let before = i >= 2 && letter(chars.get(i - 1)) && letter(chars.get(i - 2));
        if on_hyphens && c == '-' && before && letter(chars.get(i + 1)) && letter(chars.get(i + 2)) {
            out.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}
