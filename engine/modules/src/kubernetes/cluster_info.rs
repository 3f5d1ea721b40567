//! `kubernetes.core.k8s_cluster_info`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Spec, options};
use super::common::outcome;
use rolewright_cluster::Resource;
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sClusterInfo;

const SPEC: Spec = Spec {
    module: "kubernetes.core.k8s_cluster_info",
    options: options!(&[Opt::new("invalidate_cache", Kind::Bool)], CONNECTION_OPTIONS),
    rules: &[],
};

impl Module for K8sClusterInfo {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_cluster_info", "community.kubernetes.k8s_cluster_info"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    let fail = |error| Failure::api("", &error);
    let (resources, version) = cluster.block_on(async {
        if options.flag("invalidate_cache", true) {
            cluster.refresh_discovery().await.map_err(fail)?;
        }
        let resources = cluster.resources().await.map_err(fail)?;
        Ok::<_, Box<Failure>>((resources, cluster.version().await.map_err(fail)?))
    })?;
    let at = cluster.connection();
    let connection = json!({
        "cert_file": at.client_cert, "host": at.server, "password": Json::Null, "proxy": at.proxy,
        "ssl_ca_cert": at.ca_cert, "username": at.username, "verify_ssl": at.verify,
    });
    Ok(outcome(Map::from_iter([
        ("changed".to_owned(), false.into()),
        ("apis".to_owned(), apis(&resources)),
        ("connection".to_owned(), connection),
        ("version".to_owned(), json!({"client": env!("CARGO_PKG_VERSION"), "server": {"kubernetes": version}})),
    ])))
}

/// Group and version to kinds; of several resources of a kind the first.
fn apis(resources: &[Resource]) -> Json {
    let mut apis: Map<String, Json> = Map::new();
    for resource in resources {
        let kinds = apis.entry(resource.gvk.api_version()).or_insert_with(|| json!({}));
        if kinds.get(&resource.gvk.kind).is_none() {
            kinds[&resource.gvk.kind] = json!({
                "categories": resource.categories, "name": resource.plural, "namespaced": resource.namespaced,
                "preferred": resource.preferred, "short_names": resource.short_names,
                "singular_name": resource.singular,
            });
        }
    }
    apis.into()
}
