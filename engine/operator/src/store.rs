//! The CRs of one watch, as its informers last saw them.
use parking_lot::RwLock;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// Namespace and name.
pub(crate) type Name = (String, String);

#[derive(Default)]
pub(crate) struct Store(RwLock<HashMap<Name, Arc<Json>>>);

impl Store {
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<Arc<Json>> {
        self.0.read().get(&(namespace.to_owned(), name.to_owned())).cloned()
    }
    pub(crate) fn insert(&self, name: Name, object: Arc<Json>) -> Option<Arc<Json>> {
        self.0.write().insert(name, object)
    }
    pub(crate) fn remove(&self, name: &Name) -> Option<Arc<Json>> {
        self.0.write().remove(name)
    }
    /// Names in one namespace, or in all.
    pub(crate) fn names(&self, namespace: Option<&str>) -> Vec<Name> {
        let all = self.0.read();
        all.keys().filter(|(own, _)| namespace.is_none_or(|namespace| own == namespace)).cloned().collect()
    }
    pub(crate) fn len(&self) -> usize {
        self.0.read().len()
    }
}

/// Of an object.
pub(crate) fn name_of(object: &Json) -> Name {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}
