//! Runs in progress, and how a change of their CR stops them.
use crate::predicate::{generation, is_deleting};
use crate::queue::{Key, Reason};
use parking_lot::Mutex;
use rolewright_run::Cancel;
use serde_json::Value as Json;
use std::collections::HashMap;

/// What a run in progress has seen of its CR.
#[derive(Clone, Debug)]
struct Run {
    cancel: Cancel,
    /// `None` until the CR is read.
    generation: Option<i64>,
    deleting: bool,
}

#[derive(Default)]
pub(crate) struct Running(Mutex<HashMap<Key, Run>>);

/// What a change means for the queue.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Enqueue,
    /// The run in progress works with it already.
    Known,
}

impl Running {
    /// A run begins; the CR is read after this, so that no change slips through between the two.
    pub(crate) fn begin(&self, key: &Key) -> Cancel {
        let cancel = Cancel::default();
        self.0.lock().insert(key.clone(), Run { cancel: cancel.clone(), generation: None, deleting: false });
        cancel
    }
    /// The run works with this state of the CR.
    pub(crate) fn saw(&self, key: &Key, object: &Json) {
        if let Some(run) = self.0.lock().get_mut(key) {
            run.generation = Some(generation(object));
            run.deleting = is_deleting(object);
        }
    }
    pub(crate) fn end(&self, key: &Key) {
        self.0.lock().remove(key);
    }
    /// A change of the CR: a newer spec or a deletion stops the run at its next task.
    pub(crate) fn changed(&self, key: &Key, object: &Json, reason: &Reason) -> Verdict {
        let runs = self.0.lock();
        let Some((run, seen)) = runs.get(key).and_then(|run| Some((run, run.generation?))) else {
            return Verdict::Enqueue;
        };
        let begins_deletion = is_deleting(object) && !run.deleting;
        let newer = generation(object) > seen;
        if begins_deletion || (newer && !run.deleting) {
            run.cancel.cancel();
        } else if *reason == Reason::SpecChanged && generation(object) != 0 && !newer {
            return Verdict::Known;
        }
        Verdict::Enqueue
    }
    /// The CR is gone, or the operator stops.
    pub(crate) fn cancel(&self, key: &Key) {
        if let Some(run) = self.0.lock().get(key) {
            run.cancel.cancel();
        }
    }
    pub(crate) fn cancel_all(&self) -> Vec<Key> {
        let runs = self.0.lock();
        runs.values().for_each(|run| run.cancel.cancel());
        runs.keys().cloned().collect()
    }
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.0.lock().keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(generation: i64, deleting: bool) -> Json {
        let at = deleting.then_some("2026-01-01T00:00:00Z");
        json!({"metadata": {"generation": generation, "deletionTimestamp": at}})
    }

    #[test]
    fn what_changes_mean_for_a_run_in_progress() {
        use Verdict::{Enqueue, Known};
        let rows = [
            ("a newer spec", object(1, false), object(2, false), Reason::SpecChanged, true, Enqueue),
            ("what it has seen", object(2, false), object(2, false), Reason::SpecChanged, false, Known),
            ("what is older", object(3, false), object(2, false), Reason::SpecChanged, false, Known),
            ("deletion", object(1, false), object(2, true), Reason::Deleted, true, Enqueue),
            ("a newer spec in deletion", object(2, true), object(3, true), Reason::SpecChanged, false, Enqueue),
            ("annotations", object(1, false), object(1, false), Reason::AnnotationsChanged, false, Enqueue),
            ("no generation", object(0, false), object(0, false), Reason::SpecChanged, false, Enqueue),
        ];
        for (what, seen, now, reason, stopped, verdict) in rows {
            let running = Running::default();
            let key = Key { watch: 0, namespace: "ns".into(), name: "n".into() };
            let cancel = running.begin(&key);
            running.saw(&key, &seen);
            assert_eq!(running.changed(&key, &now, &reason), verdict, "{what}");
            assert_eq!(cancel.is_cancelled(), stopped, "{what}");
            running.end(&key);
            assert_eq!(running.changed(&key, &now, &reason), Enqueue, "{what}, after the run");
        }
    }
}
