//! One play after the other: hosts, batches, sections.
use crate::event::Event;
use crate::execution::{Execution, Stop};
use crate::frame::{Frame, Level};
use crate::handlers::Handler;
use crate::hosts::{HostId, Status};
use crate::roles::{Begun, RoleLayers, imported, short_name, with_dependencies};
use crate::variables::{Layer, Locals, TaskScope};
use rolewright_language::Diagnostic;
use rolewright_language::ast::{Keywords, Play, Playbook, RoleUse};
use rolewright_template::{Origin, Tree, Value};
use std::collections::HashSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// What lives as long as a play.
pub(crate) struct PlayState {
    pub(crate) name: Arc<str>,
    pub(crate) directory: PathBuf,
    pub(crate) frame: Rc<Frame>,
    pub(crate) all_hosts: Vec<HostId>,
    pub(crate) batch: Vec<HostId>,
    status: Vec<Status>,
    pub(crate) vars: Layer,
    pub(crate) prompts: Layer,
    pub(crate) exported_vars: Layer,
    pub(crate) exported_defaults: Layer,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) in_handlers: bool,
    /// Hosts that the running task took down.
    pub(crate) just_failed: Vec<HostId>,
    /// Roles of `roles:` and static imports.
    pub(crate) roles: Vec<Arc<RoleUse>>,
    pub(crate) layers: Vec<(Arc<RoleUse>, Rc<RoleLayers>)>,
    pub(crate) begun: Vec<Begun>,
    /// Roles (by level) that ran a task on a host.
    pub(crate) ran: HashSet<(u64, HostId)>,
    /// Hosts that left a role by `meta: end_role`.
    pub(crate) left: Vec<(u64, HostId)>,
    /// `meta: end_play`.
    pub(crate) ended: bool,
    /// Too many hosts failed: nothing runs any more, not even rescues.
    pub(crate) broken: bool,
    pub(crate) max_fail_percentage: Option<f64>,
    /// Hosts of the batch that failed where no rescue or always part was left to run: these count for it.
    pub(crate) lost: usize,
    pub(crate) force_handlers: bool,
}

impl Default for PlayState {
    fn default() -> Self {
        Self::new(&Arc::new(nothing()))
    }
}

impl PlayState {
    fn new(play: &Arc<Play>) -> Self {
        Self {
            name: "".into(),
            directory: play.playbook_dir.clone(),
            frame: Frame::new(None, Level::Play(Arc::clone(play)), Vec::new()),
            all_hosts: Vec::new(),
            batch: Vec::new(),
            status: Vec::new(),
            vars: Layer::of(&play.vars),
            prompts: Layer::default(),
            exported_vars: Layer::default(),
            exported_defaults: Layer::default(),
            handlers: Vec::new(),
            in_handlers: false,
            just_failed: Vec::new(),
            roles: Vec::new(),
            layers: Vec::new(),
            begun: Vec::new(),
            ran: HashSet::new(),
            left: Vec::new(),
            ended: false,
            broken: false,
            max_fail_percentage: None,
            lost: 0,
            force_handlers: false,
        }
    }

    pub(crate) fn status(&self, host: HostId) -> Status {
        self.status.get(host.0).copied().unwrap_or_default()
    }

    pub(crate) fn set_status(&mut self, host: HostId, status: Status) {
        if self.status.len() <= host.0 {
            self.status.resize(host.0 + 1, Status::Running);
        }
        self.status[host.0] = status;
    }

    /// No longer in `ansible_play_hosts`.
    pub(crate) fn is_removed(&self, host: HostId) -> bool {
        self.status(host) != Status::Running
    }

    pub(crate) fn role_names(&self, with_inner: bool) -> Value {
        let mut names: Vec<&Arc<str>> = self.roles.iter().map(|usage| &usage.role.name).collect();
        if with_inner {
            names = self.all_roles().into_iter().map(|role| &role.name).collect();
            names.sort_unstable();
            names.dedup();
        }
        names.into_iter().map(|name| Value::from(Arc::clone(name))).collect()
    }

    pub(crate) fn dependency_names(&self) -> Value {
        let mut inner = Vec::new();
        for usage in self.roles.iter().flat_map(|usage| &usage.role.dependencies) {
            with_dependencies(usage, &mut inner);
        }
        let mut names: Vec<&str> = inner.into_iter().map(|role| short_name(&role.name)).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(Value::from).collect()
    }

    fn all_roles(&self) -> Vec<&rolewright_language::ast::Role> {
        let mut all = Vec::new();
        for usage in &self.roles {
            with_dependencies(usage, &mut all);
        }
        all
    }
}

