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
    ("url", |_, value, args| address(value, args, |parts| !parts.host.is_empty())),
    ("urn", |_, value, _| Ok(text(value)?.to_lowercase().starts_with("urn:"))),
    ("vault_encrypted", |_, _, _| Ok(false)),
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

/// Whether a text has a scheme (of the given ones) and what `holds` asks for.
fn address(value: &Value, args: &Args, holds: fn(&Address) -> bool) -> Result<bool> {
    let [schemes] = bind("uri", args, ["schemes"])?;
    let body = text(value)?;
    let Some((scheme, rest)) = body.split_once(':') else { return Ok(false) };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !is_scheme {
        return Ok(false);
    }
    let host = rest.strip_prefix("//").map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    let parts = Address { scheme: scheme.to_lowercase(), host: host.to_owned() };
    let allowed = match schemes {
        None | Some(Value::None) => true,
        Some(schemes) => contains(schemes, &Value::from(&parts.scheme))? || contains(schemes, &Value::from(scheme))?,
    };
    Ok(allowed && holds(&parts))
}
