//! `re.subn` with Python's replacement templates.
use super::Pattern;
use crate::{Error, Result};

enum Piece {
    Text(String),
    Group(usize),
}

/// Replaces up to `count` matches (0: all); gives the text and the number of replacements.
pub(crate) fn substitute(pattern: &Pattern, replacement: &str, text: &str, count: usize) -> Result<(String, usize)> {
    let pieces = parse(pattern, replacement)?;
    let found = pattern.find_all(text, if count == 0 { usize::MAX } else { count })?;
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for one in &found {
        let (start, end) = one.span();
        out.push_str(&text[at..start]);
        for piece in &pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(index) => out.push_str(one.group(*index).unwrap_or_default()),
            }
        }
        at = end;
    }
    out.push_str(&text[at..]);
    Ok((out, found.len()))
}

fn parse(pattern: &Pattern, replacement: &str) -> Result<Vec<Piece>> {
    let chars: Vec<char> = replacement.chars().collect();
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c != '\\' {
            literal.push(c);
            at += 1;
            continue;
        }
        let start = at;
        let escaped = *chars.get(at + 1).ok_or_else(|| bad(format!("bad escape (end of pattern) at position {at}")))?;
        at += 2;
        let group = match escaped {
            'g' => Some(named_group(pattern, &chars, &mut at)?),
            '0' => {
                literal.push(octal(&chars, at - 1, 3, &mut at));
                None
            }
            '1'..='9' => numbered_group(&chars, &mut at, &mut literal)?,
            c => {
                literal.push_str(&simple_escape(c, start)?);
                None
            }
        };
        if let Some(group) = group {
            if group > pattern.groups() {
                return Err(bad(format!("invalid group reference {group} at position {}", start + 1)));
            }
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
            pieces.push(Piece::Group(group));
        }
    }
    pieces.push(Piece::Text(literal));
    Ok(pieces)
}

fn bad(message: impl Into<String>) -> Error {
    Error::failed(message)
}

fn simple_escape(c: char, at: usize) -> Result<String> {
    Ok(match c {
        'a' => "\u{7}".into(),
        'b' => "\u{8}".into(),
        'f' => "\u{c}".into(),
        'n' => "\n".into(),
        'r' => "\r".into(),
        't' => "\t".into(),
        'v' => "\u{b}".into(),
        '\\' => "\\".into(),
        c if c.is_ascii_alphabetic() => return Err(bad(format!("bad escape \\{c} at position {at}"))),
        c => format!("\\{c}"),
    })
}

/// Up to `max` octal digits from `start`; `at` ends behind them.
fn octal(chars: &[char], start: usize, max: usize, at: &mut usize) -> char {
    let digits: Vec<u32> = chars[start..].iter().take(max).map_while(|c| c.to_digit(8)).collect();
    *at = start + digits.len();
    char::from_u32(digits.iter().fold(0, |sum, digit| sum * 8 + digit) & 0xff).unwrap_or('\0')
}

/// `\1` to `\99`; three octal digits are a character instead.
fn numbered_group(chars: &[char], at: &mut usize, literal: &mut String) -> Result<Option<usize>> {
    let start = *at - 1;
    let run: Vec<u32> = chars[start..].iter().take(3).map_while(|c| c.to_digit(10)).collect();
    if run.len() == 3 && run[0] < 4 && run.iter().all(|digit| *digit < 8) {
        literal.push(octal(chars, start, 3, at));
        return Ok(None);
    }
    let taken = run.len().min(2);
    *at = start + taken;
    Ok(Some(run[..taken].iter().fold(0, |sum, digit| sum * 10 + *digit as usize)))
}

fn named_group(pattern: &Pattern, chars: &[char], at: &mut usize) -> Result<usize> {
    if chars.get(*at) != Some(&'<') {
        return Err(bad(format!("missing < at position {at}")));
    }
    let start = *at + 1;
    let len = chars[start..].iter().position(|c| *c == '>');
    let len = len.ok_or_else(|| bad(format!("missing >, unterminated name at position {start}")))?;
    let name: String = chars[start..start + len].iter().collect();
    *at = start + len + 1;
    if name.is_empty() {
        return Err(bad(format!("missing group name at position {start}")));
    }
    if name.bytes().all(|b| b.is_ascii_digit()) {
        return name.parse().map_err(|_| bad(format!("invalid group reference {name} at position {start}")));
    }
    pattern.group_index(&name).ok_or_else(|| bad(format!("unknown group name {}", crate::Value::from(name).repr())))
}
