//! `operator_sdk.util.k8s_event`
use crate::kubernetes::common::connection::{self, CONNECTION_OPTIONS};
use crate::kubernetes::common::failure::{Failure, Result};
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Spec, options};
use crate::kubernetes::common::{FIELD_MANAGER, outcome};
use rolewright_cluster::{Cluster, PatchKind, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sEvent;

const OPTIONS: &[Opt] = &[
    Opt::new("state", Kind::Str).choices(&["present", "absent"]),
    Opt::new("name", Kind::Str).required(),
    Opt::new("namespace", Kind::Str).required(),
    Opt::new("message", Kind::Str).required(),
    Opt::new("reason", Kind::Str).required(),
    Opt::new("type", Kind::Str).choices(&["Normal", "Warning"]),
    Opt::new("reportingComponent", Kind::Str),
    Opt::new("source", Kind::Dict),
    Opt::new("involvedObject", Kind::Dict),
    Opt::new("appendTimestamp", Kind::Bool),
    Opt::new("merge_type", Kind::Texts).choices(&["json", "merge", "strategic-merge"]),
];

const SPEC: Spec =
    Spec { module: "operator_sdk.util.k8s_event", options: options!(OPTIONS, CONNECTION_OPTIONS), rules: &[] };

impl Module for K8sEvent {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_event"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    if options.text("state") == Some("absent") {
        return Err(Failure::new("k8s_event writes events only: state absent does nothing; delete with k8s"));
    }
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(emit(cx, &cluster, &options))
}

async fn emit(cx: &TaskContext<'_>, cluster: &Cluster, options: &Options) -> Result<Outcome> {
    let events = cluster.resolve("v1", "Event").await.map_err(|error| Failure::new(error.to_string()))?;
    let now = cx.system.now();
    let text = |name: &str| options.text(name).unwrap_or_default();
    let mut name = text("name").to_owned();
    if options.flag("appendTimestamp", false) {
        name = format!("{name}.{:x}", now.as_nanosecond());
    }
    let namespace = text("namespace");
    let fail = |error| Failure::api_with_status("Failed to retrieve requested object: ", &error);
    let existing = cluster.get(&events, Some(namespace), &name).await.map_err(fail)?;
    let stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let repeated = existing.as_ref().filter(|event| event["reason"] == text("reason"));
    let count = repeated.map_or(1, |event| event["count"].as_i64().unwrap_or(0) + 1);
    let first = repeated.and_then(|event| event["firstTimestamp"].as_str()).unwrap_or(&stamp).to_owned();
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": namespace},
        "firstTimestamp": first, "lastTimestamp": stamp, "count": count,
        "message": text("message"), "reason": text("reason"), "type": options.filled("type").unwrap_or("Normal"),
        "involvedObject": involved(cluster, options.get("involvedObject")).await,
        "reportingComponent": text("reportingComponent"), "reportingInstance": "",
        "source": {"component": options.get("source").map_or("", |source| source["component"].as_str().unwrap_or_default())},
    });
    let write =
        WriteOptions { dry_run: cx.check_mode, field_manager: Some(FIELD_MANAGER.into()), ..WriteOptions::default() };
    let sent = match existing {
        Some(_) => cluster.patch(&events, Some(namespace), &name, PatchKind::Merge, &event, &write).await,
        None => cluster.create(&events, Some(namespace), &event, &write).await,
    };
    let after = sent.map_err(|error| Failure::api_with_status("Failed to write event: ", &error))?;
    Ok(outcome(Map::from_iter([("changed".to_owned(), true.into()), ("result".to_owned(), after)])))
}

/// The reference, completed with uid and version of the object as it is now.
async fn involved(cluster: &Cluster, option: Option<&Json>) -> Json {
    let Some(Json::Object(given)) = option else { return json!({}) };
    let mut reference = given.clone();
    let text = |key: &str| given.get(key).and_then(Json::as_str).unwrap_or_default();
    let live = match cluster.resolve(text("apiVersion"), text("kind")).await {
        Ok(resource) => cluster.get(&resource, Some(text("namespace")), text("name")).await.ok().flatten(),
        Err(_) => None,
    };
    if let Some(live) = live {
        for key in ["uid", "resourceVersion"] {
            reference.insert(key.into(), live["metadata"][key].clone());
        }
    }
    reference.into()
}
