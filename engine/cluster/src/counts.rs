//! Requests by verb.
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Requests by verb (`get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `discovery`), since the
/// handle was made with `Cluster::counting`; retries count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<String, u64>);

impl Counts {
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
    pub fn of(&self, verb: &str) -> u64 {
        self.0.get(verb).copied().unwrap_or_default()
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<Mutex<BTreeMap<&'static str, u64>>>);

impl Counter {
    pub(crate) fn add(&self, verb: &'static str) {
        *self.0.lock().entry(verb).or_default() += 1;
    }
    pub(crate) fn counts(&self) -> Counts {
        Counts(self.0.lock().iter().map(|(verb, count)| ((*verb).to_owned(), *count)).collect())
    }
}
