//! Handlers: in the order they are defined, once per flush for each host that notified them.
use crate::execution::{Execution, Stop};
use crate::frame::{Frame, Level};
use crate::hosts::HostId;
use crate::play::stop_at;
use crate::roles::short_name;
use crate::task::Call;
use rolewright_language::ast::{Node, Play, RoleUse, Task};
use rolewright_template::Value;
use std::rc::Rc;
use std::sync::Arc;

/// One handler of the play.
pub(crate) struct Handler {
    task: Arc<Task>,
    frame: Rc<Frame>,
    name: Name,
    /// Hosts that it runs on in the flush that is under way.
    waiting: Vec<HostId>,
}

enum Name {
    /// Not looked at yet, or a template that failed so far.
    Unknown,
    None,
    Is(Arc<str>),
}

impl Execution<'_> {
    /// Those of roles first, then the play's own, then those of imported roles.
    pub(crate) fn collect_handlers(&mut self, play: &Play) {
        let frame = Rc::clone(&self.play.frame);
        for usage in &play.roles {
            self.role_handlers(usage, &frame);
        }
        self.add_handlers(&play.handlers, &frame);
        let imported: Vec<Arc<RoleUse>> = self.play.roles.iter().skip(play.roles.len()).cloned().collect();
        for usage in imported {
            self.role_handlers(&usage, &frame);
        }
    }

    fn role_handlers(&mut self, usage: &Arc<RoleUse>, parent: &Rc<Frame>) {
        let frame = self.role_frame(usage, parent, true);
        self.role_handlers_in(usage, &frame);
    }

    /// Adds the handlers of a role and of its dependencies, once for each place that uses it.
    pub(crate) fn role_handlers_in(&mut self, usage: &Arc<RoleUse>, frame: &Rc<Frame>) {
        for dependency in &usage.role.dependencies {
            self.role_handlers(dependency, frame);
        }
        self.add_handlers(&usage.handlers, frame);
    }

    fn add_handlers(&mut self, nodes: &[Node], frame: &Rc<Frame>) {
        for node in nodes {
            match node {
                Node::Task(task) => self.add_handler(task, frame),
                Node::Block(block) | Node::Import(block) => {
                    let tags = self.rendered_tags(&block.keywords.tags, frame);
                    let inner = Frame::new(Some(frame), Level::Block(Arc::clone(block)), tags);
                    self.add_handlers(&block.body, &inner);
                }
                Node::Role(usage) => self.role_handlers(usage, frame),
                Node::Broken(diagnostic) => self.warn(diagnostic.to_string(), diagnostic.origin.as_ref()),
            }
        }
    }

    /// A role that is included again brings its handlers again, and the last one counts: the one before is dropped, or
    /// a loop would pile them up.
    fn add_handler(&mut self, task: &Arc<Task>, frame: &Rc<Frame>) {
        if !self.play.in_handlers {
            self.play.handlers.retain(|handler| !Arc::ptr_eq(&handler.task, task) || !handler.waiting.is_empty());
        }
        let handler =
            Handler { task: Arc::clone(task), frame: Rc::clone(frame), name: Name::Unknown, waiting: Vec::new() };
        self.play.handlers.push(handler);
    }

    /// Remembers what a changed task notifies. Nobody answering to a name is an error of the playbook.
    pub(crate) fn notify(&mut self, host: HostId, names: &[Arc<str>], call: &Call<'_>) -> Result<(), Stop> {
        for name in names {
            let found = self.handlers_for(name, host);
            if found.is_empty() {
                let message = format!(
                    "The requested handler '{name}' was not found in either the main handlers list nor in the \
                     listening handlers list"
                );
                if self.options.missing_handler_is_error {
                    return Err(stop_at("unknown-handler", message, &call.task.origin));
                }
                self.warn(message, Some(&call.task.origin));
                continue;
            }
            if self.play.in_handlers {
                found.into_iter().for_each(|index| self.wait_for(index, host));
            } else if !self.host(host).notified.contains(name) {
                self.host_mut(host).notified.push(Arc::clone(name));
            }
        }
        Ok(())
    }

    fn wait_for(&mut self, index: usize, host: HostId) {
        let waiting = &mut self.play.handlers[index].waiting;
        if !waiting.contains(&host) {
            waiting.push(host);
        }
    }

    /// The last handler of that name, and all that listen to the topic.
    fn handlers_for(&mut self, notification: &Arc<str>, host: HostId) -> Vec<usize> {
        let mut found = Vec::new();
        for index in (0..self.play.handlers.len()).rev() {
            self.learn_name(index, host);
            let handler = &self.play.handlers[index];
            if let Name::Is(name) = &handler.name
                && answers_to(&handler.task, name, notification)
            {
                found.push(index);
                break;
            }
        }
        let mut seen: Vec<Arc<str>> = Vec::new();
        for index in (0..self.play.handlers.len()).rev() {
            let handler = &self.play.handlers[index];
            if !handler.task.listen.contains(notification) {
                continue;
            }
            if let Name::Is(name) = &handler.name {
                if seen.contains(name) {
                    continue;
                }
                seen.push(Arc::clone(name));
            }
            if !found.contains(&index) {
                found.push(index);
            }
        }
        found
    }

    /// Templated names are rendered when they are first looked for; one that fails is tried again later.
    fn learn_name(&mut self, index: usize, host: HostId) {
        let handler = &self.play.handlers[index];
        if !matches!(handler.name, Name::Unknown) {
            return;
        }
        let name = match &handler.task.name {
            None => Name::None,
            Some(tree) => match tree.as_data() {
                Some(value) => Name::Is(value.to_string().into()),
                None => {
                    let (task, frame) = (&handler.task, &handler.frame);
                    let surroundings = self.surroundings(task, frame, self.options.check_mode, self.options.diff);
                    let locals = crate::variables::Locals::default();
                    let rendered = self.render_for(task, frame, host, &locals, &surroundings, |cx| {
                        tree.render(cx)?.defined().map(|value: Value| value.to_string())
                    });
                    match rendered {
                        Ok(name) => Name::Is(name.into()),
                        Err(error) => {
                            if task.listen.is_empty() {
                                let name = crate::failures::source(tree);
                                let message = format!(
                                    "Handler '{name}' is unusable because it has no listen topics and the name could \
                                     not be templated (host-specific variables are not supported in handler names). \
                                     The error: {error}"
                                );
                                self.warn(message, Some(&task.origin));
                            }
                            Name::Unknown
                        }
                    }
                }
            },
        };
        self.play.handlers[index].name = name;
    }

    /// Runs what the hosts have notified. Handlers that handlers notify run in the same flush when they are defined later.
    pub(crate) fn flush_handlers(&mut self, active: &mut Vec<HostId>) -> Result<(), Stop> {
        if self.play.broken {
            return Ok(());
        }
        for host in active.clone() {
            for name in std::mem::take(&mut self.host_mut(host).notified) {
                for index in self.handlers_for(&name, host) {
                    self.wait_for(index, host);
                }
            }
        }
        if self.play.handlers.iter().all(|handler| handler.waiting.is_empty()) {
            return Ok(());
        }
        let before = std::mem::replace(&mut self.play.in_handlers, true);
        let ran = self.run_waiting(active);
        self.play.in_handlers = before;
        ran
    }

    /// One pass in the order of definition. A handler defined earlier that a later one notifies keeps waiting for the
    /// next flush.
    fn run_waiting(&mut self, active: &mut Vec<HostId>) -> Result<(), Stop> {
        let mut index = 0;
        let mut running = active.clone();
        while index < self.play.handlers.len() {
            let handler = &mut self.play.handlers[index];
            index += 1;
            let hosts: Vec<HostId> = handler.waiting.iter().copied().filter(|host| running.contains(host)).collect();
            if hosts.is_empty() {
                continue;
            }
            // Hosts that failed meanwhile keep waiting: a rescue may bring them back before the next flush.
            handler.waiting.retain(|host| !hosts.contains(host));
            let (task, frame) = (Arc::clone(&handler.task), Rc::clone(&handler.frame));
            let mut still = hosts.clone();
            self.run_task(&task, &frame, &mut still)?;
            active.retain(|host| !hosts.contains(host) || still.contains(host));
            if !self.play.force_handlers {
                running.clone_from(active);
            }
        }
        Ok(())
    }
}

/// A handler is called by its name, or by `role : name`.
fn answers_to(task: &Task, name: &str, notification: &str) -> bool {
    if name == notification {
        return true;
    }
    let Some((role, rest)) = notification.split_once(" : ") else { return false };
    let own = task.role.as_ref().is_some_and(|own| *own.name == *role || short_name(&own.name) == role);
    own && rest == name
}
