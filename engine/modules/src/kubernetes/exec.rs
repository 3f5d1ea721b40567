//! `kubernetes.core.k8s_exec`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Spec, options};
use super::common::{at, outcome};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json};

pub(crate) struct K8sExec;

const OPTIONS: &[Opt] = &[
    Opt::new("namespace", Kind::Str).required(),
    Opt::new("pod", Kind::Str).required(),
    Opt::new("container", Kind::Str),
    Opt::new("command", Kind::Str).required(),
];

const SPEC: Spec =
    Spec { module: "kubernetes.core.k8s_exec", options: options!(OPTIONS, CONNECTION_OPTIONS), rules: &[] };

impl Module for K8sExec {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_exec", "community.kubernetes.k8s_exec"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

/// Runs in check mode too, and always counts as a change; the exit code is for the task to judge.
fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let text = |name: &str| options.text(name).unwrap_or_default();
    let (namespace, pod) = (text("namespace"), text("pod"));
    let command = shlex::split(text("command"))
        .ok_or_else(|| Failure::new(format!("command has an open quote: {}", text("command"))))?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    let ran = cluster.block_on(async {
        let container = match options.filled("container") {
            Some(name) => Some(name.to_owned()),
            None => first_container(&cluster, namespace, pod).await,
        };
        cluster.exec(namespace, pod, container.as_deref(), &command, None).await
    });
    let ran = ran.map_err(|error| Failure::new(format!("Failed to execute on pod {pod} due to : {error}")))?;
    let stdout = String::from_utf8_lossy(&ran.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    let lines = |text: &str| text.lines().map(Json::from).collect::<Vec<Json>>();
    Ok(outcome(Map::from_iter([
        ("changed".to_owned(), true.into()),
        ("stdout_lines".to_owned(), lines(&stdout).into()),
        ("stderr_lines".to_owned(), lines(&stderr).into()),
        ("stdout".to_owned(), stdout.into()),
        ("stderr".to_owned(), stderr.into()),
        ("rc".to_owned(), ran.code.into()),
        ("return_code".to_owned(), ran.code.into()),
    ])))
}

/// Of several containers the first; the server would refuse to choose.
async fn first_container(cluster: &rolewright_cluster::Cluster, namespace: &str, pod: &str) -> Option<String> {
    let pods = cluster.resolve("v1", "Pod").await.ok()?;
    let pod = cluster.get(&pods, Some(namespace), pod).await.ok()??;
    at(&pod, &["spec", "containers"])[0]["name"].as_str().map(str::to_owned)
}
