//! One reconcile: from a ticket of the queue to its end.
use crate::inputs::inputs;
use crate::kind::Kind;
use crate::logs::RunLog;
use crate::metrics::Ended;
use crate::outcome::{Verdict, verdict};
use crate::predicate::{has_finalizer, is_deleting};
use crate::queue::{Done, Key, Reason, Ticket};
use crate::shared::Shared;
use crate::status::{self, Written};
use crate::watches::Period;
use crate::{RunReport, annotations, conditions, duration, finalize};
use rolewright_cluster::{Cluster, Error, Owner, Resource};
use rolewright_run::{Cancel, Choices, Extensions, Request, RunOutcome, RunTarget};
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs the ticket's CR once.
pub(crate) async fn reconcile(shared: Arc<Shared>, ticket: Ticket) {
    let key = ticket.key.clone();
    let cancel = shared.running.begin(&key);
    let done = match shared.kinds.get(key.watch) {
        Some(kind) => {
            let job = shared.engine.system.random() >> 1;
            let first = ticket.reason == Reason::Started;
            let reconcile = Reconcile { shared: &shared, kind, key: &key, cancel, job, first };
            match reconcile.run(&ticket).await {
                Ok(done) => done,
                Err(error) => {
                    tracing::error!(target: "controller", gvk = %kind.watch.gvk, namespace = %key.namespace,
                        name = %key.name, job, %error, "Reconciler error");
                    Done::Failed
                }
            }
        }
        None => Done::Idle,
    };
    shared.running.end(&key);
    if let Some(wait) = shared.queue.done(&key, done) {
        tracing::debug!(namespace = %key.namespace, name = %key.name, ?wait, "next run is planned");
    }
}

struct Reconcile<'a> {
    shared: &'a Arc<Shared>,
    kind: &'a Kind,
    key: &'a Key,
    cancel: Cancel,
    job: u64,
    /// The first run after the operator's start.
    first: bool,
}

/// A run that took place.
struct Ran {
    outcome: RunOutcome,
    elapsed: Duration,
}

