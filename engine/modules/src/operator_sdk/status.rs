//! `operator_sdk.util.k8s_status`
use crate::kubernetes::common::connection::{self, CONNECTION_OPTIONS};
use crate::kubernetes::common::failure::{Failure, Result};
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Spec, options};
use crate::kubernetes::common::{API_VERSION, FIELD_MANAGER, api_version, outcome};
use rolewright_cluster::{Cluster, PatchKind, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sStatus;

const OPTIONS: &[Opt] = &[
    API_VERSION,
    Opt::new("kind", Kind::Str).required(),
    Opt::new("name", Kind::Str).required(),
    Opt::new("namespace", Kind::Str),
    Opt::new("status", Kind::Dict),
    Opt::new("conditions", Kind::Dicts),
    Opt::new("replace", Kind::Bool).aliases(&["force"]),
    Opt::new("replace_lists", Kind::Bool),
];

const SPEC: Spec =
    Spec { module: "operator_sdk.util.k8s_status", options: options!(OPTIONS, CONNECTION_OPTIONS), rules: &[] };

impl Module for K8sStatus {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_status"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let conditions = conditions(options.maps("conditions"))?;
    let status = options.get("status").and_then(Json::as_object).cloned().unwrap_or_default();
    if status.contains_key("conditions") && !conditions.is_empty() {
        return Err(Failure::new("You cannot specify conditions in both the 'status' and 'conditions' parameters"));
    }
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(write(cx, &cluster, &options, status, conditions))
}

/// Checked; boolean statuses become text.
fn conditions(given: &[Json]) -> Result<Vec<Json>> {
    let mut errors = Vec::new();
    let mut all = Vec::new();
    for condition in given {
        let mut condition = condition.clone();
        let status = match &condition["status"] {
            Json::Bool(true) => json!("True"),
            Json::Bool(false) => json!("False"),
            other => other.clone(),
        };
        if !["True", "False", "Unknown"].iter().any(|known| status == *known) {
            errors.push(format!("Condition 'status' must be one of True, False, Unknown, not {status}"));
        }
        condition["status"] = status;
        if condition["type"].as_str().is_none_or(str::is_empty) {
            errors.push("Condition 'type' is required and must not be empty".to_owned());
        }
        if let Some(reason) = condition["reason"].as_str()
            && !is_camel_case(reason)
        {
            errors.push(format!("Condition 'reason' must be a single, CamelCase word, not {reason}"));
        }
        for key in ["lastHeartbeatTime", "lastTransitionTime"] {
            if let Some(time) = condition[key].as_str()
                && time.parse::<jiff::Timestamp>().is_err()
            {
                errors.push(format!("Condition '{key}' must be a RFC3339 compliant time, not {time}"));
            }
        }
        all.push(condition);
    }
    if errors.is_empty() {
        return Ok(all);
    }
    Err(Failure::new(format!("The specified conditions failed to validate: {}", errors.join("; "))))
}

fn is_camel_case(reason: &str) -> bool {
    reason.starts_with(|c: char| c.is_ascii_alphabetic()) && reason.chars().all(|c| c.is_ascii_alphabetic())
}

/// By type: a condition is replaced as a whole when anything that was given differs, times of transition left aside.
fn merged(existing: &[Json], given: Vec<Json>) -> Vec<Json> {
    let mut all = existing.to_vec();
    for condition in given {
        match all.iter_mut().find(|old| old["type"] == condition["type"]) {
            Some(old) => {
                let differs = condition
                    .as_object()
                    .into_iter()
                    .flatten()
                    .any(|(key, value)| key != "lastTransitionTime" && old.get(key) != Some(value));
                if differs {
                    *old = condition;
                }
            }
            None => all.push(condition),
        }
    }
    all
}

/// Everything of `new` is in `old`; lists may be longer there.
fn is_contained(new: &Json, old: &Json, whole_lists: bool) -> bool {
    match (new, old) {
        (Json::Object(new), Json::Object(old)) => new.iter().all(|(key, value)| match old.get(key) {
            Some(found) => is_contained(value, found, whole_lists),
            None => value.is_null(),
        }),
        (Json::Array(new), Json::Array(old)) if whole_lists => new == old,
        (Json::Array(new), Json::Array(old)) => {
            new.len() <= old.len() && new.iter().zip(old).all(|(n, o)| is_contained(n, o, false))
        }
        _ => new == old,
    }
}

async fn write(
    cx: &TaskContext<'_>,
    cluster: &Cluster,
    options: &Options,
    mut status: Map<String, Json>,
    conditions: Vec<Json>,
) -> Result<Outcome> {
    let (api_version, kind) = (api_version(options), options.text("kind").unwrap_or_default());
    let resource = cluster.resolve(api_version, kind).await.map_err(|error| Failure::new(error.to_string()))?;
    if !resource.has_subresource("status") {
        return Err(Failure::new(format!("Resource {api_version}.{kind} does not support the status subresource")));
    }
    let (name, namespace) = (options.text("name").unwrap_or_default(), options.filled("namespace"));
    let what = "Failed to retrieve requested object";
    let found = cluster.get(&resource, namespace, name).await;
    let live = found
        .map_err(|error| Failure::api_with_status(&format!("{what}: "), &error))?
        .ok_or_else(|| crate::kubernetes::missing(&format!("{what}: "), &resource.plural, name))?;
    if !conditions.is_empty() {
        let existing = live["status"]["conditions"].as_array().cloned().unwrap_or_default();
        status.insert("conditions".into(), merged(&existing, conditions).into());
    }
    let status = Json::Object(status);
    let replace = options.flag("replace", false);
    let as_wanted = match replace {
        true => live["status"] == status,
        false => is_contained(&status, &live["status"], options.flag("replace_lists", false)),
    };
    if as_wanted || status == json!({}) {
        return Ok(done(false, live));
    }
    let write = WriteOptions {
        dry_run: cx.check_mode,
        field_manager: Some(FIELD_MANAGER.into()),
        subresource: Some("status".into()),
        ..WriteOptions::default()
    };
    let sent = if replace {
        let mut object = live;
        object["status"] = status;
        cluster.replace(&resource, namespace, &object, &write).await
    } else {
        cluster.patch(&resource, namespace, name, PatchKind::Merge, &json!({"status": status}), &write).await
    };
    let after = sent.map_err(|error| Failure::api_with_status("Failed to replace status: ", &error))?;
    Ok(done(true, after))
}

fn done(changed: bool, object: Json) -> Outcome {
    outcome(Map::from_iter([("changed".to_owned(), changed.into()), ("result".to_owned(), object)]))
}
