//! The life of a Mcrouter: applied, edited, damaged, healed.
use super::project::{DEFINITIONS, NOTES, Project, ROOT, SAMPLE};
use super::show::Screen;
use crate::describe;
use anyhow::{Context, bail};
use rolewright_cluster::{Cluster, DeleteOptions, ListOptions, PatchKind, WriteOptions};
use rolewright_language::Settings;
use rolewright_operator::{Operator, Options, RunReport};
use rolewright_sandbox::Sandbox;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

const NAMESPACE: &str = "default";
const API: &str = "mcrouter.example.com/v1alpha1";
/// Far more than any step needs; what takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Told {
    pub(super) document: Json,
    pub(super) operator: Running,
}

/// The operator at work.
pub(super) struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), String>>,
}

impl Running {
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        // It may have ended by itself: its own answer says why.
        let _ = self.stop.send(());
        self.task.await.context("the operator broke off")?.map_err(anyhow::Error::msg)
    }
}

pub(super) async fn tell(sandbox: &Sandbox, screen: &Screen) -> anyhow::Result<Told> {
    let cluster = Cluster::in_process(sandbox.service(), NAMESPACE);
    screen.step("A Kubernetes API runs in this process. Its first objects: the operator's definitions.");
    for text in DEFINITIONS {
        apply(&cluster, text).await?;
    }
    let (operator, reports) = start(&cluster, screen)?;
    let mut story = Story { cluster, screen, reports, runs: Vec::new() };
    story.applied().await?;
    story.edited().await?;
    story.damaged().await?;
    story.noted().await?;
    let cr = story.steady().await?;
    let objects = story.objects().await?;
    let document = json!({"cr": cr, "objects": objects, "runs": story.runs});
    Ok(Told { document, operator })
}

fn start(cluster: &Cluster, screen: &Screen) -> anyhow::Result<(Running, mpsc::UnboundedReceiver<RunReport>)> {
    let options = Options {
        watches_file: "watches.yaml".into(),
        working_dir: ROOT.into(),
        ansible_roles_path: Some(String::new()),
        ansible_collections_path: Some(String::new()),
        metrics_bind_address: None,
        health_probe_bind_address: None,
        ..Options::default()
    };
    let engine = crate::setup::engine(Arc::new(Project), Settings::default());
    let mut operator = Operator::load(options, engine, cluster.clone()).map_err(anyhow::Error::msg)?;
    let tasks = screen.clone();
    operator.on_event(Arc::new(move |_, _, name, event| tasks.event(name, event)));
    let recaps = screen.clone();
    let (sender, reports) = mpsc::unbounded_channel();
    operator.on_report(Arc::new(move |report: &RunReport| {
        recaps.report(report);
        // The story may be over while the operator still works.
        let _ = sender.send(report.clone());
    }));
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(operator.run(async move {
        let _ = stopped.await;
    }));
    Ok((Running { stop, task }, reports))
}

fn parse(text: &str) -> anyhow::Result<Json> {
    serde_yaml::from_str(text).context("a manifest of this binary does not parse")
}

/// Server-side apply, as `kubectl apply --server-side`.
async fn apply(cluster: &Cluster, text: &str) -> anyhow::Result<Json> {
    let object = parse(text)?;
    let get = |path: &str| object.pointer(path).and_then(Json::as_str).unwrap_or_default();
    let resource = cluster.resolve(get("/apiVersion"), get("/kind")).await?;
    let namespace = resource.namespaced.then_some(NAMESPACE);
    let options = WriteOptions { field_manager: Some("demo".into()), force: true, ..WriteOptions::default() };
    Ok(cluster.patch(&resource, namespace, get("/metadata/name"), PatchKind::Apply, &object, &options).await?)
}

struct Story<'a> {
    cluster: Cluster,
    screen: &'a Screen,
    reports: mpsc::UnboundedReceiver<RunReport>,
    runs: Vec<Json>,
}

