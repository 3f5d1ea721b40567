//! `kubernetes.core.k8s_info`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::hidden::hide;
use super::common::wait::{Target, Wait, Want, wait_for};
use super::common::{API_VERSION, WAIT_OPTIONS, api_version, joined, outcome};
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Spec, options};
use rolewright_cluster::{Cluster, Error, ListOptions, Resource};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Cancel, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sInfo;

const OPTIONS: &[Opt] = &[
    API_VERSION,
    Opt::new("kind", Kind::Str).required(),
    Opt::new("name", Kind::Str),
    Opt::new("namespace", Kind::Str),
    Opt::new("label_selectors", Kind::Texts),
    Opt::new("field_selectors", Kind::Texts),
    Opt::new("hidden_fields", Kind::Texts),
    Opt::new("metadata_only", Kind::Bool),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_info",
    options: options!(OPTIONS, WAIT_OPTIONS, CONNECTION_OPTIONS),
    rules: &[],
};

impl Module for K8sInfo {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &[
            "k8s_info",
            "k8s_facts",
            "community.kubernetes.k8s_info",
            "community.kubernetes.k8s_facts",
            "community.okd.k8s_info",
            "redhat.openshift.k8s_info",
        ]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let wait = Wait::read(&options, false, 120).map_err(Failure::new)?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(gather(&cluster, &options, wait.as_ref(), cx.cancel))
}

async fn gather(cluster: &Cluster, options: &Options, wait: Option<&Wait>, cancel: &Cancel) -> Result<Outcome> {
    let kind = options.text("kind").unwrap_or_default();
    let resource = match cluster.resolve(api_version(options), kind).await {
        Ok(resource) => resource,
        Err(Error::UnknownKind(_)) => return Ok(unknown(options, kind)),
        Err(error) => return Err(Failure::api("", &error)),
    };
    let query = Query {
        cluster,
        resource: &resource,
        name: options.filled("name"),
        namespace: options.filled("namespace"),
        list: ListOptions {
            label_selector: joined(&options.texts("label_selectors")),
            field_selector: joined(&options.texts("field_selectors")),
            metadata_only: options.flag("metadata_only", false),
        },
    };
    let mut objects = query.read().await.map_err(|error| query.failed(&error, options))?;
    if let Some(wait) = wait {
        objects = query.wait(wait, objects, cancel).await?;
    }
    let hidden = options.texts("hidden_fields");
    for object in &mut objects {
        hide(object, &hidden);
    }
    Ok(found(objects, None))
}

fn found(objects: Vec<Json>, message: Option<String>) -> Outcome {
    let mut map = Map::new();
    map.insert("changed".into(), false.into());
    map.insert("api_found".into(), message.is_none().into());
    map.insert("resources".into(), objects.into());
    if let Some(message) = message {
        map.insert("msg".into(), message.into());
    }
    outcome(map)
}

fn unknown(options: &Options, kind: &str) -> Outcome {
    let message =
        format!("Failed to find API for resource with apiVersion \"{}\" and kind \"{kind}\"", api_version(options));
    found(Vec::new(), Some(message))
}

struct Query<'a> {
    cluster: &'a Cluster,
    resource: &'a Resource,
    name: Option<&'a str>,
    namespace: Option<&'a str>,
    list: ListOptions,
}

impl Query<'_> {
    /// What is not there, and requests the server finds malformed, give nothing.
    async fn read(&self) -> Result<Vec<Json>, Error> {
        let read = match self.name {
            Some(name) => {
                let one = self.cluster.get_as(self.resource, self.namespace, name, self.list.metadata_only).await;
                one.map(|object| object.into_iter().collect())
            }
            None => self.cluster.list(self.resource, self.namespace, &self.list).await.map(|list| list.items),
        };
        match read {
            Err(error) if matches!(error.code(), Some(400 | 404)) => Ok(Vec::new()),
            other => other,
        }
    }

    /// First until something is there (nothing in time is no failure), then until all of it is ready.
    async fn wait(&self, wait: &Wait, objects: Vec<Json>, cancel: &Cancel) -> Result<Vec<Json>> {
        let target = Target {
            cluster: self.cluster,
            resource: self.resource,
            namespace: self.namespace,
            name: self.name,
            label_selector: self.list.label_selector.clone(),
            field_selector: self.list.field_selector.clone(),
        };
        let there = wait_for(&target, wait, Want::Present, Some(&objects), cancel).await;
        if !there.done {
            return Ok(Vec::new());
        }
        let ready = wait_for(&target, wait, Want::Ready, Some(&there.objects), cancel).await;
        if !ready.done {
            return Err(Failure::new(format!(
                "Failed to gather information about {}(s) even after waiting for {} seconds",
                self.resource.gvk.kind, ready.duration
            )));
        }
        Ok(ready.objects)
    }

    fn failed(&self, error: &Error, options: &Options) -> Box<Failure> {
        let list = |name: &str| json!(options.texts(name)).to_string().replace('"', "'");
        let shown = |text: Option<&str>| text.unwrap_or("None").to_owned();
        let mut failure = Failure::api("", error);
        failure.msg = format!(
            "Exception '{}' raised while trying to get resource using (name={}, namespace={}, label_selectors={}, \
             field_selectors={})",
            failure.msg,
            shown(self.name),
            shown(self.namespace),
            list("label_selectors"),
            list("field_selectors")
        );
        failure
    }
}
