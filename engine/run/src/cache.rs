//! Files read during runs, compiled once and kept until they change.
use parking_lot::Mutex;
use rolewright_language::ast::{Node, RoleUse, Vars};
use rolewright_language::{Diagnostic, Files};
use rolewright_template::vault::is_vault_error;
use rolewright_template::{Error, Overrides, Template};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Compiled files of all runs of an engine, keyed by path and stamp.
#[derive(Default)]
pub struct FileCache {
    /// Keyed by what a task changes of the syntax, too.
    templates: Slots<(PathBuf, Option<String>), Arc<Template>>,
    vars: Slots<PathBuf, Arc<Vars>>,
    tasks: Slots<(PathBuf, Option<PathBuf>, bool), Arc<Vec<Node>>>,
    roles: Slots<String, Arc<RoleUse>>,
}

struct Slots<K, V>(Mutex<HashMap<K, (Option<u64>, V)>>);

impl<K, V> Default for Slots<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: std::hash::Hash + Eq, V: Clone> Slots<K, V> {
    /// The kept value while its stamp holds, else a new one. Files without a stamp are never kept.
    fn get<E>(&self, key: K, stamp: Option<u64>, make: impl FnOnce() -> Result<V, E>) -> Result<V, E> {
        if let Some((kept, value)) = self.0.lock().get(&key)
            && kept.is_some()
            && *kept == stamp
        {
            return Ok(value.clone());
        }
        let value = make()?;
        self.0.lock().insert(key, (stamp, value.clone()));
        Ok(value)
    }
}

impl FileCache {
    pub(crate) fn template(
        &self,
        files: &dyn Files,
        path: &Path,
        overrides: Option<&Overrides>,
    ) -> Result<Arc<Template>, Error> {
        let key = (path.to_owned(), overrides.map(|overrides| format!("{overrides:?}")));
        self.templates.get(key, files.stamp(path), || {
            let text = files.read(path).map_err(|error| match is_vault_error(&error) {
                true => Error::failed(error),
                false => Error::failed(format!("{}: {error}", path.display())),
            })?;
            let path = path.to_string_lossy();
            let template = match overrides {
                Some(overrides) => Template::file_with(&text, &path, overrides),
                None => Template::file(&text, &path),
            };
            template.map(Arc::new)
        })
    }

    pub(crate) fn vars(
        &self,
        files: &dyn Files,
        path: &Path,
        load: impl FnOnce() -> Result<Vars, Diagnostic>,
    ) -> Result<Vars, Diagnostic> {
        let kept = self.vars.get(path.to_owned(), files.stamp(path), || load().map(Arc::new))?;
        Ok(kept.to_vec())
    }

    pub(crate) fn tasks(
        &self,
        files: &dyn Files,
        path: &Path,
        role: Option<&Path>,
        as_handlers: bool,
        load: impl FnOnce() -> Result<Vec<Node>, Diagnostic>,
    ) -> Result<Arc<Vec<Node>>, Diagnostic> {
        let key = (path.to_owned(), role.map(Path::to_owned), as_handlers);
        self.tasks.get(key, files.stamp(path), || load().map(Arc::new))
    }

    /// Roles are made of many files: kept while none of those beside its main files has changed.
    pub(crate) fn role(
        &self,
        key: String,
        files: &dyn Files,
        load: impl FnOnce() -> Result<RoleUse, Diagnostic>,
    ) -> Result<Arc<RoleUse>, Diagnostic> {
        let kept = self.roles.0.lock().get(&key).cloned();
        if let Some((stamp, usage)) = kept
            && stamp.is_some()
            && stamp == role_stamp(files, &usage)
        {
            return Ok(usage);
        }
        let usage = Arc::new(load()?);
        let stamp = role_stamp(files, &usage);
        self.roles.0.lock().insert(key, (stamp, Arc::clone(&usage)));
        Ok(usage)
    }
}

/// One number for all files that a role and its dependencies were read from.
fn role_stamp(files: &dyn Files, usage: &RoleUse) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    for kind in ["tasks", "handlers", "defaults", "vars", "meta"] {
        for path in files.list(&usage.role.path.join(kind)) {
            (files.stamp(&path)?, &path).hash(&mut hasher);
        }
    }
    for dependency in &usage.role.dependencies {
        role_stamp(files, dependency)?.hash(&mut hasher);
    }
    Some(hasher.finish())
}
