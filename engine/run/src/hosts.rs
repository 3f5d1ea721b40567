//! What a run knows of one host.
use crate::variables::Layer;
use crate::{Inventory, Stats};
use indexmap::IndexMap;
use rolewright_template::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// A host's place in the list of all hosts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HostId(pub(crate) usize);

/// The store of one host; it lives as long as the run.
#[derive(Debug, Default)]
pub(crate) struct HostState {
    pub(crate) name: Arc<str>,
    /// From inventory files.
    pub(crate) inventory: Layer,
    /// The connection the inventory asks for, when it is plain text.
    pub(crate) connection: Option<Arc<str>>,
    /// Facts as modules gave them, and under the names that tasks see.
    pub(crate) facts: IndexMap<Arc<str>, Value>,
    /// `set_fact` and `register`.
    pub(crate) set: IndexMap<Arc<str>, Value>,
    /// Those of them that hold results which nothing outside of the project had a part in.
    pub(crate) own_results: HashSet<Arc<str>>,
    /// `include_vars`.
    pub(crate) included: Layer,
    /// `vars_files` of the play that runs.
    pub(crate) play_files: Layer,
    /// Names of handlers to run at the next flush.
    pub(crate) notified: Vec<Arc<str>>,
    pub(crate) stats: Stats,
    /// Some task ran, so that the recap lists it.
    pub(crate) used: bool,
    pub(crate) failed: bool,
    pub(crate) unreachable: bool,
}

impl HostState {
    pub(crate) fn new(name: Arc<str>, inventory: &Inventory) -> Self {
        let vars = inventory.vars_of(&name);
        let connection = vars.iter().rev().find(|(key, _)| &**key == "ansible_connection");
        let connection = connection.and_then(|(_, tree)| tree.as_data()?.as_str().map(Arc::from));
        Self { inventory: Layer::of(&vars), connection, name, ..Self::default() }
    }

    /// A fact as a variable of its own (`ansible_distribution`).
    pub(crate) fn fact(&self, name: &str) -> Option<Value> {
        self.facts.get(name).cloned()
    }

    /// `ansible_facts`: all facts, without the prefix.
    pub(crate) fn ansible_facts(&self) -> Value {
        Value::dict(self.facts.iter().map(|(name, value)| (short_name(name), value.clone())))
    }

    pub(crate) fn add_facts(&mut self, facts: impl IntoIterator<Item = (Arc<str>, Value)>) {
        self.facts.extend(facts);
    }
}

fn short_name(name: &Arc<str>) -> Value {
    match name.strip_prefix("ansible_") {
        Some(short) => Value::from(short),
        None => Value::from(Arc::clone(name)),
    }
}

/// How a host stands in the play that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Status {
    #[default]
    Running,
    Failed,
    Unreachable,
    /// `meta: end_host` and its like.
    Ended,
}
