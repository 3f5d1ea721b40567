//! Regular expressions, membership and addresses.
use super::Table;
use crate::python::{bind, bind_one, flag, str_arg, text};
use crate::regex::{Flags, compile, compile_anchored};
use crate::render::{Args, Render};
use crate::value::contains;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("contains", |_, value, args| contains(value, bind_one("contains", args, "value")?)),
    ("match", |render, value, args| regex(render, value, args, Some("match"))),
    ("regex", |render, value, args| regex(render, value, args, None)),
    ("search", |render, value, args| regex(render, value, args, Some("search"))),
    ("uri", |_, value, args| address(value, args, |_| true)),
    ("url", |_, value, args| address(value, args, |parts| !parts.host.is_empty() || parts.scheme == "file")),
    ("urn", |_, value, _| Ok(parse_address(&text(value)?).scheme == "urn")),
    ("vault_encrypted", |_, value, _| Ok(matches!(value, Value::Str(text) if text.is_vaulted()))),
];

fn regex(_: &Render<'_>, value: &Value, args: &Args, fixed: Option<&str>) -> Result<bool> {
    let [pattern, ignore, multiline, kind] = match fixed {
        None => bind("regex", args, ["pattern", "ignorecase", "multiline", "match_type"])?,
        Some(name) => {
            let [pattern, ignore, multiline] = bind(name, args, ["pattern", "ignorecase", "multiline"])?;
            [pattern, ignore, multiline, None]
        }
    };
    let body = match value {
        Value::Str(_) | Value::Undefined(_) | Value::Omit => text(value)?,
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => text(other)?,
    };
    let pattern = pattern.map_or(Ok(""), |pattern| match pattern {
        Value::Str(_) | Value::Undefined(_) => str_arg(pattern),
        _ => Err(Error::wrong_type("first argument must be string or compiled pattern")),
    })?;
    let flags = Flags { ignore_case: flag(ignore)?, multiline: flag(multiline)? };
    let kind = match (fixed, kind) {
        (Some(kind), _) => kind.to_owned(),
        (None, Some(kind)) => text(kind)?,
        (None, None) => "search".to_owned(),
    };
    match &*kind {
        "match" => compile_anchored(pattern, flags)?.is_match(&body),
        "fullmatch" => compile_anchored(&format!("(?:{pattern})\\Z"), flags)?.is_match(&body),
        _ => compile(pattern, flags)?.is_match(&body),
    }
}

struct Address {
    scheme: String,
    host: String,
}

fn parse_address(body: &str) -> Address {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = body.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).unwrap_or(("", body));
    let host = rest.strip_prefix("//").map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    Address { scheme: scheme.to_lowercase(), host: host.to_owned() }
}

/// Whether a text has one of the schemes, and what `holds` asks for. Any text is an address, as Python sees it.
fn address(value: &Value, args: &Args, holds: fn(&Address) -> bool) -> Result<bool> {
    let [schemes] = bind("uri", args, ["schemes"])?;
    let parts = parse_address(&text(value)?);
    let allowed = match schemes.filter(|schemes| schemes.is_truthy()) {
        None => true,
        Some(schemes) => contains(schemes, &Value::from(&parts.scheme))?,
    };
    Ok(allowed && holds(&parts))
}
