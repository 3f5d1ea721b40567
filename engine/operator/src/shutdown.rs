//! Stopping: no new runs, those in progress end at their next task, and no CR is left Running.
use crate::queue::Key;
use crate::shared::Shared;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

/// What is left for the status of runs that do not end in time.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Waits for the runs in progress, within the graceful timeout.
pub(crate) async fn drain(shared: &Shared, mut runs: JoinSet<()>) {
    let keys = shared.running.cancel_all();
    if keys.is_empty() && runs.is_empty() {
        return;
    }
    let limit = shared.options.graceful_shutdown_timeout;
    tracing::info!(runs = keys.len(), ?limit, "Stopping: waiting for runs in progress to reach their next task");
    let end = Instant::now() + limit.saturating_sub(LAST_WORDS.min(limit / 2));
    while let Ok(Some(_)) = timeout_at(end, runs.join_next()).await {}
    let left = shared.running.keys();
    runs.detach_all();
    if !left.is_empty() {
        tracing::warn!(runs = left.len(), "Runs did not end in time and are abandoned");
        let marks = left.iter().map(|key| mark(shared, key));
        let _ = timeout(LAST_WORDS, futures::future::join_all(marks)).await;
    }
}

async fn mark(shared: &Shared, key: &Key) {
    let Some(kind) = shared.kinds.get(key.watch) else { return };
    let (Some(resource), Some(object)) = (kind.resource(), kind.store.get(&key.namespace, &key.name)) else { return };
    shared.mark_interrupted(key, &shared.cluster, &resource, &object).await;
}
