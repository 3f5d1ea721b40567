//! Escapes in text literals, by Python's `unicode-escape`.

/// The text of a literal's inside; the error is what is wrong with it.
pub(super) fn unescape(raw: &str) -> Result<String, String> {
    if !raw.contains('\\') {
        return Ok(raw.to_owned());
    }
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { escape(&mut chars, &mut out)? } else { out.push(c) }
    }
    Ok(out)
}

fn escape(chars: &mut std::str::Chars<'_>, out: &mut String) -> Result<(), String> {
    let Some(c) = chars.next() else {
        return Err("\\ at end of string".into());
    };
    match c {
        '\n' => {}
        '\\' | '\'' | '"' => out.push(c),
        'a' => out.push('\u{7}'),
        'b' => out.push('\u{8}'),
        'f' => out.push('\u{c}'),
        'n' => out.push('\n'),
        'r' => out.push('\r'),
        't' => out.push('\t'),
        'v' => out.push('\u{b}'),
        '0'..='7' => {
            let mut code = c.to_digit(8).unwrap_or(0);
            for _ in 0..2 {
                let Some(digit) = chars.clone().next().and_then(|c| c.to_digit(8)) else { break };
                chars.next();
                code = code * 8 + digit;
            }
            out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
        }
        'x' => out.push(hex(chars, 2)?),
        'u' => out.push(hex(chars, 4)?),
        'U' => out.push(hex(chars, 8)?),
        'N' => return Err("character names (\\N{…}) are not supported".into()),
        other => {
            out.push('\\');
            out.push(other);
        }
    }
    Ok(())
}

fn hex(chars: &mut std::str::Chars<'_>, length: usize) -> Result<char, String> {
    let digits: String = chars.clone().take(length).take_while(char::is_ascii_hexdigit).collect();
    if digits.len() < length {
        return Err(format!("truncated escape in a string: {length} hexadecimal digits are needed"));
    }
    for _ in 0..length {
        chars.next();
    }
    let code = u32::from_str_radix(&digits, 16).map_err(|error| error.to_string())?;
    char::from_u32(code).ok_or_else(|| format!("illegal Unicode character {digits} in a string"))
}