impl Reconcile<'_> {
    async fn run(&self, ticket: &Ticket) -> Result<Done, Error> {
        let (Some(resource), Some(object)) =
            (self.kind.resource(), self.kind.store.get(&self.key.namespace, &self.key.name))
        else {
            return Ok(Done::Idle);
        };
        if annotations::is_paused(&object) {
            tracing::info!(gvk = %self.kind.watch.gvk, namespace = %self.key.namespace, name = %self.key.name,
                "Reconciliation is paused by annotation");
            return Ok(Done::Idle);
        }
        tracing::info!(target: "reconciler", gvk = %self.kind.watch.gvk, namespace = %self.key.namespace,
            name = %self.key.name, job = self.job, reason = %ticket.reason, "Reconciling");
        let started = Instant::now();
        let cluster = self.shared.cluster.counting();
        let period = match self.period(&object) {
            Ok(period) => period,
            Err(message) => {
                self.mark_failed(&cluster, &resource, &object, &message).await?;
                return Ok(Done::Failed);
            }
        };
        let Some(object) = self.with_finalizer(&cluster, &resource, &object).await? else { return Ok(Done::Idle) };
        let Some(object) = self.mark_running(&cluster, &resource, object).await? else { return Ok(Done::Idle) };
        self.shared.running.saw(self.key, &object);
        let deleting = is_deleting(&object);
        let content = if deleting { self.kind.finalizer.as_ref() } else { Some(&self.kind.main) };
        let ran = match content {
            Some(Ok(prepared)) => self.execute(prepared, &cluster, &object, deleting).await,
            Some(Err(broken)) => Err(broken.to_string()),
            None => return Ok(Done::Idle),
        };
        let ran = match ran {
            Ok(ran) => ran,
            Err(message) => {
                self.mark_failed(&cluster, &resource, &object, &message).await?;
                self.count(Ended::Failed, started.elapsed(), &cluster);
                // Files are read once, at start: the same text would fail in the same way again.
                return Ok(if matches!(content, Some(Err(_))) { Done::Idle } else { Done::Failed });
            }
        };
        self.finish(&cluster, &resource, object, ran, period, started).await
    }

    /// How long after a success the next run comes; `None` for never.
    fn period(&self, object: &Json) -> Result<Option<Duration>, String> {
        let chosen = match annotations::reconcile_period(object) {
            Some(Ok(period)) => period,
            Some(Err(error)) => return Err(format!("Unable to parse reconcile period annotation: {error}")),
            None => match self.kind.watch.reconcile_period {
                Period::Default => self.shared.options.reconcile_period,
                Period::Every(period) => period,
                Period::Never => Duration::ZERO,
            },
        };
        Ok((!chosen.is_zero()).then_some(chosen))
    }

    /// Puts our finalizer on the CR. `None`: there is nothing to do, because it is being deleted and we have no part
    /// in that, or it is gone.
    async fn with_finalizer(
        &self,
        cluster: &Cluster,
        resource: &Resource,
        object: &Arc<Json>,
    ) -> Result<Option<Json>, Error> {
        let finalizer = self.kind.watch.finalizer.as_ref();
        let ours = finalizer.is_some_and(|finalizer| has_finalizer(object, &finalizer.name));
        match finalizer {
            _ if is_deleting(object) && !ours => {
                tracing::info!(target: "reconciler", gvk = %self.kind.watch.gvk, namespace = %self.key.namespace,
                    name = %self.key.name, "Resource is terminated, skipping reconciliation");
                Ok(None)
            }
            Some(finalizer) if !ours => finalize::add(cluster, resource, object, &finalizer.name).await,
            _ => Ok(Some((**object).clone())),
        }
    }

    /// `None` when the CR is gone.
    async fn mark_running(&self, cluster: &Cluster, resource: &Resource, object: Json) -> Result<Option<Json>, Error> {
        if !self.kind.watch.manage_status {
            return Ok(Some(object));
        }
        let now = self.shared.engine.system.now();
        let change = |status: &Json| conditions::mark_running(status, now);
        match status::write(cluster, resource, &object, change).await? {
            Written::Current(object) => Ok(Some(object)),
            Written::Gone => Ok(None),
            Written::Unsupported => {
                self.shared.warn_once(self.key.watch, "the kind has no status subresource: its status is not managed");
                Ok(Some(object))
            }
        }
    }

    /// A problem before the run; written even where the status is not managed, as in the reference.
    async fn mark_failed(
        &self,
        cluster: &Cluster,
        resource: &Resource,
        object: &Json,
        message: &str,
    ) -> Result<(), Error> {
        tracing::error!(target: "markError", gvk = %self.kind.watch.gvk, namespace = %self.key.namespace,
            name = %self.key.name, job = self.job, error = %message, "Unable to run reconciliation");
        let now = self.shared.engine.system.now();
        let change = |status: &Json| conditions::mark_failed(status, message, None, now);
        status::write(cluster, resource, object, change).await.map(|_| ())
    }

    /// The run itself, on a thread that may block.
    async fn execute(
        &self,
        prepared: &Arc<crate::kind::Prepared>,
        cluster: &Cluster,
        object: &Json,
        deleting: bool,
    ) -> Result<Ran, String> {
        let request = self.request(prepared, cluster, object, deleting);
        let log = self.log(request.verbosity, object);
        let prepared = Arc::clone(prepared);
        let run = tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let outcome = prepared.engine.run(request, &log);
            Ran { outcome, elapsed: started.elapsed() }
        });
        run.await.map_err(|error| format!("Unable to run reconciliation: {error}"))
    }

    fn request(&self, prepared: &crate::kind::Prepared, cluster: &Cluster, object: &Json, deleting: bool) -> Request {
        let Shared { options, ansible_args: args, .. } = &**self.shared;
        let inputs = inputs(&self.kind.watch, object, deleting);
        let given = |name: &str| inputs.data.iter().any(|(own, _)| &**own == name);
        let own = |name: &str| inputs.vars.iter().any(|(own, _)| &**own == name);
        let below = args.extra_vars.iter().filter(|(name, _)| !given(name) && !own(name));
        let mut extensions = Extensions::default();
        extensions.insert(Arc::new(self.run_cluster(cluster, object)));
        let metrics = self.shared.metrics.registry.clone();
        extensions.insert(Arc::new(rolewright_modules::operator_sdk::UserMetrics(Arc::new(metrics))));
        let verbosity = match annotations::verbosity(object) {
            Some(Ok(verbosity)) => verbosity,
            Some(Err(text)) => {
                tracing::warn!(value = %text, "the verbosity annotation is not a number");
                self.kind.watch.ansible_verbosity
            }
            None => self.kind.watch.ansible_verbosity,
        };
        Request {
            target: RunTarget::Playbook(Arc::clone(&prepared.playbook)),
            inventory: Arc::clone(&prepared.inventory),
            extra_vars: below.chain(&inputs.vars).cloned().collect(),
            extra_data: inputs.data,
            extensions,
            environment: options.run_environment.clone(),
            tags: args.tags.clone(),
            skip_tags: args.skip_tags.clone(),
            check_mode: args.check_mode,
            diff: args.diff,
            verbosity: verbosity.saturating_add(args.verbosity),
            gather_facts: self.shared.gather_facts,
            cancel: self.cancel.clone(),
            choices: Choices { limit: args.limit.clone(), ..Choices::default() },
        }
    }

    /// The cluster as the run sees it: what it creates belongs to the CR, and is watched.
    fn run_cluster(&self, cluster: &Cluster, object: &Json) -> Cluster {
        let watch = &self.kind.watch;
        if !self.shared.options.inject_owner_ref {
            return cluster.clone();
        }
        let owned = cluster.owned_by(Owner {
            gvk: watch.gvk.clone(),
            name: self.key.name.clone(),
            namespace: Some(self.key.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            uid: object["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
        });
        if !watch.watch_dependent_resources {
            return owned;
        }
        let shared = Arc::clone(self.shared);
        let (index, cluster_scoped) = (self.key.watch, self.key.namespace.is_empty());
        owned.on_dependent(Arc::new(move |resource, namespace| {
            shared.dependents.found(&shared, index, cluster_scoped, resource, namespace);
        }))
    }

    fn log(&self, verbosity: u8, object: &Json) -> RunLog {
        let asked = matches!(annotations::verbosity(object), Some(Ok(1..)));
        RunLog {
            gvk: self.kind.watch.gvk.clone(),
            namespace: self.key.namespace.clone(),
            name: self.key.name.clone(),
            job: self.job,
            mode: self.shared.options.log_events,
            raw: (asked || self.shared.raw_logs) && verbosity > 0,
            hook: self.shared.on_event.clone(),
            metrics: self.shared.metrics.clone(),
        }
    }

    /// Finalizer, status, report, and when to run again.
    async fn finish(
        &self,
        cluster: &Cluster,
        resource: &Resource,
        object: Json,
        ran: Ran,
        period: Option<Duration>,
        started: Instant,
    ) -> Result<Done, Error> {
        if ran.outcome.cancelled {
            return self.finish_cancelled(cluster, resource, &object, started).await;
        }
        let verdict = verdict(&ran.outcome);
        let requeue = self.requeue_after(&ran.outcome);
        let mut object = object;
        // A cleaning run that asks to run again says that it is not done yet.
        let cleaned = is_deleting(&object) && verdict.succeeded() && requeue.is_none();
        if let Some(finalizer) = self.kind.watch.finalizer.as_ref().filter(|_| cleaned) {
            match finalize::remove(cluster, resource, &object, &finalizer.name).await? {
                Some(rest) => object = rest,
                None => {
                    self.end(&verdict, &ran, cluster, started);
                    return Ok(Done::Idle);
                }
            }
        }
        let written = self.mark_done(cluster, resource, &object, &verdict).await;
        self.end(&verdict, &ran, cluster, started);
        written?;
        Ok(match (verdict.succeeded(), requeue, period) {
            (false, ..) => Done::Failed,
            (true, Some(requeue), _) => Done::RequeueAfter(requeue),
            (true, None, _) if cleaned => Done::Idle,
            (true, None, Some(period)) => Done::Period(self.spread(period)),
            (true, None, None) => Done::Idle,
        })
    }

    /// Stopped at a task boundary. A newer spec or the deletion runs at once and writes its own status; when the
    /// operator stops, the CR must not stay Running.
    async fn finish_cancelled(
        &self,
        cluster: &Cluster,
        resource: &Resource,
        object: &Json,
        started: Instant,
    ) -> Result<Done, Error> {
        self.count(Ended::Superseded, started.elapsed(), cluster);
        if self.shared.stopping.is_cancelled() {
            self.shared.mark_interrupted(self.key, cluster, resource, object).await;
            return Ok(Done::Idle);
        }
        tracing::info!(target: "reconciler", gvk = %self.kind.watch.gvk, namespace = %self.key.namespace,
            name = %self.key.name, job = self.job, "The run was stopped: its resource changed");
        Ok(Done::Again)
    }

    async fn mark_done(
        &self,
        cluster: &Cluster,
        resource: &Resource,
        object: &Json,
        verdict: &Verdict,
    ) -> Result<(), Error> {
        if !self.kind.watch.manage_status {
            return Ok(());
        }
        let now = self.shared.engine.system.now();
        let result = verdict.ansible_result(now);
        let change = |status: &Json| match &verdict.failure {
            None => conditions::mark_succeeded(status, &result, now),
            Some(message) => conditions::mark_failed(status, message, Some(&result), now),
        };
        status::write(cluster, resource, object, change).await.map(|_| ())
    }

    /// All CRs run at once when the operator starts; up to a tenth off the first period keeps them apart afterwards.
    fn spread(&self, period: Duration) -> Duration {
        if !self.first {
            return period;
        }
        let tenth = u64::try_from(period.as_millis() / 10).unwrap_or(u64::MAX).max(1);
        period.saturating_sub(Duration::from_millis(self.shared.engine.system.random() % tenth))
    }

    fn requeue_after(&self, outcome: &RunOutcome) -> Option<Duration> {
        let written = outcome.requeue_after.as_deref()?;
        match duration::parse(written) {
            Ok(wait) => Some(wait),
            Err(error) => {
                tracing::error!(target: "reconciler", gvk = %self.kind.watch.gvk, namespace = %self.key.namespace,
                    name = %self.key.name, %error, "requeue_after is ignored");
                None
            }
        }
    }

    fn end(&self, verdict: &Verdict, ran: &Ran, cluster: &Cluster, started: Instant) {
        let stats = verdict.stats.clone();
        let requests: u64 = cluster.counts().0.values().sum();
        match &verdict.failure {
            None => tracing::info!(target: "runner", gvk = %self.kind.watch.gvk, namespace = %self.key.namespace,
                name = %self.key.name, job = self.job, ok = stats.ok, changed = stats.changed,
                skipped = stats.skipped, rescued = stats.rescued, ignored = stats.ignored, requests,
                elapsed_ms = u64::try_from(ran.elapsed.as_millis()).unwrap_or(u64::MAX),
                "Ansible-runner exited successfully"),
            Some(message) => tracing::error!(target: "runner", gvk = %self.kind.watch.gvk,
                namespace = %self.key.namespace, name = %self.key.name, job = self.job, ok = stats.ok,
                changed = stats.changed, failures = stats.failed, requests, error = %message, "event runner on failed"),
        }
        let ended = if verdict.succeeded() { Ended::Succeeded } else { Ended::Failed };
        self.count(ended, started.elapsed(), cluster);
        if let Some(hook) = &self.shared.on_report {
            hook(&RunReport {
                gvk: self.kind.watch.gvk.clone(),
                namespace: self.key.namespace.clone(),
                name: self.key.name.clone(),
                stats,
                succeeded: verdict.succeeded(),
                failures: verdict.failure.iter().cloned().collect(),
                elapsed: ran.elapsed,
                requests,
            });
        }
    }

    fn count(&self, ended: Ended, elapsed: Duration, cluster: &Cluster) {
        let requests = cluster.counts().0.values().sum();
        self.shared.metrics.run_ended(&self.kind.watch.gvk, ended, elapsed, requests);
    }
}
