//! The files of a role: `main.yml` and its other spellings, directories of variables, `…_from`.
use super::RoleCall;
use super::find::Found;
use crate::Diagnostic;
use crate::ast::Vars;
use crate::load::session::{Place, Result, Session, normal};
use crate::load::vars::merge;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXTENSIONS: &[&str] = &["yml", "yaml", "json"];

impl Session<'_> {
    /// `tasks/main.yml`, or the file that `tasks_from` names.
    pub(super) fn role_file(
        &self,
        found: &Found,
        kind: &str,
        from: Option<&str>,
        call: &RoleCall,
    ) -> Result<Option<PathBuf>> {
        let directory = found.path.join(kind);
        let mut paths = candidates(&directory, from).into_iter().map(|path| normal(&path));
        let file = paths.find(|path| self.files.is_file(path));
        self.inside(file.into_iter().collect(), found, kind, from, call).map(|files| files.into_iter().next())
    }

    /// Refuses files outside of the directory, and a name that leads to none.
    fn inside(
        &self,
        files: Vec<PathBuf>,
        found: &Found,
        kind: &str,
        from: Option<&str>,
        call: &RoleCall,
    ) -> Result<Vec<PathBuf>> {
        let directory = normal(&found.path.join(kind));
        match (files.iter().find(|file| !normal(file).starts_with(&directory)), from) {
            (Some(outside), _) => {
                let message = format!(
                    "Failed loading '{}' for role ({}) as it is not inside the expected role path: '{}'",
                    outside.display(),
                    found.name,
                    directory.display()
                );
                Err(call.error("outside-role", message))
            }
            (None, Some(name)) if files.is_empty() => Err(self.missing(&directory, kind, name, call)),
            _ => Ok(files),
        }
    }

    fn missing(&self, directory: &Path, kind: &str, name: &str, call: &RoleCall) -> Diagnostic {
        let listed = self.files.list(directory);
        let names: Vec<String> =
            listed.iter().filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
        call.error("role-file-not-found", format!("Could not find specified file in role: {kind}/{name}"))
            .with_help_if(crate::suggest::did_you_mean(name, names.iter().map(String::as_str)))
    }

    /// `defaults` or `vars`: a file, or every file of a directory.
    pub(super) fn role_variables(
        &self,
        found: &Found,
        kind: &str,
        from: Option<&str>,
        call: &RoleCall,
    ) -> Result<Vars> {
        let directory = found.path.join(kind);
        let path =
            candidates(&directory, from).into_iter().find(|path| self.files.is_file(path) || self.files.is_dir(path));
        let files = match path {
            Some(path) if self.files.is_dir(&path) => self.vars_directory(&path),
            path => path.into_iter().collect(),
        };
        let files = self.inside(files, found, kind, from, call)?;
        files.iter().try_fold(Vec::new(), |vars, path| {
            let file = self.read(path)?;
            let place = Place::of_file(&file);
            if !file.node.is_null() && file.node.as_map().is_none() {
                let message = format!(
                    "The {kind}/main.yml file for role '{}' must contain a dictionary of variables",
                    found.name
                );
                return Err(place.error("bad-vars", message, &file.node));
            }
            Ok(merge(vars, self.vars((!file.node.is_null()).then_some(&file.node), None, &place)?))
        })
    }

    /// Files of variables under a directory, in order: neither hidden ones nor backups, nor other kinds of files.
    fn vars_directory(&self, directory: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for path in self.files.list(directory) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned());
            if self.files.is_dir(&path) && extension.is_none() {
                files.extend(self.vars_directory(&path));
            } else if self.files.is_file(&path) && extension.is_none_or(|known| EXTENSIONS.contains(&&*known)) {
                files.push(path);
            }
        }
        files
    }
}

/// The paths that are tried: `main` prefers an extension, a name given by `…_from` is first taken as it is.
pub(super) fn candidates(directory: &Path, from: Option<&str>) -> Vec<PathBuf> {
    let name = from.unwrap_or("main");
    let with_extension = EXTENSIONS.iter().map(|extension| directory.join(format!("{name}.{extension}")));
    let bare = directory.join(name);
    match from {
        None => with_extension.chain([bare]).collect(),
        Some(_) => std::iter::once(bare).chain(with_extension).collect(),
    }
}

impl Place {
    /// A place where no tasks are: a file of variables or metadata.
    pub(in crate::load) fn of_file(file: &crate::load::session::File) -> Self {
        Self {
            name: Arc::clone(&file.name),
            text: Arc::clone(&file.text),
            role: None,
            handlers: false,
            collections: Vec::new(),
            notify: Vec::new(),
            known: crate::load::known::Known::default(),
            directories: vec![crate::load::directory(&file.path)],
        }
    }
}
