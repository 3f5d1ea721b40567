//! Helpers of Handlebars files: the common filters under their names.
use crate::Value;
use crate::render::{Args, Render};
use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason, ScopedJson};

/// Filters that are helpers as well: the first parameter is the value, the others are arguments.
const FILTERS: [&str; 13] = [
    "default",
    "upper",
    "lower",
    "trim",
    "join",
    "length",
    "to_json",
    "to_yaml",
    "to_nice_json",
    "to_nice_yaml",
    "b64encode",
    "b64decode",
    "indent",
];

pub(super) fn register(registry: &mut Handlebars<'static>) {
    for name in FILTERS {
        registry.register_helper(name, Box::new(Filter(name)));
    }
}

/// A filter as a helper.
struct Filter(&'static str);

impl HelperDef for Filter {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let fail = |error: crate::Error| RenderError::from(RenderErrorReason::Other(error.message().to_owned()));
        let mut params = helper.params().iter().map(|param| match param.is_value_missing() {
            true => {
                Value::Undefined(format!("'{}' is undefined", param.relative_path().map_or("", |path| path)).into())
            }
            false => Value::from_json(param.value()),
        });
        let value = params.next().unwrap_or_default();
        let named = helper.hash().iter().map(|(key, param)| ((*key).into(), Value::from_json(param.value())));
        let args = Args { positional: params.collect(), named: named.collect() };
        let result = without_world(|render| render.filter(self.0, &value, &args)).map_err(fail)?;
        let json = result.defined().and_then(|value| value.to_json()).map_err(fail)?;
        Ok(ScopedJson::Derived(json))
    }
}

/// Runs a filter that needs no variables, clock or lookup.
fn without_world<T>(work: impl FnOnce(&Render<'_>) -> T) -> T {
    let loader = |name: &str| Err(crate::Error::failed(format!("no templates here: {name}")));
    let cx = crate::Context {
        scope: &Nothing,
        world: &Nothing,
        lookups: &Nothing,
        loader: &loader,
        extra: None,
        native: false,
    };
    work(&Render::new(&cx))
}

/// No variables, no lookups, the beginning of time.
struct Nothing;

impl crate::Scope for Nothing {
    fn get(&self, _: &str) -> Option<crate::Var> {
        None
    }
    fn names(&self) -> Vec<std::sync::Arc<str>> {
        Vec::new()
    }
}

impl crate::Lookups for Nothing {
    fn find(&self, _: &str) -> Option<std::sync::Arc<dyn crate::Lookup>> {
        None
    }
}

impl crate::World for Nothing {
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
