//! The flags, as Go's pflag reads them, and what they mean.
use anyhow::ensure;
use clap::builder::BoolishValueParser;
use rolewright_operator::{LogEvents, Options, duration};
use std::path::PathBuf;
use std::time::Duration;

fn period(text: &str) -> Result<Duration, String> {
    duration::parse(text)
}

/// `--flag`, `--flag=true`, `--flag=false`.
macro_rules! switch {
    () => {
        BoolishValueParser::new()
    };
}

#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Path to the watches file
    #[arg(long, value_name = "FILE", default_value = "./watches.yaml")]
    watches_file: PathBuf,
    /// Refuse to start over unknown keys in the watches file and content that does not load
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    strict: Option<bool>,
    /// Mark what runs create with their owner, and watch it [default: true]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    inject_owner_ref: Option<bool>,
    /// Verbosity of runs; per kind: ANSIBLE_VERBOSITY_<KIND>_<GROUP>
    #[arg(long, value_name = "N", default_value_t = 2)]
    ansible_verbosity: u8,
    /// Where roles are, over ANSIBLE_ROLES_PATH
    #[arg(long, value_name = "PATHS")]
    ansible_roles_path: Option<String>,
    /// Where collections are, over ANSIBLE_COLLECTIONS_PATH
    #[arg(long, value_name = "PATHS")]
    ansible_collections_path: Option<String>,
    /// Flags of ansible-playbook for every run
    #[arg(long, value_name = "ARGS", default_value = "", allow_hyphen_values = true)]
    ansible_args: String,
    /// What of a run is logged: tasks, everything, nothing
    #[arg(long, value_name = "WHAT", default_value = "tasks")]
    ansible_log_events: String,
    /// Time between runs of a resource that nobody changes; 0s: never
    #[arg(long, value_name = "DURATION", default_value = "10h", value_parser = period)]
    reconcile_period: Duration,
    /// Runs at once per kind [default: number of CPUs]
    #[arg(long, value_name = "N")]
    max_concurrent_reconciles: Option<i64>,
    /// Runs at once over all kinds [default: 4 per CPU, at least 16]
    #[arg(long, value_name = "N")]
    max_concurrent_runs: Option<usize>,
    /// Wait after a first failure; it doubles with every further one
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = period)]
    backoff_base: Duration,
    /// Longest wait after failures
    #[arg(long, value_name = "DURATION", default_value = "1000s", value_parser = period)]
    backoff_max: Duration,
    /// Where metrics are served; 0 disables them [default: :8443]
    #[arg(long, value_name = "ADDRESS")]
    metrics_bind_address: Option<String>,
    #[arg(long, hide = true)]
    metrics_addr: Option<String>,
    /// Serve metrics over TLS
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    metrics_secure: Option<bool>,
    /// Ask the API whether who scrapes may; needs --metrics-secure
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    metrics_require_rbac: Option<bool>,
    /// Accepted for compatibility: metrics are served by HTTP/1.1
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    enable_http2: Option<bool>,
    /// Where probes are answered; 0 disables them
    #[arg(long, value_name = "ADDRESS", default_value = ":6789")]
    health_probe_bind_address: String,
    /// Reconcile only while holding a lease
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    leader_elect: Option<bool>,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_missing_value = "true",
          value_parser = switch!())]
    enable_leader_election: Option<bool>,
    /// Name of the lease
    #[arg(long, value_name = "NAME")]
    leader_election_id: Option<String>,
    /// Namespace of the lease [default: the operator's own]
    #[arg(long, value_name = "NAMESPACE")]
    leader_election_namespace: Option<String>,
    #[arg(long, hide = true)]
    leader_elect_resource_lock: Option<String>,
    /// How long others wait for a silent leader
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = period)]
    leader_elect_lease_duration: Duration,
    /// How long a leader tries to renew before it gives up
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = period)]
    leader_elect_renew_deadline: Duration,
    /// How long runs may take to reach their next task when the operator stops
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = period)]
    graceful_shutdown_timeout: Duration,
    /// Accepted for compatibility: there is no proxy
    #[arg(long, value_name = "PORT", default_value_t = 8888)]
    proxy_port: u16,
    /// Kubeconfig to use [default: KUBECONFIG, then the pod's, then ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// Development logging: readable, and debug messages too
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_parser = switch!())]
    pub(crate) zap_devel: Option<bool>,
    /// json or console
    #[arg(long, value_name = "FORMAT", value_parser = ["json", "console"])]
    pub(crate) zap_encoder: Option<String>,
    /// debug, info, error, panic, or a number (1: debug)
    #[arg(long, value_name = "LEVEL")]
    pub(crate) zap_log_level: Option<String>,
    /// Accepted for compatibility
    #[arg(long, value_name = "LEVEL")]
    zap_stacktrace_level: Option<String>,
    /// epoch, millis, nano, iso8601, rfc3339 or rfc3339nano
    #[arg(long, value_name = "FORMAT", default_value = "rfc3339",
          value_parser = ["epoch", "millis", "nano", "iso8601", "rfc3339", "rfc3339nano"])]
    pub(crate) zap_time_encoding: String,
}

