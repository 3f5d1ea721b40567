//! Compiled project text.
use crate::{Context, Origin, Result, Value};
use std::sync::Arc;

/// A compiled template: Jinja text, or plain text without any.
#[derive(Clone, Debug)]
pub struct Template;

impl Template {
    /// A string from a playbook, role or vars file (inline: backslash rule applies, native conversion on render).
    pub fn inline(_text: &str, _origin: &Origin) -> Result<Self> {
        unimplemented!()
    }
    /// A whole `.j2` file (text only; `#jinja2:` header honoured; `trim_blocks` on) or, by its name, a `.hbs` file.
    pub fn file(_text: &str, _path: &str) -> Result<Self> {
        unimplemented!()
    }
    /// No expressions inside: rendering gives the text itself.
    pub fn is_literal(&self) -> bool {
        unimplemented!()
    }
    /// The text as it stands in the file.
    pub fn source(&self) -> &str {
        unimplemented!()
    }
    /// By Ansible's rules for module arguments and variables: text, literal or native value.
    pub fn render(&self, _cx: &Context<'_>) -> Result<Value> {
        unimplemented!()
    }
    /// Always text (file templates).
    pub fn render_text(&self, _cx: &Context<'_>) -> Result<String> {
        unimplemented!()
    }
}

/// A bare expression, as in `when`, `until`, `that`.
#[derive(Clone, Debug)]
pub struct Condition;

impl Condition {
    pub fn compile(_text: &str, _origin: &Origin) -> Result<Self> {
        unimplemented!()
    }
    pub fn source(&self) -> &str {
        unimplemented!()
    }
    /// Truth by ansible-core 2.18's rules (`when: "{{ x }}"` is evaluated twice only for project text).
    pub fn is_true(&self, _cx: &Context<'_>) -> Result<bool> {
        unimplemented!()
    }
    /// The expression's native value (for `debug: var=`).
    pub fn value(&self, _cx: &Context<'_>) -> Result<Value> {
        unimplemented!()
    }
}

/// Project data with templates at its leaves: what a variable, an argument or a keyword's value is made of.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Numbers, booleans, null, `!unsafe` text, text without templates.
    Data(Value),
    Text(Template),
    List(Vec<Tree>),
    /// Keys may hold templates too.
    Map(Vec<(Tree, Tree)>),
    /// Text that did not parse: kept, and raised when it is reached.
    Broken(crate::Error),
}

impl Tree {
    /// Renders every leaf. `omit` stays a [`Value::Omit`] inside.
    pub fn render(&self, _cx: &Context<'_>) -> Result<Value> {
        unimplemented!()
    }
    /// Project data that happens to be JSON (watch vars, `-e '{…}'`): strings are compiled as templates.
    pub fn from_project_json(_json: &serde_json::Value, _origin: &Origin) -> Self {
        unimplemented!()
    }
    pub fn data(value: impl Into<Value>) -> Arc<Self> {
        Arc::new(Self::Data(value.into()))
    }
    /// The value, when nothing in it needs rendering.
    pub fn as_data(&self) -> Option<&Value> {
        match self {
            Self::Data(value) => Some(value),
            _ => None,
        }
    }
}
