//! `group_vars` and `host_vars`: files of variables by the name of a group or host.
use super::Around;
use rolewright_language::ast::Vars;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The variables of the files in one directory.
#[derive(Clone, Debug, Default)]
pub struct VarsFiles {
    groups: HashMap<Arc<str>, Arc<Vars>>,
    hosts: HashMap<Arc<str>, Arc<Vars>>,
}

const EXTENSIONS: [&str; 3] = ["yml", "yaml", "json"];

impl VarsFiles {
    /// Reads `group_vars` and `host_vars` in a directory. Files of names that `is_known` does not know may be broken:
    /// no host needs them.
    pub fn read(directory: &Path, around: &Around<'_>, is_known: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        let read = |kind: &str| folder(&directory.join(kind), around, is_known);
        Ok(Self { groups: read("group_vars")?, hosts: read("host_vars")? })
    }

    pub(super) fn group(&self, name: &str) -> Option<&Vars> {
        self.groups.get(name).map(|vars| &**vars)
    }

    pub(super) fn host(&self, name: &str) -> Option<&Vars> {
        self.hosts.get(name).map(|vars| &**vars)
    }

    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.hosts.is_empty()
    }
}

fn folder(
    folder: &Path,
    around: &Around<'_>,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<HashMap<Arc<str>, Arc<Vars>>, String> {
    let mut found = HashMap::new();
    if !around.files.is_dir(folder) {
        return Ok(found);
    }
    for entry in around.files.list(folder) {
        let name = match entry.extension().is_some_and(is_extension) && !around.files.is_dir(&entry) {
            true => entry.file_stem(),
            false => entry.file_name(),
        };
        let Some(name) = name.and_then(|name| name.to_str()) else { continue };
        if name.starts_with('.') || name.ends_with('~') || found.contains_key(name) {
            continue;
        }
        match load(folder, name, around) {
            Ok(vars) => _ = found.insert(Arc::from(name), Arc::new(vars)),
            Err(error) if is_known(name) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(found)
}

fn is_extension(extension: &std::ffi::OsStr) -> bool {
    EXTENSIONS.iter().any(|known| *known == extension)
}

fn load(folder: &Path, name: &str, around: &Around<'_>) -> Result<Vars, String> {
    let mut vars = Vars::new();
    for file in files_of(folder, name, around) {
        let more = around.loader().vars(&file).map_err(|error| error.to_string())?;
        vars.extend(more);
    }
    Ok(vars)
}

/// The first of the name itself and its extensions that exists, with everything in it if it is a directory.
fn files_of(folder: &Path, name: &str, around: &Around<'_>) -> Vec<PathBuf> {
    let candidates = std::iter::once(folder.join(name));
    let mut candidates =
        candidates.chain(EXTENSIONS.iter().map(|extension| folder.join(format!("{name}.{extension}"))));
    let exists = |path: &PathBuf| around.files.is_dir(path) || around.files.is_file(path);
    match candidates.find(exists) {
        Some(directory) if around.files.is_dir(&directory) => files_in(&directory, around),
        found => found.into_iter().collect(),
    }
}

fn files_in(directory: &Path, around: &Around<'_>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in around.files.list(directory) {
        let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if around.files.is_dir(&entry) && entry.extension().is_none() {
            found.extend(files_in(&entry, around));
        } else if around.files.is_file(&entry) && entry.extension().is_none_or(is_extension) {
            found.push(entry);
        }
    }
    found
}
