//! `k=v` arguments: splitting by Ansible's rules, which keep Jinja blocks and quotes together.

/// Options and free-form text of a line of arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct KeyValues {
    pub(super) options: Vec<(String, String)>,
    pub(super) free: Option<String>,
}

/// Splits a line into options and free text; `only` names the options that free-form modules take out of their text.
pub(super) fn parse(text: &str, only: Option<&[&str]>) -> Result<KeyValues, String> {
    let mut parsed = KeyValues::default();
    let mut free = Vec::new();
    for token in split(text)? {
        let clean = unescape(&token);
        match equals_sign(&clean) {
            Equals::None => free.push(token),
            Equals::Escaped => free.push(clean.replace("\\=", "=")),
            Equals::At(at) => {
                let (key, value) = (&clean[..at], &clean[at + 1..]);
                if only.is_some_and(|only| !only.contains(&key)) {
                    free.push(token);
                } else {
                    set(&mut parsed.options, key.trim(), unquote(value.trim()));
                }
            }
        }
    }
    if !free.is_empty() {
        parsed.free = Some(join(&free));
    }
    Ok(parsed)
}

fn set(options: &mut Vec<(String, String)>, key: &str, value: &str) {
    match options.iter_mut().find(|(known, _)| known == key) {
        Some((_, old)) => *old = value.to_owned(),
        None => options.push((key.to_owned(), value.to_owned())),
    }
}

enum Equals {
    None,
    /// Only ones with a backslash before them, or one at the very start.
    Escaped,
    At(usize),
}

/// The first equals sign after the first character that has no backslash before it.
fn equals_sign(token: &str) -> Equals {
    if !token.contains('=') {
        return Equals::None;
    }
    let bytes = token.as_bytes();
    let found = token.match_indices('=').map(|(at, _)| at).find(|at| *at > 0 && bytes[at - 1] != b'\\');
    found.map_or(Equals::Escaped, Equals::At)
}

/// Takes off a pair of quotes around the whole.
pub(super) fn unquote(text: &str) -> &str {
    let mut chars = text.chars();
    match (chars.next(), chars.next_back()) {
        (Some(first), Some(last))
            if first == last && matches!(first, '"' | '\'') && !chars.as_str().ends_with('\\') =>
        {
            chars.as_str()
        }
        _ => text,
    }
}

/// Resolves Python's escapes; what is none stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match escape(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('\\');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character of the escape at the start, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |digits: usize| {
        let code = text.get(2..2 + digits)?;
        let valid = code.bytes().all(|c| c.is_ascii_hexdigit());
        let c = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
        valid.then_some((c, 2 + digits))
    };
    let simple = match text.as_bytes().get(1)? {
        b'U' => return hex(8),
        b'u' => return hex(4),
        b'x' => return hex(2),
        b'\\' => '\\',
        b'\'' => '\'',
        b'"' => '"',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'v' => '\u{b}',
        _ => return None,
    };
    Some((simple, 2))
}

/// Puts pieces together again, with the line breaks that splitting left on them.
pub(super) fn join(pieces: &[String]) -> String {
    let mut out = String::new();
    for piece in pieces {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push(' ');
        }
        out.push_str(piece);
    }
    out
}

/// What is open at a point of the text.
#[derive(Default)]
struct Open {
    quote: Option<char>,
    print: usize,
    block: usize,
    comment: usize,
}

impl Open {
    fn in_block(&self) -> bool {
        self.print + self.block + self.comment > 0
    }

    fn quotes(&mut self, token: &str) {
        let mut before = None;
        for c in token.chars() {
            if matches!(c, '"' | '\'') && before != Some('\\') {
                match self.quote {
                    Some(quote) if quote == c => self.quote = None,
                    Some(_) => {}
                    None => self.quote = Some(c),
                }
            }
            before = Some(c);
        }
    }

    /// Takes in the token's Jinja brackets; true when a depth changed.
    fn blocks(&mut self, token: &str) -> [bool; 3] {
        let step = |depth: &mut usize, open: &str, close: &str| {
            let before = *depth;
            *depth = (before + token.matches(open).count()).saturating_sub(token.matches(close).count());
            *depth != before
        };
        [step(&mut self.print, "{{", "}}"), step(&mut self.block, "{%", "%}"), step(&mut self.comment, "{#", "#}")]
    }
}

