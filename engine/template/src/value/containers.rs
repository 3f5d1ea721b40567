//! Lists and dicts, shared by reference.
use super::Value;
use super::hash::StrKey;
use indexmap::IndexMap;
use parking_lot::{RwLock, RwLockReadGuard};
use std::cell::RefCell;
use std::sync::Arc;

pub(crate) type Map = IndexMap<Value, Value>;

/// A list; clones are the same list.
#[derive(Clone, Default)]
pub struct List(Arc<RwLock<Vec<Value>>>);

impl List {
    pub fn new(items: Vec<Value>) -> Self {
        Self(Arc::new(RwLock::new(items)))
    }
    pub fn len(&self) -> usize {
        self.read().len()
    }
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }
    /// The items (a copy of the handles).
    pub fn to_vec(&self) -> Vec<Value> {
        self.read().clone()
    }
    /// The item at an index from the front.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.read().get(index).cloned()
    }
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Vec<Value>> {
        self.0.read_recursive()
    }
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        change(&mut self.0.write())
    }
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A dict in insertion order; clones are the same dict.
#[derive(Clone, Default)]
pub struct Dict(Arc<RwLock<Map>>);

impl Dict {
    pub(crate) fn new(map: Map) -> Self {
        Self(Arc::new(RwLock::new(map)))
    }
    pub fn len(&self) -> usize {
        self.read().len()
    }
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }
    /// The value under any key.
    pub fn get(&self, key: &Value) -> Option<Value> {
        self.read().get(key).cloned()
    }
    /// The value under a text key.
    pub fn get_str(&self, key: &str) -> Option<Value> {
        self.read().get(&StrKey(key)).cloned()
    }
    pub fn contains(&self, key: &Value) -> bool {
        self.read().contains_key(key)
    }
    /// The entries (a copy of the handles).
    pub fn entries(&self) -> Vec<(Value, Value)> {
        self.read().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }
    pub fn keys(&self) -> Vec<Value> {
        self.read().keys().cloned().collect()
    }
    pub fn values(&self) -> Vec<Value> {
        self.read().values().cloned().collect()
    }
    pub(crate) fn to_map(&self) -> Map {
        self.read().clone()
    }
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Map> {
        self.0.read_recursive()
    }
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Map) -> T) -> T {
        change(&mut self.0.write())
    }
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

thread_local! {
    /// What is dropped while something else is being dropped: a list may hold a list that holds a list, and so on for
    /// longer than the stack.
    static DROPPED: RefCell<Option<Vec<Value>>> = const { RefCell::new(None) };
}

/// Drops values without recursion.
fn release(values: impl Iterator<Item = Value>) {
    let nested = values.filter(|value| matches!(value, Value::List(_) | Value::Dict(_) | Value::Tuple(_)));
    let first = DROPPED.try_with(|dropped| match &mut *dropped.borrow_mut() {
        Some(waiting) => {
            waiting.extend(nested);
            false
        }
        empty => {
            *empty = Some(nested.collect());
            true
        }
    });
    if first != Ok(true) {
        return;
    }
    let next = || DROPPED.with_borrow_mut(|dropped| dropped.as_mut().and_then(Vec::pop));
    while let Some(value) = next() {
        drop(value);
    }
    DROPPED.set(None);
}

impl Drop for List {
    fn drop(&mut self) {
        if let Some(items) = Arc::get_mut(&mut self.0) {
            let items = std::mem::take(items.get_mut());
            if items.iter().any(Value::is_container) {
                release(items.into_iter());
            }
        }
    }
}

impl Drop for Dict {
    fn drop(&mut self) {
        if let Some(entries) = Arc::get_mut(&mut self.0) {
            let entries = std::mem::take(entries.get_mut());
            if entries.values().any(Value::is_container) {
                release(entries.into_values());
            }
        }
    }
}

impl std::fmt::Debug for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.read().iter()).finish()
    }
}

impl std::fmt::Debug for Dict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.read().iter()).finish()
    }
}
