//! File names, as text: nothing here looks at the file system, except what the world is asked for.
use super::Table;
use crate::python::{bind, only, str_arg, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("basename", |_, value, _| Ok(split_path(path(value)?).1.into())),
    ("commonpath", common_path),
    ("dirname", |_, value, _| Ok(split_path(path(value)?).0.into())),
    ("expanduser", expand_user),
    ("expandvars", expand_vars),
    ("fileglob", file_glob),
    ("normpath", |_, value, _| Ok(normalize(path(value)?).into())),
    ("path_join", path_join),
    ("realpath", real_path),
    ("relpath", relative),
    ("splitext", split_extension),
    ("win_basename", |_, value, _| Ok(win_split(path(value)?).1.into())),
    ("win_dirname", |_, value, _| Ok(win_split(path(value)?).0.into())),
    ("win_splitdrive", |_, value, _| {
        let (drive, rest) = win_drive(path(value)?);
        Ok(Value::tuple([drive.into(), rest.into()]))
    }),
];

fn path(value: &Value) -> Result<&str> {
    match value {
        Value::Str(_) | Value::Undefined(_) => str_arg(value),
        other => {
            Err(Error::wrong_type(format!("expected str, bytes or os.PathLike object, not {}", other.type_name())))
        }
    }
}

/// `os.path.split`.
fn split_path(path: &str) -> (&str, &str) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (head, tail) = path.split_at(at);
    let trimmed = head.trim_end_matches('/');
    (if trimmed.is_empty() { head } else { trimmed }, tail)
}

/// `os.path.normpath`.
pub(crate) fn normalize(path: &str) -> String {
    let lead = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => _ = parts.pop(),
            ("..", None) if !lead.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let out = format!("{lead}{}", parts.join("/"));
    if out.is_empty() { ".".into() } else { out }
}

fn join(parts: &[String]) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        if i == 0 || part.starts_with('/') {
            out.clone_from(part);
        } else {
            if !out.is_empty() && !out.ends_with('/') {
                out.push('/');
            }
            out.push_str(part);
        }
    }
    out
}

fn path_join(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Str(_) => Ok(value.clone()),
        Value::List(_) | Value::Tuple(_) => {
            let parts = value.items().unwrap_or_default();
            if parts.is_empty() {
                return Err(Error::wrong_type("join() missing 1 required positional argument: 'a'"));
            }
            let parts = parts.iter().map(|part| path(part).map(str::to_owned)).collect::<Result<Vec<_>>>()?;
            Ok(join(&parts).into())
        }
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => Err(Error::wrong_type(format!(
            "|path_join expects string or sequence, got {} instead.",
            super::dicts::class(other)
        ))),
    }
}

/// An absolute path without `.` and `..`.
fn absolute(render: &Render<'_>, path: &str) -> String {
    if path.starts_with('/') {
        return normalize(path);
    }
    let here = render.cx.world.current_dir();
    normalize(&join(&[here, path.to_owned()]))
}

fn real_path(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let absolute = absolute(render, path(value)?);
    Ok(render.cx.world.real_path(&absolute).unwrap_or(absolute).into())
}

fn relative(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [start] = bind("relpath", args, ["start"])?;
    let given = path(value)?;
    if given.is_empty() {
        return Err(Error::failed("no path specified"));
    }
    let start = start.map_or(Ok("."), path)?;
    let (given, start) = (absolute(render, given), absolute(render, start));
    let parts =
        |path: &str| -> Vec<String> { path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect() };
    let (to, from) = (parts(&given), parts(&start));
    let common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let out = up.chain(to[common..].iter().cloned()).collect::<Vec<_>>().join("/");
    Ok(if out.is_empty() { ".".into() } else { out.into() })
}

fn split_extension(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let path = path(value)?;
    let name = path.rfind('/').map_or(0, |at| at + 1);
    // Leading dots make no extension.
    let stem = name + (path[name..].len() - path[name..].trim_start_matches('.').len());
    let at = path[stem..].rfind('.').map_or(path.len(), |at| stem + at);
    Ok(Value::tuple([path[..at].into(), path[at..].into()]))
}

fn common_path(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let (Value::List(_) | Value::Tuple(_)) = value else {
        text(value)?;
        let class = super::dicts::class(value);
        return Err(Error::wrong_type(format!("|commonpath expects sequence, got {class} instead.")));
    };
    let paths = crate::python::iterate(render, value)?;
    let paths = paths.iter().map(path).collect::<Result<Vec<_>>>()?;
    let first = paths.first().ok_or_else(|| Error::failed("commonpath() arg is an empty sequence"))?;
    if paths.iter().any(|path| path.starts_with('/') != first.starts_with('/')) {
        return Err(Error::failed("Can't mix absolute and relative paths"));
    }
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let mut common = parts(first);
    for path in &paths[1..] {
        let other = parts(path);
        let same = common.iter().zip(&other).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    let lead = if first.starts_with('/') { "/" } else { "" };
    Ok(format!("{lead}{}", common.join("/")).into())
}

fn expand_user(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let path = path(value)?;
    match path.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let Some(home) = render.cx.world.env("HOME") else { return Ok(value.clone()) };
            let out = format!("{}{rest}", home.trim_end_matches('/'));
            Ok(if out.is_empty() { "/".into() } else { out.into() })
        }
        _ => Ok(value.clone()),
    }
}

fn expand_vars(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let path = path(value)?;
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, end) = if let Some(braced) = after.strip_prefix('{') {
            braced.find('}').map_or(("", 0), |end| (&braced[..end], end + 2))
        } else {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
            (&after[..end], end)
        };
        match Some(name).filter(|name| !name.is_empty()).and_then(|name| render.cx.world.env(name)) {
            Some(found) => out.push_str(&found),
            None => out.push_str(&rest[at..at + 1 + end]),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    Ok(out.into())
}

fn file_glob(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    Ok(Value::list(render.cx.world.glob_files(path(value)?).into_iter().map(Value::from)))
}

/// `ntpath.splitdrive`.
fn win_drive(path: &str) -> (&str, &str) {
    let slashed = path.replace('/', "\\");
    if slashed.starts_with("\\\\") && !slashed.starts_with("\\\\\\") {
        let host_end = slashed[2..].find('\\').map(|at| at + 2);
        let end =
            host_end.map_or(path.len(), |host| slashed[host + 1..].find('\\').map_or(path.len(), |at| host + 1 + at));
        return path.split_at(end);
    }
    match slashed.get(1..2) {
        Some(":") => path.split_at(2),
        _ => ("", path),
    }
}

/// `ntpath.split`.
fn win_split(path: &str) -> (String, &str) {
    let (drive, rest) = win_drive(path);
    let at = rest.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let (head, tail) = rest.split_at(at);
    let trimmed = head.trim_end_matches(['/', '\\']);
    (format!("{drive}{}", if trimmed.is_empty() { head } else { trimmed }), tail)
}

/// Kept beside the filters: `is abs`.
pub(crate) fn is_absolute(value: &Value) -> Result<bool> {
    Ok(path(only("isabs", "s", Some(value))?)?.starts_with('/'))
}
