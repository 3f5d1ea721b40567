//! `kubernetes.core.k8s_scale`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::difference;
use super::common::failure::{Failure, Result};
use super::common::wait::{Target, Wait, Want, wait_for};
use super::common::{FIELD_MANAGER, NAME_OPTIONS, at, definitions, joined, outcome};
use super::json_patch::missing;
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Rule, Spec, options};
use rolewright_cluster::{Cluster, ListOptions, PatchKind, Resource, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sScale;

const OPTIONS: &[Opt] = &[
    Opt::new("replicas", Kind::Int).required(),
    Opt::new("current_replicas", Kind::Int),
    Opt::new("resource_version", Kind::Str),
    Opt::new("resource_definition", Kind::Raw).aliases(&["definition", "inline"]),
    Opt::new("src", Kind::Str),
    Opt::new("label_selectors", Kind::Texts),
    Opt::new("continue_on_error", Kind::Bool),
    Opt::new("wait", Kind::Bool),
    Opt::new("wait_timeout", Kind::Int),
    Opt::new("wait_sleep", Kind::Int),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_scale",
    options: options!(OPTIONS, NAME_OPTIONS, CONNECTION_OPTIONS),
    rules: &[Rule::Exclusive(&["resource_definition", "src"])],
};

impl Module for K8sScale {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_scale", "community.kubernetes.k8s_scale", "community.okd.k8s_scale"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let definition = definitions::load(cx, &options).map_err(Failure::new)?.into_iter().next();
    let definition = definition.ok_or_else(|| Failure::new("there is nothing to scale: the definition is empty"))?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    let wait = Wait::read(&options, true, 20).map_err(Failure::new)?;
    cluster.block_on(async {
        let text = |key: &str| definition[key].as_str().unwrap_or_default();
        let resource =
            cluster.resolve(text("apiVersion"), text("kind")).await.map_err(|error| Failure::new(error.to_string()))?;
        let scaling = Scaling {
            cx,
            cluster: &cluster,
            resource: &resource,
            namespace: definition["metadata"]["namespace"].as_str(),
            replicas: options.int("replicas").unwrap_or_default(),
            wait: wait.as_ref(),
            options: &options,
        };
        scaling.run(definition["metadata"]["name"].as_str()).await
    })
}

struct Scaling<'a> {
    cx: &'a TaskContext<'a>,
    cluster: &'a Cluster,
    resource: &'a Resource,
    namespace: Option<&'a str>,
    replicas: i64,
    wait: Option<&'a Wait>,
    options: &'a Options,
}

