//! Files read during runs, compiled once and kept until they change.
use parking_lot::Mutex;
use rolewright_language::ast::{Node, RoleUse, Vars};
use rolewright_language::{Diagnostic, Files};
use rolewright_template::{Error, Template};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Compiled files of all runs of an engine, keyed by path and stamp.
#[derive(Default)]
pub struct FileCache {
    templates: Slots<PathBuf, Arc<Template>>,
    vars: Slots<PathBuf, Arc<Vars>>,
    tasks: Slots<(PathBuf, Option<PathBuf>), Arc<Vec<Node>>>,
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
    pub(crate) fn template(&self, files: &dyn Files, path: &Path) -> Result<Arc<Template>, Error> {
        self.templates.get(path.to_owned(), files.stamp(path), || {
            let text = files.read(path).map_err(|error| Error::failed(format!("{}: {error}", path.display())))?;
            Template::file(&text, &path.to_string_lossy()).map(Arc::new)
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
        load: impl FnOnce() -> Result<Vec<Node>, Diagnostic>,
    ) -> Result<Arc<Vec<Node>>, Diagnostic> {
        let key = (path.to_owned(), role.map(Path::to_owned));
        self.tasks.get(key, files.stamp(path), || load().map(Arc::new))
    }

    /// Roles are made of many files: kept by the stamps of all that they were read from.
    pub(crate) fn role(
        &self,
        key: String,
        stamp: Option<u64>,
        load: impl FnOnce() -> Result<RoleUse, Diagnostic>,
    ) -> Result<Arc<RoleUse>, Diagnostic> {
        self.roles.get(key, stamp, || load().map(Arc::new))
    }
}
