//! Versions of Python packages.
use crate::{Error, Result};
use std::cmp::Ordering;

/// A version as a key: each part compares as the specification wants.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    epoch: u64,
    release: Vec<u64>,
    pre: (i8, u64),
    post: Option<u64>,
    /// No development release comes after any.
    dev: u64,
    local: Vec<Local>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(u64),
}

struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let value = self.0[..end].parse().ok()?;
        self.0 = &self.0[end..];
        Some(value)
    }
    /// One of the words, with a separator before it; then a number, perhaps after a separator.
    fn marked(&mut self, words: &[(&str, i8)]) -> Option<(i8, u64)> {
        let bare = self.0.strip_prefix(['.', '-', '_']).unwrap_or(self.0);
        let (word, rank) = words.iter().find(|(word, _)| bare.starts_with(word))?;
        let rest = &bare[word.len()..];
        let after = rest.strip_prefix(['.', '-', '_']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        self.0 = after.unwrap_or(rest);
        Some((*rank, self.number().unwrap_or(0)))
    }
}

fn parse(text: &str) -> Result<Key> {
    let invalid = || Error::failed(format!("Invalid version: '{text}'"));
    let lower = text.trim().to_lowercase();
    let body = lower.strip_prefix('v').unwrap_or(&lower);
    let (body, local) = body.split_once('+').map_or((body, None), |(body, local)| (body, Some(local)));
    let (epoch, body) = body.split_once('!').map_or((Some(0), body), |(epoch, body)| (epoch.parse().ok(), body));
    let mut reader = Reader(body);
    let mut release = vec![reader.number().ok_or_else(invalid)?];
    while let Some(rest) = reader.0.strip_prefix('.').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        reader.0 = rest;
        release.push(reader.number().ok_or_else(invalid)?);
    }
    while release.len() > 1 && release.last() == Some(&0) {
        release.pop();
    }
    let words = [("alpha", 0), ("a", 0), ("beta", 1), ("b", 1), ("preview", 2), ("pre", 2), ("rc", 2), ("c", 2)];
    let pre = reader.marked(&words);
    let post = match reader.0.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        Some(rest) => {
            reader.0 = rest;
            reader.number()
        }
        None => reader.marked(&[("post", 0), ("rev", 0), ("r", 0)]).map(|(_, n)| n),
    };
    let dev = reader.marked(&[("dev", 0)]).map(|(_, n)| n);
    if !reader.0.is_empty() {
        return Err(invalid());
    }
    let pre = match (pre, post, dev) {
        (Some(pre), ..) => pre,
        // A bare development release comes before all previews.
        (None, None, Some(_)) => (-1, 0),
        _ => (i8::MAX, 0),
    };
    let local = match local {
        None => Vec::new(),
        Some(local) => local
            .split(['.', '-', '_'])
            .map(|part| part.parse().map_or_else(|_| Local::Word(part.to_owned()), Local::Number))
            .collect(),
    };
    Ok(Key { epoch: epoch.ok_or_else(invalid)?, release, pre, post, dev: dev.unwrap_or(u64::MAX), local })
}

pub(super) fn compare(a: &str, b: &str) -> Result<Ordering> {
    Ok(parse(a)?.cmp(&parse(b)?))
}
