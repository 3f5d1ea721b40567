//! Character classes: `[…]`, and what `\w`, `\d`, `\s` stand for.
use crate::{Error, Result};

/// The members of a shorthand class, for use inside brackets. Python's `\w` has no combining marks, and its `\s` has
/// the four separators of ASCII.
pub(super) fn shorthand(letter: char, ascii: bool) -> &'static str {
    match (letter.to_ascii_lowercase(), ascii) {
        ('w', true) => "a-zA-Z0-9_",
        ('w', false) => r"\p{L}\p{N}_",
        ('d', true) => "0-9",
        ('d', false) => r"\p{Nd}",
        ('s', true) => r"\t\n\r\x0b\x0c ",
        _ => r"\s\x1c-\x1f",
    }
}

/// Writes one character so that the engine takes it literally inside brackets.
pub(super) fn push_member(out: &mut String, c: char) {
    // Other punctuation must stay bare: `\<` would be a word boundary.
    if r"\.+*?()|[]{}^$#&-~".contains(c) {
        out.push('\\');
        out.push(c);
    } else if c.is_ascii_control() {
        out.push_str(&format!("\\x{:02x}", c as u32));
    } else {
        out.push(c);
    }
}

enum Member {
    Char(char),
    Shorthand(char),
}

/// Translates a class; `at` stands behind `[` and ends behind `]`.
pub(super) fn class(chars: &[char], at: &mut usize, ascii: bool) -> Result<String> {
    let open = *at - 1;
    let mut out = String::from("[");
    if chars.get(*at) == Some(&'^') {
        out.push('^');
        *at += 1;
    }
    let first = *at;
    loop {
        let c = *chars.get(*at).ok_or_else(|| unterminated(open))?;
        if c == ']' && *at > first {
            *at += 1;
            break;
        }
        let start = *at;
        let low = member(chars, at)?;
        let is_range = chars.get(*at) == Some(&'-') && chars.get(*at + 1).is_some_and(|c| *c != ']');
        if !is_range {
            push(&mut out, low, ascii);
            continue;
        }
        *at += 1;
        let high = member(chars, at)?;
        let (Member::Char(low), Member::Char(high)) = (low, high) else {
            return Err(bad_range(chars, start, *at));
        };
        if low > high {
            return Err(bad_range(chars, start, *at));
        }
        push_member(&mut out, low);
        out.push('-');
        push_member(&mut out, high);
    }
    out.push(']');
    Ok(out)
}

fn unterminated(at: usize) -> Error {
    Error::failed(format!("unterminated character set at position {at}"))
}

fn bad_range(chars: &[char], start: usize, end: usize) -> Error {
    let range: String = chars[start..end.min(chars.len())].iter().collect();
    Error::failed(format!("bad character range {range} at position {start}"))
}

fn push(out: &mut String, member: Member, ascii: bool) {
    match member {
        Member::Char(c) => push_member(out, c),
        Member::Shorthand(letter) if letter.is_ascii_lowercase() => out.push_str(shorthand(letter, ascii)),
        Member::Shorthand(letter) => {
            out.push_str("[^");
            out.push_str(shorthand(letter, ascii));
            out.push(']');
        }
    }
}

fn member(chars: &[char], at: &mut usize) -> Result<Member> {
    let c = *chars.get(*at).ok_or_else(|| unterminated(*at))?;
    *at += 1;
    if c != '\\' {
        return Ok(Member::Char(c));
    }
    let escaped = *chars.get(*at).ok_or_else(|| unterminated(*at))?;
    *at += 1;
    Ok(match escaped {
        'w' | 'W' | 'd' | 'D' | 's' | 'S' => Member::Shorthand(escaped),
        'b' => Member::Char('\u{8}'),
        '0'..='7' => Member::Char(octal(chars, at)),
        other => Member::Char(escape(chars, at, other)?),
    })
}

/// Up to three octal digits; `at` stands behind the first.
fn octal(chars: &[char], at: &mut usize) -> char {
    let digits: Vec<u32> = chars[*at - 1..].iter().take(3).map_while(|c| c.to_digit(8)).collect();
    *at += digits.len() - 1;
    char::from_u32(digits.iter().fold(0, |sum, digit| sum * 8 + digit)).unwrap_or('\0')
}

/// The character of an escape that is neither a class nor a reference; `at` stands behind its letter.
pub(super) fn escape(chars: &[char], at: &mut usize, letter: char) -> Result<char> {
    Ok(match letter {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => hex(chars, at, 2)?,
        'u' => hex(chars, at, 4)?,
        'U' => hex(chars, at, 8)?,
        c if c.is_ascii_alphanumeric() => {
            return Err(Error::failed(format!("bad escape \\{c} at position {}", *at - 2)));
        }
        c => c,
    })
}

fn hex(chars: &[char], at: &mut usize, count: usize) -> Result<char> {
    let digits: String = chars[*at..].iter().take(count).take_while(|c| c.is_ascii_hexdigit()).collect();
    let start = *at - 2;
    *at += digits.len();
    let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == count);
    code.and_then(char::from_u32).ok_or_else(|| {
        let letter = chars[start + 1];
        Error::failed(format!("incomplete escape \\{letter}{digits} at position {start}"))
    })
}
