//! Filters for HTML and XML. Ansible escapes nothing by itself, so "safe" text is just text.
use super::Table;
use crate::python::{bind, flag, index, opt_text, split_lines, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("e", |_, value, _| Ok(escape(&text(value)?).into())),
    ("escape", |_, value, _| Ok(escape(&text(value)?).into())),
    ("forceescape", |_, value, _| Ok(escape(&text(value)?).into())),
    ("safe", |_, value, _| Ok(text(value)?.into())),
    ("striptags", |_, value, _| Ok(strip_tags(&text(value)?).into())),
    ("urlize", urlize),
    ("xmlattr", xml_attributes),
];

pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Cuts every part from `open` to `close`; an open part without an end stays.
fn cut(mut text: String, open: &str, close: &str) -> String {
    while let Some(start) = text.find(open) {
        let Some(len) = text[start..].find(close) else { break };
        text.replace_range(start..start + len + close.len(), "");
    }
    text
}

fn strip_tags(text: &str) -> String {
    let bare = cut(cut(text.to_owned(), "<!--", "-->"), "<", ">");
    unescape(&bare.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Character references: numbers, and the names in use.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest[1..].split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        match reference {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        "raquo" => '»',
        "laquo" => '«',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "euro" => '€',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        _ => return None,
    })
}

fn xml_attributes(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [space] = bind("do_xmlattr", args, ["autospace"])?;
    let mut parts = Vec::new();
    for (key, value) in super::dicts::mapping(value, "items")? {
        if value.is_none() || value.is_undefined() {
            continue;
        }
        let key = text(&key)?;
        if key.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '=')) {
            return Err(Error::failed(format!("Invalid character in attribute name: {}", Value::from(&key).repr())));
        }
        parts.push(format!("{}=\"{}\"", escape(&key), escape(&text(&value)?)));
    }
    let lead = if !parts.is_empty() && space.is_none_or(Value::is_truthy) { " " } else { "" };
    Ok(format!("{lead}{}", parts.join(" ")).into())
}

/// What surrounds the addresses of one text.
struct Link {
    limit: Option<usize>,
    rel: String,
    target: String,
}

impl Link {
    fn to(&self, href: &str, shown: &str) -> String {
        let shown = match self.limit {
            Some(limit) if shown.chars().count() > limit => shown.chars().take(limit).collect::<String>() + "...",
            _ => shown.to_owned(),
        };
        format!("<a href=\"{href}\"{}{}>{shown}</a>", self.rel, self.target)
    }
    fn mail(shown: &str, address: &str) -> String {
        format!("<a href=\"mailto:{address}\">{shown}</a>")
    }
    /// A word, linked if it is an address.
    fn word(&self, middle: &str) -> String {
        let web = middle.starts_with("http://") || middle.starts_with("https://");
        let bare = ["www."].iter().any(|lead| middle.starts_with(lead) && middle.len() > lead.len())
            || [".com", ".net", ".org", ".int", ".edu", ".gov", ".mil"].iter().any(|end| {
                !middle.contains('@')
                    && middle.strip_suffix(end).is_some_and(|name| {
                        name.contains(|c: char| c.is_alphanumeric())
                            && name.chars().all(|c| c.is_alphanumeric() || "-._~".contains(c))
                    })
            });
        if web && middle.len() > "https://".len() {
            self.to(middle, middle)
        } else if bare {
            self.to(&format!("https://{middle}"), middle)
        } else if let Some(address) = middle.strip_prefix("mailto:").filter(|address| is_mail(address)) {
            Self::mail(address, address)
        } else if is_mail(middle) {
            Self::mail(middle, middle)
        } else {
            middle.to_owned()
        }
    }
}

fn is_mail(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    let word = |c: char| c.is_alphanumeric() || "_.+-".contains(c);
    !user.is_empty()
        && user.chars().all(word)
        && host.contains('.')
        && !host.ends_with('.')
        && host.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c))
}

fn urlize(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"];
    let [limit, nofollow, target, rel, _] = bind("do_urlize", args, names)?;
    let mut rels: Vec<String> = opt_text(rel)?.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if flag(nofollow)? {
        rels.push("nofollow".into());
    }
    rels.push("noopener".into());
    rels.sort_unstable();
    rels.dedup();
    let limit = limit.filter(|limit| !limit.is_none()).map(index).transpose()?;
    let link = Link {
        limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        rel: format!(" rel=\"{}\"", escape(&rels.join(" "))),
        target: opt_text(target)?.map_or_else(String::new, |target| format!(" target=\"{}\"", escape(&target))),
    };
    let body = escape(&text(value)?);
    let mut out = String::with_capacity(body.len());
    for piece in body.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end_matches(char::is_whitespace);
        let (head, middle, tail) = trim_punctuation(word);
        out.push_str(head);
        out.push_str(&link.word(middle));
        out.push_str(tail);
        out.push_str(&piece[word.len()..]);
    }
    Ok(out.into())
}

/// Brackets before and stops behind a word do not belong to an address.
fn trim_punctuation(word: &str) -> (&str, &str, &str) {
    let mut start = 0;
    while let Some(lead) = ["(", "&lt;"].iter().find(|lead| word[start..].starts_with(**lead)) {
        start += lead.len();
    }
    let mut end = word.len();
    let tails = [")", ".", ",", "\n", "&gt;"];
    while let Some(tail) = tails.iter().find(|tail| end > start && word[start..end].ends_with(**tail)) {
        end -= tail.len();
    }
    // A closing bracket whose partner is inside belongs to the address.
    for (open, close) in [("(", ")"), ("&lt;", "&gt;")] {
        let inside = word[start..end].matches(open).count();
        for _ in word[start..end].matches(close).count()..inside {
            if let Some(at) = word[end..].find(close) {
                end += at + close.len();
            }
        }
    }
    (&word[..start], &word[start..end], &word[end..])
}

/// Kept beside: the lines of a text, for filters that go line by line.
pub(super) fn lines(text: &str) -> Vec<&str> {
    split_lines(text, false)
}
