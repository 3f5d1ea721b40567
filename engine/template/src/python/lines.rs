//! Pieces of `str` that several filters and methods share.

/// `str.isspace` for one character.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `str.splitlines(keepends)`.
pub(crate) fn split_lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((at, c)) = rest.char_indices().find(|(_, c)| is_line_end(*c)) else {
            lines.push(rest);
            break;
        };
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + c.len_utf8() };
        lines.push(&rest[..if keep_ends { end } else { at }]);
        rest = &rest[end..];
    }
    lines
}

/// `str.strip`, `lstrip`, `rstrip`: off the given characters, or blanks.
pub(crate) fn strip<'a>(text: &'a str, characters: Option<&str>, left: bool, right: bool) -> &'a str {
    let drop = |c: char| characters.map_or_else(|| is_space(c), |set| set.contains(c));
    let text = if left { text.trim_start_matches(drop) } else { text };
    if right { text.trim_end_matches(drop) } else { text }
}

/// `str.capitalize`.
pub(crate) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => upper_first(first) + &lower(chars.as_str()),
        None => String::new(),
    }
}

/// Title case of one character; `ß` becomes `Ss`.
pub(crate) fn upper_first(c: char) -> String {
    let upper: String = c.to_uppercase().collect();
    let mut chars = upper.chars();
    match chars.next() {
        Some(first) if upper.chars().count() > 1 => first.to_string() + &chars.as_str().to_lowercase(),
        _ => upper,
    }
}

/// Rust and Python agree on the final sigma.
fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// `str.title`.
pub(crate) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.push_str(&upper_first(c));
        }
        inside = c.is_alphabetic();
    }
    out
}

/// `str.center`; an odd blank goes where Python puts it.
pub(crate) fn center(text: &str, width: i64, fill: char) -> String {
    let len = text.chars().count() as i64;
    let pad = width - len;
    if pad <= 0 {
        return text.to_owned();
    }
    let left = pad / 2 + (pad & width & 1);
    let fill = |n: i64| fill.to_string().repeat(usize::try_from(n).unwrap_or(0));
    format!("{}{text}{}", fill(left), fill(pad - left))
}
