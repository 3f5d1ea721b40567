//! Starting and reaching a sandbox.
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Options {
    /// How long simulated pods take from Pending to Ready.
    pub pod_ready_after: Duration,
    /// Run the simulated controllers (workloads, garbage collection, namespaces, services).
    pub controllers: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { pod_ready_after: Duration::from_millis(50), controllers: true }
    }
}

/// One API server and its state. Clones share the state; the last one to go stops the controllers.
#[derive(Clone)]
pub struct Sandbox;

/// The API as a `tower::Service<http::Request<B>>` for any HTTP body; never fails.
#[derive(Clone)]
pub struct Service;

impl Sandbox {
    /// Must be called inside a tokio runtime.
    pub fn start(_options: Options) -> Self {
        unimplemented!()
    }
    pub fn service(&self) -> Service {
        unimplemented!()
    }
    /// Serves on TCP until the sandbox is dropped; port 0 picks one. Returns the bound address.
    pub async fn listen(&self, _address: SocketAddr) -> std::io::Result<SocketAddr> {
        unimplemented!()
    }
    /// Writes a kubeconfig that points kubectl at `address`.
    pub fn write_kubeconfig(&self, _address: SocketAddr, _path: &Path) -> std::io::Result<()> {
        unimplemented!()
    }
}
