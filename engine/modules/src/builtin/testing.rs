//! Running modules on a folder of their own. `@` in arguments and results stands for the folder.
use crate::testing::Nothing;
use rolewright_run::{
    Args, Cancel, DiskFiles, Extensions, FileCache, Local, Module, Outcome, Signals, Surroundings, SystemWorld,
    TaskContext,
};
use rolewright_template::{Context, Error, Value};
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) struct Machine {
    folder: tempfile::TempDir,
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
    pub(crate) vars: Vec<(Arc<str>, Value)>,
}

struct Vars<'a>(&'a [(Arc<str>, Value)]);

impl rolewright_template::Scope for Vars<'_> {
    fn get(&self, name: &str) -> Option<rolewright_template::Var> {
        let own = self.0.iter().find(|(key, _)| &**key == name);
        own.map(|(_, value)| rolewright_template::Var::Data(value.clone())).or_else(|| Nothing.get(name))
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.iter().map(|(name, _)| Arc::clone(name)).collect()
    }
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, check_mode: false, diff: true, vars: Vec::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn checking(self) -> Self {
        Self { check_mode: true, ..self }
    }

    /// A file with mode 0644, its folders made.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }

    pub(crate) fn mode(&self, name: &str) -> String {
        use std::os::unix::fs::MetadataExt;
        format!("{:04o}", self.path(name).metadata().unwrap().mode() & 0o7777)
    }

    pub(crate) fn run(&self, module: &dyn Module, args: &Json) -> Outcome {
        let cancel = Cancel::default();
        let search_path = vec![self.folder.path().to_owned()];
        let surroundings = Surroundings {
            search_path: search_path.clone(),
            environment: Vec::new(),
            extensions: Extensions::default(),
            files: Arc::new(DiskFiles),
            system: Arc::new(SystemWorld),
            settings: Arc::default(),
            cache: Arc::new(FileCache::default()),
            cancel: cancel.clone(),
            check_mode: self.check_mode,
            diff: self.diff,
            groups: Arc::default(),
        };
        let lookups = crate::lookups::AllLookups;
        let loader = |name: &str| Err(Error::failed(name.to_owned()));
        let (system, files, signals, scope) = (SystemWorld, DiskFiles, Signals::default(), Vars(&self.vars));
        let template = Context {
            scope: &scope,
            world: &system,
            lookups: &lookups,
            loader: &loader,
            extra: Some(&surroundings),
            native: false,
        };
        let cx = TaskContext {
            template,
            system: &system,
            cancel: &cancel,
            extensions: &surroundings.extensions,
            check_mode: self.check_mode,
            diff: self.diff,
            verbosity: 0,
            search_path: &search_path,
            environment: &[],
            connection: &Local,
            files: &files,
            signals: &signals,
            surroundings: &surroundings,
        };
        let args = self.swapped(args, "@", &self.folder.path().display().to_string());
        let entries = args.as_object().unwrap().iter().filter(|(key, _)| *key != "_raw");
        let map = entries.map(|(key, value)| (key.as_str().into(), Value::from_json(value))).collect();
        let free_form = args.get("_raw").and_then(Json::as_str).map(str::to_owned);
        module.run(&cx, &Args { map, free_form, ..Args::default() })
    }

    /// The whole result.
    pub(crate) fn result(&self, module: &dyn Module, args: Json) -> Json {
        let outcome = self.run(module, &args);
        let result = crate::testing::result(&outcome);
        self.swapped(&result, &self.folder.path().display().to_string(), "@")
    }

    /// Some fields of a result that is no failure, as JSON text; `-` where there is none.
    pub(crate) fn fields(&self, module: &dyn Module, args: Json, names: &[&str]) -> Vec<Json> {
        let result = self.result(module, args.clone());
        assert_eq!(result["failed"], false, "{args}: {result}");
        names.iter().map(|name| result.get(*name).cloned().unwrap_or(Json::from("-"))).collect()
    }

    pub(crate) fn changes(&self, module: &dyn Module, args: Json) -> bool {
        self.fields(module, args, &["changed"])[0] == Json::Bool(true)
    }

    pub(crate) fn fails(&self, module: &dyn Module, args: Json, message: &str) {
        let result = self.result(module, args.clone());
        assert_eq!((&result["failed"], &result["msg"]), (&Json::Bool(true), &Json::from(message)), "{args}: {result}");
    }

    fn swapped(&self, json: &Json, from: &str, to: &str) -> Json {
        match json {
            Json::String(text) => Json::String(text.replace(from, to)),
            Json::Array(items) => items.iter().map(|item| self.swapped(item, from, to)).collect(),
            Json::Object(map) => map
                .iter()
                .map(|(key, value)| (key.replace(from, to), self.swapped(value, from, to)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            other => other.clone(),
        }
    }
}