impl Scaling<'_> {
    async fn run(&self, name: Option<&str>) -> Result<Outcome> {
        let objects = self.objects(name).await?;
        let single = objects.len() <= 1;
        let mut results = Vec::new();
        let mut errors = Vec::new();
        for object in objects {
            match self.one(object).await {
                Ok(item) => results.push(item),
                Err(failure) if self.options.flag("continue_on_error", false) => errors.push(failure.msg),
                Err(failure) => return Err(failure),
            }
        }
        let changed = results.iter().any(|item| item["changed"] == true);
        let mut map = Map::new();
        if single && errors.is_empty() {
            map = results.pop().unwrap_or_else(|| Map::from_iter([("result".to_owned(), json!({}))]));
        } else {
            let shown: Vec<Json> = results.iter().map(|item| item["result"].clone()).collect();
            let warnings = results.iter().filter_map(|item| item.get("warnings")?.as_array().cloned()).flatten();
            map.insert("warnings".into(), warnings.collect());
            map.insert("results".into(), shown.into());
        }
        map.insert("changed".into(), changed.into());
        if !errors.is_empty() {
            map.insert("errors".into(), errors.into());
        }
        Ok(outcome(map))
    }

    async fn objects(&self, name: Option<&str>) -> Result<Vec<Json>> {
        let what = "Failed to retrieve requested object: ";
        let fail = |error| Failure::api(what, &error);
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            let found = self.cluster.get(self.resource, self.namespace, name).await.map_err(fail)?;
            return found.map(|object| vec![object]).ok_or_else(|| missing(what, &self.resource.plural, name));
        }
        let list =
            ListOptions { label_selector: joined(&self.options.texts("label_selectors")), ..ListOptions::default() };
        Ok(self.cluster.list(self.resource, self.namespace, &list).await.map_err(fail)?.items)
    }

    async fn one(&self, object: Json) -> Result<Map<String, Json>> {
        let kind = &self.resource.gvk.kind;
        let field = if kind == "Job" { "parallelism" } else { "replicas" };
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let Some(current) = at(&object, &["spec", field]).as_i64() else {
            let place = self.namespace.unwrap_or("None");
            return Err(Failure::new(format!(
                "Failed to retrieve the available count for object kind={kind} name={name} namespace={place}."
            )));
        };
        if let Some(warning) = self.mismatch(&object, current) {
            return Ok(Map::from_iter([
                ("changed".to_owned(), false.into()),
                ("result".to_owned(), json!({})),
                ("warnings".to_owned(), json!([warning])),
            ]));
        }
        let mut map = Map::new();
        let mut after = object.clone();
        if current == self.replicas {
            map.insert("changed".into(), false.into());
        } else if self.cx.check_mode {
            after["spec"][field] = self.replicas.into();
            map.insert("changed".into(), true.into());
            if self.wait.is_some() {
                map.insert("duration".into(), 0.into());
            }
        } else {
            after = self.scale(&object, &name, field, &mut map).await?;
        }
        if self.cx.diff {
            map.insert("diff".into(), difference::change(&object, &after, &[]).diff);
        }
        map.insert("result".into(), after);
        Ok(map)
    }

    fn mismatch(&self, object: &Json, current: i64) -> Option<String> {
        let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if let Some(wanted) = self.options.filled("resource_version").filter(|wanted| *wanted != version) {
            return Some(format!("expected resource version {wanted} does not match with actual {version} for object"));
        }
        let wanted = self.options.int("current_replicas").filter(|wanted| *wanted != current)?;
        Some(format!("current replicas {wanted} does not match with actual {current} for object"))
    }

    async fn scale(&self, object: &Json, name: &str, field: &str, map: &mut Map<String, Json>) -> Result<Json> {
        let kind = &self.resource.gvk.kind;
        let namespace = object["metadata"]["namespace"].as_str().or(self.namespace);
        let mut write = WriteOptions { field_manager: Some(FIELD_MANAGER.into()), ..WriteOptions::default() };
        let patch_kind = if field == "parallelism" { PatchKind::Strategic } else { PatchKind::Merge };
        if field == "replicas" {
            if !self.resource.has_subresource("scale") {
                return Err(Failure::new(format!("Cannot perform scale on resource of kind {kind}")));
            }
            write.subresource = Some("scale".into());
        }
        let patch = json!({"spec": {field: self.replicas}});
        let sent = self.cluster.patch(self.resource, namespace, name, patch_kind, &patch, &write).await;
        sent.map_err(|error| Failure::api("Scale request failed: ", &error))?;
        let fail = |error| Failure::api("Failed to retrieve requested object: ", &error);
        let mut after = self.cluster.get(self.resource, namespace, name).await.map_err(fail)?.unwrap_or_default();
        map.insert("changed".into(), difference::change(object, &after, &[]).changed.into());
        if let Some(wait) = self.wait {
            let target = Target {
                cluster: self.cluster,
                resource: self.resource,
                namespace,
                name: Some(name),
                label_selector: None,
                field_selector: None,
            };
            let waited = wait_for(&target, wait, Want::Ready, Some(std::slice::from_ref(&after)), self.cx.cancel).await;
            map.insert("duration".into(), waited.duration.into());
            if !waited.done {
                return Err(Failure::new("Resource scaling timed out"));
            }
            after = waited.object().cloned().unwrap_or(after);
        }
        Ok(after)
    }
}
