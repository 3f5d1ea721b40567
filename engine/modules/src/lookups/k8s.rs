//! `kubernetes.core.k8s`: objects of a cluster.
use super::Named;
use crate::kubernetes::common::connection::{self, CONNECTION_OPTIONS};
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Spec, options};
use crate::kubernetes::common::yaml;
use rolewright_cluster::{Cluster, Error as ClusterError, ListOptions};
use rolewright_run::{Args, Surroundings};
use rolewright_template::{Context, Error, Result, Value};
use serde_json::{Value as Json, json};

const OPTIONS: &[Opt] = &[
    Opt::new("kind", Kind::Str),
    Opt::new("api_version", Kind::Str),
    Opt::new("resource_name", Kind::Str),
    Opt::new("namespace", Kind::Str),
    Opt::new("label_selector", Kind::Str),
    Opt::new("field_selector", Kind::Str),
    Opt::new("resource_definition", Kind::Dict),
    Opt::new("src", Kind::Str),
    Opt::new("cluster_info", Kind::Str).choices(&["version", "api_groups"]),
];

const SPEC: Spec = Spec { module: "kubernetes.core.k8s", options: options!(OPTIONS, CONNECTION_OPTIONS), rules: &[] };

/// What every lookup takes and the caller has seen to.
const COMMON: [&str; 2] = ["wantlist", "errors"];

/// Terms say nothing here; everything is an option.
pub(super) fn k8s(cx: &Context<'_>, _terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let own = options.iter().filter(|(name, _)| !COMMON.contains(&&**name)).cloned();
    let options = options::read(&SPEC, &Args { map: own.collect(), ..Args::default() }).map_err(Error::failed)?;
    let definition = definition(around, &options)?;
    let cluster = connection::of(around, &options).map_err(Error::failed)?;
    let found = cluster.block_on(look(&cluster, &options, &definition)).map_err(Error::failed)?;
    Ok(found.into_iter().map(Value::from_json_owned).collect())
}

fn definition(around: &Surroundings, options: &Options) -> Result<Json> {
    if let Some(definition) = options.get("resource_definition") {
        return Ok(definition.clone());
    }
    let Some(src) = options.filled("src") else { return Ok(json!({})) };
    let path = around.find("files", src).ok_or_else(|| Error::failed(format!("the file {src} could not be found")))?;
    let text = around.files.read(&path).map_err(Error::failed)?;
    let documents = yaml::documents(&text, &path.display().to_string()).map_err(Error::failed)?;
    Ok(documents.into_iter().next().unwrap_or_default())
}

async fn look(cluster: &Cluster, options: &Options, definition: &Json) -> Result<Vec<Json>, String> {
    let words = |error: ClusterError| error.to_string();
    match options.text("cluster_info") {
        Some("version") => return Ok(vec![json!({"kubernetes": cluster.version().await.map_err(words)?})]),
        Some(_) => {
            let mut groups: Vec<String> = Vec::new();
            for resource in cluster.resources().await.map_err(words)? {
                if !groups.contains(&resource.gvk.group) {
                    groups.push(resource.gvk.group);
                }
            }
            return Ok(groups.into_iter().map(Json::from).collect());
        }
        None => {}
    }
    let of = |value: &Json, option: &str| {
        let own = value.as_str().filter(|text| !text.is_empty());
        own.or_else(|| options.filled(option)).map(str::to_owned)
    };
    let kind = of(&definition["kind"], "kind").ok_or(
        "Error: no Kind specified. Use the 'kind' parameter, or provide an object YAML configuration using the \
         'resource_definition' parameter.",
    )?;
    let api_version = of(&definition["apiVersion"], "api_version").unwrap_or_else(|| "v1".into());
    let name = of(&definition["metadata"]["name"], "resource_name");
    let namespace = of(&definition["metadata"]["namespace"], "namespace");
    let resource = match cluster.resolve(&api_version, &kind).await {
        Ok(resource) => resource,
        Err(ClusterError::UnknownKind(reason)) => {
            return Err(format!("No matches found for {api_version} {kind}: {reason}"));
        }
        Err(error) => return Err(error.to_string()),
    };
    let found = match name {
        Some(name) => {
            let one = cluster.get(&resource, namespace.as_deref(), &name).await;
            one.map(|object| object.into_iter().collect())
        }
        None => {
            let list = ListOptions {
                label_selector: options.filled("label_selector").map(str::to_owned),
                field_selector: options.filled("field_selector").map(str::to_owned),
                metadata_only: false,
            };
            cluster.list(&resource, namespace.as_deref(), &list).await.map(|list| list.items)
        }
    };
    match found {
        Err(error) if error.is_not_found() => Ok(Vec::new()),
        other => other.map_err(words),
    }
}
