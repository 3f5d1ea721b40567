//! Expressions with what ansible-core made of them (`cases/`, written by `cases/record.py`).
use crate::render::{Args, Render};
use crate::{Condition, Context, Lookup, Lookups, Origin, Result, Scope, Value, Var, World};
use std::sync::Arc;

/// A world in which nothing changes.
pub(crate) struct Still;

impl World for Still {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_700_000_000).unwrap()
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

struct Nothing;

impl Lookups for Nothing {
    fn find(&self, _: &str) -> Option<Arc<dyn Lookup>> {
        None
    }
}

struct Variables(Value);

impl Scope for Variables {
    fn get(&self, name: &str) -> Option<Var> {
        self.0.get(name).map(Var::Data)
    }
    fn names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }
}

/// The value of an expression.
pub(crate) fn evaluate(expression: &str) -> Result<Value> {
    let variables: serde_json::Value = serde_json::from_str(include_str!("../cases/variables.json")).unwrap();
    let scope = Variables(Value::from(variables));
    let loader = |name: &str| Err(crate::Error::failed(name));
    let cx = Context { scope: &scope, world: &Still, lookups: &Nothing, loader: &loader, extra: None, native: true };
    // Inside a list the value is kept as it is.
    let list = Condition::compile(&format!("[({expression})]"), &Origin::default())?.value(&cx)?;
    list.items().unwrap_or_default().pop().unwrap_or_default().defined()
}

/// What a filter makes of a value.
pub(crate) fn apply(filter: &str, value: &Value, args: &Args) -> Result<Value> {
    let scope = Variables(Value::None);
    let loader = |name: &str| Err(crate::Error::failed(name));
    let cx = Context { scope: &scope, world: &Still, lookups: &Nothing, loader: &loader, extra: None, native: false };
    Render::new(&cx).filter(filter, value, args)
}

/// Our answer where the recorded one is not to be had, and why.
const DIFFERENT: &[(&str, &str)] = &[
    // The parser takes a tab before a key; PyYAML does not.
    (r"'\ta: b' | from_yaml", "{'a': 'b'}"),
];

fn check(cases: &str) {
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let (expression, expected): (String, String) = serde_json::from_str(line).unwrap();
        let expected = DIFFERENT.iter().find(|(known, _)| *known == expression).map_or(&*expected, |(_, ours)| ours);
        let got = evaluate(&expression);
        let same = match &got {
            Ok(value) => value.repr() == expected,
            Err(_) => expected == "!",
        };
        if !same {
            let got = got.map_or_else(|error| format!("! {error}"), |value| value.repr());
            wrong.push(format!("{expression}\n  want {expected}\n  got  {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn jinja_is_as_recorded() {
    check(include_str!("../cases/jinja.txt"));
}

#[test]
fn builtin_filters_and_tests_are_as_recorded() {
    check(include_str!("../cases/ansible.txt"));
}

#[test]
fn collections_are_as_recorded() {
    check(include_str!("../cases/community.txt"));
}

#[test]
fn methods_are_as_recorded() {
    check(include_str!("../cases/methods.txt"));
}
