//! Asking a run to stop.
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Asks a run to stop at the next task boundary; wakes sleepers.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    state: Arc<State>,
    /// `timeout:` of a task: cancelled from then on.
    deadline: Option<Instant>,
}

#[derive(Debug, Default)]
struct State {
    cancelled: Mutex<bool>,
    woken: Condvar,
}

impl Cancel {
    pub fn cancel(&self) {
        *self.state.cancelled.lock() = true;
        self.state.woken.notify_all();
    }

    pub fn is_cancelled(&self) -> bool {
        self.is_overdue() || *self.state.cancelled.lock()
    }

    /// The same request to stop, which also comes true after `limit`.
    pub fn within(&self, limit: Duration) -> Self {
        let deadline = Instant::now().checked_add(limit);
        let earlier = match (self.deadline, deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { state: Arc::clone(&self.state), deadline: earlier }
    }

    pub(crate) fn is_overdue(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Waits on a condition variable; false when the run was cancelled before the time was over.
    pub fn wait(&self, duration: Duration) -> bool {
        let end = Instant::now().checked_add(duration);
        let until = match (end, self.deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let mut cancelled = self.state.cancelled.lock();
        while !*cancelled {
            match until {
                Some(until) if self.state.woken.wait_until(&mut cancelled, until).timed_out() => break,
                Some(_) => {}
                None => self.state.woken.wait(&mut cancelled),
            }
        }
        let stopped = *cancelled;
        drop(cancelled);
        !stopped && !self.is_overdue()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeper_is_woken_by_cancel() {
        let cancel = Cancel::default();
        let other = cancel.clone();
        let sleeper = std::thread::spawn(move || other.wait(Duration::from_secs(600)));
        cancel.cancel();
        assert!(!sleeper.join().unwrap());
        assert!(cancel.is_cancelled());
    }

    #[test]
    fn a_deadline_cancels_only_its_own_copy() {
        let cancel = Cancel::default();
        let short = cancel.within(Duration::ZERO);
        assert!(short.is_cancelled());
        assert!(!short.wait(Duration::from_secs(600)));
        assert!(!cancel.is_cancelled());
    }
}
