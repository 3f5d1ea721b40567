//! What lookups and modules find around a task: search path, files, caches, extensions.
use crate::{Cancel, Extensions, FileCache, System};
use rolewright_language::ast::Vars;
use rolewright_language::{Diagnostic, Files, Loader, Settings};
use rolewright_template::vault::is_encrypted;
use rolewright_template::{Context, Error, Overrides, Result, Scope, Value, Var};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What lookups find in [`Context::extra`]; owned, because `Any` is.
pub struct Surroundings {
    /// Directories where relative files are looked up, best first (`ansible_search_path`).
    pub search_path: Vec<PathBuf>,
    /// `environment:` of the task over that of the run.
    pub environment: Vec<(String, String)>,
    pub extensions: Extensions,
    pub files: Arc<dyn Files>,
    pub system: Arc<dyn System>,
    pub settings: Arc<Settings>,
    pub cache: Arc<FileCache>,
    pub cancel: Cancel,
    pub check_mode: bool,
    pub diff: bool,
    /// Names of the inventory: group to hosts, in order.
    pub groups: Arc<crate::inventory::Groups>,
}

impl Surroundings {
    /// Those of the task that is being rendered.
    pub fn of<'a>(cx: &Context<'a>) -> Result<&'a Self> {
        cx.extra
            .and_then(|extra| extra.downcast_ref())
            .ok_or_else(|| Error::failed("this lookup works inside a task only"))
    }
    /// Finds a file as Ansible does: `kind` is `templates`, `files`, `vars` or `tasks`.
    pub fn find(&self, kind: &str, name: &str) -> Option<PathBuf> {
        crate::search_path::find(&*self.files, &self.search_path, kind, name)
    }
    /// Renders a template file to text with the variables of `cx`, plus `extra` ones.
    pub fn render_file(&self, cx: &Context<'_>, path: &Path, extra: &[(Arc<str>, Value)]) -> Result<String> {
        self.render_file_with(cx, path, extra, None)
    }
    /// As [`Surroundings::render_file`], with what a `template` task changes of the syntax.
    pub fn render_file_with(
        &self,
        cx: &Context<'_>,
        path: &Path,
        extra: &[(Arc<str>, Value)],
        overrides: Option<&Overrides>,
    ) -> Result<String> {
        let template = self.cache.template(&*self.files, path, overrides)?;
        let scope = Overlay { base: cx.scope, extra };
        let directory = path.parent();
        let loader = |name: &str| self.read_near(directory, name);
        template.render_text(&Context { scope: &scope, loader: &loader, ..*cx })
    }
    /// The text of a template that another one includes: beside it first, then along the search path.
    pub fn read_near(&self, near: Option<&Path>, name: &str) -> Result<(String, String)> {
        let beside = near.map(|directory| directory.join(name)).filter(|path| self.files.is_file(path));
        let Some(path) = beside.or_else(|| self.find("templates", name)) else {
            return Err(Error::failed(name));
        };
        let text = self.files.read(&path).map_err(Error::failed)?;
        Ok((path.display().to_string(), text.to_string()))
    }
    /// The content of a file of the project, decrypted if it is encrypted.
    pub fn open_file(&self, content: Vec<u8>, path: &Path) -> std::result::Result<Vec<u8>, String> {
        if is_encrypted(&content) && self.settings.vault.is_empty() {
            return Err(format!("A vault password or secret must be specified to decrypt {}", path.display()));
        }
        self.settings.vault.open_file(content.into(), &path.display()).map(Cow::into_owned)
    }
    /// A vars file as project text.
    pub fn load_vars(&self, path: &Path) -> std::result::Result<Vars, Diagnostic> {
        let nothing = crate::Modules::default();
        let loader = Loader { files: &*self.files, catalog: &nothing, settings: &self.settings };
        self.cache.vars(&*self.files, path, || loader.vars(path))
    }
}

/// Some names in front of a scope.
pub struct Overlay<'a> {
    pub base: &'a dyn Scope,
    pub extra: &'a [(Arc<str>, Value)],
}

impl Scope for Overlay<'_> {
    fn get(&self, name: &str) -> Option<Var> {
        let own = self.extra.iter().find(|(key, _)| &**key == name);
        own.map(|(_, value)| Var::Data(value.clone())).or_else(|| self.base.get(name))
    }
    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.base.names();
        names.extend(self.extra.iter().map(|(name, _)| Arc::clone(name)));
        names
    }
}
