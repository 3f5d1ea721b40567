//! Which cluster a task speaks to.
use crate::kubernetes::common::options::{Kind, Opt, Options};
use parking_lot::Mutex;
use rolewright_cluster::{Cluster, Connect};
use rolewright_run::{Surroundings, TaskContext};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(crate) const CONNECTION_OPTIONS: &[Opt] = &[
    Opt::new("kubeconfig", Kind::Raw),
    Opt::new("context", Kind::Str),
    Opt::new("host", Kind::Str),
    Opt::new("api_key", Kind::Str),
    Opt::new("username", Kind::Str),
    Opt::new("password", Kind::Str),
    Opt::new("validate_certs", Kind::Bool).aliases(&["verify_ssl"]),
    Opt::new("ca_cert", Kind::Str).aliases(&["ssl_ca_cert"]),
    Opt::new("client_cert", Kind::Str).aliases(&["cert_file"]),
    Opt::new("client_key", Kind::Str).aliases(&["key_file"]),
    Opt::new("proxy", Kind::Str),
    Opt::new("no_proxy", Kind::Str),
    Opt::new("proxy_headers", Kind::Dict),
    Opt::new("persist_config", Kind::Bool),
    Opt::new("impersonate_user", Kind::Str),
    Opt::new("impersonate_groups", Kind::Texts),
];

/// The cluster of the task: that of the run, unless options or the task's environment name another. Clusters named by
/// options carry no owner: what is created there belongs to nobody here.
pub(crate) fn cluster(cx: &TaskContext<'_>, options: &Options) -> Result<Cluster, String> {
    of(cx.surroundings, options)
}

/// As [`cluster`], for lookups.
pub(crate) fn of(surroundings: &Surroundings, options: &Options) -> Result<Cluster, String> {
    let connect = read(surroundings, options)?;
    let named = surroundings.environment.iter().any(|(name, value)| name.starts_with("K8S_AUTH_") && !value.is_empty());
    let own = surroundings.extensions.get::<Cluster>();
    if connect.is_empty()
        && !named
        && let Some(own) = own
    {
        return Ok((*own).clone());
    }
    let runtime = match &own {
        Some(own) => own.block_on(async { tokio::runtime::Handle::current() }),
        None => runtime()?,
    };
    connected(surroundings, connect, &runtime)
}

/// Where connections of runs without a cluster of their own live.
fn runtime() -> Result<tokio::runtime::Handle, String> {
    static RUNTIME: OnceLock<Result<tokio::runtime::Runtime, String>> = OnceLock::new();
    if let Ok(handle) = tokio::runtime::Handle::try_current() {
        return Ok(handle);
    }
    let made = RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("kubernetes").enable_all().build().map_err(|error| error.to_string())
    });
    made.as_ref().map(|runtime| runtime.handle().clone()).map_err(Clone::clone)
}

/// What a connection depends on: what was said, the files it was read from, and the runtime that drives it.
type Key = (String, Vec<Option<u64>>, tokio::runtime::Id);

/// Connections are kept from task to task; more identities than this are made anew.
const KEPT: usize = 16;

fn connected(
    surroundings: &Surroundings,
    connect: Connect,
    runtime: &tokio::runtime::Handle,
) -> Result<Cluster, String> {
    static CACHE: Mutex<Vec<(Key, Cluster)>> = Mutex::new(Vec::new());
    let environment = environment(surroundings);
    let look_up = |name: &str| environment.get(name).cloned();
    let whole = connect.over_environment(&look_up);
    let key: Key = (
        format!("{whole:?} {:?} {:?}", look_up("KUBECONFIG"), look_up("HOME")),
        files(&whole, &look_up).iter().map(|path| surroundings.files.stamp(path)).collect(),
        runtime.id(),
    );
    if let Some((_, cluster)) = CACHE.lock().iter().find(|(kept, _)| *kept == key) {
        return Ok(cluster.clone());
    }
    let cluster = runtime
        .block_on(Cluster::connect_in(&whole, &look_up))
        .map_err(|error| format!("Could not create API client: {error}"))?;
    let mut cache = CACHE.lock();
    if cache.len() >= KEPT {
        cache.remove(0);
    }
    cache.push((key, cluster.clone()));
    Ok(cluster)
}

/// The environment of the task over that of the process.
fn environment(surroundings: &Surroundings) -> HashMap<String, String> {
    let mut all: HashMap<String, String> = surroundings.system.world().environment().into_iter().collect();
    all.extend(surroundings.environment.iter().cloned());
    all
}

/// Files whose change makes another connection.
fn files(connect: &Connect, environment: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let list = connect.kubeconfig.as_ref().map(|path| path.to_string_lossy().into_owned());
    let list =
        list.or_else(|| environment("KUBECONFIG")).or_else(|| Some(format!("{}/.kube/config", environment("HOME")?)));
    let mut paths: Vec<PathBuf> = list.iter().flat_map(|list| std::env::split_paths(list)).collect();
    paths.extend([&connect.ca_cert, &connect.client_cert, &connect.client_key].into_iter().flatten().cloned());
    paths
}

fn read(surroundings: &Surroundings, options: &Options) -> Result<Connect, String> {
    let text = |name: &str| options.filled(name).map(str::to_owned);
    let path = |name: &str| options.filled(name).map(|text| expand(surroundings, text));
    let (kubeconfig, kubeconfig_data) = match options.get("kubeconfig") {
        None => (None, None),
        Some(Json::String(list)) if list.is_empty() => (None, None),
        Some(Json::String(list)) => (Some(kubeconfig_paths(surroundings, list)?), None),
        Some(data @ Json::Object(_)) => (None, Some(data.clone())),
        Some(other) => {
            return Err(format!(
                "Error while reading kubeconfig parameter - a string or dict expected, but got {other} instead"
            ));
        }
    };
    Ok(Connect {
        kubeconfig,
        kubeconfig_data,
        context: text("context"),
        host: text("host"),
        api_key: text("api_key"),
        username: text("username"),
        password: text("password"),
        client_cert: path("client_cert"),
        client_key: path("client_key"),
        ca_cert: path("ca_cert"),
        validate_certs: options.get("validate_certs").and_then(Json::as_bool),
        proxy: text("proxy"),
        no_proxy: text("no_proxy"),
        proxy_headers: options.get("proxy_headers").cloned(),
        impersonate_user: text("impersonate_user"),
        impersonate_groups: options.texts("impersonate_groups"),
    })
}

fn expand(surroundings: &Surroundings, text: &str) -> PathBuf {
    match text.strip_prefix("~/").zip(surroundings.system.env("HOME")) {
        Some((rest, home)) => Path::new(&home).join(rest),
        None => PathBuf::from(text),
    }
}

/// Every path of the list, found as other files of the task are.
fn kubeconfig_paths(surroundings: &Surroundings, list: &str) -> Result<PathBuf, String> {
    let mut found = Vec::new();
    for path in std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()) {
        let name = path.to_string_lossy();
        let path = surroundings
            .find("files", &name)
            .ok_or_else(|| format!("Could not find or access '{name}' on the Ansible Controller."))?;
        found.push(path);
    }
    std::env::join_paths(found).map(PathBuf::from).map_err(|error| error.to_string())
}
