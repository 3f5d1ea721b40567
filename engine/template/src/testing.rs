//! Variables, a clock and templates for tests.
use crate::{Context, Error, Lookup, Lookups, Origin, Result, Scope, Template, Tree, Value, Var, World};
use std::sync::Arc;

/// Variables as a project file has them: text is templates; `{"__ansible_unsafe": …}` is data.
pub(crate) struct Fixture {
    pub(crate) vars: Vec<(Arc<str>, Var)>,
    pub(crate) files: Vec<(&'static str, &'static str)>,
    pub(crate) native: bool,
}

impl Fixture {
    pub(crate) fn new(vars: &serde_json::Value) -> Self {
        let origin = Origin { file: "vars.yml".into(), line: 1, column: 1 };
        let entry = |(name, value): (&String, &serde_json::Value)| {
            let var = match value.get("__ansible_unsafe") {
                Some(data) => Var::Data(Value::from_json(data)),
                None => Var::Lazy(Arc::new(Tree::from_project_json(value, &origin))),
            };
            (name.as_str().into(), var)
        };
        let vars = vars.as_object().map(|vars| vars.iter().map(entry).collect()).unwrap_or_default();
        Self { vars, files: Vec::new(), native: false }
    }
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let loader = |name: &str| {
            let found = self.files.iter().find(|(known, _)| *known == name);
            let (path, text) = found.ok_or_else(|| Error::failed(format!("'{name}' not found")))?;
            Ok(((*path).to_owned(), (*text).to_owned()))
        };
        work(&Context { scope: self, world: self, lookups: self, loader: &loader, extra: None, native: self.native })
    }
    pub(crate) fn render(&self, text: &str) -> Result<Value> {
        let origin = Origin { file: "play.yml".into(), line: 10, column: 5 };
        self.with(|cx| Template::inline(text, &origin)?.render(cx))
    }
    pub(crate) fn file(&self, text: &str) -> Result<String> {
        self.with(|cx| Template::file(text, "main.j2")?.render_text(cx))
    }
}

impl Scope for Fixture {
    fn get(&self, name: &str) -> Option<Var> {
        self.vars.iter().find(|(known, _)| &**known == name).map(|(_, var)| var.clone())
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.vars.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl Lookups for Fixture {
    fn find(&self, _: &str) -> Option<Arc<dyn Lookup>> {
        None
    }
}

impl World for Fixture {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
    fn random(&self) -> u64 {
        4
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}
