//! Host patterns: which hosts a play or `--limit` means.
use super::{ALL, Inventory, LOCALHOST, unique};
use fancy_regex::Regex;
use std::sync::Arc;

impl Inventory {
    /// The hosts that a pattern (`all`, `web:!db`, `web:&db`, `web*`, `~regex`) names.
    pub fn matching(&self, patterns: &[String]) -> Vec<Arc<str>> {
        let parts: Vec<&str> = patterns.iter().flat_map(|pattern| split(pattern)).collect();
        let mut chosen: Vec<Arc<str>> = Vec::new();
        let plain = |part: &&&str| !part.starts_with(['!', '&']);
        let starts_with_all = !parts.is_empty() && !parts.iter().any(|part| plain(&part));
        if starts_with_all {
            chosen = self.members(ALL);
        }
        for part in parts.iter().filter(plain) {
            for host in self.matching_one(part) {
                if !chosen.contains(&host) {
                    chosen.push(host);
                }
            }
        }
        for part in parts.iter().filter_map(|part| part.strip_prefix('&')) {
            let kept = self.matching_one(part);
            chosen.retain(|host| kept.contains(host));
        }
        for part in parts.iter().filter_map(|part| part.strip_prefix('!')) {
            let dropped = self.matching_one(part);
            chosen.retain(|host| !dropped.contains(host));
        }
        chosen
    }

    fn matching_one(&self, part: &str) -> Vec<Arc<str>> {
        let (name, slice) = subscript(part);
        let mut found = self.named(name);
        if let Some((from, to)) = slice {
            found = cut(&found, from, to);
        }
        found
    }

    fn named(&self, name: &str) -> Vec<Arc<str>> {
        let fits = Matcher::new(name);
        let groups: Vec<_> = self.groups_with_hosts().into_iter().filter(|(group, _)| fits.matches(group)).collect();
        let is_pattern = name.starts_with('~') || name.contains(['.', '?', '*', '[']);
        let mut found = Vec::new();
        if groups.is_empty() || is_pattern {
            found.extend(self.hosts.iter().map(|host| &host.name).filter(|host| fits.matches(host)).cloned());
        }
        let mut all: Vec<Arc<str>> = groups.into_iter().flat_map(|(_, hosts)| hosts).collect();
        all.append(&mut found);
        if all.is_empty() && is_this_machine(name) {
            let known = self.hosts.iter().map(|host| &host.name).find(|host| is_this_machine(host));
            all.push(known.cloned().unwrap_or_else(|| name.into()));
        }
        unique(all)
    }
}

/// Whether a shell pattern fits.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.contains(['*', '?', '[']) {
        true => Regex::new(&shell(pattern)).is_ok_and(|regex| regex.is_match(text).unwrap_or(false)),
        false => pattern == text,
    }
}

fn is_this_machine(name: &str) -> bool {
    matches!(name, LOCALHOST | "127.0.0.1" | "::1")
}

/// A name, a shell pattern, or a regular expression after `~`.
enum Matcher<'a> {
    Name(&'a str),
    Regex(Regex),
    Nothing,
}

impl<'a> Matcher<'a> {
    fn new(pattern: &'a str) -> Self {
        let text = match pattern.strip_prefix('~') {
            Some(regex) => format!("^(?:{regex})"),
            None if pattern.contains(['*', '?', '[']) => shell(pattern),
            None => return Self::Name(pattern),
        };
        Regex::new(&text).map_or(Self::Nothing, Self::Regex)
    }
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Name(name) => *name == text,
            Self::Regex(regex) => regex.is_match(text).unwrap_or(false),
            Self::Nothing => false,
        }
    }
}

/// A shell pattern as a regular expression.
fn shell(pattern: &str) -> String {
    let mut out = String::from("^(?s:");
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => match class(rest) {
                Some((class, after)) => {
                    out.push_str(&class);
                    rest = after;
                }
                None => out.push_str("\\["),
            },
            other => out.push_str(&fancy_regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    out + ")$"
}

/// What stands between brackets, the first of which was read.
fn class(rest: &str) -> Option<(String, &str)> {
    let start = usize::from(rest.starts_with('!'));
    // A bracket that comes first is meant itself.
    let from = start + usize::from(rest[start..].starts_with(']'));
    let end = from + rest.get(from..)?.find(']')?;
    let inside = rest[start..end].replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace('^', "\\^");
    Some((format!("[{}{inside}]", if start == 1 { "^" } else { "" }), &rest[end + 1..]))
}

/// Patterns are divided by commas, else by colons outside of brackets (IPv6 addresses have colons as well).
fn split(pattern: &str) -> Vec<&str> {
    let commas = pattern.contains(',') || pattern.contains("::");
    let mut depth = 0_i32;
    let parts = pattern.split(move |letter: char| {
        depth += i32::from(letter == '[') - i32::from(letter == ']');
        if commas { letter == ',' } else { letter == ':' && depth <= 0 }
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

type Slice = (i64, Option<i64>);

/// `web[0]`, `web[1:3]`, `web[2:]`: name and range (ends included).
fn subscript(part: &str) -> (&str, Option<Slice>) {
    if part.starts_with('~') {
        return (part, None);
    }
    let Some((name, range)) = part.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) else {
        return (part, None);
    };
    let slice = match range.split_once([':', '-']).filter(|(from, _)| !from.is_empty()) {
        Some((from, "")) => from.parse().ok().map(|from| (from, Some(-1))),
        Some((from, to)) => from.parse().ok().zip(to.parse().ok()).map(|(from, to)| (from, Some(to))),
        None => range.parse().ok().map(|from| (from, None)),
    };
    match slice {
        Some(slice) => (name, Some(slice)),
        None => (part, None),
    }
}

fn cut(hosts: &[Arc<str>], from: i64, to: Option<i64>) -> Vec<Arc<str>> {
    let length = hosts.len() as i64;
    let place = |index: i64| if index < 0 { length + index } else { index };
    let (from, to) = (place(from), to.map_or_else(|| place(from), place));
    hosts
        .iter()
        .zip(0i64..)
        .filter(|(_, index)| (from..=to).contains(index))
        .map(|(host, _)| Arc::clone(host))
        .collect()
}
