//! Values of inventories: project data, templates included.
use rolewright_template::{Origin, Tree, Value, python_literal};

/// A Python literal, or text.
pub(super) fn python(text: &str, origin: &Origin) -> Tree {
    let value = python_literal(text).unwrap_or_else(|| Value::from(text));
    Tree::from_project_value(&value, origin)
}
