//! Everything `rolewright run` can be told, with the reference's defaults.
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `ansible-operator run` by their meaning; the command line maps names and environment onto it.
#[derive(Clone, Debug)]
pub struct Options {
    pub watches_file: PathBuf,
    /// Unknown watch keys are errors.
    pub strict: bool,
    pub inject_owner_ref: bool,
    pub ansible_verbosity: u8,
    pub ansible_roles_path: Option<String>,
    pub ansible_collections_path: Option<String>,
    pub ansible_args: String,
    pub log_events: LogEvents,
    pub reconcile_period: Duration,
    pub max_concurrent_reconciles: usize,
    /// `None` = disabled (`0`).
    pub metrics_bind_address: Option<String>,
    pub metrics_secure: bool,
    pub metrics_require_rbac: bool,
    pub health_probe_bind_address: Option<String>,
    pub leader_elect: bool,
    pub leader_election_id: Option<String>,
    pub leader_election_namespace: Option<String>,
    pub leader_elect_lease_duration: Duration,
    pub leader_elect_renew_deadline: Duration,
    pub graceful_shutdown_timeout: Duration,
    /// Empty = all namespaces.
    pub watch_namespaces: Vec<String>,
    pub backoff_base: Duration,
    pub backoff_max: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEvents {
    Tasks,
    Everything,
    Nothing,
}
