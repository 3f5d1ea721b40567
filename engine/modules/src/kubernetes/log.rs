//! `kubernetes.core.k8s_log`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result, body};
use super::common::options::{self, Kind, Opt, Options, Rule, Spec, options};
use super::common::{API_VERSION, api_version, at, joined, outcome};
use rolewright_cluster::{Cluster, ListOptions, Resource};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json};

pub(crate) struct K8sLog;

const OPTIONS: &[Opt] = &[
    API_VERSION,
    Opt::new("kind", Kind::Str),
    Opt::new("name", Kind::Str),
    Opt::new("namespace", Kind::Str),
    Opt::new("label_selectors", Kind::Texts),
    Opt::new("container", Kind::Str),
    Opt::new("all_containers", Kind::Bool),
    Opt::new("since_seconds", Kind::Str),
    Opt::new("previous", Kind::Bool),
    Opt::new("tail_lines", Kind::Int),
];

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_log",
    options: options!(OPTIONS, CONNECTION_OPTIONS),
    rules: &[Rule::Exclusive(&["container", "all_containers"])],
};

impl Module for K8sLog {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_log", "community.kubernetes.k8s_log"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    if options.filled("name").is_some() && !options.texts("label_selectors").is_empty() {
        return Err(Failure::new("Only one of name or label_selectors can be provided"));
    }
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    let log = cluster.block_on(read(&cluster, &options))?;
    let lines: Vec<Json> = log.split('\n').map(Json::from).collect();
    Ok(outcome(Map::from_iter([
        ("changed".to_owned(), false.into()),
        ("log".to_owned(), log.into()),
        ("log_lines".to_owned(), lines.into()),
    ])))
}

async fn read(cluster: &Cluster, options: &Options) -> Result<String> {
    let fail = |error: rolewright_cluster::Error| Failure::new(error.to_string());
    let kind = options.filled("kind").unwrap_or("Pod");
    let resource = cluster.resolve(api_version(options), kind).await.map_err(fail)?;
    let pods = cluster.resolve("v1", "Pod").await.map_err(fail)?;
    let namespace = options.filled("namespace");
    let name = pod_name(cluster, options, &resource, &pods).await?;
    let place = namespace.ok_or_else(|| Failure::new("namespace must be provided to read the log of a Pod"))?;
    let containers: Vec<Option<String>> = if options.flag("all_containers", false) {
        let pod = cluster.get(&pods, namespace, &name).await.map_err(fail)?;
        let pod = pod.ok_or_else(|| Failure::new(format!("Pod {place}/{name} not found.")))?;
        let statuses = at(&pod, &["status", "containerStatuses"]).as_array().cloned().unwrap_or_default();
        statuses.iter().filter_map(|status| status["name"].as_str().map(str::to_owned)).map(Some).collect()
    } else {
        vec![options.filled("container").map(str::to_owned)]
    };
    let mut log = String::new();
    for container in containers {
        log.push_str(&read_one(cluster, options, place, &name, container.as_deref()).await?);
    }
    Ok(log)
}

async fn read_one(
    cluster: &Cluster,
    options: &Options,
    namespace: &str,
    name: &str,
    container: Option<&str>,
) -> Result<String> {
    let seconds = match options.filled("since_seconds") {
        Some(text) => Some(
            text.trim()
                .parse::<u64>()
                .map_err(|_| Failure::new(format!("since_seconds takes a number of seconds, not {text}")))?,
        ),
        None => None,
    };
    let log = cluster
        .log(namespace, name, container, seconds, options.flag("previous", false), options.int("tail_lines"))
        .await;
    log.map_err(|error| {
        if error.is_not_found() {
            return Failure::new(format!("Pod {namespace}/{name} not found."));
        }
        Failure::new(format!("Unable to retrieve log from Pod due to: {}", body(&error)))
    })
}

/// The pod that is named, or the first one of what is named.
async fn pod_name(cluster: &Cluster, options: &Options, resource: &Resource, pods: &Resource) -> Result<String> {
    let namespace = options.filled("namespace");
    let name = options.filled("name");
    let selectors = options.texts("label_selectors");
    if resource.has_subresource("log") {
        if let Some(name) = name {
            return Ok(name.to_owned());
        }
        return match joined(&selectors) {
            Some(selector) => first_pod(cluster, pods, namespace, selector).await,
            None => Err(Failure::new("name must be provided for resources that do not support namespaced base url")),
        };
    }
    if let Some(selector) = joined(&selectors) {
        return first_pod(cluster, pods, namespace, selector).await;
    }
    let name = name
        .ok_or_else(|| Failure::new("name must be provided for resources that do not support the log subresource"))?;
    let fail = |error| Failure::api("Failed to retrieve requested object: ", &error);
    let object = cluster.get(resource, namespace, name).await.map_err(fail)?;
    let object = object.ok_or_else(|| {
        Failure::new(format!("{} {}/{name} not found.", resource.gvk.kind, namespace.unwrap_or_default()))
    })?;
    first_pod(cluster, pods, namespace, selector_of(&object)).await
}

async fn first_pod(cluster: &Cluster, pods: &Resource, namespace: Option<&str>, selector: String) -> Result<String> {
    let list = ListOptions { label_selector: Some(selector.clone()), ..ListOptions::default() };
    let found = cluster.list(pods, namespace, &list).await;
    let found = found.map_err(|error| Failure::api("Failed to retrieve requested object: ", &error))?;
    let first = found.items.first().and_then(|pod| pod["metadata"]["name"].as_str()).map(str::to_owned);
    first.ok_or_else(|| {
        Failure::new(format!("No pods in namespace {} matched selector {selector}", namespace.unwrap_or("None")))
    })
}

/// `spec.selector` as text: labels and expressions, or a plain map.
fn selector_of(object: &Json) -> String {
    let selector = at(object, &["spec", "selector"]);
    let labels = selector.get("matchLabels").or_else(|| selector.get("matchExpressions").is_none().then_some(selector));
    let mut parts: Vec<String> = labels
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    for rule in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = rule["key"].as_str().unwrap_or_default();
        let values: Vec<&str> = rule["values"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        match rule["operator"].as_str() {
            Some("Exists") => parts.push(key.to_owned()),
            Some("DoesNotExist") => parts.push(format!("!{key}")),
            Some("In") => parts.push(format!("{key} in ({})", values.join(","))),
            Some("NotIn") => parts.push(format!("{key} notin ({})", values.join(","))),
            _ => {}
        }
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors() {
        let rows = [
            (json!({"matchLabels": {"a": "b", "c": "d"}}), "a=b,c=d"),
            (json!({"a": "b"}), "a=b"),
            (
                json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y"]},
                                         {"key": "b", "operator": "DoesNotExist"}]}),
                "a in (x,y),!b",
            ),
        ];
        for (selector, wanted) in rows {
            assert_eq!(selector_of(&json!({"spec": {"selector": selector}})), wanted);
        }
    }
}
