//! Roles: the variables they bring, their dependencies, and running each one only once.
use crate::execution::{Execution, Stop};
use crate::frame::{Frame, Level, RoleLevel};
use crate::hosts::{HostId, Status};
use crate::variables::Layer;
use rolewright_language::ast::{Node, Role, RoleUse, Vars};
use rolewright_template::{Condition, Tree};
use std::rc::Rc;
use std::sync::Arc;

/// The variables a role brings, by name.
#[derive(Debug, Default)]
pub(crate) struct RoleLayers {
    pub(crate) vars: Layer,
    pub(crate) defaults: Layer,
    /// What its dependencies export into it, below its own.
    pub(crate) inner_vars: Layer,
    pub(crate) inner_defaults: Layer,
}

impl RoleLayers {
    pub(crate) fn of(usage: &RoleUse) -> Self {
        let mut layers = Self {
            vars: Layer::of(&usage.role_vars),
            defaults: Layer::of(&usage.defaults),
            inner_vars: Layer::default(),
            inner_defaults: Layer::default(),
        };
        for dependency in &usage.role.dependencies {
            export(dependency, &mut layers.inner_vars, &mut layers.inner_defaults);
        }
        layers
    }
}

/// Adds a role's variables, those of its dependencies first.
pub(crate) fn export(usage: &RoleUse, vars: &mut Layer, defaults: &mut Layer) {
    for dependency in &usage.role.dependencies {
        export(dependency, vars, defaults);
    }
    vars.add(&usage.role_vars);
    defaults.add(&usage.defaults);
}

/// `namespace.collection.role` is called `role` in output and in `role_name`.
pub(crate) fn short_name(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((front, last)) if front.matches('.').count() == 1 && !front.contains('/') => last,
        _ => name,
    }
}

/// The roles that a task list imports, at any depth: they are known to the play from its start.
pub(crate) fn imported(nodes: &[Node], found: &mut Vec<Arc<RoleUse>>) {
    for node in nodes {
        match node {
            Node::Role(usage) => {
                found.push(Arc::clone(usage));
                imported(&usage.tasks, found);
            }
            Node::Block(block) | Node::Import(block) => {
                for list in [&block.body, &block.rescue, &block.always] {
                    imported(list, found);
                }
            }
            Node::Task(_) | Node::Broken(_) => {}
        }
    }
}

/// A role that a play has begun, and the hosts that are through with it.
pub(crate) struct Begun {
    usage: Arc<RoleUse>,
    completed: Vec<HostId>,
}

