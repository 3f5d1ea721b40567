//! An operator over a sandbox, with a project in memory and modules of its own.
mod modules;

use parking_lot::Mutex;
use rolewright_cluster::{Cluster, DeleteOptions, PatchKind, Resource, WriteOptions};
use rolewright_language::Files;
use rolewright_operator::{Operator, Options, RunReport};
use rolewright_run::{Engine, Modules, SystemWorld};
use rolewright_sandbox::Sandbox;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use modules::Gate;

pub(crate) const NS: Option<&str> = Some("default");

struct Project(BTreeMap<PathBuf, String>);

impl Files for Project {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        self.0.get(path).map(|text| text.as_str().into()).ok_or_else(|| "no such file".into())
    }
    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.0.keys().any(|file| file != path && file.starts_with(path))
    }
    fn list(&self, path: &Path) -> Vec<PathBuf> {
        self.0.keys().filter(|file| file.parent() == Some(path)).cloned().collect()
    }
    fn stamp(&self, _: &Path) -> Option<u64> {
        Some(1)
    }
}

/// A running operator. Dropping it leaves the runtime to end it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) cluster: Cluster,
    pub(crate) gate: Gate,
    reports: Arc<Mutex<Vec<RunReport>>>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<Result<(), String>>>,
}

impl World {
    /// A sandbox that knows the kinds `Foo` (with a status) and `Bare` (without), and no operator yet.
    pub(crate) async fn new() -> Self {
        let sandbox = Sandbox::start(rolewright_sandbox::Options::default());
        let cluster = Cluster::in_process(sandbox.service(), "default");
        let world = Self { sandbox, cluster, gate: Gate::default(), reports: Arc::default(), stop: None, task: None };
        world.install("Foo", true).await;
        world.install("Bare", false).await;
        world
    }

    pub(crate) async fn install(&self, kind: &str, with_status: bool) {
        let plural = format!("{}s", kind.to_lowercase());
        let subresources = if with_status { json!({"status": {}}) } else { json!({}) };
        let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.example.com")},
            "spec": {
                "group": "example.com", "scope": "Namespaced",
                "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase(), "listKind": format!("{kind}List")},
                "versions": [{"name": "v1", "served": true, "storage": true, "subresources": subresources,
                    "schema": {"openAPIV3Schema": {"type": "object",
                        "properties": {"spec": open.clone(), "status": open}}}}],
            },
        });
        let r = self.cluster.resolve("apiextensions.k8s.io/v1", "CustomResourceDefinition").await.unwrap();
        self.cluster.create(&r, None, &definition, &WriteOptions::default()).await.unwrap();
    }

    /// Starts an operator: files by path below `/opt`, options changed by `change`.
    pub(crate) fn start(&mut self, project: &[(&str, &str)], change: impl FnOnce(&mut Options)) {
        let files = project.iter().map(|(path, text)| (Path::new("/opt").join(path), (*text).to_owned())).collect();
        let engine = Engine {
            modules: Arc::new(Modules::new(modules::all(&self.gate))),
            lookups: Arc::new(rolewright_modules::lookups::AllLookups),
            system: Arc::new(SystemWorld),
            files: Arc::new(Project(files)),
            settings: Arc::default(),
            cache: Arc::default(),
        };
        let mut options = Options {
            working_dir: "/opt".into(),
            watches_file: "watches.yaml".into(),
            metrics_bind_address: None,
            health_probe_bind_address: None,
            backoff_base: Duration::from_millis(50),
            ..Options::default()
        };
        change(&mut options);
        let mut operator = Operator::load(options, engine, self.cluster.clone()).unwrap();
        let reports = Arc::clone(&self.reports);
        operator.on_report(Arc::new(move |report| reports.lock().push(report.clone())));
        let (stop, stopped) = oneshot::channel();
        self.stop = Some(stop);
        let wait = async {
            let _ = stopped.await;
        };
        self.task = Some(tokio::spawn(operator.run(wait)));
    }

    /// Asks the operator to stop, and waits for it.
    pub(crate) async fn stop(&mut self) -> Result<(), String> {
        drop(self.stop.take());
        self.task.take().unwrap().await.unwrap()
    }

    pub(crate) async fn resource(&self, kind: &str) -> Resource {
        let version = if matches!(kind, "ConfigMap" | "Secret") { "v1" } else { "example.com/v1" };
        self.cluster.resolve(version, kind).await.unwrap()
    }
    pub(crate) async fn create(&self, kind: &str, name: &str, spec: Json) -> Json {
        let r = self.resource(kind).await;
        let object = json!({"apiVersion": r.gvk.api_version(), "kind": kind, "metadata": {"name": name}, "spec": spec});
        self.cluster.create(&r, NS, &object, &WriteOptions::default()).await.unwrap()
    }
    pub(crate) async fn patch(&self, kind: &str, name: &str, patch: Json) -> Json {
        let r = self.resource(kind).await;
        self.cluster.patch(&r, NS, name, PatchKind::Merge, &patch, &WriteOptions::default()).await.unwrap()
    }
    pub(crate) async fn delete(&self, kind: &str, name: &str) {
        let r = self.resource(kind).await;
        self.cluster.delete(&r, NS, name, &DeleteOptions::default()).await.unwrap();
    }
    pub(crate) async fn get(&self, kind: &str, name: &str) -> Option<Json> {
        let r = self.resource(kind).await;
        self.cluster.get(&r, NS, name).await.unwrap()
    }

    /// Waits until the object is as wanted; `None` is its absence.
    pub(crate) async fn until(
        &self,
        kind: &str,
        name: &str,
        what: &str,
        test: impl Fn(Option<&Json>) -> bool,
    ) -> Option<Json> {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let object = self.get(kind, name).await;
            if test(object.as_ref()) {
                return object;
            }
            assert!(Instant::now() < end, "{kind} {name}: not {what}: {object:#?}\n{:#?}", self.reports());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    pub(crate) async fn until_condition(&self, kind: &str, name: &str, condition: &str, status: &str) -> Json {
        let what = format!("{condition}={status}");
        let found = self.until(kind, name, &what, |object| {
            object.is_some_and(|object| self::condition(object, condition)["status"] == status)
        });
        found.await.unwrap()
    }
    pub(crate) async fn until_reports(&self, count: usize) -> Vec<RunReport> {
        let end = Instant::now() + Duration::from_secs(20);
        while self.reports().len() < count {
            assert!(Instant::now() < end, "not {count} runs: {:#?}", self.reports());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.reports()
    }
    pub(crate) fn reports(&self) -> Vec<RunReport> {
        self.reports.lock().clone()
    }
    /// Nothing more happens, once what is going on has come to its end.
    pub(crate) async fn is_quiet(&self) -> bool {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = self.reports().len();
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.reports().len() == before
    }
}

pub(crate) fn condition(object: &Json, kind: &str) -> Json {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().find(|condition| condition["type"] == kind).cloned().unwrap_or(Json::Null)
}

/// Status line, headers and body.
pub(crate) async fn http_get(port: u16, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
