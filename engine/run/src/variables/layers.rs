//! Sets of variables of one origin.
use rolewright_language::ast::Vars;
use rolewright_template::{Tree, Var};
use std::collections::HashMap;
use std::sync::Arc;

/// Variables by name.
pub(crate) type VarMap = HashMap<Arc<str>, Var>;

/// Project variables by name: built once per file, shared by all that look into it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layer {
    by_name: HashMap<Arc<str>, Arc<Tree>>,
}

impl Layer {
    /// Later entries win.
    pub(crate) fn add(&mut self, vars: &[(Arc<str>, Arc<Tree>)]) {
        self.by_name.extend(vars.iter().cloned());
    }
    pub(crate) fn of(vars: &Vars) -> Self {
        let mut layer = Self::default();
        layer.add(vars);
        layer
    }
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Tree>> {
        self.by_name.get(name)
    }
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.keys()
    }
    pub(crate) fn clear(&mut self) {
        self.by_name.clear();
    }
}

/// The last entry of a name in a short list.
pub(crate) fn last<'a>(vars: &'a Vars, name: &str) -> Option<&'a Arc<Tree>> {
    vars.iter().rev().find(|(key, _)| &**key == name).map(|(_, tree)| tree)
}
