//! Running modules against the sandbox.
use rolewright_cluster::Cluster;
use rolewright_run::{
    Args, Cancel, DiskFiles, Extensions, FileCache, Local, Module, Outcome, Signals, Surroundings, SystemWorld,
    TaskContext,
};
use rolewright_sandbox::{Options, Sandbox};
use rolewright_template::{Context, Error, Scope, Value, Var};
use serde_json::{Map, Value as Json};
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) struct Nothing;

impl Scope for Nothing {
    fn get(&self, _: &str) -> Option<Var> {
        None
    }
    fn names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }
}

/// A sandbox, and tasks against it.
pub(crate) struct World {
    _sandbox: Sandbox,
    pub(crate) cluster: Cluster,
    _runtime: tokio::runtime::Runtime,
    pub(crate) check_mode: bool,
    pub(crate) search_path: Vec<PathBuf>,
    pub(crate) signals: Signals,
}

impl World {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (sandbox, cluster) = runtime.block_on(async {
            let sandbox = Sandbox::start(Options::default());
            let cluster = Cluster::in_process(sandbox.service(), "default");
            (sandbox, cluster)
        });
        Self {
            _sandbox: sandbox,
            cluster,
            _runtime: runtime,
            check_mode: false,
            search_path: Vec::new(),
            signals: Signals::default(),
        }
    }

    pub(crate) fn surroundings(&self) -> Surroundings {
        let mut extensions = Extensions::default();
        extensions.insert(Arc::new(self.cluster.clone()));
        Surroundings {
            search_path: self.search_path.clone(),
            environment: Vec::new(),
            extensions,
            files: Arc::new(DiskFiles),
            system: Arc::new(SystemWorld),
            settings: Arc::default(),
            cache: Arc::new(FileCache::default()),
            cancel: Cancel::default(),
            check_mode: self.check_mode,
            diff: true,
            groups: Arc::default(),
        }
    }

    pub(crate) fn run(&self, module: &dyn Module, args: Json) -> Outcome {
        let surroundings = self.surroundings();
        let lookups = crate::lookups::AllLookups;
        let loader = |name: &str| Err(Error::failed(name.to_owned()));
        let system = SystemWorld;
        let files = DiskFiles;
        let cx = TaskContext {
            template: Context {
                scope: &Nothing,
                world: &system,
                lookups: &lookups,
                loader: &loader,
                extra: Some(&surroundings),
                native: false,
            },
            system: &system,
            cancel: &surroundings.cancel,
            extensions: &surroundings.extensions,
            check_mode: self.check_mode,
            diff: true,
            verbosity: 0,
            search_path: &self.search_path,
            environment: &[],
            connection: &Local,
            files: &files,
            signals: &self.signals,
            surroundings: &surroundings,
        };
        let map = args.as_object().unwrap().iter().map(|(k, v)| (k.as_str().into(), Value::from_json(v))).collect();
        module.run(&cx, &Args { map, ..Args::default() })
    }

    /// The requests that a task takes, by verb.
    pub(crate) fn requests(&self, module: &dyn Module, args: Json) -> String {
        let before = self.cluster.counts();
        let outcome = self.run(module, args);
        assert!(!outcome.failed, "{}", result(&outcome));
        let after = self.cluster.counts();
        let more = |verb: &String| after.of(verb) - before.of(verb);
        let parts = after.0.keys().filter(|verb| more(verb) > 0).map(|verb| format!("{verb} {}", more(verb)));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// The whole result as JSON.
pub(crate) fn result(outcome: &Outcome) -> Json {
    let mut map = Map::new();
    map.insert("changed".into(), outcome.changed.into());
    map.insert("failed".into(), outcome.failed.into());
    for (key, value) in &outcome.result {
        map.insert(key.to_string(), value.to_json().unwrap());
    }
    map.insert("warnings".into(), outcome.warnings.clone().into());
    map.into()
}
