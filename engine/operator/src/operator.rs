//! The operator as a whole: loading, running, stopping.
use crate::ansible_args::{self, AnsibleArgs};
use crate::health::Health;
use crate::http;
use crate::kind::Kind;
use crate::leader::{self, Election};
use crate::metrics::Metrics;
use crate::queue::{Backoff, Limits, Queue};
use crate::shared::Shared;
use crate::watches::{self, SearchPaths, Surroundings};
use crate::{Options, controller, inventory, reconcile, scrape, shutdown, tls};
use rolewright_cluster::{Cluster, Gvk};
use rolewright_language::Diagnostic;
use rolewright_run::{Configuration, Engine, Event, Stats};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// An operator, ready to run.
pub struct Operator {
    options: Options,
    engine: Engine,
    cluster: Cluster,
    kinds: Vec<Kind>,
    ansible_args: AnsibleArgs,
    metrics: Metrics,
    on_event: Option<EventHook>,
    on_report: Option<ReportHook>,
}

/// One finished reconcile, for `demo`, metrics and tests.
#[derive(Clone, Debug)]
pub struct RunReport {
    pub gvk: Gvk,
    pub namespace: String,
    pub name: String,
    /// Of `localhost`.
    pub stats: Stats,
    pub succeeded: bool,
    /// The text of the Failure condition.
    pub failures: Vec<String>,
    /// Of the play; what is written around it does not count.
    pub elapsed: Duration,
    /// To the Kubernetes API, the operator's own included.
    pub requests: u64,
}

/// Called with every event of every run (GVK, namespace, name), on the run's thread.
pub type EventHook = Arc<dyn Fn(&Gvk, &str, &str, &Event) + Send + Sync>;
/// Called after every run.
pub type ReportHook = Arc<dyn Fn(&RunReport) + Send + Sync>;

impl Operator {
    /// Loads watches and projects; errors are finished text with file:line:column.
    pub fn load(options: Options, engine: Engine, cluster: Cluster) -> Result<Self, String> {
        check(&options)?;
        let engine = configured(engine, &options)?;
        let env = |name: &str| engine.setting(name);
        let around = ansible_args::Around { files: &*engine.files, working_dir: &options.working_dir, env: &env };
        let ansible_args = ansible_args::parse(&options.ansible_args, &around)?;
        let engine = engine.with_vault(Arc::clone(&ansible_args.vault));
        let inventory = inventory::load(&ansible_args.inventory, &engine, &options.working_dir)?;
        let paths = search_paths(&options, &engine);
        let around = Surroundings {
            files: &*engine.files,
            env: &|name| engine.system.env(name),
            paths: paths.clone(),
            max_concurrent_reconciles: options.max_concurrent_reconciles.max(1),
            ansible_verbosity: options.ansible_verbosity,
            strict: options.strict,
        };
        let path = rolewright_run::search_path::normal(&options.working_dir.join(&options.watches_file));
        let loaded = watches::load(&path, &around).map_err(|errors| joined(&errors))?;
        for warning in &loaded.warnings {
            tracing::warn!(target: "watches", "{warning}");
        }
        let kinds: Vec<Kind> =
            loaded.watches.into_iter().map(|watch| Kind::new(watch, &engine, &paths, &inventory)).collect();
        announce(&kinds, options.strict)?;
        let metrics = Metrics::new();
        Ok(Self { options, engine, cluster, kinds, ansible_args, metrics, on_event: None, on_report: None })
    }

