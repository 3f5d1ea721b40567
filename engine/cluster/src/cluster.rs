//! The door itself.
use crate::{Gvk, Resource, Result};
use futures::stream::BoxStream;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::Arc;

/// How to find a server; all empty = `K8S_AUTH_*`, KUBECONFIG, in-cluster, `~/.kube/config`, in the reference's order.
#[derive(Clone, Debug, Default)]
pub struct Connect {
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

/// One API server as one identity. Clones share connections, discovery and counts.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<()>,
}

/// The object that owns what a run creates.
#[derive(Clone, Debug)]
pub struct Owner {
    pub gvk: Gvk,
    pub name: String,
    pub namespace: Option<String>,
    pub uid: String,
}

/// Requests by verb (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `discovery`), since the
/// handle was made with [`Cluster::counting`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub std::collections::BTreeMap<String, u64>);

#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct ObjectList {
    pub items: Vec<Json>,
    pub resource_version: String,
}

#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    pub dry_run: bool,
    pub field_manager: Option<String>,
    pub force: bool,
    /// `Strict`, `Warn`, `Ignore`
    pub field_validation: Option<String>,
    pub subresource: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply,
}

#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    pub propagation: Option<String>,
    pub grace_period_seconds: Option<i64>,
    pub precondition_uid: Option<String>,
    pub precondition_resource_version: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default)]
pub struct WatchOptions {
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
    /// PartialObjectMetadata only.
    pub metadata_only: bool,
}

/// A self-healing list+watch: after every (re)list, `Listed` carries the whole state.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    Listed(Vec<Json>),
    Applied(Json),
    Deleted(Json),
    /// The watch is down and being retried (kind not installed, server away); data is the reason.
    Interrupted(String),
}

impl Cluster {
    pub async fn connect(_options: &Connect) -> Result<Self> {
        unimplemented!()
    }
    /// A server in this process: any HTTP service (the sandbox's `Service`), no socket.
    pub fn in_process<S, B>(_service: S, _default_namespace: &str) -> Self
    where
        S: tower::Service<http::Request<kube::client::Body>, Response = http::Response<B>> + Send + Clone + 'static,
        S::Future: Send + 'static,
        S::Error: Into<tower::BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        unimplemented!()
    }
    /// The namespace of the kubeconfig's context or of the pod; `default` otherwise.
    pub fn default_namespace(&self) -> &str {
        unimplemented!()
    }
    pub fn server(&self) -> &str {
        unimplemented!()
    }
    pub async fn version(&self) -> Result<Json> {
        unimplemented!()
    }

    /// Layers: each gives a handle that shares the rest.
    pub fn owned_by(&self, _owner: Owner) -> Self {
        unimplemented!()
    }
    pub fn counting(&self) -> Self {
        unimplemented!()
    }
    pub fn counts(&self) -> Counts {
        unimplemented!()
    }
    /// Told of every kind that an owner's run created or read with an owner reference, before the write is sent.
    pub fn on_dependent(&self, _hook: Arc<dyn Fn(&Resource, Option<&str>) + Send + Sync>) -> Self {
        unimplemented!()
    }

    /// By kind, plural, singular or short name, exact GVK first; discovery is refreshed once on a miss.
    pub async fn resolve(&self, _api_version: &str, _kind: &str) -> Result<Resource> {
        unimplemented!()
    }
    pub async fn resources(&self) -> Result<Vec<Resource>> {
        unimplemented!()
    }

    pub async fn get(&self, _r: &Resource, _namespace: Option<&str>, _name: &str) -> Result<Option<Json>> {
        unimplemented!()
    }
    /// Whole lists, a page at a time.
    pub async fn list(&self, _r: &Resource, _namespace: Option<&str>, _o: &ListOptions) -> Result<ObjectList> {
        unimplemented!()
    }
    pub async fn create(&self, _r: &Resource, _ns: Option<&str>, _o: &Json, _w: &WriteOptions) -> Result<Json> {
        unimplemented!()
    }
    /// PUT; `metadata.resourceVersion` in the object makes it conditional.
    pub async fn replace(&self, _r: &Resource, _ns: Option<&str>, _o: &Json, _w: &WriteOptions) -> Result<Json> {
        unimplemented!()
    }
    pub async fn patch(
        &self,
        _r: &Resource,
        _ns: Option<&str>,
        _name: &str,
        _kind: PatchKind,
        _patch: &Json,
        _w: &WriteOptions,
    ) -> Result<Json> {
        unimplemented!()
    }
    /// The server's answer: the object, or a Status.
    pub async fn delete(&self, _r: &Resource, _ns: Option<&str>, _name: &str, _o: &DeleteOptions) -> Result<Json> {
        unimplemented!()
    }
    pub fn watch(&self, _r: &Resource, _ns: Option<&str>, _o: &WatchOptions) -> BoxStream<'static, WatchEvent> {
        unimplemented!()
    }
    /// Any other request (logs, raw paths); text out.
    pub async fn raw(&self, _method: &str, _path_and_query: &str, _body: Option<&Json>) -> Result<String> {
        unimplemented!()
    }
    /// For synchronous callers (modules, lookups) on blocking threads.
    pub fn block_on<F: std::future::Future>(&self, future: F) -> F::Output {
        tokio::runtime::Handle::current().block_on(future)
    }
}
