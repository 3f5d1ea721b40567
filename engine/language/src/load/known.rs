//! What is known of variables while files are loaded: names of imported files may use them.
use super::session::Session;
use crate::ast::{Role, Vars};
use rolewright_template::{Context, Error, Lookup, Lookups, Result, Scope, Tree, Value, Var, World};
use std::sync::Arc;

/// Layers of variables, the strongest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Vec<Arc<Vars>>);

impl Known {
    pub(super) fn with(&self, vars: &Vars) -> Self {
        let mut layers = self.0.clone();
        if !vars.is_empty() {
            layers.push(Arc::new(vars.clone()));
        }
        Self(layers)
    }
}

/// The variables of one rendering.
struct Layers<'a> {
    magic: Vec<(&'static str, Value)>,
    extra: &'a Vars,
    known: &'a [Arc<Vars>],
}

impl Scope for Layers<'_> {
    fn get(&self, name: &str) -> Option<Var> {
        if let Some((_, value)) = self.magic.iter().find(|(key, _)| *key == name) {
            return Some(Var::Data(value.clone()));
        }
        let layers = std::iter::once(self.extra).chain(self.known.iter().rev().map(|layer| &**layer));
        layers
            .flat_map(|layer| layer.iter().rev())
            .find(|(key, _)| &**key == name)
            .map(|(_, tree)| Var::Lazy(Arc::clone(tree)))
    }
    fn names(&self) -> Vec<Arc<str>> {
        let magic = self.magic.iter().map(|(name, _)| Arc::from(*name));
        let vars = self.known.iter().flat_map(|layer| layer.iter()).chain(self.extra);
        magic.chain(vars.map(|(name, _)| Arc::clone(name))).collect()
    }
}

/// Loading sees neither clock nor environment: it must give the same result every time.
struct NoWorld;

impl World for NoWorld {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
    fn random(&self) -> u64 {
        0
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

struct NoLookups;

impl Lookups for NoLookups {
    fn find(&self, _: &str) -> Option<Arc<dyn Lookup>> {
        None
    }
}

impl Session<'_> {
    /// Renders a name; what only a run can know is undefined.
    pub(super) fn render_name(&self, tree: &Tree, known: &Known, role: Option<&Role>) -> Result<String> {
        if let Some(value) = tree.as_data() {
            return Ok(value.to_string());
        }
        self.render_in(tree, &known.0, role)
    }

    /// [`Session::render_name`] for imports: with extra vars still to come, other variables count for nothing.
    pub(super) fn render_import(&self, tree: &Tree, known: &Known, role: Option<&Role>) -> Result<String> {
        if let Some(value) = tree.as_data() {
            return Ok(value.to_string());
        }
        let known: &[Arc<Vars>] = if self.names_are_late() { &[] } else { &known.0 };
        self.render_in(tree, known, role)
    }

    fn render_in(&self, tree: &Tree, known: &[Arc<Vars>], role: Option<&Role>) -> Result<String> {
        let scope = Layers { magic: self.magic(role), extra: &self.settings.extra_vars, known };
        let loader = |name: &str| Err(Error::failed(format!("a name cannot include a template ({name})")));
        let cx = Context {
            scope: &scope,
            world: &NoWorld,
            lookups: &NoLookups,
            loader: &loader,
            extra: None,
            native: false,
        };
        tree.render(&cx).and_then(Value::defined).map(|value| value.to_string())
    }

    fn magic(&self, role: Option<&Role>) -> Vec<(&'static str, Value)> {
        let text = |path: &std::path::Path| Value::from(&*path.to_string_lossy());
        let mut magic = Vec::new();
        if !self.running {
            magic.push(("playbook_dir", text(&self.playbook_dir())));
        }
        if let Some(role) = role {
            let name = role.name.rsplit('.').next().unwrap_or(&role.name);
            magic.push(("role_path", text(&role.path)));
            magic.push(("role_name", Value::from(name)));
            magic.push(("ansible_role_name", Value::from(&*role.name)));
        }
        magic
    }
}
