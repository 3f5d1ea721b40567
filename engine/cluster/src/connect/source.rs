//! Where server and identity come from.
use super::{Connect, Environment, config_error};
use crate::{Error, Result};
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, Kubeconfig};
use std::path::{Path, PathBuf};

/// A server, an identity, and the namespace of the context.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    pub(super) cluster: Cluster,
    pub(super) user: AuthInfo,
    pub(super) namespace: Option<String>,
}

const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

impl Source {
    pub(super) fn find(options: &Connect, environment: Environment<'_>) -> Result<Self> {
        if names_server_and_identity(options) {
            return Ok(Self::default());
        }
        if let Some(data) = &options.kubeconfig_data {
            let config: Kubeconfig = serde_json::from_value(data.clone())
                .map_err(|error| Error::Config(format!("Invalid kube-config: {error}")))?;
            return select(config, options, "the given kubeconfig");
        }
        if let Some(list) = &options.kubeconfig {
            return Self::files(&split(&list.to_string_lossy()), options, true);
        }
        let ambient = Self::ambient(options, environment);
        match (ambient, &options.host) {
            (Err(_), Some(_)) => Ok(Self::default()),
            (source, _) => source,
        }
    }

    /// Without a kubeconfig among the options.
    fn ambient(options: &Connect, environment: Environment<'_>) -> Result<Self> {
        if let Some(list) = environment("KUBECONFIG").filter(|list| !list.is_empty()) {
            return Self::files(&split(&list), options, false);
        }
        if options.context.is_none()
            && let Some(source) = in_cluster(environment, Path::new(SERVICE_ACCOUNT))
        {
            return Ok(source);
        }
        let home = environment("HOME").filter(|home| !home.is_empty());
        let path = PathBuf::from(home.unwrap_or_else(|| "/root".into())).join(".kube/config");
        if !path.is_file() {
            return Err(Error::Config("Invalid kube-config file. No configuration found.".into()));
        }
        Self::files(&[path], options, true)
    }

    /// Several files are merged, the first wins. Files of a list may be missing, but not all.
    fn files(paths: &[PathBuf], options: &Connect, all_must_exist: bool) -> Result<Self> {
        let single = paths.len() == 1;
        let mut merged: Option<Kubeconfig> = None;
        for path in paths {
            if !(path.exists() || single && all_must_exist) {
                continue;
            }
            let next = Kubeconfig::read_from(path).map_err(config_error)?;
            merged = Some(match merged {
                Some(before) => before.merge(next).map_err(config_error)?,
                None => next,
            });
        }
        let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        match merged {
            Some(config) => select(config, options, &names.join(":")),
            None => Err(Error::Config(format!(
                "Invalid kube-config file. No configuration found. (looked for {})",
                names.join(", ")
            ))),
        }
    }
}

/// Then no file is looked at.
fn names_server_and_identity(o: &Connect) -> bool {
    o.host.is_some()
        && (o.api_key.is_some()
            || (o.username.is_some() && o.password.is_some())
            || (o.client_cert.is_some() && o.client_key.is_some()))
}

fn split(list: &str) -> Vec<PathBuf> {
    std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
}

fn missing(name: &str, origin: &str, what: &str) -> Error {
    Error::Config(format!("Invalid kube-config file. Expected object with name {name} in {origin}/{what} list"))
}

/// The server and the identity of the context that is asked for.
fn select(config: Kubeconfig, options: &Connect, origin: &str) -> Result<Source> {
    let wanted = options.context.clone().or(config.current_context).filter(|name| !name.is_empty());
    let Some(wanted) = wanted else {
        return Err(Error::Config(format!(
            "Invalid kube-config file. Expected key current-context in {origin} (or say which context to use)"
        )));
    };
    let context = config.contexts.into_iter().find(|c| c.name == wanted).and_then(|c| c.context);
    let context = context.ok_or_else(|| missing(&wanted, origin, "contexts"))?;
    let cluster = config.clusters.into_iter().find(|c| c.name == context.cluster).and_then(|c| c.cluster);
    let cluster = cluster.ok_or_else(|| missing(&context.cluster, origin, "clusters"))?;
    let mut user = match context.user.filter(|user| !user.is_empty()) {
        Some(name) => config
            .auth_infos
            .into_iter()
            .find(|user| user.name == name)
            .ok_or_else(|| missing(&name, origin, "users"))?
            .auth_info
            .unwrap_or_default(),
        None => AuthInfo::default(),
    };
    if let Some(exec) = user.exec.as_mut().filter(|exec| exec.provide_cluster_info) {
        exec.cluster = Some(ExecAuthCluster::try_from(&cluster).map_err(config_error)?);
    }
    Ok(Source { cluster, user, namespace: context.namespace })
}

/// The pod's service account, where there is one.
fn in_cluster(environment: Environment<'_>, directory: &Path) -> Option<Source> {
    let host = environment("KUBERNETES_SERVICE_HOST").filter(|host| !host.is_empty())?;
    let port = environment("KUBERNETES_SERVICE_PORT").filter(|port| !port.is_empty())?;
    let filled = |name: &str| {
        let path = directory.join(name);
        let full = std::fs::metadata(&path).is_ok_and(|meta| meta.len() > 0);
        full.then(|| path.to_string_lossy().into_owned())
    };
    let (token, authority) = (filled("token")?, filled("ca.crt")?);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let namespace = std::fs::read_to_string(directory.join("namespace")).ok().map(|n| n.trim().to_owned());
    Some(Source {
        cluster: Cluster {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: Some(authority),
            ..Cluster::default()
        },
        user: AuthInfo { token_file: Some(token), ..AuthInfo::default() },
        namespace: namespace.filter(|n| !n.is_empty()),
    })
}
