//! The hosts of a run, their groups and variables.
mod address;
mod build;
mod ini;
mod pattern;
mod script;
mod sources;
#[cfg(test)]
mod tests;
mod value;
mod vars_files;
mod yaml;

pub(crate) use pattern::glob;
pub use sources::{Around, Loaded};
pub use vars_files::VarsFiles;

use rolewright_language::ast::Vars;
use rolewright_template::{Tree, Var};
use std::collections::HashSet;
use std::sync::Arc;

/// Hosts and groups in the order they were written. Empty: there is only the implicit localhost.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub hosts: Vec<InventoryHost>,
    /// Without `all`, which every inventory has; `ungrouped` is here when it may have variables.
    pub groups: Vec<Group>,
    /// Variables of the group `all`.
    pub vars: Vars,
    /// Hosts that `all` itself lists; they come first.
    pub direct: Vec<Arc<str>>,
    /// `group_vars` and `host_vars` beside every source, in order.
    pub beside_sources: Vec<VarsFiles>,
    /// Those beside the playbook.
    pub beside_playbook: VarsFiles,
    /// Where all this comes from, as the variable `ansible_inventory_sources` shows it.
    pub sources: Vec<Arc<str>>,
    /// `ANSIBLE_HASH_BEHAVIOUR=merge`.
    pub merge_hashes: bool,
}

#[derive(Clone, Debug, Default)]
pub struct InventoryHost {
    pub name: Arc<str>,
    pub vars: Vars,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub name: Arc<str>,
    pub hosts: Vec<Arc<str>>,
    pub children: Vec<Arc<str>>,
    pub vars: Vars,
    /// `ansible_group_priority`: of groups equally deep, the higher one wins.
    pub priority: i64,
}

impl Default for Group {
    fn default() -> Self {
        let (hosts, children, vars) = Default::default();
        Self { name: Arc::default(), hosts, children, vars, priority: 1 }
    }
}

/// Groups and their hosts, in order.
pub type Groups = Vec<(Arc<str>, Vec<Arc<str>>)>;

pub(crate) const LOCALHOST: &str = "localhost";
const ALL: &str = "all";
const UNGROUPED: &str = "ungrouped";

impl Inventory {
    /// One host, this machine: what an operator gives its runs. In contrast to the implicit localhost, `all` matches
    /// it.
    pub fn localhost() -> Self {
        let vars = vec![("ansible_connection".into(), Tree::data("local"))];
        Self { hosts: vec![InventoryHost { name: LOCALHOST.into(), vars }], ..Self::default() }
    }

    pub(crate) fn host(&self, name: &str) -> Option<&InventoryHost> {
        self.hosts.iter().find(|host| &*host.name == name)
    }

