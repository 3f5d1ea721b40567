//! Whitespace around tags: what `-`, `+`, `trim_blocks` and `lstrip_blocks` take away.
use std::borrow::Cow;

/// Jinja2 reads `\r\n` and `\r` as `\n`.
pub(super) fn normalize_newlines(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The mark right after an opening delimiter.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Mark {
    Strip,
    Keep,
    Plain,
}

impl Mark {
    pub(super) fn of(text: &str) -> (Self, usize) {
        match text.as_bytes().first() {
            Some(b'-') => (Self::Strip, 1),
            Some(b'+') => (Self::Keep, 1),
            _ => (Self::Plain, 0),
        }
    }
}

/// The data before a tag, without what the tag takes away. `line_start` is true when the data begins a line.
pub(super) fn before(data: &str, mark: Mark, lstrip: bool, line_start: bool) -> &str {
    match mark {
        Mark::Strip => data.trim_end_matches(is_space),
        Mark::Plain if lstrip => {
            let cut = data.rfind('\n').map_or(0, |at| at + 1);
            let begins_line = cut > 0 || line_start;
            if begins_line && data[cut..].chars().all(is_space) { &data[..cut] } else { data }
        }
        _ => data,
    }
}

/// Python's `\s`.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// What follows a tag that ends here: (length of the end, length of what it takes away after it); `None` when no end.
pub(super) fn end(rest: &str, delimiter: &str, plus: bool, trim: bool) -> Option<usize> {
    if let Some(after) = rest.strip_prefix('-').and_then(|rest| rest.strip_prefix(delimiter)) {
        return Some(rest.len() - after.trim_start_matches(is_space).len());
    }
    if plus && rest.strip_prefix('+').is_some_and(|rest| rest.starts_with(delimiter)) {
        return Some(1 + delimiter.len());
    }
    let after = rest.strip_prefix(delimiter)?;
    Some(delimiter.len() + usize::from(trim && after.starts_with('\n')))
}
