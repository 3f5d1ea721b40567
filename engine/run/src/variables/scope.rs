//! Looking a variable up: the ranks of Ansible, highest first, without ever making a merged copy.
use super::layers::last;
use super::{magic, merge};
use crate::execution::Execution;
use crate::frame::{Frame, Level};
use crate::hosts::HostId;
use rolewright_language::ast::Task;
use rolewright_template::{Scope, Tree, Value, Var};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What only the running item knows (loop variables, its result so far): above everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locals(Vec<(Arc<str>, Value)>);

impl Locals {
    pub(crate) fn set(&mut self, name: Arc<str>, value: Value) {
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| &**key != name);
    }
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }
}

/// The variables of one task on one host.
pub(crate) struct TaskScope<'a> {
    pub(crate) run: &'a Execution<'a>,
    pub(crate) host: HostId,
    pub(crate) frame: &'a Frame,
    pub(crate) task: Option<&'a Task>,
    pub(crate) locals: &'a Locals,
}

type Visit<'v> = dyn FnMut(Var) -> ControlFlow<()> + 'v;

impl Scope for TaskScope<'_> {
    fn get(&self, name: &str) -> Option<Var> {
        let mut found: Option<Var> = None;
        let merging = self.run.options.merge_hashes;
        let _ = self.ranks(name, &mut |var| {
            found = Some(match found.take() {
                Some(high) => merge::merge(&var, &high),
                None => var,
            });
            match &found {
                Some(high) if merging && merge::is_dict(high) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        });
        found
    }

    fn names(&self) -> Vec<Arc<str>> {
        let host = self.run.host(self.host);
        let mut names: Vec<Arc<str>> = Vec::new();
        names.extend(self.locals.0.iter().map(|(name, _)| Arc::clone(name)));
        names.extend(magic::NAMES.iter().map(|name| Arc::from(*name)));
        names.extend(self.run.extra.keys().cloned());
        names.extend(host.set.keys().cloned());
        names.extend(host.included.names().cloned());
        names.extend(self.task.into_iter().flat_map(|task| &task.vars).map(|(name, _)| Arc::clone(name)));
        names.extend(self.frame.block_vars().flatten().map(|(name, _)| Arc::clone(name)));
        for frame in self.frame.chain() {
            if let Level::Include(include) = &frame.level {
                names.extend(include.params.iter().map(|(name, _)| Arc::clone(name)));
            }
        }
        for role in self.frame.roles() {
            names.extend(role.usage.params.iter().chain(&role.usage.vars).map(|(name, _)| Arc::clone(name)));
            names.extend(role.layers.vars.names().chain(role.layers.inner_vars.names()).cloned());
            names.extend(role.layers.defaults.names().chain(role.layers.inner_defaults.names()).cloned());
        }
        let play = &self.run.play;
        names.extend(play.exported_vars.names().chain(play.exported_defaults.names()).cloned());
        names.extend(host.play_files.names().chain(play.prompts.names()).chain(play.vars.names()).cloned());
        names.extend(host.facts.keys().cloned());
        names.extend(host.inventory.names().cloned());
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(Arc::clone(name)));
        names
    }
}

/// One look into a layer of project variables.
fn lazy(found: Option<&Arc<Tree>>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    match found {
        Some(tree) => visit(Var::Lazy(Arc::clone(tree))),
        None => ControlFlow::Continue(()),
    }
}

/// A value that is no less trustworthy than the project.
fn own(value: &Value) -> Var {
    Var::Lazy(Arc::new(Tree::Data(value.clone())))
}

fn data(found: Option<Value>, visit: &mut Visit<'_>) -> ControlFlow<()> {
    match found {
        Some(value) => visit(Var::Data(value)),
        None => ControlFlow::Continue(()),
    }
}

impl TaskScope<'_> {
    /// Shows `visit` every variable of the name, highest rank first, until it has enough.
    fn ranks(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        match self.locals.get(name) {
            // What a loop says of itself is text of the project, as far as its items are.
            Some(value) if name == "ansible_loop" => visit(own(value))?,
            value => data(value.cloned(), visit)?,
        }
        data(magic::get(self, name), visit)?;
        if let Some(var) = self.run.extra.get(name) {
            visit(var.clone())?;
        }
        self.include_params(name, visit)?;
        self.role_params(name, visit)?;
        let host = self.run.host(self.host);
        match host.set.get(name) {
            Some(value) if host.own_results.contains(name) => visit(own(value))?,
            value => data(value.cloned(), visit)?,
        }
        lazy(host.included.get(name), visit)?;
        if let Some(task) = self.task {
            lazy(last(&task.vars, name), visit)?;
        }
        for vars in self.frame.block_vars() {
            lazy(last(vars, name), visit)?;
        }
        self.role_vars(name, visit)?;
        let play = &self.run.play;
        lazy(play.exported_vars.get(name), visit)?;
        lazy(host.play_files.get(name), visit)?;
        lazy(play.prompts.get(name), visit)?;
        lazy(play.vars.get(name), visit)?;
        data(host.fact(name), visit)?;
        data(magic::of_host(self.run, self.host, name), visit)?;
        lazy(host.inventory.get(name), visit)?;
        self.role_defaults(name, visit)
    }

    /// `vars:` of includes beat `set_fact` inside the included file.
    fn include_params(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        if let Some(task) = self.task.filter(|task| crate::include::is_include(task)) {
            lazy(last(&task.vars, name), visit)?;
        }
        if !self.frame.has_includes {
            return ControlFlow::Continue(());
        }
        for frame in self.frame.chain() {
            if let Level::Include(include) = &frame.level {
                let param = include.params.iter().find(|(key, _)| &**key == name);
                match param {
                    Some((_, value)) if name == "ansible_loop" => visit(own(value))?,
                    param => data(param.map(|(_, value)| value.clone()), visit)?,
                }
                lazy(last(&include.task.vars, name), visit)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn role_params(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        if self.frame.has_params {
            for role in self.frame.roles() {
                lazy(last(&role.usage.params, name), visit)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn role_vars(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let mut innermost = true;
        for role in self.frame.roles() {
            if role.listed {
                lazy(last(&role.usage.vars, name), visit)?;
            }
            lazy(role.layers.vars.get(name), visit)?;
            if innermost {
                lazy(role.layers.inner_vars.get(name), visit)?;
                innermost = false;
            }
        }
        ControlFlow::Continue(())
    }

    fn role_defaults(&self, name: &str, visit: &mut Visit<'_>) -> ControlFlow<()> {
        for role in self.frame.roles() {
            lazy(role.layers.defaults.get(name), visit)?;
        }
        if let Some(role) = self.frame.roles().next() {
            lazy(role.layers.inner_defaults.get(name), visit)?;
        }
        lazy(self.run.play.exported_defaults.get(name), visit)
    }
}