impl Execution<'_> {
    /// The level of a role below `parent`; its variables are indexed once per run.
    pub(crate) fn role_frame(&mut self, usage: &Arc<RoleUse>, parent: &Rc<Frame>, listed: bool) -> Rc<Frame> {
        let known = self.play.layers.iter().find(|(known, _)| Arc::ptr_eq(known, usage));
        let layers = match known {
            Some((_, layers)) => Rc::clone(layers),
            None => {
                let layers = Rc::new(RoleLayers::of(usage));
                self.play.layers.push((Arc::clone(usage), Rc::clone(&layers)));
                layers
            }
        };
        let id = self.next_role_id;
        self.next_role_id += 1;
        let tags = self.rendered_tags(&usage.keywords.tags, parent);
        Frame::new(Some(parent), Level::Role(RoleLevel { usage: Arc::clone(usage), layers, listed, id }), tags)
    }

    /// Runs dependencies, then the role's own tasks. `active` keeps the hosts that go on.
    pub(crate) fn run_role(
        &mut self,
        usage: &Arc<RoleUse>,
        parent: &Rc<Frame>,
        active: &mut Vec<HostId>,
        listed: bool,
    ) -> Result<(), Stop> {
        let frame = self.role_frame(usage, parent, listed);
        self.run_role_in(usage, &frame, active, !usage.allow_duplicates)
    }

    pub(crate) fn run_role_in(
        &mut self,
        usage: &Arc<RoleUse>,
        frame: &Rc<Frame>,
        active: &mut Vec<HostId>,
        once: bool,
    ) -> Result<(), Stop> {
        let Level::Role(RoleLevel { id, .. }) = frame.level else { return Ok(()) };
        let place = self.begin(usage);
        let done: Vec<HostId> = if once { self.play.begun[place].completed.clone() } else { Vec::new() };
        let mut hosts: Vec<HostId> = active.iter().copied().filter(|host| !done.contains(host)).collect();
        if hosts.is_empty() {
            return Ok(());
        }
        for dependency in &usage.role.dependencies {
            self.run_role(dependency, frame, &mut hosts, true)?;
        }
        self.run_nodes(&usage.tasks, frame, &mut hosts)?;
        for host in &hosts {
            if self.play.ran.contains(&(id, *host)) && !self.play.begun[place].completed.contains(host) {
                self.play.begun[place].completed.push(*host);
            }
        }
        let left = std::mem::take(&mut self.play.left);
        let (returning, still_away): (Vec<_>, Vec<_>) = left.into_iter().partition(|(role, _)| *role == id);
        self.play.left = still_away;
        let comes_back = |host: &HostId| returning.iter().any(|(_, other)| other == host);
        active.retain(|host| done.contains(host) || hosts.contains(host) || comes_back(host));
        active.retain(|host| !matches!(self.play.status(*host), Status::Ended | Status::Unreachable));
        Ok(())
    }

    /// The place of a role among those begun; the same role used in the same way is one entry.
    fn begin(&mut self, usage: &Arc<RoleUse>) -> usize {
        let known = self.play.begun.iter().position(|begun| same_use(&begun.usage, usage));
        known.unwrap_or_else(|| {
            self.play.begun.push(Begun { usage: Arc::clone(usage), completed: Vec::new() });
            self.play.begun.len() - 1
        })
    }

    /// A role becomes known to the whole play, as `public: true` asks.
    pub(crate) fn publish(&mut self, usage: &Arc<RoleUse>) {
        if !self.options.private_role_vars {
            let play = &mut self.play;
            export(usage, &mut play.exported_vars, &mut play.exported_defaults);
        }
    }
}

/// Whether two places use a role alike, so that it needs to run only once.
fn same_use(a: &Arc<RoleUse>, b: &Arc<RoleUse>) -> bool {
    Arc::ptr_eq(a, b)
        || (a.role.path == b.role.path
            && same_vars(&a.params, &b.params)
            && same_vars(&a.vars, &b.vars)
            && same_conditions(&a.keywords.when, &b.keywords.when)
            && same_trees(&a.keywords.tags, &b.keywords.tags))
}

fn same_vars(a: &Vars, b: &Vars) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((k, x), (l, y))| k == l && same_tree(x, y))
}

fn same_conditions(a: &[Condition], b: &[Condition]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.source() == y.source())
}

fn same_trees(a: &[Tree], b: &[Tree]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same_tree(x, y))
}

fn same_tree(a: &Tree, b: &Tree) -> bool {
    match (a, b) {
        (Tree::Data(x), Tree::Data(y)) => x == y,
        (Tree::Text(x), Tree::Text(y)) => x.source() == y.source(),
        (Tree::List(x), Tree::List(y)) => same_trees(x, y),
        (Tree::Map(x), Tree::Map(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|((k, v), (l, w))| same_tree(k, l) && same_tree(v, w))
        }
        _ => false,
    }
}

/// All roles below a role, itself last.
pub(crate) fn with_dependencies<'a>(usage: &'a RoleUse, found: &mut Vec<&'a Role>) {
    for dependency in &usage.role.dependencies {
        with_dependencies(dependency, found);
    }
    found.push(&usage.role);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collection_roles_are_called_by_their_last_part() {
        let rows = [("r", "r"), ("a.b.r", "r"), ("a.b", "a.b"), ("../x/y.z", "../x/y.z"), ("a.b.c.d", "a.b.c.d")];
        for (name, short) in rows {
            assert_eq!(short_name(name), short);
        }
    }
}
