//! Lists of tasks and blocks.
use super::attributes::Owner;
use super::session::{File, Place, Result, Session};
use crate::Diagnostic;
use crate::ast::{Block, Node, Role};
use crate::yaml;
use std::path::Path;
use std::sync::Arc;

impl Session<'_> {
    /// A file of tasks, reached at run time.
    pub(super) fn task_file(&self, path: &Path, role: Option<&Arc<Role>>, handlers: bool) -> Result<Vec<Node>> {
        let file = self.read(path)?;
        let place = Place {
            name: Arc::clone(&file.name),
            text: Arc::clone(&file.text),
            role: role.cloned(),
            handlers,
            collections: role.map(|role| role.collections.clone()).unwrap_or_default(),
            notify: Vec::new(),
            known: super::known::Known::default(),
            directories: vec![super::directory(&file.path)],
        };
        self.file_tasks(&file, &place)
    }

    /// The tasks of a file; `place` is in it already.
    pub(super) fn file_tasks(&self, file: &File, place: &Place) -> Result<Vec<Node>> {
        if file.node.is_null() {
            return Ok(Vec::new());
        }
        if file.node.as_seq().is_none() {
            let message = "included task files must contain a list of tasks";
            return Err(place.error("not-a-task-list", message, &file.node).with_help_if(play_or_vars(&file.node)));
        }
        self.nodes(&file.node, place)
    }

    /// A list of tasks and blocks; null is an empty one.
    pub(super) fn nodes(&self, list: &yaml::Node, place: &Place) -> Result<Vec<Node>> {
        if list.is_null() {
            return Ok(Vec::new());
        }
        let Some(items) = list.as_seq() else {
            let message = format!("a list of tasks was expected, but got {}", list.class());
            return Err(place.error("not-a-task-list", message, list).with_help("begin every task with a dash"));
        };
        let items = items.iter().filter(|item| !item.is_null());
        items.map(|item| self.node(item, place).or_else(|error| self.broken(error))).collect()
    }

    fn node(&self, node: &yaml::Node, place: &Place) -> Result<Node> {
        if node.as_map().is_none() {
            let message = format!("a task must be a mapping, but got {}", node.class());
            return Err(place.error("not-a-task", message, node));
        }
        if ["block", "rescue", "always"].iter().any(|name| node.get(name).is_some()) {
            if place.handlers {
                return Err(place.error("bad-handler", "Using a block as a handler is not supported.", node));
            }
            return self.block(node, place).map(|block| Node::Block(Arc::new(block)));
        }
        let place = &self.own_collections(node, place)?;
        let found = self.find_action(node, place)?;
        let info = self.module(&found, place)?;
        match info.name {
            "ansible.builtin.import_tasks" => self.import_tasks(node, &found, &info, place),
            "ansible.builtin.import_role" => self.import_role(node, &found, &info, place),
            _ => {
                let task = self.task(node, &found, &info, place)?;
                check_placement(&task.action, node, place)?;
                self.check_include(&task, node, place)?;
                Ok(Node::Task(Arc::new(task)))
            }
        }
    }

    /// `collections:` of a task decides how its own module is found.
    fn own_collections(&self, node: &yaml::Node, place: &Place) -> Result<Place> {
        let own = self.collections(node.get("collections"), place)?;
        let mut place = place.clone();
        if !own.is_empty() {
            place.collections = own;
        }
        Ok(place)
    }

    fn block(&self, node: &yaml::Node, place: &Place) -> Result<Block> {
        Owner::Block.check(node, place)?;
        let has_body = node.get("block").is_some_and(|body| !matches!(body.as_seq(), None | Some([])));
        for name in ["rescue", "always"] {
            let given = node.entry(name).filter(|(_, list)| !matches!(list.as_seq(), Some([])));
            if let Some((key, _)) = given
                && !has_body
            {
                let message = format!("'{name}' keyword cannot be used without 'block'");
                return Err(place.error("no-block", message, key));
            }
        }
        let vars = self.vars(node.get("vars"), Some("Block"), place)?;
        let mut inner = self.own_collections(node, place)?.knowing(&vars);
        if let Some(notify) = node.get("notify") {
            inner.notify = self.list(Some(notify));
        }
        let part = |name: &str| match node.get(name) {
            Some(list) if list.as_seq().is_none() => {
                let name = if name == "block" { "a block" } else { name };
                let message = format!("A malformed block was encountered while loading {name}");
                Err(place.error("malformed-block", message, list).with_help("it must be a list of tasks"))
            }
            Some(list) => self.nodes(list, &inner),
            None => Ok(Vec::new()),
        };
        Ok(Block {
            origin: node.origin.clone(),
            name: self.optional(node.get("name")),
            keywords: self.keywords(node, place)?,
            vars,
            notify: Vec::new(),
            body: part("block")?,
            rescue: part("rescue")?,
            always: part("always")?,
        })
    }
}

/// Actions that have no sense where they stand.
fn check_placement(action: &crate::ast::Action, node: &yaml::Node, place: &Place) -> Result<()> {
    if place.handlers && &*action.name == "ansible.builtin.include_role" {
        let message = format!("Using '{}' as a handler is not supported.", action.written);
        return Err(place.error("bad-handler", message, node));
    }
    let word = action.args.free_form.as_ref().and_then(|tree| tree.as_data()?.as_str().map(str::to_owned));
    if &*action.name == "ansible.builtin.meta" && word.as_deref() == Some("end_role") {
        let message = match (place.handlers, &place.role) {
            (true, _) => "Cannot execute 'end_role' from a handler",
            (false, None) => "Cannot execute 'end_role' from outside of a role",
            (false, Some(_)) => return Ok(()),
        };
        return Err(place.error("bad-meta", message, node));
    }
    Ok(())
}

/// What a file that is no list of tasks seems to be.
fn play_or_vars(node: &yaml::Node) -> Option<String> {
    node.as_map().map(|_| "this is a mapping: a file of variables is read with `include_vars`".to_owned())
}

impl Place {
    pub(super) fn recursion(&self, what: &str, node: &yaml::Node) -> Diagnostic {
        self.error("import-loop", format!("{what} is imported while it is being loaded: the imports form a loop"), node)
    }
}
