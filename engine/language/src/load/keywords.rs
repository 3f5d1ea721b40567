//! Keywords that plays, blocks, roles and tasks share.
use super::session::{Place, Result, Session};
use crate::Diagnostic;
use crate::ast::Keywords;
use crate::yaml::{Kind, Node};
use rolewright_template::Tree;
use std::sync::Arc;

/// Keywords that must be text, or a template for it.
const TEXTS: &[&str] = &[
    "name",
    "connection",
    "remote_user",
    "become_user",
    "become_method",
    "become_flags",
    "become_exe",
    "debugger",
    "delegate_to",
    "register",
    "strategy",
    "order",
];

impl Session<'_> {
    pub(super) fn keywords(&self, node: &Node, place: &Place) -> Result<Keywords> {
        for name in TEXTS {
            if let Some(value) = node.get(name) {
                must_be_text(name, value, place)?;
            }
        }
        let get = |name: &str| self.optional(node.get(name));
        Ok(Keywords {
            when: node.get("when").map(|when| self.conditions(when, place)).unwrap_or_default(),
            tags: self.tags(node.get("tags"), place)?,
            ignore_errors: get("ignore_errors"),
            ignore_unreachable: get("ignore_unreachable"),
            no_log: get("no_log"),
            check_mode: get("check_mode"),
            diff: get("diff"),
            run_once: get("run_once"),
            delegate_to: get("delegate_to"),
            delegate_facts: get("delegate_facts"),
            environment: self.list(node.get("environment")),
            any_errors_fatal: get("any_errors_fatal"),
            throttle: get("throttle"),
            timeout: get("timeout"),
            connection: get("connection"),
            become_: get("become"),
            become_user: get("become_user"),
            become_method: get("become_method"),
            become_flags: get("become_flags"),
            become_exe: get("become_exe"),
            remote_user: get("remote_user"),
            port: get("port"),
            debugger: get("debugger"),
            module_defaults: self.module_defaults(node.get("module_defaults"), place)?,
            collections: self.collections(node.get("collections"), place)?,
        })
    }

    /// A list, or text with commas.
    fn tags(&self, node: Option<&Node>, place: &Place) -> Result<Vec<Tree>> {
        let Some(node) = node else { return Ok(Vec::new()) };
        match &node.kind {
            Kind::Seq(items) => Ok(items.iter().map(|item| self.tag(item)).collect()),
            Kind::Str(text) => Ok(text.split(',').map(|tag| self.text(tag.trim(), node)).collect()),
            _ => Err(place.error("bad-tags", "tags must be specified as a list", node)),
        }
    }

    /// A number is a tag of that name.
    fn tag(&self, node: &Node) -> Tree {
        match (&node.kind, node.scalar_text()) {
            (Kind::Int(_), Some(text)) => self.text(&text, node),
            _ => self.tree(node),
        }
    }

    pub(super) fn collections(&self, node: Option<&Node>, place: &Place) -> Result<Vec<Arc<str>>> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Vec::new()) };
        let items = node.as_seq().unwrap_or(std::slice::from_ref(node));
        items
            .iter()
            .map(|item| match item.as_str() {
                Some(text) => Ok(Arc::from(text)),
                None => {
                    let message = format!(
                        "the field 'collections' should be a list of (<class 'str'>,), but the item '{}' is a {}",
                        item.to_value(),
                        item.class()
                    );
                    Err(place.error("bad-collections", message, item))
                }
            })
            .collect()
    }

    fn module_defaults(&self, node: Option<&Node>, place: &Place) -> Result<Vec<(Arc<str>, Tree)>> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Vec::new()) };
        let mut defaults = Vec::new();
        for item in node.as_seq().unwrap_or(std::slice::from_ref(node)) {
            let Some(entries) = item.as_map() else {
                let message = "The field 'module_defaults' is supposed to be a dictionary or list of dictionaries, \
                               the keys of which must be static action, module, or group names.";
                return Err(place.error("bad-module-defaults", message, item));
            };
            for (key, value) in entries {
                defaults.push((self.defaults_name(key, place), self.tree(value)));
            }
        }
        Ok(defaults)
    }

    /// The module's canonical name. Defaults of a module that is not there can do no harm: no task can use it.
    fn defaults_name(&self, key: &Node, place: &Place) -> Arc<str> {
        let written = key.to_value().to_string();
        if written.starts_with("group/") {
            return written.into();
        }
        match self.catalog.resolve(&written, &[]) {
            Some(info) => info.name.into(),
            None => {
                let message = format!("Could not resolve action {written} in module_defaults");
                self.warn(Diagnostic::warning("unknown-module", message).at(&key.origin).with_source(&place.text));
                written.into()
            }
        }
    }
}

/// Refuses lists and mappings where text is wanted.
pub(super) fn must_be_text(name: &str, value: &Node, place: &Place) -> Result<()> {
    if !matches!(value.kind, Kind::Seq(_) | Kind::Map(_)) {
        return Ok(());
    }
    let message = format!(
        "The field '{name}' is supposed to be a string type, however the incoming data structure is a {}",
        value.class()
    );
    Err(place.error("bad-value", message, value))
}
