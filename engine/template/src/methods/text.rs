//! Methods of text and bytes.
mod parts;

use super::Table;
use crate::python::{
    bind, capitalize, center, flag, index, is_space, iterate, only, opt_index, opt_text, split_lines, str_arg,
    str_format, strip, text, title,
};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
pub(crate) use parts::split;
use parts::{find, is_title, partition, rsplit, translate};

pub(super) const TABLE: Table = &[
    ("capitalize", |_, value, _| Ok(capitalize(&body(value)?).into())),
    ("casefold", |_, value, _| Ok(body(value)?.to_lowercase().replace('ß', "ss").into())),
    ("center", |_, value, args| {
        let (width, fill) = width_and_fill("center", args)?;
        Ok(center(&body(value)?, width, fill).into())
    }),
    ("count", count),
    ("encode", encode),
    ("endswith", |_, value, args| affix("endswith", value, args, |text, end| text.ends_with(end))),
    ("expandtabs", expand_tabs),
    ("find", |_, value, args| Ok(find("find", &body(value)?, args, false)?.map_or(Value::Int(-1), Value::from))),
    ("format", |render, value, args| Ok(str_format(render, &body(value)?, args)?.into())),
    ("format_map", format_map),
    ("index", |_, value, args| {
        find("index", &body(value)?, args, false)?.map(Value::from).ok_or_else(|| Error::failed("substring not found"))
    }),
    ("isalnum", |_, value, _| all(value, char::is_alphanumeric)),
    ("isalpha", |_, value, _| all(value, |c| c.is_alphabetic() && !matches!(c, '\u{300}'..='\u{36f}'))),
    ("isascii", |_, value, _| Ok(body(value)?.is_ascii().into())),
    ("isdecimal", |_, value, _| all(value, |c| c.is_numeric() && parts::is_decimal(c))),
    ("isdigit", |_, value, _| all(value, |c| parts::is_decimal(c) || parts::is_other_digit(c))),
    ("isidentifier", |_, value, _| {
        let body = body(value)?;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        Ok((body.chars().all(word) && body.starts_with(|c: char| c.is_alphabetic() || c == '_')).into())
    }),
    ("islower", |_, value, _| cased(value, char::is_uppercase, char::is_lowercase)),
    ("isnumeric", |_, value, _| all(value, char::is_numeric)),
    ("isprintable", |_, value, _| Ok(body(value)?.chars().all(crate::value::repr::is_printable).into())),
    ("isspace", |_, value, _| all(value, is_space)),
    ("istitle", |_, value, _| Ok(is_title(&body(value)?).into())),
    ("isupper", |_, value, _| cased(value, char::is_lowercase, char::is_uppercase)),
    ("join", join),
    ("ljust", |_, value, args| justify("ljust", value, args, false)),
    ("lower", |_, value, _| Ok(body(value)?.to_lowercase().into())),
    ("lstrip", |_, value, args| stripped("lstrip", value, args, true, false)),
    ("partition", |_, value, args| partition("partition", &body(value)?, args, false)),
    ("removeprefix", |_, value, args| {
        let body = body(value)?;
        let cut = one("removeprefix", args)?;
        Ok(body.strip_prefix(cut).unwrap_or(&body).into())
    }),
    ("removesuffix", |_, value, args| {
        let body = body(value)?;
        let cut = one("removesuffix", args)?;
        Ok(body.strip_suffix(cut).unwrap_or(&body).into())
    }),
    ("replace", replace),
    ("rfind", |_, value, args| Ok(find("rfind", &body(value)?, args, true)?.map_or(Value::Int(-1), Value::from))),
    ("rindex", |_, value, args| {
        find("rindex", &body(value)?, args, true)?.map(Value::from).ok_or_else(|| Error::failed("substring not found"))
    }),
    ("rjust", |_, value, args| justify("rjust", value, args, true)),
    ("rpartition", |_, value, args| partition("rpartition", &body(value)?, args, true)),
    ("rsplit", |_, value, args| rsplit(&body(value)?, args)),
    ("rstrip", |_, value, args| stripped("rstrip", value, args, false, true)),
    ("split", |_, value, args| split(&body(value)?, args)),
    ("splitlines", |_, value, args| {
        let [keep] = bind("splitlines", args, ["keepends"])?;
        let body = body(value)?;
        Ok(split_lines(&body, flag(keep)?).into_iter().map(Value::from).collect())
    }),
    ("startswith", |_, value, args| affix("startswith", value, args, |text, start| text.starts_with(start))),
    ("strip", |_, value, args| stripped("strip", value, args, true, true)),
    ("swapcase", |_, value, _| {
        let swap = |c: char| -> String {
            if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() }
        };
        Ok(body(value)?.chars().map(swap).collect::<String>().into())
    }),
    ("title", |_, value, _| Ok(title(&body(value)?).into())),
    ("translate", |_, value, args| translate(&body(value)?, args)),
    ("maketrans", |_, _, args| parts::make_table(args)),
    ("upper", |_, value, _| Ok(body(value)?.to_uppercase().into())),
    ("zfill", zero_fill),
    ("__len__", |_, value, _| Ok(body(value)?.chars().count().into())),
    ("__contains__", |_, value, args| Ok(body(value)?.contains(one("__contains__", args)?).into())),
];