    pub fn on_event(&mut self, hook: EventHook) {
        self.on_event = Some(hook);
    }
    pub fn on_report(&mut self, hook: ReportHook) {
        self.on_report = Some(hook);
    }
    /// What is served on the metrics port.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Runs until `stop` resolves, then drains within the graceful timeout. An error ends the process with exit 1.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), String> {
        let shared = Arc::new(self.into_shared());
        let asked = CancellationToken::new();
        let servers = CancellationToken::new();
        let _ends = (servers.clone().drop_guard(), shared.stopping.clone().drop_guard());
        tokio::spawn({
            let asked = asked.clone();
            async move {
                stop.await;
                asked.cancel();
            }
        });
        let health = Health::new();
        health.beat();
        serve(&shared, &health, &servers).await?;
        let result = match election(&shared).await? {
            Some(election) => lead(&shared, &health, &asked, election).await,
            None => {
                shared.metrics.leading(true);
                work(&shared, &health, asked.cancelled()).await;
                Ok(())
            }
        };
        shared.metrics.leading(false);
        result
    }

    fn into_shared(self) -> Shared {
        let per_watch = self.kinds.iter().map(|kind| kind.watch.max_concurrent_reconciles).collect();
        let limits = Limits { global: self.options.max_concurrent_runs.max(1), per_watch };
        let backoff = Backoff { base: self.options.backoff_base, max: self.options.backoff_max };
        let env = |name: &str| self.engine.system.env(name);
        Shared {
            gather_facts: self.engine.setting("ANSIBLE_GATHERING").as_deref() != Some("explicit"),
            raw_logs: env("ANSIBLE_DEBUG_LOGS").is_some_and(|text| is_true(&text))
                || env("ANSIBLE_VERBOSITY").and_then(|text| text.parse::<i64>().ok()).is_some_and(|v| v > 0),
            queue: Queue::new(limits, backoff),
            options: self.options,
            engine: self.engine,
            cluster: self.cluster,
            kinds: self.kinds,
            running: Default::default(),
            dependents: Default::default(),
            metrics: self.metrics,
            on_event: self.on_event,
            on_report: self.on_report,
            ansible_args: self.ansible_args,
            runtime: tokio::runtime::Handle::current(),
            stopping: CancellationToken::new(),
            warned: Default::default(),
        }
    }
}

/// As Go's `strconv.ParseBool` reads it.
fn is_true(text: &str) -> bool {
    matches!(text, "1" | "t" | "T" | "true" | "TRUE" | "True")
}

/// Options that contradict each other, or that this build does not have.
fn check(options: &Options) -> Result<(), String> {
    if options.metrics_require_rbac && !options.metrics_secure {
        return Err("--metrics-secure flag is required when --metrics-require-rbac is present".into());
    }
    if options.leader_elect && options.leader_election_id.as_deref().unwrap_or_default().is_empty() {
        return Err("--leader-elect needs --leader-election-id, the name of the lease".into());
    }
    Ok(())
}

/// With the `ansible.cfg` of the working directory, or of the machine.
fn configured(engine: Engine, options: &Options) -> Result<Engine, String> {
    let found = Configuration::find(&|name| engine.system.env(name), &options.working_dir)?;
    if let Some(file) = &found.file {
        tracing::info!(target: "configuration", file = %file.display(), "Using a configuration file");
    }
    for warning in &found.warnings {
        tracing::warn!(target: "configuration", "{warning}");
    }
    Ok(engine.with_configuration(found))
}

fn search_paths(options: &Options, engine: &Engine) -> SearchPaths {
    let env = |name: &str| engine.system.env(name);
    let given = |flag: &Option<String>, name: &str| flag.clone().or_else(|| engine.setting(name)).unwrap_or_default();
    SearchPaths::new(
        options.working_dir.clone(),
        &given(&options.ansible_roles_path, "ANSIBLE_ROLES_PATH"),
        &given(&options.ansible_collections_path, "ANSIBLE_COLLECTIONS_PATH"),
        env("HOME").map(Into::into),
    )
}

