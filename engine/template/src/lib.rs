//! Values and templates: Jinja2 as ansible-core 2.18 speaks it, and Handlebars for `*.hbs`.
//!
//! Project text is parsed into a [`Template`], [`Condition`] or [`Tree`] once, when it is loaded. Everything that
//! arrives at run time is a [`Value`]. No function turns a `Value` into a template, so data cannot be executed.
//!
//! This crate knows nothing of playbooks, files, networks or Kubernetes. What it needs from outside (time, randomness,
//! environment, files, lookups) enters through [`World`] and [`Lookups`].

mod condition;
mod dump;
mod error;
mod filters;
mod globals;
#[cfg(test)]
mod golden;
mod handlebars;
mod load;
mod methods;
mod python;
mod query;
mod regex;
mod render;
mod scope;
mod syntax;
mod template;
#[cfg(test)]
mod testing;
mod tests;
mod tree;
pub mod value;
pub mod vault;
pub mod yaml11;

pub use condition::Condition;
pub use dump::nice_yaml;
pub use error::{Error, ErrorKind, Origin, Result};
pub use filters::crypt::hash_password;
pub use filters::filter_names;
pub use python::seeded_numbers;
pub use regex::{Groups, PythonRegex};
pub use render::converted;
pub use scope::{Context, FileKind, FileStatus, Lookup, Lookups, Scope, Var, World};
pub use syntax::settings::{Overrides, enable_extensions};
pub use template::Template;
pub use tests::test_names;
pub use tree::Tree;
pub use value::Value;

/// A Python literal, as `ast.literal_eval` reads it; `None` when the text is anything else.
pub fn python_literal(text: &str) -> Option<Value> {
    syntax::literal::python(text)
}
