//! Nodes to compiled data: every text with an expression in it becomes a template, once.
use super::session::{Place, Result, Session};
use crate::ast::Vars;
use crate::yaml::{Kind, Node};
use crate::{Diagnostic, Severity};
use rolewright_template::{Condition, Error, Template, Tree, Value};
use std::sync::Arc;

/// True for text that Jinja has something to do with.
pub(super) fn is_template(text: &str) -> bool {
    text.match_indices('{').any(|(at, _)| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#')))
}

impl Session<'_> {
    pub(super) fn tree(&self, node: &Node) -> Tree {
        if node.is_unsafe() {
            return Tree::Data(node.to_value());
        }
        match &node.kind {
            Kind::Str(text) => self.text(text, node),
            Kind::Vault(text) => self.vault(text, node),
            Kind::Seq(items) => Tree::list(items.iter().map(|item| self.tree(item)).collect()),
            Kind::Map(entries) => {
                Tree::map(entries.iter().map(|(key, value)| (self.tree(key), self.tree(value))).collect())
            }
            _ => Tree::Data(node.to_value()),
        }
    }

    /// Text that stands in a node, or is part of one.
    pub(super) fn text(&self, text: &str, node: &Node) -> Tree {
        if node.is_unsafe() || !is_template(text) {
            return Tree::Data(Value::from(text));
        }
        match Template::inline(text, &node.origin) {
            Ok(template) => Tree::Text(template),
            Err(error) => Tree::Broken(error.or_at(&node.origin)),
        }
    }

    /// A decrypted value is a secret, not a template.
    fn vault(&self, text: &str, node: &Node) -> Tree {
        match self.settings.vault.open_text(text) {
            Ok(plain) => Tree::Data(Value::vaulted(plain)),
            Err(message) => Tree::Broken(Error::failed(message).or_at(&node.origin)),
        }
    }

    /// A value, unless it is null.
    pub(super) fn optional(&self, node: Option<&Node>) -> Option<Tree> {
        node.filter(|node| !node.is_null()).map(|node| self.tree(node))
    }

    /// A list, or the one item that stands for it.
    pub(super) fn list(&self, node: Option<&Node>) -> Vec<Tree> {
        match node.map(|node| (node, &node.kind)) {
            None | Some((_, Kind::Null)) => Vec::new(),
            Some((_, Kind::Seq(items))) => items.iter().map(|item| self.tree(item)).collect(),
            Some((node, _)) => vec![self.tree(node)],
        }
    }

    /// A condition or a list of them; empty ones are true and left out.
    pub(super) fn conditions(&self, node: &Node, place: &Place) -> Vec<Condition> {
        let items = node.as_seq().unwrap_or(std::slice::from_ref(node));
        items.iter().filter(|item| !is_nothing(item)).map(|item| self.condition(item, place)).collect()
    }

    /// What a task makes of its own result: an empty condition is a true one, and an empty list is none at all.
    pub(super) fn verdict(&self, node: Option<&Node>, place: &Place) -> Option<Vec<Condition>> {
        let node = node?;
        let items = node.as_seq().unwrap_or(std::slice::from_ref(node));
        let condition = |item: &Node| match is_nothing(item) {
            true => Condition::compile_or_keep("True", &item.origin),
            false => self.condition(item, place),
        };
        (!items.is_empty()).then(|| items.iter().map(condition).collect())
    }

    fn condition(&self, node: &Node, place: &Place) -> Condition {
        if matches!(node.kind, Kind::Seq(_) | Kind::Map(_) | Kind::Set(_) | Kind::Pairs(_)) {
            let message = "the condition is a list or mapping, which is true unless it is empty";
            let warning =
                place.error("odd-condition", message, node).with_help("write an expression, as text in quotes");
            self.warn(Diagnostic { severity: Severity::Warning, ..warning });
        }
        let text = node.as_str().map_or_else(|| node.to_value().to_string(), str::to_owned);
        Condition::compile_or_keep(&text, &node.origin)
    }

    /// Names and values; `owner` is named when a key cannot be a variable (`None`: any key goes).
    pub(super) fn vars(&self, node: Option<&Node>, owner: Option<&str>, place: &Place) -> Result<Vars> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Vec::new()) };
        let Some(entries) = node.as_map() else {
            let owner = owner.unwrap_or("file");
            let message = format!("Vars in a {owner} must be specified as a dictionary");
            return Err(place.error("bad-vars", message, node));
        };
        entries
            .iter()
            .map(|(key, value)| {
                let name = key.to_value().to_string();
                match owner {
                    Some(owner) if !is_identifier(&name) => {
                        let message = format!(
                            "Invalid variable name in vars specified for {owner}: '{name}' is not a valid variable name"
                        );
                        Err(place.error("bad-variable-name", message, key).with_help(IDENTIFIER))
                    }
                    _ => Ok((Arc::from(name), Arc::new(self.tree(value)))),
                }
            })
            .collect()
    }
}

fn is_nothing(node: &Node) -> bool {
    node.is_null() || node.as_str() == Some("")
}

pub(super) const IDENTIFIER: &str = "a variable's name consists of letters, digits and underscores, does not start with a digit and is no Python keyword";

const PYTHON_KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// True for names that Ansible takes for variables.
pub(super) fn is_identifier(name: &str) -> bool {
    let start = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    start && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_') && !PYTHON_KEYWORDS.contains(&name)
}
