//! One task or handler.
use super::ModuleInfo;
use super::action::Found;
use super::attributes::Owner;
use super::compile::{IDENTIFIER, is_identifier};
use super::session::{Place, Result, Session};
use crate::ast::{Block, Loop, LoopControl, Task};
use crate::yaml::{Kind, Node};
use rolewright_template::Tree;
use std::sync::Arc;

/// The lookups that `with_…` may name by their short name: ansible-core's own, and those it forwards.
const LOOKUPS: &[&str] = &[
    "config",
    "csvfile",
    "dict",
    "env",
    "file",
    "fileglob",
    "first_found",
    "indexed_items",
    "ini",
    "inventory_hostnames",
    "items",
    "lines",
    "list",
    "nested",
    "password",
    "pipe",
    "random_choice",
    "sequence",
    "subelements",
    "template",
    "together",
    "unvault",
    "url",
    "varnames",
    "vars",
    "cartesian",
    "dig",
    "dnstxt",
    "etcd",
    "filetree",
    "flattened",
    "hashi_vault",
    "k8s",
    "openshift",
    "passwordstore",
    "redis",
    "shelvefile",
];

impl Session<'_> {
    pub(super) fn task(&self, node: &Node, found: &Found<'_>, info: &ModuleInfo, place: &Place) -> Result<Task> {
        let owner = owner(info, place);
        self.check_keywords(node, owner, place)?;
        let (action, apply) = self.action(found, info, node, place)?;
        let mut keywords = self.keywords(node, place)?;
        if found.local {
            keywords.delegate_to = Some(Tree::Data("localhost".into()));
        }
        if keywords.collections.is_empty() {
            keywords.collections.clone_from(&place.collections);
        }
        let get = |name: &str| self.optional(node.get(name));
        Ok(Task {
            origin: node.origin.clone(),
            name: get("name"),
            action,
            keywords,
            vars: self.vars(node.get("vars"), Some(owner.name()), place)?,
            loop_: self.loop_(node, owner, place)?,
            loop_control: self.loop_control(node.get("loop_control"), place)?,
            register: register(node.get("register"), place)?,
            until: node.get("until").map(|until| self.conditions(until, place)).unwrap_or_default(),
            retries: get("retries"),
            delay: get("delay"),
            changed_when: self.verdict(node.get("changed_when"), place),
            failed_when: self.verdict(node.get("failed_when"), place),
            notify: self.notify(node, place),
            listen: listen(node.get("listen"), place)?,
            async_: get("async").or_else(|| get("async_val")),
            poll: get("poll"),
            apply: self.applied(apply.as_ref(), place)?,
            file: Arc::clone(&place.name),
            role: place.role.clone(),
        })
    }

    fn check_keywords(&self, node: &Node, owner: Owner, place: &Place) -> Result<()> {
        // The module is one of the keys: what is no keyword at all was taken for it.
        for (key, _) in node.as_map().unwrap_or_default() {
            let Some(name) = key.as_str() else { continue };
            let keyword = Owner::Handler.takes(name) || name == "static";
            if keyword && !owner.takes(name) {
                return Err(owner.unknown(key, place));
            }
        }
        Ok(())
    }

    /// The block around what an include brings.
    fn applied(&self, node: Option<&Node>, place: &Place) -> Result<Option<Arc<Block>>> {
        let Some(node) = node else { return Ok(None) };
        match node.as_map() {
            Some([]) => return Ok(None),
            Some(_) => Owner::Block.check(node, place)?,
            None => {
                let message = format!("Expected a dict for apply but got {} instead", node.class());
                return Err(place.error("bad-option", message, node));
            }
        }
        Ok(Some(Arc::new(Block {
            origin: node.origin.clone(),
            name: self.optional(node.get("name")),
            keywords: self.keywords(node, place)?,
            vars: self.vars(node.get("vars"), Some("Block"), place)?,
            notify: self.list(node.get("notify")),
            body: Vec::new(),
            rescue: Vec::new(),
            always: Vec::new(),
        })))
    }

    /// Own `notify`, else that of the blocks around.
    fn notify(&self, node: &Node, place: &Place) -> Vec<Tree> {
        match node.get("notify") {
            Some(own) => self.list(Some(own)),
            None => place.notify.clone(),
        }
    }

    fn loop_(&self, node: &Node, owner: Owner, place: &Place) -> Result<Option<Loop>> {
        let mut found = node.get("loop").filter(|node| !node.is_null()).map(|items| Loop::Items(self.tree(items)));
        for (key, value) in node.as_map().unwrap_or_default() {
            let Some(lookup) = key.as_str().and_then(|key| key.strip_prefix("with_")) else { continue };
            if !lookup.contains('.') && !LOOKUPS.contains(&lookup) {
                let help = crate::suggest::nearest(lookup, LOOKUPS.iter().copied());
                let help = help.map(|near| format!("did you mean `with_{near}`?"));
                return Err(owner.unknown(key, place).with_help_if(help));
            }
            if found.is_some() {
                return Err(place.error("duplicate-loop", format!("duplicate loop in task: {lookup}"), key));
            }
            if value.is_null() {
                let message = format!("you must specify a value when using with_{lookup}");
                return Err(place.error("loop-without-value", message, key));
            }
            found = Some(Loop::With { lookup: lookup.into(), terms: self.tree(value) });
        }
        Ok(found)
    }

    fn loop_control(&self, node: Option<&Node>, place: &Place) -> Result<LoopControl> {
        let Some(node) = node else { return Ok(LoopControl::default()) };
        if node.as_map().is_none() {
            let message = "the `loop_control` value must be specified as a dictionary and cannot be a variable itself \
                           (though it can contain variables)";
            return Err(place.error("bad-loop", message, node));
        }
        Owner::LoopControl.check(node, place)?;
        let get = |name: &str| self.optional(node.get(name));
        Ok(LoopControl {
            loop_var: get("loop_var"),
            index_var: get("index_var"),
            label: get("label"),
            pause: get("pause"),
            extended: get("extended"),
            extended_allitems: get("extended_allitems"),
            break_when: node.get("break_when").map(|tests| self.conditions(tests, place)).unwrap_or_default(),
        })
    }
}

