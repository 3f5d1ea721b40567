//! `kubernetes.core.k8s_rollback`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Options, Spec, options};
use super::common::{FIELD_MANAGER, NAME_OPTIONS, api_version, at, joined, outcome, text_at};
use rolewright_cluster::{Cluster, ListOptions, PatchKind, Resource, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sRollback;

const OPTIONS: &[Opt] = &[Opt::new("label_selectors", Kind::Texts), Opt::new("field_selectors", Kind::Texts)];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_rollback",
    options: options!(NAME_OPTIONS, OPTIONS, CONNECTION_OPTIONS),
    rules: &[],
};

const REVISION: &str = "deployment.kubernetes.io/revision";

impl Module for K8sRollback {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_rollback", "community.kubernetes.k8s_rollback"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let kind = options.text("kind").unwrap_or_default();
    if !matches!(kind, "Deployment" | "DaemonSet") {
        return Err(Failure::new(format!("Cannot perform rollback on resource of kind {kind}")));
    }
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(async {
        let version = api_version(&options);
        let resource = cluster.resolve(version, kind).await.map_err(|error| Failure::new(error.to_string()))?;
        let back = Rollback { cluster: &cluster, resource: &resource, check_mode: cx.check_mode };
        back.run(&options).await
    })
}

struct Rollback<'a> {
    cluster: &'a Cluster,
    resource: &'a Resource,
    check_mode: bool,
}

impl Rollback<'_> {
    async fn run(&self, options: &Options) -> Result<Outcome> {
        let namespace = options.filled("namespace");
        let fail = |error| Failure::api("Failed to retrieve requested object: ", &error);
        let objects = match options.filled("name") {
            Some(name) => self.cluster.get(self.resource, namespace, name).await.map_err(fail)?.into_iter().collect(),
            None => {
                let list = ListOptions {
                    label_selector: joined(&options.texts("label_selectors")),
                    field_selector: joined(&options.texts("field_selectors")),
                    metadata_only: false,
                };
                self.cluster.list(self.resource, namespace, &list).await.map_err(fail)?.items
            }
        };
        let mut map = Map::new();
        let (mut info, mut warnings, mut changed) = (Vec::new(), Vec::new(), false);
        for object in objects {
            match self.one(&object).await? {
                Some(item) => {
                    changed = true;
                    info.push(item);
                }
                None => {
                    let kind = &self.resource.gvk.kind;
                    warnings.push(format!(
                        "No rollout history found for resource {kind}/{}",
                        text_at(&object, &["metadata", "name"])
                    ));
                    info.push(json!({"changed": false}));
                }
            }
        }
        map.insert("changed".into(), changed.into());
        map.insert("rollback_info".into(), info.into());
        super::act::add_warnings(&mut map, warnings);
        Ok(outcome(map))
    }

    /// None when there is nothing to go back to.
    async fn one(&self, object: &Json) -> Result<Option<Json>> {
        let patch = if self.resource.gvk.kind == "Deployment" {
            self.deployment_patch(object).await?
        } else {
            self.daemon_set_patch(object).await?
        };
        let Some((kind, body)) = patch else { return Ok(None) };
        let after = if self.check_mode {
            object.clone()
        } else {
            let write = WriteOptions { field_manager: Some(FIELD_MANAGER.into()), ..WriteOptions::default() };
            let name = text_at(object, &["metadata", "name"]);
            let namespace = object["metadata"]["namespace"].as_str();
            let sent = self.cluster.patch(self.resource, namespace, name, kind, &body, &write).await;
            sent.map_err(|error| Failure::api("Failed to patch object: ", &error))?
        };
        Ok(Some(json!({"changed": true, "method": "patch", "body": body, "resources": after})))
    }

    /// The template of the ReplicaSet one revision back. Only ReplicaSets of this Deployment count, and its annotations
    /// stay, both unlike the reference.
    async fn deployment_patch(&self, object: &Json) -> Result<Option<(PatchKind, Json)>> {
        let current = annotation(object, REVISION).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        let history = self.history(object, "apps/v1", "ReplicaSet").await?;
        let previous = history.into_iter().find(|set| number(annotation(set, REVISION)) == Some(current - 1));
        let Some(previous) = previous else { return Ok(None) };
        let mut template = at(&previous, &["spec", "template"]).clone();
        if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
            labels.shift_remove("pod-template-hash");
        }
        Ok(Some((PatchKind::Json, json!([{"op": "replace", "path": "/spec/template", "value": template}]))))
    }

    async fn daemon_set_patch(&self, object: &Json) -> Result<Option<(PatchKind, Json)>> {
        let history = self.history(object, "apps/v1", "ControllerRevision").await?;
        let revision = |entry: &Json| entry["revision"].as_i64().unwrap_or(0);
        let mut ordered = history;
        ordered.sort_by_key(|entry| std::cmp::Reverse(revision(entry)));
        let previous = ordered.into_iter().nth(1);
        Ok(previous.map(|entry| (PatchKind::Strategic, entry["data"].clone())))
    }

    async fn history(&self, object: &Json, api_version: &str, kind: &str) -> Result<Vec<Json>> {
        let fail = |error| Failure::api("Failed to retrieve requested object: ", &error);
        let resource = self.cluster.resolve(api_version, kind).await.map_err(fail)?;
        let namespace = object["metadata"]["namespace"].as_str();
        let list = self.cluster.list(&resource, namespace, &ListOptions::default()).await.map_err(fail)?;
        let uid = &object["metadata"]["uid"];
        let is_own = |entry: &Json| {
            let owners = at(entry, &["metadata", "ownerReferences"]).as_array();
            owners.into_iter().flatten().any(|owner| owner["uid"] == *uid)
        };
        Ok(list.items.into_iter().filter(is_own).collect())
    }
}

fn annotation<'a>(object: &'a Json, name: &str) -> Option<&'a str> {
    at(object, &["metadata", "annotations"])[name].as_str()
}

fn number(text: Option<&str>) -> Option<i64> {
    text.and_then(|text| text.parse().ok())
}
