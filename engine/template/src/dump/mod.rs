//! Values to text: JSON as Python writes it, YAML as PyYAML's C emitter does, and `pprint`.
mod analyze;
mod emitter;
mod json;
mod pretty;
mod represent;
mod scalar;

pub(crate) use json::{JsonStyle, json};
pub(crate) use pretty::pretty;
pub(crate) use represent::{YamlStyle, yaml};

#[cfg(test)]
mod tests;
