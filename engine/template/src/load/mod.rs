//! Text to values: JSON as Python reads it, YAML 1.1 as PyYAML's safe loader does.
mod json;
mod yaml;

pub(crate) use json::json;
pub(crate) use yaml::{yaml, yaml_all};
