//! When a request is sent again, and how soon.
use crate::Error;
use parking_lot::Mutex;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

/// Whether doing a request twice is the same as doing it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    Safe,
    /// Creates, JSON patches: sent again only when the server surely did not act on the first.
    Unsafe,
}

/// What went wrong with one attempt.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) class: Class,
    pub(crate) retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// The server was never reached: nothing was sent.
    Refused,
    /// The connection broke or time ran out: the server may have acted.
    Cut,
    /// The server turned the request away to protect itself.
    Throttled,
    /// The server failed, or a proxy before it.
    Server,
    /// An answer: asking again gives the same.
    Final,
}

impl Class {
    /// Of an answer with an error status. An eviction refused for a disruption budget is an answer, not a throttle.
    pub(crate) fn of(error: &Error) -> Self {
        match error.code() {
            Some(429) if is_disruption_budget(error) => Self::Final,
            Some(429) => Self::Throttled,
            Some(500 | 502 | 503 | 504) => Self::Server,
            _ => Self::Final,
        }
    }
}

fn is_disruption_budget(error: &Error) -> bool {
    let causes = error.status().and_then(|s| s["details"]["causes"].as_array());
    causes.into_iter().flatten().any(|cause| cause["reason"] == "DisruptionBudget")
}

const ATTEMPTS: u32 = 5;
const LONGEST: Duration = Duration::from_secs(30);

/// How long to wait before attempt number `attempt` + 1 (attempts count from 1); None = give up.
pub(crate) fn pause(repeat: Repeat, failed: &Failed, attempt: u32) -> Option<Duration> {
    let again = match failed.class {
        Class::Refused | Class::Throttled => true,
        Class::Cut | Class::Server => repeat == Repeat::Safe,
        Class::Final => false,
    };
    if !again || attempt >= ATTEMPTS {
        return None;
    }
    match failed.retry_after {
        Some(asked) if asked > LONGEST => None,
        Some(asked) => Some(asked + jitter(Duration::from_millis(50))),
        None => Some(backoff(Duration::from_millis(100), Duration::from_secs(5), attempt - 1)),
    }
}

/// `first` doubled `times` times, at most `longest`, plus or minus a fifth.
pub(crate) fn backoff(first: Duration, longest: Duration, times: u32) -> Duration {
    let whole = first.saturating_mul(1_u32.checked_shl(times.min(20)).unwrap_or(u32::MAX)).min(longest);
    whole * 4 / 5 + jitter(whole * 2 / 5)
}

/// Between nothing and `most`; so that many clients do not come back at once.
pub(crate) fn jitter(most: Duration) -> Duration {
    let mut hasher = std::collections::hash_map::RandomState::new().build_hasher();
    hasher.write_u8(0);
    most.mul_f64((hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64)
}

/// A server that fails all the time is not asked five times as often: every success pays for a tenth of a retry.
#[derive(Debug)]
pub(crate) struct Budget(Mutex<f64>);

const FULL: f64 = 100.0;

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(FULL))
    }
}

impl Budget {
    pub(crate) fn succeeded(&self) {
        let mut left = self.0.lock();
        *left = (*left + 0.1).min(FULL);
    }
    pub(crate) fn take(&self) -> bool {
        let mut left = self.0.lock();
        let enough = *left >= 1.0;
        if enough {
            *left -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failed(code: u16) -> Failed {
        let error = Error::answered(code, b"", "");
        Failed { class: Class::of(&error), error, retry_after: None }
    }

    #[test]
    fn what_is_sent_again() {
        let rows = [
            (429, Repeat::Unsafe, true),
            (503, Repeat::Unsafe, false),
            (503, Repeat::Safe, true),
            (500, Repeat::Safe, true),
            (409, Repeat::Safe, false),
            (404, Repeat::Safe, false),
        ];
        for (code, repeat, again) in rows {
            assert_eq!(pause(repeat, &failed(code), 1).is_some(), again, "{code} {repeat:?}");
        }
        assert!(pause(Repeat::Safe, &failed(503), ATTEMPTS).is_none());
        let cut = Failed { class: Class::Cut, ..failed(503) };
        assert!(pause(Repeat::Unsafe, &cut, 1).is_none());
        let refused = Failed { class: Class::Refused, ..failed(503) };
        assert!(pause(Repeat::Unsafe, &refused, 1).is_some());
    }

    #[test]
    fn the_servers_wish_counts() {
        let wish = |seconds| Failed { retry_after: Some(Duration::from_secs(seconds)), ..failed(429) };
        assert!(pause(Repeat::Unsafe, &wish(2), 1).is_some_and(|p| p >= Duration::from_secs(2)));
        assert!(pause(Repeat::Unsafe, &wish(3600), 1).is_none());
    }

    #[test]
    fn a_disruption_budget_is_an_answer() {
        let status = json!({"kind": "Status", "code": 429, "reason": "TooManyRequests",
                            "details": {"causes": [{"reason": "DisruptionBudget"}]}});
        assert_eq!(Class::of(&Error::from_status(status, 429, "")), Class::Final);
    }

    #[test]
    fn the_budget_runs_out_and_fills_again() {
        let budget = Budget::default();
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 100);
        (0..11).for_each(|_| budget.succeeded());
        assert!(budget.take());
        assert!(!budget.take());
    }
}
