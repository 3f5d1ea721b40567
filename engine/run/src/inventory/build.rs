//! An inventory while its sources are read.
use super::{Group, Inventory, InventoryHost};
use rolewright_language::ast::Vars;
use rolewright_template::{Tree, Value};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

const ALL: &str = "all";
pub(super) const UNGROUPED: &str = "ungrouped";

/// Hosts and groups by name, in the order they were first met.
pub(super) struct Builder {
    hosts: Vec<InventoryHost>,
    host_places: HashMap<Arc<str>, usize>,
    groups: Vec<Group>,
    group_places: HashMap<Arc<str>, usize>,
    pub(super) warnings: Vec<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let mut builder = Self {
            hosts: Vec::new(),
            host_places: HashMap::new(),
            groups: Vec::new(),
            group_places: HashMap::new(),
            warnings: Vec::new(),
        };
        builder.add_group(ALL);
        builder.add_group(UNGROUPED);
        builder
    }

    /// A name as groups can have it; others work, with a warning.
    pub(super) fn add_group(&mut self, name: &str) -> usize {
        if let Some(place) = self.group_places.get(name) {
            return *place;
        }
        let fits = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        if !fits || name.starts_with(|first: char| first.is_ascii_digit()) {
            const DOUBT: &str = "Invalid characters were found in group names but not replaced";
            if !self.warnings.iter().any(|warning| warning.starts_with(DOUBT)) {
                self.warnings.push(format!("{DOUBT}: {name}"));
            }
        }
        let place = self.groups.len();
        let name: Arc<str> = name.into();
        self.groups.push(Group { name: Arc::clone(&name), ..Group::default() });
        self.group_places.insert(name, place);
        place
    }

    pub(super) fn has_group(&self, name: &str) -> bool {
        self.group_places.contains_key(name)
    }

    pub(super) fn has_host(&self, name: &str) -> bool {
        self.host_places.contains_key(name)
    }

    /// A host of a group; `source` is where it is met.
    pub(super) fn add_host(&mut self, name: &str, group: &str, port: Option<i64>, source: &Path) {
        let name: Arc<str> = match self.host_places.get(name) {
            Some(place) => Arc::clone(&self.hosts[*place].name),
            None => {
                let name: Arc<str> = name.into();
                let mut vars = about(source);
                vars.extend(port.map(|port| ("ansible_port".into(), Tree::data(port))));
                self.host_places.insert(Arc::clone(&name), self.hosts.len());
                self.hosts.push(InventoryHost { name: Arc::clone(&name), vars });
                name
            }
        };
        let place = self.add_group(group);
        let hosts = &mut self.groups[place].hosts;
        if !hosts.contains(&name) {
            hosts.push(name);
        }
    }

    pub(super) fn set_host(&mut self, name: &str, key: &str, value: Tree) {
        if let Some(place) = self.host_places.get(name) {
            set(&mut self.hosts[*place].vars, key, value);
        }
    }

    pub(super) fn set_group(&mut self, name: &str, key: &str, value: Tree) -> Result<(), String> {
        let place = self.add_group(name);
        if key == "ansible_group_priority" {
            let given = value.raw();
            let number = given.as_i64().or_else(|| given.to_string().trim().parse().ok());
            self.groups[place].priority =
                number.ok_or_else(|| format!("ansible_group_priority of {name} is no number: {}", given.repr()))?;
            return Ok(());
        }
        set(&mut self.groups[place].vars, key, value);
        Ok(())
    }

    pub(super) fn add_child(&mut self, parent: &str, child: &str) -> Result<(), String> {
        if parent == child {
            return Err(format!("can't add group to itself: {parent}"));
        }
        if self.is_below(parent, child, 0) {
            return Err(format!("Adding group '{child}' as child to '{parent}' creates a recursive dependency loop."));
        }
        let child = self.add_group(child);
        let child = Arc::clone(&self.groups[child].name);
        let place = self.add_group(parent);
        let children = &mut self.groups[place].children;
        if !children.contains(&child) {
            children.push(child);
        }
        Ok(())
    }

    /// Whether `name` is somewhere below `top`.
    fn is_below(&self, name: &str, top: &str, depth: usize) -> bool {
        let Some(group) = self.group_places.get(top).map(|place| &self.groups[*place]) else { return false };
        depth <= self.groups.len()
            && group.children.iter().any(|child| &**child == name || self.is_below(name, child, depth + 1))
    }

    pub(super) fn finish(self) -> (Inventory, Vec<String>) {
        let mut inventory = Inventory { hosts: self.hosts, ..Inventory::default() };
        let mut warnings = self.warnings;
        for group in self.groups {
            if self.host_places.contains_key(&group.name) {
                warnings.push(format!("Found both group and host with same name: {}", group.name));
            }
            match &*group.name {
                ALL => (inventory.vars, inventory.direct) = (group.vars, group.hosts),
                UNGROUPED => inventory.groups.push(Group { hosts: Vec::new(), ..group }),
                _ => inventory.groups.push(group),
            }
        }
        (inventory, warnings)
    }
}

/// What every host knows of where it was met first.
fn about(source: &Path) -> Vars {
    let directory = source.parent().map(|parent| parent.to_string_lossy().into_owned()).unwrap_or_default();
    let text = |text: &str| Tree::data(text);
    vec![("inventory_file".into(), text(&source.to_string_lossy())), ("inventory_dir".into(), text(&directory))]
}

/// A dict given again is merged into the one before, as everything of one inventory is.
fn set(vars: &mut Vars, key: &str, value: Tree) {
    match vars.iter_mut().find(|(known, _)| **known == *key) {
        Some((_, old)) => {
            let both = (old.as_data().and_then(Value::entries), value.as_data().and_then(Value::entries));
            *old = match both {
                (Some(low), Some(high)) => Tree::data(Value::dict(low.into_iter().chain(high))),
                _ => Arc::new(value),
            };
        }
        None => vars.push((key.into(), Arc::new(value))),
    }
}
