//! Compiled patterns and their matches.
use super::Flags;
use super::translate::translate;
use crate::{Error, Result};
use fancy_regex::{Captures, Regex, RegexBuilder};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Where a match has to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Anchor {
    Anywhere,
    Start,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    regex: Regex,
}

/// One match: the text of each group, `None` where a group took no part.
pub(crate) struct Found<'t> {
    captures: Captures<'t, str>,
}

type Key = (String, Flags, Anchor);

/// Patterns come from projects, so there are few; the bound is for those built from data.
const CACHED: usize = 1000;

/// Steps before a pattern that backtracks too much is given up.
const BACKTRACK_LIMIT: usize = 1_000_000;

static CACHE: LazyLock<RwLock<HashMap<Key, Arc<Pattern>>>> = LazyLock::new(RwLock::default);

/// `re.compile`, cached.
pub(crate) fn compile(pattern: &str, flags: Flags) -> Result<Arc<Pattern>> {
    cached(pattern, flags, Anchor::Anywhere)
}

/// A pattern for `re.match`: found at the start of the text only.
pub(crate) fn compile_anchored(pattern: &str, flags: Flags) -> Result<Arc<Pattern>> {
    cached(pattern, flags, Anchor::Start)
}

fn cached(pattern: &str, flags: Flags, anchor: Anchor) -> Result<Arc<Pattern>> {
    let key = (pattern.to_owned(), flags, anchor);
    if let Some(found) = CACHE.read().get(&key) {
        return Ok(found.clone());
    }
    let compiled = Arc::new(build(pattern, flags, anchor)?);
    let mut cache = CACHE.write();
    if cache.len() >= CACHED {
        cache.clear();
    }
    cache.insert(key, compiled.clone());
    Ok(compiled)
}

fn build(pattern: &str, flags: Flags, anchor: Anchor) -> Result<Pattern> {
    let translated = translate(pattern, flags)?;
    let whole = match anchor {
        Anchor::Anywhere => translated,
        Anchor::Start => format!("\\A(?:{translated})"),
    };
    let regex = RegexBuilder::new(&whole)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .map_err(|error| Error::failed(format!("the regular expression '{pattern}' is not valid: {error}")))?;
    Ok(Pattern { regex })
}

impl Pattern {
    /// The first match at or after a byte position.
    pub(crate) fn find_at<'t>(&self, text: &'t str, at: usize) -> Result<Option<Found<'t>>> {
        let found = self.regex.captures_from_pos(text, at).map_err(|error| {
            Error::failed(format!("the regular expression '{}' gave up: {error}", self.regex.as_str()))
        })?;
        Ok(found.map(|captures| Found { captures }))
    }
    pub(crate) fn find<'t>(&self, text: &'t str) -> Result<Option<Found<'t>>> {
        self.find_at(text, 0)
    }
    pub(crate) fn is_match(&self, text: &str) -> Result<bool> {
        Ok(self.find_at(text, 0)?.is_some())
    }
    /// All matches by Python's rule: an empty match may touch the one before it.
    pub(crate) fn find_all<'t>(&self, text: &'t str, limit: usize) -> Result<Vec<Found<'t>>> {
        let mut all = Vec::new();
        let (mut at, mut last_empty) = (0, None);
        while at <= text.len() && all.len() < limit {
            let Some(found) = self.find_at(text, at)? else { break };
            let (start, end) = found.span();
            if start == end && last_empty == Some(start) {
                at = start + text[start..].chars().next().map_or(1, char::len_utf8);
                continue;
            }
            last_empty = (start == end).then_some(end);
            at = end;
            all.push(found);
        }
        Ok(all)
    }
    /// The number of groups, without the whole match.
    pub(crate) fn groups(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }
    /// The number of a named group.
    pub(crate) fn group_index(&self, name: &str) -> Option<usize> {
        self.regex.capture_names().position(|candidate| candidate == Some(name))
    }
}

impl Pattern {
    /// Names of groups with their numbers.
    pub(crate) fn named_groups(&self) -> Vec<(String, usize)> {
        let names = self.regex.capture_names().enumerate();
        names.filter_map(|(index, name)| Some((name?.to_owned(), index))).collect()
    }
}

impl<'t> Found<'t> {
    /// Byte positions of a group that took part.
    pub(crate) fn group_span(&self, index: usize) -> Option<std::ops::Range<usize>> {
        self.captures.get(index).map(|m| m.start()..m.end())
    }
    /// Byte positions of the whole match.
    pub(crate) fn span(&self) -> (usize, usize) {
        self.captures.get(0).map_or((0, 0), |m| (m.start(), m.end()))
    }
    pub(crate) fn group(&self, index: usize) -> Option<&'t str> {
        self.captures.get(index).map(|m| m.as_str())
    }
}
