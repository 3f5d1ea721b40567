//! Everything `rolewright run` can be told, with the reference's defaults.
use std::path::PathBuf;
use std::time::Duration;

/// Flags of `ansible-operator run` by their meaning; the command line maps names and environment onto it.
#[derive(Clone, Debug)]
pub struct Options {
    pub watches_file: PathBuf,
    /// Where relative paths of the watches start.
    pub working_dir: PathBuf,
    /// Unknown watch keys are errors, and so is content that does not load.
    pub strict: bool,
    pub inject_owner_ref: bool,
    pub ansible_verbosity: u8,
    /// `None`: the environment's `ANSIBLE_ROLES_PATH`.
    pub ansible_roles_path: Option<String>,
    /// `None`: the environment's `ANSIBLE_COLLECTIONS_PATH`.
    pub ansible_collections_path: Option<String>,
    pub ansible_args: String,
    pub log_events: LogEvents,
    /// Zero: never.
    pub reconcile_period: Duration,
    /// Per kind.
    pub max_concurrent_reconciles: usize,
    /// Over all kinds.
    pub max_concurrent_runs: usize,
    /// `None` = disabled (`0`).
    pub metrics_bind_address: Option<String>,
    pub metrics_secure: bool,
    pub metrics_require_rbac: bool,
    /// `None` = disabled (`0`).
    pub health_probe_bind_address: Option<String>,
    pub leader_elect: bool,
    pub leader_election_id: Option<String>,
    pub leader_election_namespace: Option<String>,
    pub leader_elect_lease_duration: Duration,
    pub leader_elect_renew_deadline: Duration,
    pub graceful_shutdown_timeout: Duration,
    /// Empty = all namespaces.
    pub watch_namespaces: Vec<String>,
    /// The wait after a first failure; every further one doubles it.
    pub backoff_base: Duration,
    pub backoff_max: Duration,
    /// When more CRs exist at start than can run at once, the others begin spread over this time.
    pub start_jitter: Duration,
    /// Environment of every run, over the process's own.
    pub run_environment: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            watches_file: "./watches.yaml".into(),
            working_dir: std::env::current_dir().unwrap_or_default(),
            strict: false,
            inject_owner_ref: true,
            ansible_verbosity: 2,
            ansible_roles_path: None,
            ansible_collections_path: None,
            ansible_args: String::new(),
            log_events: LogEvents::Tasks,
            reconcile_period: Duration::from_secs(10 * 3600),
            max_concurrent_reconciles: cpus,
            max_concurrent_runs: (4 * cpus).max(16),
            metrics_bind_address: Some(":8443".into()),
            metrics_secure: false,
            metrics_require_rbac: false,
            health_probe_bind_address: Some(":6789".into()),
            leader_elect: false,
            leader_election_id: None,
            leader_election_namespace: None,
            leader_elect_lease_duration: Duration::from_secs(15),
            leader_elect_renew_deadline: Duration::from_secs(10),
            graceful_shutdown_timeout: Duration::from_secs(30),
            watch_namespaces: Vec::new(),
            backoff_base: Duration::from_secs(1),
            backoff_max: Duration::from_secs(1000),
            start_jitter: Duration::from_secs(1),
            run_environment: Vec::new(),
        }
    }
}

/// How much of a run is logged (`--ansible-log-events`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogEvents {
    Tasks,
    Everything,
    Nothing,
}
