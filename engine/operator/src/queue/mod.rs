//! Which CR runs next: one key per CR, coalescing, limits, priorities, delays.
//!
//! [`state`] decides and knows no clock of its own; [`Queue`] adds waiting. A key is in at most one place: waiting for
//! its time, ready, or running; what arrives while it runs makes exactly one further run.

mod backoff;
mod state;

pub use backoff::Backoff;
pub use state::{Done, Key, Limits, Reason, Ticket};

use parking_lot::Mutex;
use state::State;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Clones are the same queue.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: Notify,
}

impl Queue {
    /// `per_kind` has one limit per watch, in the order of the watches.
    pub fn new(limits: Limits, backoff: Backoff) -> Self {
        Self(Arc::new(Inner { state: Mutex::new(State::new(limits, backoff)), changed: Notify::new() }))
    }

    /// Makes the key run as soon as there is room.
    pub fn add(&self, key: Key, reason: Reason) {
        self.0.state.lock().add(key, reason);
        self.0.changed.notify_one();
    }

    /// Makes the key run after a delay, unless it runs earlier for another reason.
    pub fn add_after(&self, key: Key, reason: Reason, delay: Duration) {
        self.0.state.lock().add_at(key, reason, Instant::now() + delay);
        self.0.changed.notify_one();
    }

    /// The CR is gone: nothing of it is kept, but a run in progress ends by itself.
    pub fn forget(&self, key: &Key) {
        self.0.state.lock().forget(key);
    }

    /// The next run, as soon as one may begin. The caller gives it back with [`Queue::done`].
    pub async fn next(&self) -> Ticket {
        loop {
            let wake = self.0.changed.notified();
            let due = {
                let mut state = self.0.state.lock();
                if let Some(ticket) = state.pop(Instant::now()) {
                    return ticket;
                }
                state.next_due()
            };
            match due {
                Some(due) => tokio::select! {
                    () = wake => {}
                    () = tokio::time::sleep_until(due) => {}
                },
                None => wake.await,
            }
        }
    }

    /// A run is over; says when the next one comes, if it is planned.
    pub fn done(&self, key: &Key, done: Done) -> Option<Duration> {
        let planned = self.0.state.lock().done(key, done, Instant::now());
        self.0.changed.notify_one();
        planned
    }

    /// CRs that are ready and wait for room, of one watch.
    pub fn depth(&self, watch: usize) -> usize {
        self.0.state.lock().depth(watch)
    }

    /// Runs in progress, of one watch.
    pub fn running(&self, watch: usize) -> usize {
        self.0.state.lock().running(watch)
    }
}

#[cfg(test)]
mod tests;