pub(super) const BYTES: Table = &[
    ("decode", |_, value, _| match value {
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(error) => {
                let at = error.valid_up_to();
                let byte = bytes.get(at).copied().unwrap_or(0);
                Err(Error::failed(format!(
                    "'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: invalid start byte"
                )))
            }
        },
        other => Err(Error::wrong_type(format!("'{}' is no bytes", other.type_name()))),
    }),
    ("hex", |_, value, _| match value {
        Value::Bytes(bytes) => Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()),
        other => Err(Error::wrong_type(format!("'{}' is no bytes", other.type_name()))),
    }),
];

fn body(value: &Value) -> Result<String> {
    text(value)
}

fn one<'a>(method: &str, args: &'a Args) -> Result<&'a str> {
    match args.positional.as_slice() {
        [only] => str_arg(only).map_err(|error| match only {
            Value::Undefined(_) => error,
            other => Error::wrong_type(format!("{method}() argument must be str, not {}", other.type_name())),
        }),
        other => Err(Error::wrong_type(format!("str.{method}() takes exactly one argument ({} given)", other.len()))),
    }
}

fn all(value: &Value, holds: impl Fn(char) -> bool) -> Result<Value> {
    let body = body(value)?;
    Ok((!body.is_empty() && body.chars().all(holds)).into())
}

fn cased(value: &Value, refused: fn(char) -> bool, wanted: fn(char) -> bool) -> Result<Value> {
    let body = body(value)?;
    Ok((body.chars().any(wanted) && !body.chars().any(refused)).into())
}

fn width_and_fill(method: &str, args: &Args) -> Result<(i64, char)> {
    let [width, fill] = bind(method, args, ["width", "fillchar"])?;
    let width = index(only(method, "width", width)?)?;
    if width > 1 << 24 {
        return Err(Error::failed("the width is too large"));
    }
    let fill = opt_text(fill)?.unwrap_or_else(|| " ".into());
    let mut chars = fill.chars();
    match (chars.next(), chars.next()) {
        (Some(fill), None) => Ok((width, fill)),
        _ => Err(Error::wrong_type("The fill character must be exactly one character long")),
    }
}

fn justify(method: &str, value: &Value, args: &Args, right: bool) -> Result<Value> {
    let (width, fill) = width_and_fill(method, args)?;
    let body = body(value)?;
    let missing = usize::try_from(width).unwrap_or(0).saturating_sub(body.chars().count());
    let filling = fill.to_string().repeat(missing);
    Ok(if right { filling + &body } else { body + &filling }.into())
}

fn zero_fill(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let (width, _) = width_and_fill("zfill", args)?;
    let body = body(value)?;
    let zeros = "0".repeat(usize::try_from(width).unwrap_or(0).saturating_sub(body.chars().count()));
    let signed = body.starts_with(['+', '-']);
    let (sign, digits) = body.split_at(usize::from(signed));
    Ok(format!("{sign}{zeros}{digits}").into())
}

fn stripped(method: &str, value: &Value, args: &Args, left: bool, right: bool) -> Result<Value> {
    let [characters] = bind(method, args, ["chars"])?;
    let set = match characters {
        None | Some(Value::None) => None,
        Some(given) => Some(str_arg(given).map_err(|error| match given {
            Value::Undefined(_) => error,
            _ => Error::wrong_type(format!("{method} arg must be None or str")),
        })?),
    };
    Ok(strip(&body(value)?, set, left, right).into())
}

