//! Semantic versions.
use crate::{Error, Result};
use std::cmp::Ordering;

struct Version<'a> {
    core: [u64; 3],
    pre: Vec<&'a str>,
}

fn parse(text: &str) -> Result<Version<'_>> {
    let invalid = || Error::failed(format!("invalid semantic version '{text}'"));
    let number = |part: &str| {
        let plain =
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        part.parse::<u64>().ok().filter(|_| plain).ok_or_else(invalid)
    };
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let parts = core.split('.').map(number).collect::<Result<Vec<_>>>()?;
    let core = <[u64; 3]>::try_from(parts).map_err(|_| invalid())?;
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let pre: Vec<&str> = pre.map(|pre| pre.split('.').collect()).unwrap_or_default();
    let build: Vec<&str> = build.map(|build| build.split('.').collect()).unwrap_or_default();
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let zero_led = pre.iter().any(|part| is_number(part) && part.len() > 1 && part.starts_with('0'));
    if !pre.iter().chain(&build).all(word) || zero_led {
        return Err(invalid());
    }
    Ok(Version { core, pre })
}

pub(super) fn compare(a: &str, b: &str) -> Result<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    let pre = match (a.pre.is_empty(), b.pre.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => identifiers(&a.pre, &b.pre),
    };
    Ok(a.core.cmp(&b.core).then(pre))
}

fn identifiers(a: &[&str], b: &[&str]) -> Ordering {
    let pair = |x: &&str, y: &&str| match (x.parse::<u64>(), y.parse::<u64>()) {
        (Ok(x), Ok(y)) => x.cmp(&y),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => x.cmp(y),
    };
    let different = a.iter().zip(b).map(|(x, y)| pair(x, y)).find(|order| order.is_ne());
    different.unwrap_or_else(|| a.len().cmp(&b.len()))
}
