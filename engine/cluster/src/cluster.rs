//! The door itself: a handle, and the layers on it.
use crate::counts::Counter;
use crate::discovery::Discovery;
use crate::retry::Budget;
use crate::{Counts, Owner, Resource};
use parking_lot::Mutex;
use std::sync::Arc;

/// Told of a kind and the namespace of the request.
pub type DependentHook = Arc<dyn Fn(&Resource, Option<&str>) + Send + Sync>;

/// One API server as one identity. Clones share connections, discovery and counts.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) shared: Arc<Shared>,
    pub(crate) owner: Option<Arc<Owner>>,
    pub(crate) on_dependent: Option<DependentHook>,
    counters: Vec<Counter>,
    warnings: Option<Arc<Mutex<Vec<String>>>>,
}

/// What all handles of one connection share.
pub(crate) struct Shared {
    pub(crate) client: kube::Client,
    pub(crate) server: String,
    pub(crate) discovery: Discovery,
    pub(crate) budget: Budget,
    handle: tokio::runtime::Handle,
    description: Connection,
}

/// What a connection was made from, without its secrets; for `k8s_cluster_info`.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    pub server: String,
    pub verify: bool,
    pub username: Option<String>,
    pub ca_cert: Option<String>,
    pub client_cert: Option<String>,
    pub proxy: Option<String>,
}

impl Cluster {
    /// A server in this process: any HTTP service (the sandbox's `Service`), no socket. Must be called inside a
    /// tokio runtime.
    pub fn in_process<S, B>(service: S, default_namespace: &str) -> Self
    where
        S: tower::Service<http::Request<kube::client::Body>, Response = http::Response<B>> + Send + Clone + 'static,
        S::Future: Send + 'static,
        S::Error: Into<tower::BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        let client = kube::Client::new(service, default_namespace);
        Self::over(client, Connection { server: "http://in-process".into(), ..Connection::default() })
    }

    /// Must be called inside a tokio runtime, which then drives the connections.
    pub(crate) fn over(client: kube::Client, description: Connection) -> Self {
        let shared = Shared {
            client,
            server: description.server.trim_end_matches('/').to_owned(),
            discovery: Discovery::default(),
            budget: Budget::default(),
            handle: tokio::runtime::Handle::current(),
            description,
        };
        Self {
            shared: Arc::new(shared),
            owner: None,
            on_dependent: None,
            counters: vec![Counter::default()],
            warnings: None,
        }
    }

    /// The namespace of the kubeconfig's context or of the pod; `default` otherwise.
    pub fn default_namespace(&self) -> &str {
        self.shared.client.default_namespace()
    }
    pub fn server(&self) -> &str {
        &self.shared.server
    }
    pub fn connection(&self) -> &Connection {
        &self.shared.description
    }

    /// A handle whose creating writes mark `owner` as the owner of what they create.
    pub fn owned_by(&self, owner: Owner) -> Self {
        Self { owner: Some(Arc::new(owner)), ..self.clone() }
    }
    /// The same without an owner.
    pub fn unowned(&self) -> Self {
        Self { owner: None, on_dependent: None, ..self.clone() }
    }
    /// A handle that counts its own requests; they also count for the handle it was made from.
    pub fn counting(&self) -> Self {
        let mut counting = self.clone();
        counting.counters.push(Counter::default());
        counting
    }
    /// The requests of this handle and of those made from it.
    pub fn counts(&self) -> Counts {
        self.counters.last().map(Counter::counts).unwrap_or_default()
    }
    /// A handle that keeps the `Warning` headers of its answers for [`Cluster::take_warnings`].
    pub fn hearing_warnings(&self) -> Self {
        Self { warnings: Some(Arc::default()), ..self.clone() }
    }
    /// The server's warnings since the last call.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings.as_ref().map(|warnings| std::mem::take(&mut *warnings.lock())).unwrap_or_default()
    }
    /// A handle whose `hook` is told of every kind that an owner's run creates (before the write is sent), or reads
    /// with the owner's mark on it. Without an owner there is nothing to tell.
    pub fn on_dependent(&self, hook: DependentHook) -> Self {
        Self { on_dependent: Some(hook), ..self.clone() }
    }

    /// For synchronous callers (modules, lookups): on blocking threads and on threads of their own, not inside of a
    /// future.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.shared.handle.block_on(future)
    }

    pub(crate) fn count(&self, verb: &'static str) {
        self.counters.iter().for_each(|counter| counter.add(verb));
    }
    pub(crate) fn warn(&self, warning: String) {
        if let Some(warnings) = &self.warnings {
            warnings.lock().push(warning);
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("server", &self.shared.server).field("owner", &self.owner).finish()
    }
}