/// Stands in between two plays.
fn nothing() -> Play {
    Play {
        origin: Origin::default(),
        playbook_dir: PathBuf::new(),
        name: None,
        hosts: Tree::Data(Value::None),
        gather_facts: None,
        gather_subset: None,
        vars: Vec::new(),
        vars_files: Vec::new(),
        vars_prompt: Vec::new(),
        collections: Vec::new(),
        keywords: Keywords::default(),
        strategy: None,
        serial: None,
        max_fail_percentage: None,
        order: None,
        force_handlers: None,
        pre_tasks: Vec::new(),
        roles: Vec::new(),
        tasks: Vec::new(),
        post_tasks: Vec::new(),
        handlers: Vec::new(),
    }
}

impl Execution<'_> {
    pub(crate) fn run_playbook(&mut self, playbook: &Playbook) -> Result<(), Stop> {
        for play in &playbook.plays {
            self.check_cancelled()?;
            if !self.run_play(play)? {
                break;
            }
        }
        Ok(())
    }

    /// False when the plays after this one are not to run.
    fn run_play(&mut self, play: &Arc<Play>) -> Result<bool, Stop> {
        self.play = PlayState::new(play);
        self.hosts.iter_mut().for_each(|host| host.play_files.clear());
        self.forget_surroundings();
        let hosts = self.matching_hosts(play)?;
        self.play.name = self.play_name(play);
        if hosts.is_empty() {
            self.emit(&Event::PlayStart { name: Arc::clone(&self.play.name) });
            self.emit(&Event::NoHostsMatched);
            return Ok(true);
        }
        self.play.all_hosts.clone_from(&hosts);
        self.prepare_play(play)?;
        for batch in self.batches(play, &hosts)? {
            self.play.batch.clone_from(&batch);
            self.play.lost = 0;
            self.emit(&Event::PlayStart { name: Arc::clone(&self.play.name) });
            let broken_before = self.broken_hosts();
            self.run_batch(play, &batch)?;
            let broken_now = self.broken_hosts() - broken_before;
            if self.play.broken || broken_now >= batch.len() {
                return Ok(false);
            }
            if self.play.ended {
                break;
            }
        }
        Ok(true)
    }

    fn broken_hosts(&self) -> usize {
        self.hosts.iter().filter(|host| host.failed || host.unreachable).count()
    }

    /// Everything of a play that is known before its first task.
    fn prepare_play(&mut self, play: &Arc<Play>) -> Result<(), Stop> {
        let tags = self.rendered_tags(&play.keywords.tags, &self.play.frame.clone());
        if !tags.is_empty() {
            self.play.frame = Frame::new(None, Level::Play(Arc::clone(play)), tags);
        }
        self.play.roles.clone_from(&play.roles);
        let mut found = Vec::new();
        for usage in &play.roles {
            imported(&usage.tasks, &mut found);
        }
        for section in [&play.pre_tasks, &play.tasks, &play.post_tasks] {
            imported(section, &mut found);
        }
        self.play.roles.extend(found);
        for usage in self.play.roles.clone().iter().filter(|usage| usage.public) {
            self.publish(usage);
        }
        self.play.prompts = Layer::of(&self.prompt_answers(play)?);
        self.play.max_fail_percentage = self.play_number("max_fail_percentage", play.max_fail_percentage.as_ref())?;
        let forced = self.play_flag("force_handlers", play.force_handlers.as_ref())?;
        self.play.force_handlers = forced.unwrap_or(self.options.force_handlers);
        self.collect_handlers(play);
        Ok(())
    }

    fn run_batch(&mut self, play: &Arc<Play>, batch: &[HostId]) -> Result<(), Stop> {
        let usable = |host: &HostId| !self.host(*host).failed && !self.host(*host).unreachable;
        let mut active: Vec<HostId> = batch.iter().copied().filter(usable).collect();
        for host in batch {
            self.play.set_status(*host, Status::Running);
            self.host_mut(*host).notified.clear();
        }
        self.load_vars_files(play, &active)?;
        self.gather_facts(play, &mut active)?;
        let frame = Rc::clone(&self.play.frame);
        self.run_nodes(&play.pre_tasks, &frame, &mut active)?;
        self.flush_section(&mut active)?;
        for usage in &play.roles {
            self.run_role(usage, &frame, &mut active, true)?;
        }
        self.run_nodes(&play.tasks, &frame, &mut active)?;
        self.flush_section(&mut active)?;
        self.run_nodes(&play.post_tasks, &frame, &mut active)?;
        self.flush_section(&mut active)?;
        for host in batch {
            match self.play.status(*host) {
                Status::Failed => self.host_mut(*host).failed = true,
                Status::Unreachable => self.host_mut(*host).unreachable = true,
                Status::Running | Status::Ended => {}
            }
        }
        Ok(())
    }

    /// Handlers at the end of a section; under `force_handlers` also those of hosts that failed.
    fn flush_section(&mut self, active: &mut Vec<HostId>) -> Result<(), Stop> {
        if !self.play.force_handlers {
            return self.flush_handlers(active);
        }
        let failed: Vec<HostId> = self.play.batch.iter().copied().filter(|host| !active.contains(host)).collect();
        let failed: Vec<HostId> = failed.into_iter().filter(|host| self.play.status(*host) == Status::Failed).collect();
        let mut all: Vec<HostId> = active.iter().copied().chain(failed.iter().copied()).collect();
        self.flush_handlers(&mut all)?;
        active.retain(|host| all.contains(host));
        Ok(())
    }

    fn play_name(&self, play: &Play) -> Arc<str> {
        match &play.name {
            Some(name) => self
                .play_value(name)
                .map_or_else(|_| crate::failures::source(name).into(), |value| value.to_string().into()),
            None => self.patterns(play).map(|patterns| patterns.join(",").into()).unwrap_or_default(),
        }
    }

    fn patterns(&self, play: &Play) -> Result<Vec<String>, Stop> {
        let value = self.play_value(&play.hosts).map_err(|message| stop_at("run-failed", message, &play.origin))?;
        Ok(match value.items() {
            Some(items) => items.iter().map(Value::to_string).collect(),
            None => vec![value.to_string()],
        })
    }

    fn matching_hosts(&mut self, play: &Play) -> Result<Vec<HostId>, Stop> {
        let patterns = self.patterns(play)?;
        let mut names = self.inventory.matching(&patterns);
        if let Some(limit) = &self.options.limit {
            let kept = self.inventory.matching(limit);
            names.retain(|name| kept.contains(name));
        }
        if let Some(order) = &play.order {
            self.put_in_order(&mut names, order)?;
        }
        Ok(names.iter().map(|name| self.host_named(name)).collect())
    }

    /// `order`: of the hosts of a play.
    fn put_in_order(&self, names: &mut [Arc<str>], order: &Tree) -> Result<(), Stop> {
        match self.play_value(order).map_err(run_failed)?.to_string().as_str() {
            "inventory" | "None" | "" => {}
            "reverse_inventory" => names.reverse(),
            "sorted" => names.sort_unstable(),
            "reverse_sorted" => {
                names.sort_unstable();
                names.reverse();
            }
            "shuffle" => {
                for index in (1..names.len()).rev() {
                    let other = self.system.random() % (index as u64 + 1);
                    names.swap(index, usize::try_from(other).unwrap_or(0));
                }
            }
            other => return Err(run_failed(format!("Unknown 'order' specified: {other}"))),
        }
        Ok(())
    }

    /// A value of the play itself, rendered with extra vars and the play's variables.
    pub(crate) fn play_value(&self, tree: &Tree) -> Result<Value, String> {
        if let Some(value) = tree.as_data() {
            return Ok(value.clone());
        }
        let locals = Locals::default();
        let scope = PlayScope(self);
        let surroundings = self.plain_surroundings(&self.play.frame);
        let loader = |name: &str| surroundings.read_near(None, name);
        let value = match self.play.all_hosts.first() {
            Some(host) => {
                let frame = &self.play.frame;
                let scope = TaskScope { run: self, host: *host, frame, task: None, locals: &locals };
                tree.render(&self.context(&scope, &surroundings, &loader))
            }
            None => tree.render(&self.context(&scope, &surroundings, &loader)),
        };
        value.map_err(|error| error.to_string())
    }

    fn play_number(&self, name: &str, tree: Option<&Tree>) -> Result<Option<f64>, Stop> {
        let Some(tree) = tree else { return Ok(None) };
        match self.play_value(tree).map_err(run_failed)? {
            Value::None | Value::Omit => Ok(None),
            value => crate::keywords::number(name, &value).map(Some).map_err(run_failed),
        }
    }

    pub(crate) fn play_flag(&self, name: &str, tree: Option<&Tree>) -> Result<Option<bool>, Stop> {
        let Some(tree) = tree else { return Ok(None) };
        match self.play_value(tree).map_err(run_failed)? {
            Value::None | Value::Omit => Ok(None),
            value => crate::keywords::boolean(name, &value).map(Some).map_err(run_failed),
        }
    }
}

pub(crate) fn run_failed(message: String) -> Stop {
    Stop::Error(Box::new(Diagnostic::error("run-failed", message)))
}

pub(crate) fn stop_at(code: &'static str, message: impl Into<String>, origin: &Origin) -> Stop {
    let mut diagnostic = Diagnostic::error(code, message);
    diagnostic.origin = Some(origin.clone());
    Stop::Error(Box::new(diagnostic))
}

/// Before any host is known: extra vars and play vars only.
struct PlayScope<'a>(&'a Execution<'a>);

impl rolewright_template::Scope for PlayScope<'_> {
    fn get(&self, name: &str) -> Option<rolewright_template::Var> {
        let run = self.0;
        let play = run.play.vars.get(name).map(|tree| rolewright_template::Var::Lazy(Arc::clone(tree)));
        run.extra.get(name).cloned().or(play)
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.extra.keys().chain(self.0.play.vars.names()).cloned().collect()
    }
}
