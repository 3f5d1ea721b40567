//! `kubernetes.core.k8s`
use super::act::{Actor, Existing, Plan, State, Subject, add_warnings};
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::wait::Wait;
use super::common::{NAME_OPTIONS, WAIT_OPTIONS, definitions, joined, outcome, template};
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Rule, Spec, options};
use futures::StreamExt;
use rolewright_cluster::{Cluster, DeleteOptions, ListOptions, PatchKind};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

pub(crate) struct K8s;

const OPTIONS: &[Opt] = &[
    Opt::new("resource_definition", Kind::Raw).aliases(&["definition", "inline"]),
    Opt::new("src", Kind::Str),
    Opt::new("template", Kind::Raw),
    Opt::new("state", Kind::Str).choices(&["present", "absent", "patched"]),
    Opt::new("force", Kind::Bool),
    Opt::new("merge_type", Kind::Texts).choices(&["merge", "strategic-merge"]),
    Opt::new("apply", Kind::Bool),
    Opt::new("server_side_apply", Kind::Dict),
    Opt::new("append_hash", Kind::Bool),
    Opt::new("generate_name", Kind::Str),
    Opt::new("label_selectors", Kind::Texts),
    Opt::new("delete_all", Kind::Bool).aliases(&["all"]),
    Opt::new("delete_options", Kind::Dict),
    Opt::new("validate", Kind::Dict),
    Opt::new("continue_on_error", Kind::Bool),
    Opt::new("hidden_fields", Kind::Texts),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s",
    options: options!(OPTIONS, NAME_OPTIONS, WAIT_OPTIONS, CONNECTION_OPTIONS),
    rules: &[
        Rule::Exclusive(&["resource_definition", "src"]),
        Rule::Exclusive(&["merge_type", "apply"]),
        Rule::Exclusive(&["template", "resource_definition"]),
        Rule::Exclusive(&["template", "src"]),
        Rule::Exclusive(&["name", "generate_name"]),
    ],
};

impl Module for K8s {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s", "community.kubernetes.k8s", "community.okd.k8s", "redhat.openshift.k8s", "k8s_raw", "openshift_raw"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let plan = plan(&options, cx.check_mode, cx.diff).map_err(Failure::new)?;
    let definitions = match options.get("template") {
        Some(option) => {
            let raw = template::render(cx, option).map_err(Failure::new)?;
            if raw.is_empty() {
                return Ok(Outcome::ok(false));
            }
            definitions::complete(raw, &options)
        }
        None => definitions::load(cx, &options),
    };
    let definitions = definitions.map_err(Failure::new)?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?.hearing_warnings();
    let actor = Actor { cluster: &cluster, plan: &plan, cancel: cx.cancel };
    cluster.block_on(async {
        let definitions = match options.flag("delete_all", false) {
            true => all_of_kind(&cluster, &options, &plan).await?,
            false => definitions,
        };
        let task = Task {
            actor,
            validate: options.get("validate").map(super::validate::Validate::read).transpose().map_err(Failure::new)?,
            go_on: options.flag("continue_on_error", false),
        };
        task.run(definitions).await
    })
}

/// The options that are the same for every definition.
pub(crate) fn plan(options: &Options, check_mode: bool, diff: bool) -> Result<Plan, String> {
    let state = match options.text("state") {
        Some("absent") => State::Absent,
        Some("patched") => State::Patched,
        _ => State::Present,
    };
    let apply = options.flag("apply", false);
    let server_side = match options.get("server_side_apply") {
        None => None,
        Some(_) if !options.has("apply") => {
            return Err("missing parameter(s) required by 'server_side_apply': apply".into());
        }
        Some(map) => {
            let manager = map["field_manager"].as_str().filter(|manager| !manager.is_empty());
            let manager = manager.ok_or("missing required arguments: field_manager found in server_side_apply")?;
            Some((manager.to_owned(), map["force_conflicts"].as_bool().unwrap_or(false)))
        }
    };
    let merge_types = options.texts("merge_type");
    Ok(Plan {
        state,
        apply,
        server_side: server_side.filter(|_| apply),
        force: options.flag("force", false),
        merge_types: merge_types.iter().map(|kind| patch_kind(kind)).collect(),
        label_selectors: options.texts("label_selectors"),
        delete: delete_options(options.get("delete_options"))?,
        append_hash: options.flag("append_hash", false),
        hidden: options.texts("hidden_fields"),
        wait: Wait::read(options, false, 120)?,
        check_mode,
        diff,
    })
}

pub(crate) fn patch_kind(name: &str) -> PatchKind {
    match name {
        "merge" => PatchKind::Merge,
        "json" => PatchKind::Json,
        _ => PatchKind::Strategic,
    }
}

fn delete_options(option: Option<&Json>) -> Result<DeleteOptions, String> {
    let Some(option) = option else { return Ok(DeleteOptions::default()) };
    let text = |value: &Json| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let policy = text(&option["propagationPolicy"]);
    if let Some(policy) = &policy
        && !["Foreground", "Background", "Orphan"].contains(&policy.as_str())
    {
        return Err(format!(
            "value of propagationPolicy must be one of: Foreground, Background, Orphan, got: {policy} found in delete_options"
        ));
    }
    let grace = &option["gracePeriodSeconds"];
    Ok(DeleteOptions {
        propagation: policy,
        grace_period_seconds: grace.as_i64().or_else(|| grace.as_str()?.trim().parse().ok()),
        precondition_uid: text(&option["preconditions"]["uid"]),
        precondition_resource_version: text(&option["preconditions"]["resourceVersion"]),
        dry_run: false,
    })
}

