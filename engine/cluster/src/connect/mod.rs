//! Finding a server and an identity: options, `K8S_AUTH_*`, kubeconfigs, the pod's service account.
mod environment;
mod proxy;
mod source;
mod stack;

use crate::cluster::Connection;
use crate::{Cluster, Error, Result};
use kube::config::{Config, Context, KubeConfigOptions, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};
use serde_json::Value as Json;
use source::Source;
use std::path::PathBuf;

/// How to find a server; all empty = `K8S_AUTH_*`, KUBECONFIG, in-cluster, `~/.kube/config`, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connect {
    /// One path, or several as in `KUBECONFIG`.
    pub kubeconfig: Option<PathBuf>,
    /// A kubeconfig given as data (module option `kubeconfig: {…}`).
    pub kubeconfig_data: Option<Json>,
    pub context: Option<String>,
    pub host: Option<String>,
    pub api_key: Option<String>,
    pub username: Option<String>,
    pub password: Option<String>,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub ca_cert: Option<PathBuf>,
    pub validate_certs: Option<bool>,
    pub proxy: Option<String>,
    pub no_proxy: Option<String>,
    pub proxy_headers: Option<Json>,
    pub impersonate_user: Option<String>,
    pub impersonate_groups: Vec<String>,
}

/// Looks up an environment variable.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

impl Cluster {
    /// Connects as the options say, over the environment of this process. No request is sent yet.
    pub async fn connect(options: &Connect) -> Result<Self> {
        Self::connect_in(options, &|name| std::env::var(name).ok()).await
    }

    /// As [`Cluster::connect`], in another environment (that of a task).
    pub async fn connect_in(options: &Connect, environment: Environment<'_>) -> Result<Self> {
        let options = options.over_environment(environment);
        let source = Source::find(&options, environment)?;
        let config = configure(&options, source).await?;
        let description = describe(&options, &config);
        let proxy = proxy::Proxy::of(&options, &config)?;
        let client = stack::client(config, proxy)?;
        Ok(Self::over(client, description))
    }
}

/// A source with every explicit option laid over it.
async fn configure(options: &Connect, source: Source) -> Result<Config> {
    let Source { mut cluster, mut user, namespace } = source;
    let path = |path: &PathBuf| Some(path.to_string_lossy().into_owned());
    if let Some(host) = &options.host {
        cluster.server = Some(host.trim_end_matches('/').to_owned());
    }
    if let Some(file) = &options.ca_cert {
        (cluster.certificate_authority, cluster.certificate_authority_data) = (path(file), None);
    }
    if let Some(validate) = options.validate_certs {
        cluster.insecure_skip_tls_verify = Some(!validate);
    }
    if let Some(proxy) = &options.proxy {
        cluster.proxy_url = Some(proxy.clone());
    }
    if let Some(key) = &options.api_key {
        (user.exec, user.auth_provider, user.token_file) = (None, None, None);
        user.token = Some(key.clone().into());
    }
    if options.username.is_some() && options.password.is_some() && options.api_key.is_none() {
        tracing::warn!("username and password are not sent: Kubernetes API servers do not take them any more");
    }
    if let Some(file) = &options.client_cert {
        (user.client_certificate, user.client_certificate_data) = (path(file), None);
    }
    if let Some(file) = &options.client_key {
        (user.client_key, user.client_key_data) = (path(file), None);
    }
    if let Some(name) = &options.impersonate_user {
        user.impersonate = Some(name.clone());
    }
    if !options.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(options.impersonate_groups.clone());
    }
    let ca_file = cluster.certificate_authority.clone().filter(|_| cluster.certificate_authority_data.is_none());
    let kubeconfig = whole(cluster, user, namespace);
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.map_err(config_error)?;
    // Given by its file, the authority is read again when it changes (service accounts' rotate).
    config.root_cert_file = ca_file.map(PathBuf::from);
    // Retries have one place, and it is not the library's.
    config.default_retry = false;
    Ok(config)
}

/// A kubeconfig of one context.
fn whole(cluster: kube::config::Cluster, user: kube::config::AuthInfo, namespace: Option<String>) -> Kubeconfig {
    let name = || "rolewright".to_owned();
    let context = Context { cluster: name(), user: Some(name()), namespace, ..Context::default() };
    Kubeconfig {
        clusters: vec![NamedCluster { name: name(), cluster: Some(cluster), ..NamedCluster::default() }],
        auth_infos: vec![NamedAuthInfo { name: name(), auth_info: Some(user), ..NamedAuthInfo::default() }],
        contexts: vec![NamedContext { name: name(), context: Some(context), ..NamedContext::default() }],
        current_context: Some(name()),
        ..Kubeconfig::default()
    }
}

fn config_error(error: kube::config::KubeconfigError) -> Error {
    Error::Config(crate::error::chain(&error))
}

fn describe(options: &Connect, config: &Config) -> Connection {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|p| p.to_string_lossy().into_owned());
    Connection {
        server: config.cluster_url.to_string().trim_end_matches('/').to_owned(),
        verify: !config.accept_invalid_certs,
        username: options.username.clone(),
        ca_cert: path(&config.root_cert_file),
        client_cert: config.auth_info.client_certificate.clone(),
        proxy: options.proxy.clone(),
    }
}

#[cfg(test)]
mod tests;