/// Says what is watched, what is risky, and what is broken; broken content stops only a strict operator.
fn announce(kinds: &[Kind], strict: bool) -> Result<(), String> {
    let mut problems = Vec::new();
    for kind in kinds {
        let watch = &kind.watch;
        if !watch.mark_unsafe {
            tracing::warn!(target: "watches", gvk = %watch.gvk, "{}: markUnsafe: false lets everybody who may write \
                a {} run templates with this operator's rights", watch.origin, watch.gvk.kind);
        }
        for compiled in std::iter::once(&kind.main).chain(&kind.finalizer) {
            let found = match compiled {
                Ok(prepared) => prepared.errors.iter().map(ToString::to_string).collect(),
                Err(problem) => vec![problem.to_string()],
            };
            problems.extend(found.into_iter().map(|problem| (watch.gvk.clone(), problem)));
        }
    }
    problems.sort();
    problems.dedup();
    for (gvk, problem) in &problems {
        tracing::error!(target: "watches", %gvk, "{problem}");
    }
    let texts: Vec<String> = problems.into_iter().map(|(_, problem)| problem).collect();
    if strict && !texts.is_empty() { Err(texts.join("\n")) } else { Ok(()) }
}

fn joined(errors: &[Diagnostic]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Health and metrics; they answer before this process leads.
async fn serve(shared: &Arc<Shared>, health: &Health, stop: &CancellationToken) -> Result<(), String> {
    if let Some(address) = &shared.options.health_probe_bind_address {
        tokio::spawn(http::serve(http::bind(address).await?, None, health.handler(), stop.clone()));
    }
    if let Some(address) = &shared.options.metrics_bind_address {
        let host = shared.engine.system.env("HOSTNAME").unwrap_or_default();
        let tls = shared.options.metrics_secure.then(|| tls::acceptor(&host)).transpose()?;
        let listener = http::bind(address).await?;
        tokio::spawn(http::serve(listener, tls, scrape::handler(shared), stop.clone()));
    }
    Ok(())
}

async fn election(shared: &Shared) -> Result<Option<Election>, String> {
    let Options { leader_elect: true, leader_election_id: Some(name), .. } = &shared.options else { return Ok(None) };
    let given = shared.options.leader_election_namespace.clone().filter(|namespace| !namespace.is_empty());
    let settings = leader::Settings {
        name: name.clone(),
        namespace: given.unwrap_or_else(|| shared.cluster.default_namespace().to_owned()),
        identity: leader::identity(&|name| shared.engine.system.env(name)),
        lease_duration: shared.options.leader_elect_lease_duration,
        renew_deadline: shared.options.leader_elect_renew_deadline,
    };
    Election::new(shared.cluster.clone(), settings).await.map(Some)
}

/// Waits for the lease, works while it holds, gives it up.
async fn lead(
    shared: &Arc<Shared>,
    health: &Health,
    asked: &CancellationToken,
    mut election: Election,
) -> Result<(), String> {
    let mut beat = tokio::time::interval(Duration::from_secs(5));
    {
        let acquired = election.acquire();
        tokio::pin!(acquired);
        loop {
            tokio::select! {
                () = &mut acquired => break,
                () = asked.cancelled() => return Ok(()),
                _ = beat.tick() => health.beat(),
            }
        }
    }
    shared.metrics.leading(true);
    let lost = parking_lot::Mutex::new(None);
    work(shared, health, async {
        tokio::select! {
            reason = election.hold() => *lost.lock() = Some(reason),
            () = asked.cancelled() => {}
        }
    })
    .await;
    match lost.into_inner() {
        Some(reason) => Err(reason),
        None => {
            election.release().await;
            Ok(())
        }
    }
}

/// Watches and reconciles until `stop`, then drains.
async fn work(shared: &Arc<Shared>, health: &Health, stop: impl Future<Output = ()>) {
    let mut informers = JoinSet::new();
    for index in 0..shared.kinds.len() {
        informers.spawn(controller::run(Arc::clone(shared), index));
    }
    let mut runs = JoinSet::new();
    let mut beat = tokio::time::interval(Duration::from_secs(5));
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            ticket = shared.queue.next() => {
                runs.spawn(reconcile::reconcile(Arc::clone(shared), ticket));
            }
            Some(_) = runs.join_next() => {}
            _ = beat.tick() => health.beat(),
        }
    }
    health.stopping();
    shared.stopping.cancel();
    shutdown::drain(shared, runs).await;
    informers.shutdown().await;
}