impl Arguments {
    /// What the flags and the environment ask for.
    pub(crate) fn options(&self, env: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Options> {
        ensure!(
            self.metrics_addr.is_none() || self.metrics_bind_address.is_none(),
            "only one of --metrics-bind-address and --metrics-addr (deprecated) may be set"
        );
        ensure!(
            self.enable_leader_election.is_none() || self.leader_elect.is_none(),
            "only one of --leader-elect and --enable-leader-election (deprecated) may be set"
        );
        self.warn();
        let defaults = Options::default();
        let metrics = self.metrics_bind_address.clone().or_else(|| self.metrics_addr.clone());
        let concurrent = self.max_concurrent_reconciles.map(|n| usize::try_from(n).unwrap_or(0));
        Ok(Options {
            watches_file: self.watches_file.clone(),
            strict: self.strict.unwrap_or(false),
            inject_owner_ref: self.inject_owner_ref.unwrap_or(true),
            ansible_verbosity: self.ansible_verbosity,
            ansible_roles_path: self.ansible_roles_path.clone().filter(|text| !text.is_empty()),
            ansible_collections_path: self.ansible_collections_path.clone().filter(|text| !text.is_empty()),
            ansible_args: self.ansible_args.clone(),
            log_events: log_events(&self.ansible_log_events),
            reconcile_period: self.reconcile_period,
            max_concurrent_reconciles: concurrent.unwrap_or(defaults.max_concurrent_reconciles).max(1),
            max_concurrent_runs: self.max_concurrent_runs.unwrap_or(defaults.max_concurrent_runs).max(1),
            metrics_bind_address: enabled(metrics.unwrap_or_else(|| ":8443".into())),
            metrics_secure: self.metrics_secure.unwrap_or(false),
            metrics_require_rbac: self.metrics_require_rbac.unwrap_or(false),
            health_probe_bind_address: enabled(self.health_probe_bind_address.clone()),
            leader_elect: self.leader_elect.or(self.enable_leader_election).unwrap_or(false),
            leader_election_id: self.election_id(env),
            leader_election_namespace: self.leader_election_namespace.clone(),
            leader_elect_lease_duration: self.leader_elect_lease_duration,
            leader_elect_renew_deadline: self.leader_elect_renew_deadline,
            graceful_shutdown_timeout: self.graceful_shutdown_timeout,
            watch_namespaces: namespaces(&env("WATCH_NAMESPACE").unwrap_or_default()),
            backoff_base: self.backoff_base,
            backoff_max: self.backoff_max.max(self.backoff_base),
            run_environment: self.kubeconfig.iter().map(|path| kubeconfig_variable(path)).collect(),
            ..defaults
        })
    }

    /// The flag wins over the old variable.
    fn election_id(&self, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let flag = self.leader_election_id.clone().filter(|id| !id.is_empty());
        flag.or_else(|| {
            let id = env("OPERATOR_NAME").filter(|id| !id.is_empty())?;
            tracing::warn!(target: "cmd", "OPERATOR_NAME is deprecated: use --leader-election-id");
            Some(id)
        })
    }

    /// Flags that are accepted and do nothing.
    fn warn(&self) {
        for (given, flag, instead) in [
            (self.metrics_addr.is_some(), "--metrics-addr", "deprecated: use --metrics-bind-address"),
            (self.enable_leader_election.is_some(), "--enable-leader-election", "deprecated: use --leader-elect"),
            (self.leader_elect_resource_lock.is_some(), "--leader-elect-resource-lock", "ignored: always a Lease"),
            (self.proxy_port != 8888, "--proxy-port", "ignored: there is no proxy"),
            (self.enable_http2 == Some(true), "--enable-http2", "ignored: metrics are served by HTTP/1.1"),
            (self.zap_stacktrace_level.is_some(), "--zap-stacktrace-level", "ignored: errors name their place"),
        ] {
            if given {
                tracing::warn!(target: "cmd", "{flag} is {instead}");
            }
        }
    }
}

fn log_events(text: &str) -> LogEvents {
    match text.to_ascii_lowercase().as_str() {
        "everything" => LogEvents::Everything,
        "nothing" => LogEvents::Nothing,
        "tasks" => LogEvents::Tasks,
        _ => {
            tracing::error!(target: "cmd", "--ansible-log-events is Tasks, Everything or Nothing, not {text:?}");
            LogEvents::Tasks
        }
    }
}

fn enabled(address: String) -> Option<String> {
    Some(address).filter(|address| !matches!(address.as_str(), "" | "0"))
}

fn namespaces(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Programs that a run starts find the same cluster.
fn kubeconfig_variable(path: &std::path::Path) -> (String, String) {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    ("KUBECONFIG".into(), path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn options(words: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Options> {
        let cli = Cli::try_parse_from(std::iter::once("run").chain(words.iter().copied()))?;
        cli.arguments.options(&|name| env.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_given_means_the_references_defaults() {
        let options = options(&[], &[]).unwrap();
        assert_eq!(options.watches_file, PathBuf::from("./watches.yaml"));
        assert_eq!(options.metrics_bind_address.as_deref(), Some(":8443"));
        assert_eq!(options.health_probe_bind_address.as_deref(), Some(":6789"));
        assert_eq!(options.reconcile_period, Duration::from_secs(36_000));
        assert_eq!(options.graceful_shutdown_timeout, Duration::from_secs(30));
        assert_eq!((options.ansible_verbosity, options.log_events), (2, LogEvents::Tasks));
        assert!(options.inject_owner_ref && !options.leader_elect && !options.metrics_secure && !options.strict);
        assert!(options.watch_namespaces.is_empty());
    }

    #[test]
    fn the_scaffolds_command_line_is_understood() {
        let words = [
            "--leader-elect",
            "--leader-election-id=memcached-operator",
            "--health-probe-bind-address=:6790",
            "--metrics-bind-address=:8443",
            "--metrics-secure",
            "--metrics-require-rbac",
            "--ansible-args=--tags a",
            "--inject-owner-ref=false",
            "--reconcile-period=0s",
            "--zap-devel=true",
            "--zap-log-level=2",
            "--ansible-log-events=Everything",
        ];
        let options = options(&words, &[("WATCH_NAMESPACE", " a, ,b")]).unwrap();
        assert!(options.leader_elect && options.metrics_secure && options.metrics_require_rbac);
        assert!(!options.inject_owner_ref && options.reconcile_period.is_zero());
        assert_eq!(options.leader_election_id.as_deref(), Some("memcached-operator"));
        assert_eq!(options.watch_namespaces, ["a", "b"]);
        assert_eq!((options.ansible_args.as_str(), options.log_events), ("--tags a", LogEvents::Everything));
    }

    #[test]
    fn old_names_work_alone_and_not_beside_the_new_ones() {
        assert_eq!(options(&["--metrics-addr=:1"], &[]).unwrap().metrics_bind_address.as_deref(), Some(":1"));
        assert!(options(&["--enable-leader-election"], &[]).unwrap().leader_elect);
        for both in [["--metrics-addr=:1", "--metrics-bind-address=:2"], ["--enable-leader-election", "--leader-elect"]]
        {
            let error = options(&both, &[]).unwrap_err().to_string();
            assert!(error.contains("only one of"), "{error}");
        }
    }

    #[test]
    fn zero_disables_and_the_flag_beats_the_variable() {
        let env = [("OPERATOR_NAME", "old")];
        assert_eq!(options(&["--metrics-bind-address=0"], &[]).unwrap().metrics_bind_address, None);
        assert_eq!(options(&[], &env).unwrap().leader_election_id.as_deref(), Some("old"));
        let flag = options(&["--leader-election-id=new"], &env).unwrap();
        assert_eq!(flag.leader_election_id.as_deref(), Some("new"));
        assert_eq!(options(&["--max-concurrent-reconciles=-3"], &[]).unwrap().max_concurrent_reconciles, 1);
        assert!(options(&["--reconcile-period=5"], &[]).is_err());
    }
}
