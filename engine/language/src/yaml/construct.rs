//! Scalars to values, by their looks or by their tag.
use super::Kind;
use rolewright_template::{Value, yaml11};

type Tagged = (Option<String>, Kind);

const CORE: &str = "tag:yaml.org,2002:";

/// A plain scalar, by PyYAML's implicit resolvers.
pub(super) fn plain(text: &str) -> Result<Kind, String> {
    match yaml11::kind(text) {
        yaml11::Kind::Merge => Err(unknown_tag("tag:yaml.org,2002:merge")),
        yaml11::Kind::Default => Err(unknown_tag("tag:yaml.org,2002:value")),
        kind => of_kind(kind, text),
    }
}

/// A scalar with an explicit tag.
pub(super) fn tagged(tag: &str, text: &str) -> Result<Tagged, String> {
    let kind = match tag {
        "!" => plain(text)?,
        "!unsafe" => return Ok((Some(tag.to_owned()), Kind::Str(text.to_owned()))),
        "!vault" | "!vault-encrypted" => Kind::Vault(text.to_owned()),
        _ => match tag.strip_prefix(CORE) {
            Some("str" | "python/unicode") => Kind::Str(text.to_owned()),
            Some("null") => Kind::Null,
            Some("bool") => of_kind(yaml11::Kind::Bool, text)?,
            Some("int") => of_kind(yaml11::Kind::Int, text)?,
            Some("float") => of_kind(yaml11::Kind::Float, text)?,
            Some("timestamp") => of_kind(yaml11::Kind::Timestamp, text)?,
            Some("binary") => Kind::Bytes(base64(text)?),
            Some(name @ ("seq" | "map" | "set" | "omap" | "pairs")) => {
                return Err(format!("expected a collection for the tag `!!{name}`, but found a scalar"));
            }
            _ => return Err(unknown_tag(tag)),
        },
    };
    Ok((None, kind))
}

pub(super) fn unknown_tag(tag: &str) -> String {
    format!("could not determine a constructor for the tag '{tag}'")
}

fn of_kind(kind: yaml11::Kind, text: &str) -> Result<Kind, String> {
    let value = yaml11::construct(kind, text).map_err(|error| error.to_string())?;
    Ok(match value {
        Value::None => Kind::Null,
        Value::Bool(value) => Kind::Bool(value),
        Value::Int(value) => Kind::Int(value),
        Value::BigInt(value) => Kind::BigInt(value.to_string()),
        Value::Float(value) => Kind::Float(value),
        Value::Time(_) => Kind::Timestamp(text.to_owned()),
        _ => Kind::Str(text.to_owned()),
    })
}

/// Base64 as Python's `decodebytes` reads it: characters outside of the alphabet do not count.
fn base64(text: &str) -> Result<Vec<u8>, String> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    if !text.is_ascii() {
        return Err("failed to convert base64 data into ascii".to_owned());
    }
    let digits: Vec<u8> = text.bytes().filter_map(digit).collect();
    let padding = text.bytes().filter(|c| *c == b'=').count();
    let whole = digits.len().is_multiple_of(4) || (digits.len() + padding).is_multiple_of(4);
    if digits.len() % 4 == 1 || !whole {
        return Err("failed to decode base64 data: Incorrect padding".to_owned());
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0u32, |bits, d| bits << 6 | u32::from(*d)) << (6 * (4 - group.len()));
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Ok(out)
}
