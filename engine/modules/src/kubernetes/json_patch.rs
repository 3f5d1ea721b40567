//! `kubernetes.core.k8s_json_patch`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::difference;
use super::common::failure::{Failure, Result};
use super::common::hidden::hide;
use super::common::ready::is_ready;
use super::common::wait::{Target, Wait, Want, wait_for};
use super::common::{API_VERSION, FIELD_MANAGER, WAIT_OPTIONS, api_version, outcome};
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Spec, options};
use rolewright_cluster::{Cluster, PatchKind, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sJsonPatch;

const OPTIONS: &[Opt] = &[
    API_VERSION,
    Opt::new("kind", Kind::Str).required(),
    Opt::new("name", Kind::Str).required(),
    Opt::new("namespace", Kind::Str),
    Opt::new("patch", Kind::Dicts).required(),
    Opt::new("hidden_fields", Kind::Texts),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_json_patch",
    options: options!(OPTIONS, WAIT_OPTIONS, CONNECTION_OPTIONS),
    rules: &[],
};

impl Module for K8sJsonPatch {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_json_patch", "community.kubernetes.k8s_json_patch"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let wait = Wait::read(&options, false, 120).map_err(Failure::new)?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?.hearing_warnings();
    cluster.block_on(patch(cx, &cluster, &options, wait.as_ref()))
}

async fn patch(cx: &TaskContext<'_>, cluster: &Cluster, options: &Options, wait: Option<&Wait>) -> Result<Outcome> {
    let (kind, name) = (options.text("kind").unwrap_or_default(), options.text("name").unwrap_or_default());
    let resource = cluster.resolve(api_version(options), kind).await.map_err(|e| Failure::new(e.to_string()))?;
    let namespace = options.filled("namespace");
    let about = |text: &str| format!("{kind} {name}: {text}");
    let before = cluster
        .get(&resource, namespace, name)
        .await
        .map_err(|error| Failure::api_with_status(&about("Failed to retrieve requested object: "), &error))?
        .ok_or_else(|| missing(&about("Failed to retrieve requested object: "), &resource.plural, name))?;
    let body = options.get("patch").cloned().unwrap_or_default();
    let write =
        WriteOptions { dry_run: cx.check_mode, field_manager: Some(FIELD_MANAGER.into()), ..WriteOptions::default() };
    // Operations that leave the object as it is are not sent.
    let after = if leaves_alone(&before, &body) {
        before.clone()
    } else {
        cluster
            .patch(&resource, namespace, name, PatchKind::Json, &body, &write)
            .await
            .map_err(|error| Failure::api_with_status(&about("Failed to patch existing object: "), &error))?
    };
    let hidden = options.texts("hidden_fields");
    let change = difference::change(&before, &after, &hidden);
    let mut map = Map::new();
    map.insert("changed".into(), change.changed.into());
    let mut shown = after.clone();
    let mut done = true;
    if let Some(wait) = wait.filter(|_| !cx.check_mode) {
        if is_ready(&after, wait.condition.as_ref()) {
            map.insert("duration".into(), 0.into());
        } else {
            let target = Target {
                cluster,
                resource: &resource,
                namespace,
                name: Some(name),
                label_selector: None,
                field_selector: None,
            };
            let waited = wait_for(&target, wait, Want::Ready, None, cx.cancel).await;
            map.insert("duration".into(), waited.duration.into());
            done = waited.done;
            shown = waited.object().cloned().unwrap_or(shown);
        }
    }
    hide(&mut shown, &hidden);
    map.insert("result".into(), shown);
    if cx.diff {
        map.insert("diff".into(), change.diff);
    }
    let warnings: Vec<String> = change.warning.into_iter().chain(cluster.take_warnings()).collect();
    super::act::add_warnings(&mut map, warnings);
    if !done {
        let mut failure = Failure::new("Resource update timed out");
        failure.more = map;
        return Err(failure);
    }
    Ok(outcome(map))
}

fn leaves_alone(before: &Json, patch: &Json) -> bool {
    let Ok(patch) = serde_json::from_value::<json_patch::Patch>(patch.clone()) else { return false };
    let mut after = before.clone();
    json_patch::patch(&mut after, &patch).is_ok() && after == *before
}

/// The failure of a read that found nothing, with the Status a server gives.
pub(crate) fn missing(what: &str, plural: &str, name: &str) -> Box<Failure> {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": format!("{plural} \"{name}\" not found"), "reason": "NotFound",
        "details": {"name": name, "kind": plural}, "code": 404});
    let mut failure = Failure::new(format!("{what}{status}")).with("error", 404).with("status", 404);
    failure.code = Some(404);
    failure.with("reason", "Not Found")
}
