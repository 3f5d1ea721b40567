//! `kubernetes.core.k8s_service`
use super::act::{Actor, Plan, State};
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Options, Rule, Spec, options};
use super::common::{definitions, outcome};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sService;

const OPTIONS: &[Opt] = &[
    Opt::new("resource_definition", Kind::Raw).aliases(&["definition", "inline"]),
    Opt::new("src", Kind::Str),
    Opt::new("name", Kind::Str).required(),
    Opt::new("namespace", Kind::Str).required(),
    Opt::new("type", Kind::Str).choices(&["NodePort", "ClusterIP", "LoadBalancer", "ExternalName"]),
    Opt::new("ports", Kind::Dicts),
    Opt::new("selector", Kind::Dict),
    Opt::new("state", Kind::Str).choices(&["present", "absent"]),
    Opt::new("force", Kind::Bool),
    Opt::new("apply", Kind::Bool),
    Opt::new("merge_type", Kind::Texts).choices(&["json", "merge", "strategic-merge"]),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_service",
    options: options!(OPTIONS, CONNECTION_OPTIONS),
    rules: &[Rule::Exclusive(&["merge_type", "apply"])],
};

impl Module for K8sService {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_service", "community.kubernetes.k8s_service"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let definition = definitions::load(cx, &options).map_err(Failure::new)?.into_iter().next();
    let definition = service(definition.unwrap_or_default(), &options);
    let plan = Plan {
        state: if options.text("state") == Some("absent") { State::Absent } else { State::Present },
        apply: options.flag("apply", false),
        force: options.flag("force", false),
        merge_types: options.texts("merge_type").iter().map(|kind| super::k8s::patch_kind(kind)).collect(),
        check_mode: cx.check_mode,
        diff: cx.diff,
        ..Plan::default()
    };
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?.hearing_warnings();
    let actor = Actor { cluster: &cluster, plan: &plan, cancel: cx.cancel };
    cluster.block_on(async {
        let subject = actor.subject(definition).await?;
        let existing = actor.existing(&subject).await?;
        Ok(outcome(actor.act(&subject, existing).await?.item))
    })
}

/// Options win over the definition. Fields that neither gives are left out, where the reference sends nulls, which
/// empty the selector of a Service whose ports are changed.
fn service(definition: Json, options: &Options) -> Json {
    let mut spec: Map<String, Json> = definition["spec"].as_object().cloned().unwrap_or_default();
    for key in ["type", "ports", "selector"] {
        if let Some(value) = options.get(key).filter(|value| !is_empty(value)) {
            spec.insert(key.into(), value.clone());
        }
    }
    let mut metadata: Map<String, Json> = definition["metadata"].as_object().cloned().unwrap_or_default();
    for key in ["name", "namespace"] {
        if let Some(value) = options.filled(key) {
            metadata.insert(key.into(), value.into());
        }
    }
    json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
}

fn is_empty(value: &Json) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(Map::is_empty)
        || value.as_str().is_some_and(str::is_empty)
}
