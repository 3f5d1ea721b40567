//! Lookups of file contents and names.
use super::{Named, flag};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value};
use std::path::Path;

pub(super) fn file(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let (rstrip, lstrip) = (flag(options, "rstrip", true)?, flag(options, "lstrip", false)?);
    terms.iter().map(|term| read(around, &term.clone().defined()?.to_string(), rstrip, lstrip)).collect()
}

fn read(around: &Surroundings, name: &str, rstrip: bool, lstrip: bool) -> Result<Value> {
    let issue =
        |reason: &str| Error::failed(format!("The 'file' lookup had an issue accessing the file '{name}'. {reason}"));
    let path = around.find("files", name).ok_or_else(|| issue("file not found, use -vvvvv to see paths searched"))?;
    let text = around.files.read(&path).map_err(|error| issue(&error))?;
    let text = if lstrip { text.trim_start() } else { &text };
    Ok(Value::from(if rstrip { text.trim_end() } else { text }))
}

/// Files as they are, decrypted if they are encrypted.
pub(super) fn unvault(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let open = |term: &Value| {
        let name = term.clone().defined()?.to_string();
        let Some(path) = around.find("files", &name) else {
            return Err(Error::failed(format!("Unable to find file matching \"{name}\" ")));
        };
        let content = std::fs::read(&path).map_err(|error| Error::failed(format!("{}: {error}", path.display())))?;
        let plain = around.open_file(content, &path).map_err(Error::failed)?;
        String::from_utf8(plain).map(Value::from).map_err(|_| Error::failed(format!("{name} is not UTF-8 text")))
    };
    terms.iter().map(open).collect()
}

/// Files whose names match, of every term; directories are left out.
pub(super) fn fileglob(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let mut found = Vec::new();
    for term in terms {
        let term = term.clone().defined()?.to_string();
        let pattern = Path::new(&term);
        let name = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let directory = pattern.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directories = match directory {
            Some(directory) => around.find("files", &directory.to_string_lossy()).into_iter().collect(),
            None => around.search_path.iter().flat_map(|path| [path.join("files"), path.clone()]).collect::<Vec<_>>(),
        };
        for directory in directories {
            let matched = crate::files::glob(&directory.join(&name).to_string_lossy());
            let files: Vec<_> = matched.filter(|path| path.is_file()).collect();
            if !files.is_empty() {
                found.extend(files.into_iter().map(|path| Value::from(path.display().to_string())));
                break;
            }
        }
    }
    Ok(found)
}
