//! Where a journey plays: a cluster, a namespace of its own, an operator.
use rolewright_cluster::{Cluster, Connect, DeleteOptions, ListOptions, PatchKind, Resource, WriteOptions};
use rolewright_language::Settings;
use rolewright_operator::{Operator, Options, RunReport};
use rolewright_run::{DiskFiles, Engine, Modules, SystemWorld};
use rolewright_sandbox::Sandbox;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub(crate) const MCROUTER: (&str, &str) = ("mcrouter.example.com/v1alpha1", "Mcrouter");
const PATIENCE: Duration = Duration::from_secs(60);

/// A cluster with a namespace that nobody else uses.
pub(crate) struct Stage {
    pub(crate) cluster: Cluster,
    pub(crate) namespace: String,
    /// The sandbox, where it is one: faults can be injected there only.
    pub(crate) sandbox: Option<Sandbox>,
}

/// A running operator and what it reported.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
    reports: mpsc::UnboundedReceiver<RunReport>,
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn manifest(path: &str) -> Json {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

impl Stage {
    /// On the real cluster where one is named, else on a new sandbox.
    pub(crate) async fn new(journey: &str) -> Self {
        match std::env::var_os("ROLEWRIGHT_TEST_KUBECONFIG") {
            Some(path) => {
                let connect = Connect { kubeconfig: Some(path.into()), ..Connect::default() };
                Self::over(Cluster::connect(&connect).await.unwrap(), None, journey).await
            }
            None => Self::in_sandbox(journey).await,
        }
    }

    /// For journeys that need faults.
    pub(crate) async fn in_sandbox(journey: &str) -> Self {
        let sandbox = Sandbox::start(rolewright_sandbox::Options::default());
        let cluster = Cluster::in_process(sandbox.service(), "default");
        Self::over(cluster, Some(sandbox), journey).await
    }

    async fn over(cluster: Cluster, sandbox: Option<Sandbox>, journey: &str) -> Self {
        let namespace = format!("{journey}-{}", std::process::id());
        let stage = Self { cluster, namespace, sandbox };
        stage.make_namespace(&stage.namespace).await;
        for path in ["deploy/crds/mcrouters.yaml", "deploy/crds/mcrouternotes.yaml"] {
            stage.define(&manifest(path)).await;
        }
        stage
    }

    pub(crate) async fn make_namespace(&self, name: &str) {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let resource = self.resource(("v1", "Namespace")).await;
        self.cluster.create(&resource, None, &object, &WriteOptions::default()).await.unwrap();
    }

    /// Installs a CustomResourceDefinition and waits until its kind is served.
    pub(crate) async fn define(&self, definition: &Json) {
        let resource = self.resource(("apiextensions.k8s.io/v1", "CustomResourceDefinition")).await;
        let name = definition["metadata"]["name"].as_str().unwrap();
        let options = WriteOptions { field_manager: Some("journeys".into()), force: true, ..WriteOptions::default() };
        self.cluster.patch(&resource, None, name, PatchKind::Apply, definition, &options).await.unwrap();
        let spec = &definition["spec"];
        let version = spec["versions"][0]["name"].as_str().unwrap();
        let api_version = format!("{}/{version}", spec["group"].as_str().unwrap());
        let kind = spec["names"]["kind"].as_str().unwrap().to_owned();
        eventually("the kind is served", || async {
            let found = self.cluster.resolve(&api_version, &kind).await.ok()?;
            self.cluster.list(&found, None, &ListOptions::default()).await.is_ok().then_some(())
        })
        .await;
    }

    pub(crate) async fn resource(&self, (api_version, kind): (&str, &str)) -> Resource {
        self.cluster.resolve(api_version, kind).await.unwrap()
    }

    pub(crate) async fn create(&self, object: &Json) -> rolewright_cluster::Result<Json> {
        let kind = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
        let resource = self.resource(kind).await;
        self.cluster.create(&resource, Some(&self.namespace), object, &WriteOptions::default()).await
    }

    pub(crate) async fn merge(&self, kind: (&str, &str), name: &str, patch: Json) -> rolewright_cluster::Result<Json> {
        let resource = self.resource(kind).await;
        let options = WriteOptions::default();
        self.cluster.patch(&resource, Some(&self.namespace), name, PatchKind::Merge, &patch, &options).await
    }

    pub(crate) async fn get(&self, kind: (&str, &str), name: &str) -> Option<Json> {
        self.get_in(&self.namespace, kind, name).await
    }

    pub(crate) async fn get_in(&self, namespace: &str, kind: (&str, &str), name: &str) -> Option<Json> {
        let resource = self.resource(kind).await;
        self.cluster.get(&resource, Some(namespace), name).await.unwrap()
    }

    pub(crate) async fn delete(&self, kind: (&str, &str), name: &str) {
        let resource = self.resource(kind).await;
        let options = DeleteOptions { propagation: Some("Background".into()), ..DeleteOptions::default() };
        self.cluster.delete(&resource, Some(&self.namespace), name, &options).await.unwrap();
    }

    /// Waits until a condition of a CR has this status and reason.
    pub(crate) async fn until_condition(&self, kind: (&str, &str), name: &str, condition: (&str, &str, &str)) -> Json {
        let (name_of, status, reason) = condition;
        eventually(&format!("{name}: {name_of} is {status}/{reason}"), || async {
            let object = self.get(kind, name).await?;
            let found = condition_of(&object, name_of)?;
            (found["status"] == status && found["reason"] == reason).then(|| object.clone())
        })
        .await
    }

    /// Starts an operator for the project in a folder, watching this stage's namespace and further ones.
    pub(crate) fn operator(&self, project: &Path, more: &[&str]) -> Running {
        self.operator_with(project, more, |_| {})
    }

    pub(crate) fn operator_with(&self, project: &Path, more: &[&str], change: impl FnOnce(&mut Options)) -> Running {
        let mut namespaces = vec![self.namespace.clone()];
        namespaces.extend(more.iter().map(|name| (*name).to_owned()));
        let mut options = Options {
            watches_file: "watches.yaml".into(),
            working_dir: project.into(),
            ansible_roles_path: Some(String::new()),
            ansible_collections_path: Some(String::new()),
            metrics_bind_address: None,
            health_probe_bind_address: None,
            watch_namespaces: namespaces,
            backoff_base: Duration::from_millis(100),
            start_jitter: Duration::ZERO,
            ..Options::default()
        };
        change(&mut options);
        let mut operator = Operator::load(options, engine(), self.cluster.clone()).unwrap();
        let (sender, reports) = mpsc::unbounded_channel();
        operator.on_report(Arc::new(move |report: &RunReport| _ = sender.send(report.clone())));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(operator.run(async move {
            let _ = stopped.await;
        }));
        Running { stop, task, reports }
    }

    /// Leaves a shared cluster as it was.
    pub(crate) async fn clear(self) {
        if self.sandbox.is_none() {
            let resource = self.resource(("v1", "Namespace")).await;
            let list = self.cluster.list(&resource, None, &ListOptions::default()).await.unwrap();
            let names = list.items.iter().filter_map(|item| item["metadata"]["name"].as_str());
            for name in names.filter(|name| name.starts_with(&self.namespace)) {
                let _ = self.cluster.delete(&resource, None, name, &DeleteOptions::default()).await;
            }
        }
    }
}

impl Running {
    /// The next report of a run of this CR.
    pub(crate) async fn report(&mut self, name: &str) -> RunReport {
        loop {
            let report = tokio::time::timeout(PATIENCE, self.reports.recv()).await;
            let report = report.expect("a run within a minute").expect("the operator lives");
            if report.name == name {
                return report;
            }
        }
    }

    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap().unwrap();
    }

    /// Ends it without any farewell.
    pub(crate) fn abort(self) {
        self.task.abort();
    }
}

pub(crate) fn engine() -> Engine {
    Engine {
        modules: Arc::new(Modules::new(rolewright_modules::all())),
        lookups: Arc::new(rolewright_modules::lookups::AllLookups),
        system: Arc::new(SystemWorld),
        files: Arc::new(DiskFiles),
        settings: Arc::new(Settings::default()),
        cache: Arc::default(),
    }
}

pub(crate) fn condition_of<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == name)
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "did not happen within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A project in a temporary folder.
pub(crate) fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}
