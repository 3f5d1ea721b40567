//! What a run carries for its modules and lookups, and what they ask of it.
use parking_lot::Mutex;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

/// Things a run carries for its modules and lookups, by type (a cluster, say).
#[derive(Clone, Default)]
pub struct Extensions(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Extensions {
    pub fn insert<T: Any + Send + Sync>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), value);
    }
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>()).cloned().and_then(|any| any.downcast().ok())
    }
}

/// What modules ask of the run as a whole; the last word wins.
#[derive(Debug, Default)]
pub struct Signals {
    requeue_after: Mutex<Option<String>>,
}

impl Signals {
    /// Asks for another run after `period`, in its written form (`5m`).
    pub fn requeue_after(&self, period: impl Into<String>) {
        *self.requeue_after.lock() = Some(period.into());
    }
    pub(crate) fn take_requeue_after(&self) -> Option<String> {
        self.requeue_after.lock().take()
    }
}
