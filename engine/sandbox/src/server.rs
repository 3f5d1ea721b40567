//! Starting and reaching a sandbox.
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::api::Api;
use crate::controllers::Controllers;
use crate::faults::{Faults, Requests};
use crate::serve::{Documents, Server};
use crate::service::Service;

#[derive(Clone, Debug)]
pub struct Options {
    /// How long simulated pods take from Pending to Ready. Without a delay, a write is answered when its consequences are
    /// there, so that clients that poll need not wait for them.
    pub pod_ready_after: Duration,
    /// Run the simulated controllers (workloads, garbage collection, namespaces, services).
    pub controllers: bool,
    /// How many changes of each resource watches can look back.
    pub history: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { pod_ready_after: Duration::ZERO, controllers: true, history: 10_000 }
    }
}

pub(crate) struct Inner {
    pub(crate) server: Server,
    pub(crate) controllers: Controllers,
}

/// One API server and its state. Clones share the state; the last one to go stops the controllers.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

impl Sandbox {
    /// Must be called inside a tokio runtime.
    pub fn start(options: Options) -> Self {
        let api = Arc::new(Api::new(options.history, options.pod_ready_after));
        let controllers = Controllers::new(api.clone(), options.controllers);
        controllers.bootstrap();
        let alive = tokio::sync::watch::Sender::new(());
        let server = Server { api, faults: Faults::new(), documents: Documents::default(), alive };
        let inner = Arc::new(Inner { server, controllers });
        tokio::spawn(keep_time(Arc::downgrade(&inner)));
        Self(inner)
    }

    /// The API, in this process.
    pub fn service(&self) -> Service {
        Service::new(self.0.clone())
    }

    /// Faults to inject.
    pub fn faults(&self) -> Faults {
        self.0.server.faults.clone()
    }

    /// What was asked so far.
    pub fn requests(&self) -> Requests {
        self.0.server.faults.counts()
    }

    /// Starts the counts of requests anew.
    pub fn reset_requests(&self) {
        self.0.server.faults.reset_counts();
    }

    /// Makes the API unreachable: connections break without an answer, until `resume`.
    pub fn pause(&self) {
        self.0.server.faults.pause(true);
    }

    /// Makes the API reachable again.
    pub fn resume(&self) {
        self.0.server.faults.pause(false);
    }

    /// Forgets the history of all resources: watches from an old revision get 410.
    pub fn compact(&self) {
        self.0.server.api.store.compact();
    }

    /// Serves on TCP until the sandbox is dropped; port 0 picks one. Returns the bound address.
    pub async fn listen(&self, address: SocketAddr) -> std::io::Result<SocketAddr> {
        crate::listen::listen(&self.0, address).await
    }

    /// Writes a kubeconfig that points kubectl at `address`.
    pub fn write_kubeconfig(&self, address: SocketAddr, path: &Path) -> std::io::Result<()> {
        crate::listen::write_kubeconfig(address, path)
    }
}

/// Runs what the controllers put off, when its time comes.
async fn keep_time(inner: Weak<Inner>) {
    let Some((mut changed, mut alive)) =
        inner.upgrade().map(|i| (i.controllers.schedule_changes(), i.server.alive.subscribe()))
    else {
        return;
    };
    loop {
        let Some(next) = inner.upgrade().map(|i| i.controllers.next_due()) else { return };
        let wait = async {
            match next {
                Some(due) => tokio::time::sleep_until(due.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => if let Some(inner) = inner.upgrade() { inner.controllers.settle() },
            gone = changed.changed() => if gone.is_err() { return },
            gone = alive.changed() => if gone.is_err() { return },
        }
    }
}
