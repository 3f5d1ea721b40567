//! Ansible's filters on regular expressions.
use super::Table;
use crate::python::{bind, flag, only, opt_index, str_arg, text};
use crate::regex::{Flags, compile, escape, substitute};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("regex_escape", regex_escape),
    ("regex_findall", regex_findall),
    ("regex_replace", regex_replace),
    ("regex_search", regex_search),
];

fn flags(ignore_case: Option<&Value>, multiline: Option<&Value>) -> Result<Flags> {
    Ok(Flags { ignore_case: flag(ignore_case)?, multiline: flag(multiline)? })
}

/// A pattern or replacement: text, and in Python's words if not.
fn pattern(value: &Value) -> Result<&str> {
    match value {
        Value::Str(_) | Value::Undefined(_) => str_arg(value),
        _ => Err(Error::wrong_type("first argument must be string or compiled pattern")),
    }
}

fn regex_replace(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["pattern", "replacement", "ignorecase", "multiline", "count", "mandatory_count"];
    let [wanted, replacement, ignore, multiline, count, mandatory] = bind("regex_replace", args, names)?;
    let body = text(value)?;
    let wanted = wanted.map_or(Ok(""), pattern)?;
    let compiled = compile(wanted, flags(ignore, multiline)?)?;
    let replacement = match replacement {
        None => "",
        Some(value @ (Value::Str(_) | Value::Undefined(_))) => str_arg(value)?,
        Some(other) => {
            let found = other.type_name();
            return Err(Error::wrong_type(format!("decoding to str: need a bytes-like object, {found} found")));
        }
    };
    let count = usize::try_from(opt_index(count)?.unwrap_or(0)).unwrap_or(0);
    let (out, made) = substitute(&compiled, replacement, &body, count)?;
    let mandatory = opt_index(mandatory)?.unwrap_or(0);
    if mandatory != 0 && mandatory != made as i64 {
        return Err(Error::failed(format!(
            "'{wanted}' should match {mandatory} times, but matches {count} times in '{body}'"
        )));
    }
    Ok(out.into())
}

fn regex_findall(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [wanted, multiline, ignore] = bind("regex_findall", args, ["regex", "multiline", "ignorecase"])?;
    let body = text(value)?;
    let compiled = compile(pattern(only("regex_findall", "regex", wanted)?)?, flags(ignore, multiline)?)?;
    let group = |found: &crate::regex::Found<'_>, i| Value::from(found.group(i).unwrap_or_default());
    Ok(compiled
        .find_all(&body, usize::MAX)?
        .iter()
        .map(|found| match compiled.groups() {
            0 => group(found, 0),
            1 => group(found, 1),
            groups => Value::tuple((1..=groups).map(|i| group(found, i))),
        })
        .collect())
}

/// A group asked for as `\1` or `\g<name>`.
enum Wanted {
    Number(usize),
    Name(String),
}

fn wanted_group(argument: &Value) -> Result<Wanted> {
    let argument = str_arg(argument)?;
    let unknown = || Error::failed("Unknown argument");
    if let Some(rest) = argument.strip_prefix("\\g") {
        let name = rest.strip_prefix('<').and_then(|rest| rest.rsplit_once('>')).ok_or_else(unknown)?.0;
        return Ok(name.parse().map_or_else(|_| Wanted::Name(name.to_owned()), Wanted::Number));
    }
    let digits = argument.strip_prefix('\\').ok_or_else(unknown)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().map(Wanted::Number).map_err(|_| unknown())
}

fn regex_search(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let body = text(value)?;
    let mut positional = args.positional.iter();
    let wanted = only("regex_search", "regex", positional.next().or_else(|| args.named("regex")))?;
    let groups = positional.map(wanted_group).collect::<Result<Vec<_>>>()?;
    let compiled = compile(pattern(wanted)?, flags(args.named("ignorecase"), args.named("multiline"))?)?;
    let Some(found) = compiled.find(&body)? else { return Ok(Value::None) };
    if groups.is_empty() {
        return Ok(Value::from(found.group(0)));
    }
    groups
        .iter()
        .map(|group| {
            let index = match group {
                Wanted::Number(n) => Some(*n).filter(|n| *n <= compiled.groups()),
                Wanted::Name(name) => compiled.group_index(name),
            };
            Ok(Value::from(found.group(index.ok_or_else(|| Error::failed("no such group"))?)))
        })
        .collect()
}

fn regex_escape(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [kind] = bind("regex_escape", args, ["re_type"])?;
    let body = text(value)?;
    match &*kind.map_or(Ok("python".to_owned()), text)? {
        "python" => Ok(escape(&body).into()),
        "posix_basic" => {
            let compiled = compile(r"([].[^$*\\])", Flags::default())?;
            Ok(substitute(&compiled, r"\\\1", &body, 0)?.0.into())
        }
        "posix_extended" => Err(Error::failed("Regex type (posix_extended) not yet implemented")),
        other => Err(Error::failed(format!("Invalid regex type ({other})"))),
    }
}
