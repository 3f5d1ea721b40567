//! Leader election by a Lease: one process reconciles, the others wait.
use rolewright_cluster::{Cluster, Error, Resource, WriteOptions};
use serde_json::{Value as Json, json};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const RETRY: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) identity: String,
    pub(crate) lease_duration: Duration,
    pub(crate) renew_deadline: Duration,
}

/// Takes part in one election.
pub(crate) struct Election {
    cluster: Cluster,
    resource: Resource,
    settings: Settings,
    /// The last lease seen, and when by our own clock: the holder's clock is not trusted.
    seen: Option<(Json, Instant)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    Mine,
    /// Free, or its holder fell silent.
    Free,
    Taken,
}

impl Election {
    pub(crate) async fn new(cluster: Cluster, settings: Settings) -> Result<Self, String> {
        if settings.lease_duration <= settings.renew_deadline {
            return Err("--leader-elect-lease-duration must be greater than --leader-elect-renew-deadline".into());
        }
        loop {
            match cluster.resolve("coordination.k8s.io/v1", "Lease").await {
                Ok(resource) => return Ok(Self { cluster, resource, settings, seen: None }),
                Err(error @ Error::UnknownKind(_)) => return Err(format!("leader election: {error}")),
                Err(error) => {
                    tracing::warn!(%error, "leader election: the API does not answer");
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Waits until this process leads.
    pub(crate) async fn acquire(&mut self) {
        let Settings { namespace, name, identity, .. } = &self.settings;
        tracing::info!(lease = %format!("{namespace}/{name}"), %identity, "attempting to acquire leader lease");
        loop {
            match self.attempt().await {
                Ok(true) => {
                    let Settings { namespace, name, .. } = &self.settings;
                    tracing::info!(lease = %format!("{namespace}/{name}"), "successfully acquired lease");
                    return;
                }
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "cannot acquire the leader lease"),
            }
            sleep(RETRY).await;
        }
    }

    /// Renews for as long as it can; ends when leadership is lost.
    pub(crate) async fn hold(&mut self) -> String {
        let mut renewed = Instant::now();
        loop {
            sleep(RETRY).await;
            let left = self.settings.renew_deadline.saturating_sub(renewed.elapsed());
            match timeout(left, self.attempt()).await {
                Ok(Ok(true)) => renewed = Instant::now(),
                Ok(Ok(false)) => return "leader election lost: another process holds the lease".into(),
                Ok(Err(error)) => tracing::warn!(%error, "cannot renew the leader lease"),
                Err(_) => {}
            }
            if renewed.elapsed() >= self.settings.renew_deadline {
                return "leader election lost: the lease could not be renewed in time".into();
            }
        }
    }

    /// Gives the lease up, so that the next one need not wait for it to expire.
    pub(crate) async fn release(&mut self) {
        let Ok(Some(lease)) = self.read().await else { return };
        if lease["spec"]["holderIdentity"] == self.settings.identity.as_str() {
            let mut lease = lease;
            lease["spec"]["holderIdentity"] = "".into();
            lease["spec"]["leaseDurationSeconds"] = 1.into();
            lease["spec"]["renewTime"] = now().into();
            if let Err(error) = self.replace(&lease).await {
                tracing::debug!(%error, "cannot release the leader lease");
            }
        }
    }

    /// True when the lease is ours afterwards.
    async fn attempt(&mut self) -> Result<bool, Error> {
        let Some(lease) = self.read().await? else { return self.create().await };
        let claim = self.judge(&lease);
        if claim == Claim::Taken {
            return Ok(false);
        }
        let next = self.next_lease(lease, claim);
        match self.replace(&next).await {
            Ok(written) => {
                self.seen = Some((written, Instant::now()));
                Ok(true)
            }
            // Somebody else was faster; what came of it is seen next time.
            Err(error) if error.is_conflict() && claim == Claim::Free => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn judge(&mut self, lease: &Json) -> Claim {
        let changed = self.seen.as_ref().is_none_or(|(seen, _)| seen["spec"] != lease["spec"]);
        if changed {
            self.seen = Some((lease.clone(), Instant::now()));
        }
        let holder = lease["spec"]["holderIdentity"].as_str().unwrap_or_default();
        if holder == self.settings.identity {
            return Claim::Mine;
        }
        let seconds = lease["spec"]["leaseDurationSeconds"].as_u64();
        let duration = seconds.map_or(self.settings.lease_duration, Duration::from_secs);
        let silent = self.seen.as_ref().is_some_and(|(_, at)| at.elapsed() >= duration);
        if holder.is_empty() || silent { Claim::Free } else { Claim::Taken }
    }

    fn next_lease(&self, mut lease: Json, claim: Claim) -> Json {
        let transitions = lease["spec"]["leaseTransitions"].as_i64().unwrap_or_default();
        let mut spec = self.spec();
        if claim == Claim::Mine {
            spec["acquireTime"] = lease["spec"]["acquireTime"].clone();
            spec["leaseTransitions"] = transitions.into();
        } else {
            spec["leaseTransitions"] = (transitions + 1).into();
        }
        if let Some(map) = lease.as_object_mut() {
            map.insert("spec".into(), spec);
        }
        lease
    }

    fn spec(&self) -> Json {
        json!({
            "holderIdentity": self.settings.identity,
            "leaseDurationSeconds": self.settings.lease_duration.as_secs().max(1),
            "acquireTime": now(),
            "renewTime": now(),
            "leaseTransitions": 0,
        })
    }

    async fn create(&mut self) -> Result<bool, Error> {
        let Settings { name, namespace, .. } = &self.settings;
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": namespace},
            "spec": self.spec(),
        });
        match self.cluster.create(&self.resource, Some(namespace), &lease, &WriteOptions::default()).await {
            Ok(written) => {
                self.seen = Some((written, Instant::now()));
                Ok(true)
            }
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn read(&self) -> Result<Option<Json>, Error> {
        self.cluster.get(&self.resource, Some(&self.settings.namespace), &self.settings.name).await
    }

    async fn replace(&self, lease: &Json) -> Result<Json, Error> {
        let namespace = Some(self.settings.namespace.as_str());
        self.cluster.replace(&self.resource, namespace, lease, &WriteOptions::default()).await
    }
}

/// MicroTime, as Leases have it.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Host name and something that no other process has.
pub(crate) fn identity(env: &dyn Fn(&str) -> Option<String>) -> String {
    let host = env("HOSTNAME").or_else(|| std::fs::read_to_string("/etc/hostname").ok()).unwrap_or_default();
    format!("{}_{}", host.trim(), uuid::Uuid::new_v4())
}