/// Splits at blanks and line breaks that are neither in quotes nor in a Jinja block.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut pieces: Vec<String> = Vec::new();
    let mut open = Open::default();
    let lines: Vec<&str> = text.split('\n').collect();
    for (number, line) in lines.iter().enumerate() {
        let continued = split_line(line, &mut open, &mut pieces);
        if number + 1 < lines.len() && !continued {
            last(&mut pieces).push('\n');
        }
    }
    if open.in_block() || open.quote.is_some() {
        return Err(format!("failed at splitting arguments, either an unbalanced jinja2 block or quotes: {text}"));
    }
    Ok(pieces)
}

/// The last piece; an empty one when there is none yet.
fn last(pieces: &mut Vec<String>) -> &mut String {
    if pieces.is_empty() {
        pieces.push(String::new());
    }
    let end = pieces.len() - 1;
    &mut pieces[end]
}

/// Adds the pieces of one line; true when it ends in a backslash of its own.
fn split_line(line: &str, open: &mut Open, pieces: &mut Vec<String>) -> bool {
    let mut continued = false;
    for (index, token) in line.split(' ').enumerate() {
        if token.is_empty() && index != 0 {
            last(pieces).push(' ');
            continue;
        }
        if token == "\\" && open.quote.is_none() {
            continued = true;
            continue;
        }
        let was_quoted = open.quote.is_some();
        open.quotes(token);
        let quoted = open.quote.is_some();
        let mut added = true;
        if quoted && !was_quoted && !open.in_block() {
            pieces.push(token.to_owned());
        } else if open.in_block() || quoted || was_quoted {
            let piece = last(pieces);
            if index > 0 {
                piece.push(' ');
            }
            piece.push_str(token);
        } else {
            added = false;
        }
        let changed = open.blocks(token).contains(&true);
        if !added && (changed || !open.in_block() && !quoted && !token.is_empty()) {
            pieces.push(token.to_owned());
        }
    }
    continued
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        let rows: &[(&str, &[&str])] = &[
            ("a=b c=d", &["a=b", "c=d"]),
            ("a='b c' d=\"e f\"", &["a='b c'", "d=\"e f\""]),
            ("msg={{ x }} y={{ z | default('a b') }}", &["msg={{ x }}", "y={{ z | default('a b') }}"]),
            ("echo {% if x %} a b {% endif %} c", &["echo", "{% if x %}", "a", "b", "{% endif %}", "c"]),
            ("a  b", &["a ", "b"]),
            ("a \\\n b", &["a", "b"]),
            ("a\nb", &["a\n", "b"]),
            ("", &[]),
            (" a", &["a"]),
        ];
        for (text, expected) in rows {
            assert_eq!(split(text).unwrap(), *expected, "{text:?}");
        }
        for text in ["a='b", "{{ x", "{% if", "{# c"] {
            assert!(split(text).unwrap_err().contains("unbalanced"), "{text:?}");
        }
    }

    #[test]
    fn options_and_free_text() {
        const SHELL: Option<&[&str]> = Some(&["chdir", "creates"]);
        type Row<'a> = (&'a str, Option<&'a [&'a str]>, &'a [(&'a str, &'a str)], Option<&'a str>);
        let rows: &[Row<'_>] = &[
            ("src=a dest=\"b c\"", None, &[("src", "a"), ("dest", "b c")], None),
            ("echo a=b chdir=/tmp", SHELL, &[("chdir", "/tmp")], Some("echo a=b")),
            ("echo 'a=b' \"c\"", SHELL, &[], Some("echo 'a=b' \"c\"")),
            ("foo.yml x=1", None, &[("x", "1")], Some("foo.yml")),
            ("a\\=b", None, &[], Some("a=b")),
            ("=x", None, &[], Some("=x")),
            ("msg=a\\nb", None, &[("msg", "a\nb")], None),
            ("msg='it''s'", None, &[("msg", "it''s")], None),
            ("a=1 a=2", None, &[("a", "2")], None),
            ("ls -l\ncat x\n", SHELL, &[], Some("ls -l\ncat x\n")),
        ];
        for (text, only, options, free) in rows {
            let parsed = parse(text, *only).unwrap();
            let found: Vec<(&str, &str)> = parsed.options.iter().map(|(k, v)| (&**k, &**v)).collect();
            assert_eq!((&*found, parsed.free.as_deref()), (*options, *free), "{text:?}");
        }
    }
}
