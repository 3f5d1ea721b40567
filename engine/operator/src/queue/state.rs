//! The queue's decisions, without waiting.
use super::Backoff;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant;

/// One CR: the watch's place in watches.yaml, and the name. Cluster-scoped ones have an empty namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub watch: usize,
    pub namespace: String,
    pub name: String,
}

/// Why a run comes. The order is the priority: what a user did goes before what comes by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    Deleted,
    Created,
    SpecChanged,
    AnnotationsChanged,
    /// `kind namespace/name` of the dependent.
    Dependent(String),
    RequeueAfter,
    Retry,
    /// Known before the operator started.
    Started,
    Period,
}

impl Reason {
    /// The class that is served first to last.
    fn class(&self) -> usize {
        match self {
            Self::Deleted | Self::Created | Self::SpecChanged | Self::AnnotationsChanged => 0,
            Self::Dependent(_) | Self::RequeueAfter => 1,
            Self::Retry | Self::Started | Self::Period => 2,
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Deleted => f.write_str("deleted"),
            Self::Created => f.write_str("created"),
            Self::SpecChanged => f.write_str("spec changed"),
            Self::AnnotationsChanged => f.write_str("annotations changed"),
            Self::Dependent(name) => write!(f, "dependent {name} changed"),
            Self::RequeueAfter => f.write_str("the last run asked for it"),
            Self::Retry => f.write_str("retry"),
            Self::Started => f.write_str("operator started"),
            Self::Period => f.write_str("period"),
        }
    }
}

/// How many runs may go on at once.
#[derive(Clone, Debug)]
pub struct Limits {
    pub global: usize,
    pub per_watch: Vec<usize>,
}

/// The permission to run a CR once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub key: Key,
    pub reason: Reason,
}

/// How a run ended, for the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Nothing is planned; only events start the next run.
    Idle,
    Period(Duration),
    RequeueAfter(Duration),
    /// It failed: again after the backoff.
    Failed,
    /// It was superseded: again at once.
    Again,
}

const CLASSES: usize = 3;

pub(super) struct State {
    limits: Limits,
    backoff: Backoff,
    entries: HashMap<Key, Entry>,
    /// Per watch and class, in order of arrival.
    ready: Vec<[BTreeMap<u64, Key>; CLASSES]>,
    /// Waiting for their time.
    timers: BTreeMap<(Instant, u64), Key>,
    running: Vec<usize>,
    arrivals: u64,
}

#[derive(Default)]
struct Entry {
    place: Place,
    failures: u32,
    /// Came while the run was going on, or planned for later.
    reason: Option<Reason>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Place {
    #[default]
    Nowhere,
    Waiting(Instant, u64),
    Ready(usize, u64),
    Running,
    /// Running, and to be dropped when it ends.
    Forgotten,
}

impl State {
    pub(super) fn new(limits: Limits, backoff: Backoff) -> Self {
        let watches = limits.per_watch.len();
        Self {
            limits,
            backoff,
            entries: HashMap::new(),
            ready: (0..watches).map(|_| Default::default()).collect(),
            timers: BTreeMap::new(),
            running: vec![0; watches],
            arrivals: 0,
        }
    }

    pub(super) fn add(&mut self, key: Key, reason: Reason) {
        let entry = self.entries.entry(key.clone()).or_default();
        match entry.place {
            Place::Running | Place::Forgotten => {
                entry.place = Place::Running;
                entry.reason = Some(stronger(entry.reason.take(), reason));
                return;
            }
            Place::Ready(class, _) if class <= reason.class() => return,
            _ => {}
        }
        let place = entry.place;
        self.take_out(&key, place);
        self.put_ready(key, reason);
    }

    pub(super) fn add_at(&mut self, key: Key, reason: Reason, due: Instant) {
        let entry = self.entries.entry(key.clone()).or_default();
        let place = match entry.place {
            Place::Running | Place::Forgotten | Place::Ready(..) => return,
            Place::Waiting(earlier, _) if earlier <= due => return,
            place => place,
        };
        self.take_out(&key, place);
        let arrival = self.arrive();
        self.timers.insert((due, arrival), key.clone());
        self.settle(key, Place::Waiting(due, arrival), Some(reason));
    }