    pub(crate) fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| &*group.name == name)
    }

    /// Hosts of a group and of the groups below it, in the order the groups have them.
    pub(crate) fn members(&self, name: &str) -> Vec<Arc<str>> {
        match name {
            ALL => {
                let top = self.groups.iter().filter(|group| self.parents(&group.name).next().is_none());
                let below = top.filter(|group| &*group.name != UNGROUPED).map(|group| &group.name);
                let mut found = self.direct.clone();
                found.extend(self.members(UNGROUPED));
                found.extend(self.walk(below.collect()));
                // Hosts that no group has anymore still exist.
                found.extend(self.hosts.iter().map(|host| Arc::clone(&host.name)));
                unique(found)
            }
            UNGROUPED => {
                let grouped = |host: &Arc<str>| self.groups.iter().any(|group| group.hosts.contains(host));
                self.hosts.iter().map(|host| Arc::clone(&host.name)).filter(|host| !grouped(host)).collect()
            }
            _ => match self.group(name) {
                Some(group) => unique(self.walk(vec![&group.name])),
                None => Vec::new(),
            },
        }
    }

    /// Hosts of groups, level by level; groups that contain each other do not turn it in circles.
    fn walk<'a>(&'a self, mut level: Vec<&'a Arc<str>>) -> Vec<Arc<str>> {
        let (mut found, mut seen) = (Vec::new(), Vec::new());
        while !level.is_empty() {
            let groups: Vec<&Group> = level.iter().filter_map(|name| self.group(name)).collect();
            found.extend(groups.iter().flat_map(|group| group.hosts.iter().cloned()));
            seen.extend(level);
            level = groups.iter().flat_map(|group| &group.children).filter(|child| !seen.contains(child)).collect();
        }
        found
    }

    fn parents<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.iter().filter(move |group| group.children.iter().any(|child| &**child == name))
    }

    /// All groups with their hosts, as the variable `groups` shows them.
    pub(crate) fn groups_with_hosts(&self) -> Groups {
        let fixed = [ALL, UNGROUPED].into_iter().map(|name| (Arc::from(name), self.members(name)));
        let own = self.groups.iter().filter(|group| &*group.name != UNGROUPED);
        fixed.chain(own.map(|group| (Arc::clone(&group.name), self.members(&group.name)))).collect()
    }

    /// The groups a host is in (without `all`), those that win last.
    pub(crate) fn groups_of(&self, host: &str) -> Vec<&Group> {
        let mut groups: Vec<(usize, &Group)> = self
            .groups
            .iter()
            .filter(|group| self.members(&group.name).iter().any(|member| &**member == host))
            .map(|group| (self.depth(&group.name, 0), group))
            .collect();
        groups
            .sort_by(|(depth_a, a), (depth_b, b)| (depth_a, a.priority, &a.name).cmp(&(depth_b, b.priority, &b.name)));
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// How far below `all` a group is.
    fn depth(&self, name: &str, guard: usize) -> usize {
        if guard > self.groups.len() {
            return guard;
        }
        let parents = self.parents(name);
        1 + parents.map(|parent| self.depth(&parent.name, guard + 1)).max().unwrap_or(0)
    }

    /// Variables that the inventory gives a host, those that win last: all inventories, then all files beside them,
    /// and each of these from the group `all` down to the host.
    pub(crate) fn vars_of(&self, name: &str) -> Vec<(Arc<str>, Arc<Tree>)> {
        let groups = self.groups_of(name);
        let files = || self.beside_sources.iter().chain(std::iter::once(&self.beside_playbook));
        let inline = groups.iter().map(|group| &group.vars);
        let beside_all = files().filter_map(|files| files.group(ALL));
        let beside = files().flat_map(|files| groups.iter().filter_map(|group| files.group(&group.name)));
        let own = self.host(name).map(|host| &host.vars);
        let own = own.into_iter().chain(files().filter_map(|files| files.host(name)));
        let levels = std::iter::once(&self.vars).chain(inline).chain(beside_all).chain(beside).chain(own);
        match self.merge_hashes {
            false => levels.flatten().cloned().collect(),
            true => merged(levels.flatten()),
        }
    }
}

/// Dicts of lower ranks show through those of higher ones.
fn merged<'a>(vars: impl Iterator<Item = &'a (Arc<str>, Arc<Tree>)>) -> Vec<(Arc<str>, Arc<Tree>)> {
    let mut out: Vec<(Arc<str>, Arc<Tree>)> = Vec::new();
    for (name, tree) in vars {
        match out.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => {
                let both = crate::variables::merge(&Var::Lazy(Arc::clone(old)), &Var::Lazy(Arc::clone(tree)));
                if let Var::Lazy(both) = both {
                    *old = both;
                }
            }
            None => out.push((Arc::clone(name), Arc::clone(tree))),
        }
    }
    out
}

fn unique(hosts: Vec<Arc<str>>) -> Vec<Arc<str>> {
    let mut seen = HashSet::new();
    hosts.into_iter().filter(|host| seen.insert(Arc::clone(host))).collect()
}