/// The part of a text between two positions, and where it starts; `None` when the start is beyond the end.
fn window(text: &str, start: Option<i64>, stop: Option<i64>) -> Option<(usize, &str)> {
    let len = text.chars().count();
    let start_given = start.unwrap_or(0);
    if start_given > len as i64 {
        return None;
    }
    let from = super::list::clamp(start_given, len);
    let to = stop.map_or(len, |stop| super::list::clamp(stop, len));
    let byte = |at: usize| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
    (from <= to).then(|| (from, &text[byte(from)..byte(to)]))
}

fn affix(method: &str, value: &Value, args: &Args, holds: fn(&str, &str) -> bool) -> Result<Value> {
    let [wanted, start, stop] = bind(method, args, ["prefix", "start", "end"])?;
    let wanted = only(method, "prefix", wanted)?;
    let body = body(value)?;
    let candidates = match wanted {
        Value::Str(_) => vec![wanted.clone()],
        Value::Tuple(all) => all.to_vec(),
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        other => {
            let found = other.type_name();
            return Err(Error::wrong_type(format!("{method} first arg must be str or a tuple of str, not {found}")));
        }
    };
    let Some((_, part)) = window(&body, opt_index(start)?, opt_index(stop)?) else { return Ok(false.into()) };
    for candidate in &candidates {
        if holds(part, str_arg(candidate)?) {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

fn count(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [wanted, start, stop] = bind("count", args, ["sub", "start", "end"])?;
    let wanted = str_arg(only("count", "sub", wanted)?)?;
    let body = body(value)?;
    let Some((_, part)) = window(&body, opt_index(start)?, opt_index(stop)?) else { return Ok(0.into()) };
    Ok(if wanted.is_empty() { part.chars().count() + 1 } else { part.matches(wanted).count() }.into())
}

fn encode(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [encoding, _errors] = bind("encode", args, ["encoding", "errors"])?;
    let name = opt_text(encoding)?.unwrap_or_else(|| "utf-8".into());
    let body = body(value)?;
    match name.to_lowercase().replace(['-', '_'], "").as_str() {
        "utf8" => {}
        "ascii" | "usascii" if body.is_ascii() => {}
        "latin1" | "iso88591" if body.is_ascii() => {}
        "ascii" | "usascii" => {
            return Err(Error::failed("'ascii' codec can't encode characters: ordinal not in range(128)"));
        }
        _ => return Err(Error::failed(format!("unknown encoding: {name}"))),
    }
    Ok(Value::Bytes(body.as_bytes().into()))
}

fn expand_tabs(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [size] = bind("expandtabs", args, ["tabsize"])?;
    let size = usize::try_from(size.map_or(Ok(8), index)?).unwrap_or(0).min(1 << 16);
    let (mut out, mut column) = (String::new(), 0);
    for c in body(value)?.chars() {
        match c {
            '\t' => {
                let blanks = if size == 0 { 0 } else { size - column % size };
                out.push_str(&" ".repeat(blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out.into())
}

fn format_map(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [mapping] = bind("format_map", args, ["mapping"])?;
    let entries = only("format_map", "mapping", mapping)?.entries().unwrap_or_default();
    let named = entries.into_iter().map(|(k, v)| (k.to_string().into(), v)).collect();
    Ok(str_format(render, &body(value)?, &Args { positional: Vec::new(), named })?.into())
}

fn join(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [parts] = bind("join", args, ["iterable"])?;
    let parts = iterate(render, only("join", "iterable", parts)?)?;
    let texts = parts
        .iter()
        .enumerate()
        .map(|(at, part)| match part {
            Value::Str(text) => Ok(text.as_str()),
            Value::Undefined(message) => Err(Error::undefined(&**message)),
            other => Err(Error::wrong_type(format!(
                "sequence item {at}: expected str instance, {} found",
                other.type_name()
            ))),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(texts.join(&body(value)?).into())
}

fn replace(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [old, new, count] = bind("replace", args, ["old", "new", "count"])?;
    let need = |given: &Value, at: u8| match given {
        Value::Str(text) => Ok(text.to_string()),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!("replace() argument {at} must be str, not {}", other.type_name()))),
    };
    let (old, new) = (need(only("replace", "old", old)?, 1)?, need(only("replace", "new", new)?, 2)?);
    let body = body(value)?;
    Ok(match opt_index(count)? {
        Some(count) if count >= 0 => body.replacen(&old, &new, usize::try_from(count).unwrap_or(0)),
        _ => body.replace(&old, &new),
    }
    .into())
}
