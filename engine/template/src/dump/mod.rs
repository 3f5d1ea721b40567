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

/// YAML in block style with its keys in order, as `to_nice_yaml` writes it.
pub fn nice_yaml(value: &crate::Value) -> crate::Result<String> {
    yaml(value, &YamlStyle { indent: 4, flow: Some(false), ..YamlStyle::default() })
}

#[cfg(test)]
mod tests;
