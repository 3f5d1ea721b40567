//! The schemas of CustomResourceDefinitions: what they prune, fill in, and refuse, in the words of Kubernetes.
//!
//! A schema is read once ([`Structural::parse`]), with its patterns compiled, and used for every object. Rules in CEL
//! are not evaluated here: [`Structural::rules`] says where a schema has them, so that a server can tell.

mod check;
mod default;
mod formats;
mod lists;
mod numbers;
mod parse;
mod prune;
mod validate;

use indexmap::IndexMap;
use regex::Regex;
use serde_json::Value as Json;

pub use check::check;

/// A schema, or a part of one.
#[derive(Clone, Debug, Default)]
pub struct Structural {
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`, or "".
    pub kind: String,
    pub properties: IndexMap<String, Structural>,
    pub additional: Additional,
    pub items: Option<Box<Structural>>,
    pub default: Option<Json>,
    pub nullable: bool,
    pub int_or_string: bool,
    pub preserve_unknown: bool,
    pub embedded: bool,
    pub list_type: ListType,
    pub atomic_map: bool,
    pub(crate) limits: Limits,
    pub(crate) all_of: Vec<Structural>,
    pub(crate) any_of: Vec<Structural>,
    pub(crate) one_of: Vec<Structural>,
    pub(crate) not: Option<Box<Structural>>,
    has_rules: bool,
}

/// `additionalProperties`.
#[derive(Clone, Debug, Default)]
pub enum Additional {
    #[default]
    Unset,
    Allowed(bool),
    Schema(Box<Structural>),
}

impl Additional {
    pub fn schema(&self) -> Option<&Structural> {
        match self {
            Additional::Schema(schema) => Some(schema),
            _ => None,
        }
    }
}

/// `x-kubernetes-list-type`; atomic unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListType {
    #[default]
    Atomic,
    Set,
    Map(Vec<String>),
}

/// The rules on values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) format: String,
    pub(crate) pattern: Option<(String, Result<Regex, String>)>,
    pub(crate) values: Option<Vec<Json>>,
    pub(crate) required: Vec<String>,
    pub(crate) maximum: Option<Json>,
    pub(crate) minimum: Option<Json>,
    pub(crate) exclusive_maximum: bool,
    pub(crate) exclusive_minimum: bool,
    pub(crate) multiple_of: Option<Json>,
    pub(crate) max_length: Option<i64>,
    pub(crate) min_length: Option<i64>,
    pub(crate) max_items: Option<i64>,
    pub(crate) min_items: Option<i64>,
    pub(crate) unique_items: bool,
    pub(crate) max_properties: Option<i64>,
    pub(crate) min_properties: Option<i64>,
}

impl Structural {
    /// Whether the schema has validation rules in CEL anywhere, which nothing here evaluates.
    pub fn rules(&self) -> bool {
        self.has_rules
            || self.properties.values().any(Self::rules)
            || self.additional.schema().is_some_and(Self::rules)
            || self.items.as_deref().is_some_and(Self::rules)
            || self.all_of.iter().any(Self::rules)
    }
}

#[cfg(test)]
mod tests;
