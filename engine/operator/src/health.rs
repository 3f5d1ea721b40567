//! `/healthz` and `/readyz`.
use crate::http::{Answer, Asked, Handler};
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The loop that starts runs beats; when it is silent for this long, the process is stuck.
const SILENCE: Duration = Duration::from_secs(60);

/// Shared with the probes. A standby that waits for leadership is healthy and ready, as in the reference.
#[derive(Clone)]
pub(crate) struct Health(Arc<Inner>);

struct Inner {
    started: Instant,
    /// Milliseconds after `started`.
    beat: AtomicU64,
    stopping: AtomicBool,
}

impl Health {
    pub(crate) fn new() -> Self {
        let inner = Inner { started: Instant::now(), beat: AtomicU64::new(0), stopping: AtomicBool::new(false) };
        Self(Arc::new(inner))
    }
    pub(crate) fn beat(&self) {
        let now = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.beat.store(now, Ordering::Relaxed);
    }
    pub(crate) fn stopping(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }
    fn is_alive(&self) -> bool {
        let last = Duration::from_millis(self.0.beat.load(Ordering::Relaxed));
        self.0.started.elapsed().saturating_sub(last) < SILENCE
    }
    fn answer(&self, asked: &Asked) -> Answer {
        let stopping = self.0.stopping.load(Ordering::Relaxed);
        let (good, why) = match asked.path.trim_end_matches('/') {
            "/healthz" | "/healthz/ping" => (self.is_alive() || stopping, "no run could be started for a minute"),
            "/readyz" | "/readyz/ping" => (self.is_alive() && !stopping, "stopping, or stuck"),
            _ => return (StatusCode::NOT_FOUND, "404 page not found\n".into()),
        };
        if good { (StatusCode::OK, "ok".into()) } else { (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")) }
    }
    pub(crate) fn handler(&self) -> Handler {
        let this = self.clone();
        Arc::new(move |asked| {
            let answer = this.answer(&asked);
            Box::pin(async move { answer })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_answer() {
        let health = Health::new();
        health.beat();
        let ask = |path: &str| health.answer(&Asked { path: path.into(), token: None }).0.as_u16();
        for (path, expected) in [("/healthz", 200), ("/readyz", 200), ("/readyz/", 200), ("/other", 404)] {
            assert_eq!(ask(path), expected, "{path}");
        }
        health.stopping();
        assert_eq!((ask("/healthz"), ask("/readyz")), (200, 503));
    }
}
