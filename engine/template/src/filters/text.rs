//! Jinja's filters on text.
use super::Table;
use crate::python::{
    bind, capitalize, center, flag, float, index, only, opt_index, opt_text, split_lines, str_arg, strip, text,
};
use crate::render::{Args, Render, percent};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("capitalize", |_, value, _| Ok(capitalize(&text(value)?).into())),
    ("center", centered),
    ("filesizeformat", file_size),
    ("format", |_, value, args| Ok(format(value, args)?.into())),
    ("indent", indent),
    ("lower", |_, value, _| Ok(text(value)?.to_lowercase().into())),
    ("replace", replace),
    ("string", |_, value, _| Ok(Value::verbatim(text(value)?))),
    ("title", |_, value, _| Ok(title(&text(value)?).into())),
    ("trim", trim),
    ("truncate", truncate),
    ("upper", |_, value, _| Ok(text(value)?.to_uppercase().into())),
    ("wordcount", word_count),
    ("quote", quote),
    ("comment", comment),
    ("split", split),
];

/// Jinja's title case: after blanks, hyphens and brackets only.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = crate::python::is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<');
    }
    out
}

fn centered(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [width] = bind("do_center", args, ["width"])?;
    let width = width.map_or(Ok(80), index)?;
    render.charge(usize::try_from(width).unwrap_or(0))?;
    Ok(center(&text(value)?, width, ' ').into())
}

fn file_size(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [binary] = bind("do_filesizeformat", args, ["binary"])?;
    let bytes = crate::python::to_float(value)?;
    let binary = flag(binary)?;
    let base: f64 = if binary { 1024.0 } else { 1000.0 };
    let prefixes = if binary {
        ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
    } else {
        ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
    };
    if bytes == 1.0 {
        return Ok("1 Byte".into());
    }
    if bytes < base {
        return Ok(format!("{} Bytes", bytes.trunc()).into());
    }
    let mut unit = base;
    for (i, prefix) in prefixes.iter().enumerate() {
        unit *= base;
        if bytes < unit || i + 1 == prefixes.len() {
            return Ok(format!("{:.1} {prefix}", base * bytes / unit).into());
        }
    }
    Ok(Value::None)
}

fn format(value: &Value, args: &Args) -> Result<String> {
    if !args.positional.is_empty() && !args.named.is_empty() {
        return Err(Error::failed("can't handle positional and keyword arguments at the same time"));
    }
    let arguments = match args.named.is_empty() {
        true => Value::tuple(args.positional.iter().cloned()),
        false => Value::dict(args.named.iter().map(|(k, v)| (Value::from(&**k), v.clone()))),
    };
    percent::format(&text(value)?, &arguments)
}

fn indent(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [width, first, blank] = bind("do_indent", args, ["width", "first", "blank"])?;
    let margin = match width {
        Some(Value::Str(text)) => text.to_string(),
        Some(width) => " ".repeat(usize::try_from(index(width)?).unwrap_or(0)),
        None => " ".repeat(4),
    };
    let Value::Str(body) = value else {
        text(value)?;
        let found = value.type_name();
        return Err(Error::wrong_type(format!("unsupported operand type(s) for +=: '{found}' and 'str'")));
    };
    // The newline makes the last line count even when it is empty.
    let body = format!("{}\n", body.as_str());
    let (first, blank) = (flag(first)?, flag(blank)?);
    let mut out = String::with_capacity(body.len() * 2);
    for (i, line) in split_lines(&body, false).into_iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let wanted = if i == 0 { first } else { blank || !line.is_empty() };
        if wanted {
            out.push_str(&margin);
        }
        out.push_str(line);
    }
    Ok(out.into())
}

fn replace(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [old, new, count] = bind("do_replace", args, ["old", "new", "count"])?;
    let old = text(only("do_replace", "old", old)?)?;
    let new = text(only("do_replace", "new", new)?)?;
    let body = text(value)?;
    Ok(match opt_index(count)? {
        Some(count) if count >= 0 => body.replacen(&old, &new, usize::try_from(count).unwrap_or(0)),
        _ => body.replace(&old, &new),
    }
    .into())
}

fn trim(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [characters] = bind("do_trim", args, ["chars"])?;
    let set = opt_text(characters)?;
    let body = text(value)?;
    Ok(strip(&body, set.as_deref(), true, true).into())
}

fn truncate(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [length, kill_words, end, leeway] = bind("do_truncate", args, ["length", "killwords", "end", "leeway"])?;
    let length = length.map_or(Ok(255), index)?;
    let end = end.map_or(Ok("...".to_owned()), text)?;
    let leeway = opt_index(leeway)?.unwrap_or(5);
    let end_len = end.chars().count() as i64;
    if length < end_len {
        return Err(Error::failed(format!("expected length >= {end_len}, got {length}")));
    }
    if leeway < 0 {
        return Err(Error::failed(format!("expected leeway >= 0, got {leeway}")));
    }
    let body: Vec<char> = str_arg(value)?.chars().collect();
    if body.len() as i64 <= length + leeway {
        return Ok(value.clone());
    }
    let kept: String = body.iter().take(usize::try_from(length - end_len).unwrap_or(0)).collect();
    if flag(kill_words)? {
        return Ok((kept + &end).into());
    }
    let words = kept.rsplit_once(' ').map_or(kept.as_str(), |(words, _)| words);
    Ok(format!("{words}{end}").into())
}

fn word_count(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let body = text(value)?;
    let words = body.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    Ok(words.count().into())
}

/// `shlex.quote`.
fn quote(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let body = match value {
        Value::None => String::new(),
        other => text(other)?,
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    Ok(if body.is_empty() {
        "''".into()
    } else if body.chars().all(safe) {
        body.into()
    } else {
        format!("'{}'", body.replace('\'', "'\"'\"'")).into()
    })
}

fn split(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    crate::methods::text::split(str_arg(value)?, args)
}

/// A style of comment: beginning, decoration, end.
fn comment_style(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match name {
        "plain" => ("", "# ", ""),
        "erlang" => ("", "% ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "xml" => ("<!--", " - ", "-->"),
        _ => return None,
    })
}

fn comment(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let style = args.get(0, "style").map_or(Ok("plain".to_owned()), text)?;
    let (beginning, decoration, end) =
        comment_style(&style).ok_or_else(|| Error::failed(Value::from(&style).repr()))?;
    let named = |name: &str, default: &str| args.named(name).map_or(Ok(default.to_owned()), text);
    let count = |name: &str| args.named(name).map_or(Ok(1.0), float).map(|n| n.max(0.0) as usize);
    let decoration = named("decoration", decoration)?;
    let bare = decoration.trim_end();
    let newline = named("newline", "\n")?;
    let (beginning, end) = (named("beginning", beginning)?, named("end", end)?);
    let (prefix, postfix) = (named("prefix", bare)?, named("postfix", bare)?);
    let mut out = String::new();
    if !beginning.is_empty() {
        out.push_str(&beginning);
        out.push_str(&newline);
    }
    if !prefix.is_empty() {
        let line = if prefix == newline { newline.clone() } else { format!("{prefix}{newline}") };
        out.push_str(&line.repeat(count("prefix_count")?));
    }
    let body = str_arg(value)?.replace(&newline, &format!("{newline}{decoration}"));
    let body = format!("{decoration}{body}");
    out.push_str(&body.replace(&format!("{decoration}{newline}"), &format!("{bare}{newline}")));
    out.push_str(&format!("{newline}{postfix}").repeat(count("postfix_count")?));
    if !end.is_empty() {
        out.push_str(&newline);
        out.push_str(&end);
    }
    Ok(out.into())
}