/// `delete_all`: every object of the kind, as definitions.
async fn all_of_kind(cluster: &Cluster, options: &Options, plan: &Plan) -> Result<Vec<Json>> {
    let alone = plan.state == State::Absent
        && ["name", "resource_definition", "src", "template"].iter().all(|name| !options.has(name));
    if !alone {
        return Err(Failure::new("delete_all works with state absent, without name, resource_definition and src"));
    }
    let kind = options
        .filled("kind")
        .ok_or_else(|| Failure::new("'kind' option is required to specify the resource type."))?;
    let fail = |error| Failure::api("Failed to retrieve requested object: ", &error);
    let resource = cluster
        .resolve(super::common::api_version(options), kind)
        .await
        .map_err(|error| Failure::new(error.to_string()))?;
    let list = ListOptions { label_selector: joined(&plan.label_selectors), ..ListOptions::default() };
    let namespace = options.filled("namespace");
    // Deleting in every namespace is never meant by leaving one out.
    if resource.namespaced && namespace.is_none() {
        return Ok(Vec::new());
    }
    let found = cluster.list(&resource, namespace, &list).await.map_err(fail)?;
    let definition = |object: Json| {
        json!({"apiVersion": resource.gvk.api_version(), "kind": resource.gvk.kind,
               "metadata": {"name": object["metadata"]["name"], "namespace": object["metadata"]["namespace"]}})
    };
    Ok(found.items.into_iter().map(definition).collect())
}

struct Task<'a> {
    actor: Actor<'a>,
    validate: Option<super::validate::Validate>,
    go_on: bool,
}

/// Reads that run at once.
const AT_ONCE: usize = 8;

impl Task<'_> {
    async fn run(&self, definitions: Vec<Json>) -> Result<Outcome> {
        let validated = match &self.validate {
            Some(validate) => validate.check(self.actor.cluster, &definitions).await?,
            None => vec![Vec::new(); definitions.len()],
        };
        let mut items: Vec<Map<String, Json>> = Vec::with_capacity(definitions.len());
        let mut read = self.read_ahead(&definitions).await;
        let mut wrote = false;
        for (index, definition) in definitions.into_iter().enumerate() {
            if self.actor.cancel.is_cancelled() {
                return Err(Failure::new("the run was cancelled"));
            }
            // What was read ahead holds as long as nothing was written.
            let known = read[index].take().filter(|_| !wrote);
            match self.one(definition, known).await {
                Ok((mut item, wrote_now)) => {
                    add_warnings(&mut item, validated[index].clone());
                    wrote |= wrote_now;
                    items.push(item);
                }
                Err(failure) if self.go_on => {
                    wrote = true;
                    let mut error = failure.more;
                    error.insert("msg".into(), failure.msg.into());
                    items.push(Map::from_iter([
                        ("changed".to_owned(), false.into()),
                        ("result".to_owned(), json!({})),
                        ("error".to_owned(), error.into()),
                    ]));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(result(items))
    }

    async fn one(&self, definition: Json, known: Option<(Subject, Existing)>) -> Result<(Map<String, Json>, bool)> {
        let (subject, existing) = match known {
            Some(known) => known,
            None => {
                let subject = self.actor.subject(definition).await?;
                let existing = self.actor.existing(&subject).await?;
                (subject, existing)
            }
        };
        let done = self.actor.act(&subject, existing).await?;
        Ok((done.item, done.wrote))
    }

    /// Several definitions are read at once. Failures are left to the turn of the definition; of objects that are
    /// named twice, only the first is read ahead.
    async fn read_ahead(&self, definitions: &[Json]) -> Vec<Option<(Subject, Existing)>> {
        if definitions.len() < 2 {
            return definitions.iter().map(|_| None).collect();
        }
        let mut seen = HashSet::new();
        let firsts: Vec<bool> = definitions
            .iter()
            .map(|d| {
                seen.insert((
                    d["kind"].to_string(),
                    d["metadata"]["namespace"].to_string(),
                    d["metadata"]["name"].to_string(),
                ))
            })
            .collect();
        let reads = definitions.iter().zip(firsts).map(|(definition, first)| async move {
            if !first {
                return None;
            }
            let subject = self.actor.subject(definition.clone()).await.ok()?;
            let existing = self.actor.existing(&subject).await.ok()?;
            Some((subject, existing))
        });
        futures::stream::iter(reads).buffered(AT_ONCE).collect().await
    }
}

/// One definition stands alone; any other number comes as a list.
fn result(mut items: Vec<Map<String, Json>>) -> Outcome {
    if items.len() == 1
        && let Some(item) = items.pop()
    {
        return outcome(item);
    }
    let changed = items.iter().any(|item| item["changed"] == true);
    outcome(Map::from_iter([("changed".to_owned(), changed.into()), ("result".to_owned(), json!({"results": items}))]))
}