fn owner(info: &ModuleInfo, place: &Place) -> Owner {
    match (info.name, place.handlers) {
        ("ansible.builtin.include_tasks", false) => Owner::Include,
        ("ansible.builtin.include_tasks", true) => Owner::IncludeHandler,
        ("ansible.builtin.include_role", _) => Owner::IncludeRole,
        (_, false) => Owner::Task,
        (_, true) => Owner::Handler,
    }
}

fn register(node: Option<&Node>, place: &Place) -> Result<Option<Arc<str>>> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(None) };
    let name = node.to_value().to_string();
    if !is_identifier(&name) {
        let message = format!("Invalid variable name in 'register' specified: '{name}'");
        return Err(place.error("bad-variable-name", message, node).with_help(IDENTIFIER));
    }
    Ok(Some(name.into()))
}

/// Topics, which a role's handlers also answer to with the role's name before them.
fn listen(node: Option<&Node>, place: &Place) -> Result<Vec<Arc<str>>> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Vec::new()) };
    let mut topics: Vec<Arc<str>> = Vec::new();
    for item in node.as_seq().unwrap_or(std::slice::from_ref(node)) {
        match &item.kind {
            Kind::Str(text) => topics.push(text.as_str().into()),
            _ => {
                let message = format!(
                    "the field 'listen' should be a list of (<class 'str'>,), but the item '{}' is a {}",
                    item.to_value(),
                    item.class()
                );
                return Err(place.error("bad-value", message, item));
            }
        }
    }
    if let Some(role) = &place.role {
        let short = role.name.rsplit('.').next().unwrap_or(&role.name);
        for topic in topics.clone() {
            for role in [&*role.name, short] {
                let topic: Arc<str> = format!("{role} : {topic}").into();
                if !topics.contains(&topic) {
                    topics.push(topic);
                }
            }
        }
    }
    Ok(topics)
}
