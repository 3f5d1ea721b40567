//! From what `-i` and `ANSIBLE_INVENTORY` name to an inventory.
use super::build::{Builder, UNGROUPED};
use super::{ALL, Inventory, LOCALHOST, VarsFiles, address, ini, script, yaml};
use rolewright_language::yaml::Node;
use rolewright_language::{Files, Loader, Settings};
use rolewright_template::Tree;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What inventories are read with.
pub struct Around<'a> {
    /// Files, encrypted ones opened.
    pub files: &'a dyn Files,
    pub settings: &'a Settings,
    /// Where relative names start.
    pub directory: &'a Path,
}

/// An inventory, and what was wrong with its sources.
#[derive(Debug, Default)]
pub struct Loaded {
    pub inventory: Inventory,
    pub warnings: Vec<String>,
    /// Sources of which nothing could be read, and why. Ansible goes on without them.
    pub failures: Vec<String>,
}

/// Files in a directory of inventories that are none.
const IGNORED: [&str; 13] = ["ini", "pyc", "pyo", "swp", "bak", "~", "rpm", "md", "txt", "rst", "orig", "cfg", "retry"];
const IGNORED_NAMES: [&str; 3] = ["host_vars", "group_vars", "vars_plugins"];

impl Around<'_> {
    pub(super) fn value(&self, node: &Node) -> Tree {
        self.loader().value(node)
    }

    pub(super) fn loader(&self) -> Loader<'_> {
        Loader { files: self.files, catalog: NOTHING.get_or_init(crate::Modules::default), settings: self.settings }
    }
}

/// Files of variables name no modules.
static NOTHING: std::sync::OnceLock<crate::Modules> = std::sync::OnceLock::new();

impl Inventory {
    /// Reads sources in their order: files, programs, directories of these, or comma-separated hosts. An error is
    /// about files of variables that a host needs.
    pub fn load(sources: &[String], around: &Around<'_>) -> Result<Loaded, String> {
        let mut reader = Reader { around, builder: Builder::new(), failures: Vec::new() };
        let mut names = Vec::new();
        for source in sources.iter().filter(|source| !source.is_empty()) {
            match source.contains(',') {
                true => {
                    reader.list(source);
                    names.push(source.clone());
                }
                false => {
                    let path = located(around.directory, source);
                    names.push(path.to_string_lossy().into_owned());
                    reader.source(&path);
                }
            }
        }
        let failures = reader.failures;
        let (mut inventory, warnings) = reader.builder.finish();
        for name in names.iter().filter(|name| !name.contains(',')) {
            let path = Path::new(name);
            let directory = if around.files.is_dir(path) { path } else { path.parent().unwrap_or(path) };
            let files = VarsFiles::read(directory, around, &|name| inventory.knows(name))?;
            inventory.beside_sources.push(files);
        }
        inventory.sources = names.into_iter().map(Arc::from).collect();
        Ok(Loaded { inventory, warnings, failures })
    }

    /// Takes in the `group_vars` and `host_vars` beside a playbook.
    pub fn add_playbook(&mut self, directory: &Path, around: &Around<'_>) -> Result<(), String> {
        self.beside_playbook = VarsFiles::read(directory, around, &|name| self.knows(name))?;
        Ok(())
    }

    fn knows(&self, name: &str) -> bool {
        matches!(name, ALL | UNGROUPED | LOCALHOST) || self.host(name).is_some() || self.group(name).is_some()
    }
}

/// `~`, relative names, `.` and `..`.
fn located(directory: &Path, source: &str) -> PathBuf {
    let path = match (source.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => directory.join(source),
    };
    crate::search_path::normal(&path)
}

struct Reader<'a> {
    around: &'a Around<'a>,
    builder: Builder,
    failures: Vec<String>,
}

impl Reader<'_> {
    /// `host1,host2:2222,`
    fn list(&mut self, source: &str) {
        for host in source.split(',').map(str::trim).filter(|host| !host.is_empty()) {
            let (name, port) = address::with_port(host);
            if !self.builder.has_host(name) {
                self.builder.add_host(name, UNGROUPED, port, &self.around.directory.join(source));
            }
        }
    }

    fn source(&mut self, path: &Path) {
        if self.around.files.is_dir(path) {
            for entry in self.around.files.list(path).iter().filter(|entry| !is_ignored(entry)) {
                self.source(entry);
            }
            return;
        }
        if let Err(reasons) = self.file(path) {
            for reason in reasons {
                self.failures.push(format!("Failed to parse {}: {reason}", path.display()));
            }
            self.failures.push(format!("Unable to parse {} as an inventory source", path.display()));
        }
    }

    /// Tries what the file may be; a program that fails may still be a list of hosts.
    fn file(&mut self, path: &Path) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        if !self.around.files.is_file(path) && std::fs::metadata(path).is_err() {
            return Err(reasons);
        }
        if script::is_program(path) {
            match script::read(&mut self.builder, path) {
                Ok(()) => return Ok(()),
                Err(reason) => reasons.push(reason),
            }
        }
        let text = match self.around.files.read(path) {
            Ok(text) => text,
            // `/dev/null` is how one says that there is no inventory.
            Err(_) if path == Path::new("/dev/null") => Arc::default(),
            Err(reason) => {
                reasons.push(reason);
                return Err(reasons);
            }
        };
        if is_yaml(path) {
            match yaml::read(&mut self.builder, path, &text, self.around) {
                Ok(()) => return Ok(()),
                Err(reason) => reasons.push(reason),
            }
        }
        match ini::read(&mut self.builder, path, &text) {
            Ok(()) => Ok(()),
            Err(reason) => {
                reasons.push(reason);
                Err(reasons)
            }
        }
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_none_or(|extension| ["yml", "yaml", "json"].iter().any(|known| *known == extension))
}

fn is_ignored(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let by_end = IGNORED.iter().any(|end| name.ends_with(end) && (*end == "~" || name.ends_with(&format!(".{end}"))));
    name.starts_with('.') || by_end || IGNORED_NAMES.contains(&&*name)
}