    pub(super) fn forget(&mut self, key: &Key) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        if matches!(entry.place, Place::Running | Place::Forgotten) {
            entry.place = Place::Forgotten;
            return;
        }
        let place = entry.place;
        self.take_out(key, place);
        self.entries.remove(key);
    }

    /// The best key that may run now: by class, then the kind that runs least, then the order of arrival.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Ticket> {
        self.wake(now);
        if self.running.iter().sum::<usize>() >= self.limits.global {
            return None;
        }
        let open = |watch: &usize| self.running.get(*watch) < self.limits.per_watch.get(*watch);
        let candidates = (0..self.ready.len()).filter(open).filter_map(|watch| {
            let classes = self.ready.get(watch)?.iter().enumerate();
            let (class, (arrival, _)) =
                classes.filter_map(|(class, keys)| Some((class, keys.first_key_value()?))).next()?;
            Some((class, *self.running.get(watch)?, *arrival, watch))
        });
        let (class, _, arrival, watch) = candidates.min()?;
        let key = self.ready.get_mut(watch)?.get_mut(class)?.remove(&arrival)?;
        let entry = self.entries.get_mut(&key)?;
        entry.place = Place::Running;
        let reason = entry.reason.take().unwrap_or(Reason::Period);
        if let Some(running) = self.running.get_mut(watch) {
            *running += 1;
        }
        Some(Ticket { key, reason })
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((due, _), _)| *due)
    }

    pub(super) fn done(&mut self, key: &Key, done: Done, now: Instant) -> Option<Duration> {
        if let Some(running) = self.running.get_mut(key.watch) {
            *running = running.saturating_sub(1);
        }
        let entry = self.entries.get_mut(key)?;
        if entry.place == Place::Forgotten {
            self.entries.remove(key);
            return None;
        }
        entry.place = Place::Nowhere;
        entry.failures = if done == Done::Failed { entry.failures.saturating_add(1) } else { 0 };
        let failures = entry.failures;
        if let Some(reason) = entry.reason.take() {
            self.put_ready(key.clone(), reason);
            return Some(Duration::ZERO);
        }
        let (reason, delay) = match done {
            Done::Idle => return None,
            Done::Again => (Reason::SpecChanged, Duration::ZERO),
            Done::Period(delay) => (Reason::Period, delay),
            Done::RequeueAfter(delay) => (Reason::RequeueAfter, delay),
            Done::Failed => (Reason::Retry, self.backoff.delay(failures)),
        };
        self.add_at(key.clone(), reason, now + delay);
        Some(delay)
    }

    pub(super) fn depth(&self, watch: usize) -> usize {
        self.ready.get(watch).map_or(0, |classes| classes.iter().map(BTreeMap::len).sum())
    }

    pub(super) fn running(&self, watch: usize) -> usize {
        self.running.get(watch).copied().unwrap_or_default()
    }

    /// Moves what is due to the ready ones.
    fn wake(&mut self, now: Instant) {
        while let Some(first) = self.timers.first_entry() {
            if first.key().0 > now {
                return;
            }
            let key = first.remove();
            let reason = self.entries.get_mut(&key).and_then(|entry| entry.reason.take());
            self.put_ready(key, reason.unwrap_or(Reason::Period));
        }
    }

    fn put_ready(&mut self, key: Key, reason: Reason) {
        let arrival = self.arrive();
        let class = reason.class();
        if let Some(keys) = self.ready.get_mut(key.watch).and_then(|classes| classes.get_mut(class)) {
            keys.insert(arrival, key.clone());
            self.settle(key, Place::Ready(class, arrival), Some(reason));
        }
    }

    fn take_out(&mut self, key: &Key, place: Place) {
        match place {
            Place::Waiting(due, arrival) => {
                self.timers.remove(&(due, arrival));
            }
            Place::Ready(class, arrival) => {
                if let Some(keys) = self.ready.get_mut(key.watch).and_then(|classes| classes.get_mut(class)) {
                    keys.remove(&arrival);
                }
            }
            Place::Nowhere | Place::Running | Place::Forgotten => {}
        }
    }

    fn settle(&mut self, key: Key, place: Place, reason: Option<Reason>) {
        let entry = self.entries.entry(key).or_default();
        entry.place = place;
        entry.reason = reason;
    }

    fn arrive(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }
}

fn stronger(a: Option<Reason>, b: Reason) -> Reason {
    match a {
        Some(a) if a <= b => a,
        _ => b,
    }
}
