//! The objects of one resource and the changes made to them.
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use tokio::sync::watch;

use super::{Object, ShardId};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Added,
    Modified,
    Deleted,
}

/// One change, as the log keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) shard: ShardId,
    pub(crate) change: Change,
    pub(crate) object: Arc<Object>,
    pub(crate) before: Option<Arc<Object>>,
}

impl Event {
    pub(crate) fn rv(&self) -> u64 {
        self.object.rv
    }
}

/// What a watch finds behind its cursor.
pub(crate) enum Read {
    Events(Vec<Event>),
    /// The log no longer reaches back that far; its oldest revision.
    TooOld(u64),
}

pub(crate) struct Shard {
    objects: BTreeMap<String, Arc<Object>>,
    log: VecDeque<Event>,
    /// Changes up to here are forgotten.
    compacted: u64,
    capacity: usize,
    signal: watch::Sender<u64>,
}

impl Shard {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { objects: BTreeMap::new(), log: VecDeque::new(), compacted: 0, capacity, signal: watch::Sender::new(0) }
    }

    pub(crate) fn objects(&self) -> &BTreeMap<String, Arc<Object>> {
        &self.objects
    }

    pub(crate) fn get(&self, key: &str) -> Option<Arc<Object>> {
        self.objects.get(key).cloned()
    }

    pub(crate) fn list(&self, namespace: Option<&str>) -> Vec<Arc<Object>> {
        self.pairs(namespace).map(|(_, o)| o.clone()).collect()
    }

    fn pairs(&self, namespace: Option<&str>) -> impl Iterator<Item = (&String, &Arc<Object>)> {
        let prefix = namespace.map(|n| format!("{n}/")).unwrap_or_default();
        let from = if prefix.is_empty() { Bound::Unbounded } else { Bound::Included(prefix.clone()) };
        self.objects.range((from, Bound::Unbounded)).take_while(move |(k, _)| k.starts_with(&prefix))
    }

    /// The objects as they were at `rv`, by undoing the changes since; None when the log does not reach back.
    pub(crate) fn snapshot(&self, rv: u64, namespace: Option<&str>) -> Option<BTreeMap<String, Arc<Object>>> {
        if rv < self.compacted {
            return None;
        }
        let mut objects: BTreeMap<_, _> = self.pairs(namespace).map(|(k, o)| (k.clone(), o.clone())).collect();
        for event in self.log.iter().rev().take_while(|e| e.rv() > rv) {
            let key = super::key_of(event.object.namespace(), event.object.name());
            if namespace.is_some_and(|n| event.object.namespace() != n) {
                continue;
            }
            match &event.before {
                Some(before) => objects.insert(key, before.clone()),
                None => objects.remove(&key),
            };
        }
        Some(objects)
    }

    pub(crate) fn record(&mut self, key: &str, event: &Event) {
        match event.change {
            Change::Deleted => self.objects.remove(key),
            _ => self.objects.insert(key.to_owned(), event.object.clone()),
        };
        self.log.push_back(event.clone());
        while self.log.len() > self.capacity.max(1) {
            if let Some(dropped) = self.log.pop_front() {
                self.compacted = dropped.rv();
            }
        }
        self.signal.send_replace(event.rv());
    }

    /// The changes after `rv`.
    pub(crate) fn since(&self, rv: u64) -> Read {
        if rv < self.compacted {
            return Read::TooOld(self.compacted);
        }
        let first = self.log.partition_point(|e| e.rv() <= rv);
        Read::Events(self.log.range(first..).cloned().collect())
    }

    pub(crate) fn compact(&mut self, rv: u64) {
        self.log.clear();
        self.compacted = rv;
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.signal.subscribe()
    }

    /// Ends the watches by dropping what they wait on.
    pub(crate) fn cut(&mut self) {
        let last = *self.signal.borrow();
        self.signal = watch::Sender::new(last);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Place, Store};
    use super::*;
    use serde_json::json;

    fn place(key: &str) -> Place {
        Place { shard: "foos".into(), key: key.into() }
    }

    fn store(history: usize) -> Store {
        let store = Store::new(history);
        for name in ["a", "b", "c"] {
            let value = json!({"metadata": {"name": name, "namespace": "n", "uid": name}});
            store.insert(&place(&format!("n/{name}")), value, |_, _| Ok(())).unwrap();
        }
        store
    }

    fn names(objects: BTreeMap<String, Arc<Object>>) -> Vec<String> {
        objects.into_keys().collect()
    }

    #[test]
    fn shows_the_past_until_it_is_forgotten() {
        let store = store(100);
        store.remove(&place("n/b"), 3).unwrap();
        store.view(|s| {
            let shard = s.shard(&"foos".into());
            assert_eq!(names(shard.snapshot(3, None).unwrap()), ["n/a", "n/b"]);
            assert_eq!(names(shard.snapshot(5, Some("n")).unwrap()), ["n/a", "n/c"]);
            assert!(shard.snapshot(5, Some("other")).unwrap().is_empty());
        });
        store.compact();
        store.view(|s| assert!(s.shard(&"foos".into()).snapshot(3, None).is_none()));
    }

    #[test]
    fn the_log_is_bounded_and_says_when_it_is_too_short() {
        let store = store(2);
        store.view(|s| {
            let shard = s.shard(&"foos".into());
            assert!(matches!(shard.since(1), Read::TooOld(2)));
            assert!(matches!(shard.since(2), Read::Events(e) if e.len() == 2));
        });
    }

    #[test]
    fn writes_need_the_revision_they_were_computed_from() {
        let store = store(10);
        let value = json!({"metadata": {"name": "a", "namespace": "n", "uid": "a"}});
        assert!(matches!(
            store.replace(&place("n/a"), 9, value.clone(), |_, _| Ok(())),
            Err(super::super::Refusal::Moved)
        ));
        let next = store.replace(&place("n/a"), 2, value, |_, _| Ok(())).unwrap();
        assert_eq!((next.rv, next.meta("resourceVersion")), (5, "5"));
    }
}
