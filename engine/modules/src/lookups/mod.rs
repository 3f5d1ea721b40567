//! The named lookups (`file`, `env`, `template`, `k8s`, …), one file per family.
mod csv;
mod environment;
mod files;
mod first_found;
mod ini;
mod k8s;
mod lists;
mod password;
mod pipe;
mod sequence;
mod subelements;
mod template;
mod variables;

use rolewright_template::{Context, Error, Lookup, Lookups, Result, Value};
use std::sync::Arc;

/// Every lookup of this build.
#[derive(Debug, Default)]
pub struct AllLookups;

type Named = (Arc<str>, Value);
type Run = fn(&Context<'_>, &[Value], &[Named]) -> Result<Vec<Value>>;

const ALL: &[(&str, Run)] = &[
    ("config", environment::config),
    ("csvfile", csv::csvfile),
    ("dict", lists::dict),
    ("env", environment::env),
    ("file", files::file),
    ("fileglob", files::fileglob),
    ("first_found", first_found::first_found),
    ("indexed_items", lists::indexed_items),
    ("ini", ini::ini),
    ("inventory_hostnames", variables::inventory_hostnames),
    ("items", lists::items),
    ("k8s", k8s::k8s),
    ("lines", pipe::lines),
    ("list", lists::list),
    ("nested", lists::nested),
    ("password", password::password),
    ("pipe", pipe::pipe),
    ("random_choice", lists::random_choice),
    ("sequence", sequence::sequence),
    ("subelements", subelements::subelements),
    ("template", template::template),
    ("together", lists::together),
    ("unvault", files::unvault),
    ("varnames", variables::varnames),
    ("vars", variables::vars),
];

/// Those that live in a collection and are known by their full name only.
const COMMUNITY: &[(&str, Run)] = &[
    ("community.general.cartesian", lists::nested),
    ("community.general.flattened", lists::flattened),
    ("community.kubernetes.k8s", k8s::k8s),
    ("community.okd.k8s", k8s::k8s),
    ("kubernetes.core.k8s", k8s::k8s),
];

struct Function(Run);

impl Lookup for Function {
    fn run(&self, cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
        (self.0)(cx, terms, options)
    }
}

impl Lookups for AllLookups {
    fn find(&self, name: &str) -> Option<Arc<dyn Lookup>> {
        let short = ["ansible.builtin.", "ansible.legacy."].iter().find_map(|prefix| name.strip_prefix(prefix));
        let short = short.unwrap_or(name);
        let run = ALL.iter().chain(COMMUNITY).find(|(known, _)| *known == short).map(|(_, run)| *run)?;
        Some(Arc::new(Function(run)))
    }
}

impl AllLookups {
    /// The names that lookups answer to, for did-you-mean and the reference.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().chain(COMMUNITY).map(|(name, _)| *name)
    }
}

fn option<'a>(options: &'a [Named], name: &str) -> Option<&'a Value> {
    options.iter().find(|(key, _)| &**key == name).map(|(_, value)| value).filter(|value| !value.is_none())
}

fn flag(options: &[Named], name: &str, default: bool) -> Result<bool> {
    match option(options, name) {
        None => Ok(default),
        Some(value) => {
            value.to_bool().ok_or_else(|| Error::failed(format!("{name} takes a boolean, not {}", value.repr())))
        }
    }
}

fn text_option(options: &[Named], name: &str, default: &str) -> String {
    option(options, name).map_or_else(|| default.to_owned(), Value::to_string)
}

type Pairs = Vec<(String, String)>;

/// `key=value` words of a term, and what stands before them: `user section=a file=b`.
fn split_term(term: &str) -> Result<(Vec<String>, Pairs)> {
    let unbalanced = || Error::failed(format!("unbalanced quotes in: {term}"));
    let (mut plain, mut pairs) = (Vec::new(), Vec::new());
    for word in words(term).ok_or_else(unbalanced)? {
        match word.split_once('=').filter(|(key, _)| !key.is_empty() && !key.contains(['"', '\''])) {
            Some((key, value)) => {
                let value = shlex::split(value).ok_or_else(unbalanced)?.join(" ");
                pairs.push((key.to_owned(), value));
            }
            None => plain.push(word),
        }
    }
    Ok((plain, pairs))
}

/// What stands between blanks outside of quotes; quotes stay. `None` when one is left open.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    let mut open = None;
    for letter in text.chars() {
        match open {
            None if letter.is_whitespace() => words.push(String::new()),
            _ => words.last_mut()?.push(letter),
        }
        match open {
            Some(quote) if quote == letter => open = None,
            None if matches!(letter, '"' | '\'') => open = Some(letter),
            _ => {}
        }
    }
    words.retain(|word| !word.is_empty());
    open.is_none().then_some(words)
}

#[cfg(test)]
mod tests;