impl Story<'_> {
    async fn applied(&mut self) -> anyhow::Result<()> {
        self.screen.step("kubectl apply -f deploy/samples/mcrouter.yaml: three members, every key on all of them.");
        apply(&self.cluster, SAMPLE).await?;
        self.until_changed_to("mcrouter", |story| story.has_size(3)).await?;
        self.show_objects().await
    }

    async fn edited(&mut self) -> anyhow::Result<()> {
        self.screen.step("kubectl edit: five members, keys hashed over them.");
        let spec = json!({"spec": {"memcached_pool_size": 5, "pool_setup": "sharded"}});
        self.merge("Mcrouter", API, "mcrouter", &spec).await?;
        self.until_changed_to("mcrouter", |story| story.has_size(5)).await?;
        self.show_objects().await
    }

    async fn damaged(&mut self) -> anyhow::Result<()> {
        self.screen
            .step("kubectl delete deployment mcrouter, and kubectl scale statefulset mcrouter-memcached --replicas=1:");
        let deployment = self.cluster.resolve("apps/v1", "Deployment").await?;
        self.cluster.delete(&deployment, Some(NAMESPACE), "mcrouter", &DeleteOptions::default()).await?;
        let scale = json!({"spec": {"replicas": 1}});
        self.merge("StatefulSet", "apps/v1", "mcrouter-memcached", &scale).await?;
        self.until_changed_to("mcrouter", |story| story.has_size(5)).await?;
        self.screen.aside("both healed:");
        self.show_objects().await
    }

    async fn noted(&mut self) -> anyhow::Result<()> {
        self.screen.step("A resource of the second kind: its playbook renders a Handlebars template.");
        apply(&self.cluster, NOTES).await?;
        self.until_changed_to("mcrouter-notes", |_| async { Ok(true) }).await
    }

    /// A stranger's annotation on a child calls for a run, which finds everything as it should be.
    async fn steady(&mut self) -> anyhow::Result<Json> {
        self.screen.step("Somebody annotates a child: the operator looks, and has nothing to do.");
        while self.reports.try_recv().is_ok() {}
        let note = json!({"metadata": {"annotations": {"example.com/looked-at": "yes"}}});
        self.merge("StatefulSet", "apps/v1", "mcrouter-memcached", &note).await?;
        loop {
            let report = self.report("mcrouter").await?;
            if report.stats.changed == 0 {
                break;
            }
        }
        let cr =
            tokio::time::timeout(PATIENCE, self.at_rest()).await.context("the Mcrouter did not come to rest")??;
        self.screen.step("kubectl describe mcrouter mcrouter");
        self.screen.block(&describe::field("status", &cr["status"]));
        Ok(cr)
    }

    /// Waits for runs until one has succeeded and the world is as it should be.
    async fn until_changed_to<F>(&mut self, name: &str, is_there: impl Fn(Probe) -> F) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<bool>>,
    {
        loop {
            let report = self.report(name).await?;
            if report.succeeded && is_there(Probe(self.cluster.clone())).await? {
                return Ok(());
            }
        }
    }

    async fn report(&mut self, name: &str) -> anyhow::Result<RunReport> {
        loop {
            let report = tokio::time::timeout(PATIENCE, self.reports.recv()).await;
            let report = report.context("the operator did not reconcile in time")?;
            let Some(report) = report else { bail!("the operator ended before the story did") };
            self.runs.push(run(&report));
            if !report.succeeded {
                bail!("a run of {} failed: {}", report.name, report.failures.join("; "));
            }
            if report.name == name {
                return Ok(report);
            }
        }
    }

    async fn merge(&self, kind: &str, api_version: &str, name: &str, patch: &Json) -> anyhow::Result<()> {
        let resource = self.cluster.resolve(api_version, kind).await?;
        let options = WriteOptions::default();
        self.cluster.patch(&resource, Some(NAMESPACE), name, PatchKind::Merge, patch, &options).await?;
        Ok(())
    }

    /// The CR between two runs, the last of which changed nothing: another may have begun since its report came.
    async fn at_rest(&self) -> anyhow::Result<Json> {
        loop {
            let cr = self.mcrouter().await?;
            let conditions = cr["status"]["conditions"].as_array();
            let running = conditions.and_then(|all| all.iter().find(|condition| condition["type"] == "Running"));
            if running.is_some_and(|running| running["ansibleResult"]["changed"] == 0) {
                return Ok(cr);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn mcrouter(&self) -> anyhow::Result<Json> {
        let resource = self.cluster.resolve(API, "Mcrouter").await?;
        let found = self.cluster.get(&resource, Some(NAMESPACE), "mcrouter").await?;
        found.context("the Mcrouter is gone")
    }

    /// What the operator made, kind by kind.
    async fn objects(&self) -> anyhow::Result<Vec<Json>> {
        let mut all = Vec::new();
        for (api_version, kind) in
            [("apps/v1", "StatefulSet"), ("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "ConfigMap")]
        {
            let resource = self.cluster.resolve(api_version, kind).await?;
            let list = self.cluster.list(&resource, Some(NAMESPACE), &ListOptions::default()).await?;
            let owned = |object: &Json| object.pointer("/metadata/ownerReferences").is_some();
            all.extend(list.items.into_iter().filter(owned).map(|mut object| {
                object["apiVersion"] = api_version.into();
                object["kind"] = kind.into();
                object
            }));
        }
        Ok(all)
    }

    async fn show_objects(&self) -> anyhow::Result<()> {
        for object in self.objects().await? {
            let text = |path: &str| object.pointer(path).map(plain).unwrap_or_default();
            let (kind, name) = (text("/kind").to_lowercase(), text("/metadata/name"));
            let about = match kind.as_str() {
                "service" => format!("{} {}", text("/spec/clusterIP"), text("/spec/ports/0/port")),
                "configmap" => String::new(),
                _ => format!("{}/{} ready", text("/status/readyReplicas"), text("/spec/replicas")),
            };
            self.screen.block(&format!("{:<32} {about}", format!("{kind}/{name}")));
        }
        Ok(())
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn run(report: &RunReport) -> Json {
    let stats = &report.stats;
    json!({
        "kind": report.gvk.kind,
        "name": report.name,
        "ok": stats.ok,
        "changed": stats.changed,
        "skipped": stats.skipped,
        "failures": stats.failed,
        "succeeded": report.succeeded,
        "requests": report.requests,
        "milliseconds": report.elapsed.as_secs_f64() * 1000.0,
    })
}

/// A look at the cluster.
struct Probe(Cluster);

impl Probe {
    /// Both children are there, and the pool has that many members.
    async fn has_size(self, size: u64) -> anyhow::Result<bool> {
        let set = self.0.resolve("apps/v1", "StatefulSet").await?;
        let set = self.0.get(&set, Some(NAMESPACE), "mcrouter-memcached").await?;
        let deployment = self.0.resolve("apps/v1", "Deployment").await?;
        let deployment = self.0.get(&deployment, Some(NAMESPACE), "mcrouter").await?;
        let replicas = set.as_ref().and_then(|set| set.pointer("/spec/replicas")).and_then(Json::as_u64);
        Ok(deployment.is_some() && replicas == Some(size))
    }
}
