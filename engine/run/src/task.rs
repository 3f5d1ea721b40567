//! One task on all hosts of the moment.
use crate::event::{Event, TaskRef};
use crate::execution::{Execution, Stop};
use crate::frame::Frame;
use crate::hosts::{HostId, Status};
use crate::keywords::{self, Keyword};
use crate::roles::short_name;
use crate::variables::{Locals, TaskScope};
use rolewright_language::ast::Task;
use rolewright_template::{Context, Tree, Value};
use std::rc::Rc;
use std::sync::Arc;

/// One task on one host.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) task: &'a Arc<Task>,
    pub(crate) frame: &'a Rc<Frame>,
    pub(crate) host: HostId,
    pub(crate) reference: &'a TaskRef,
}

impl Call<'_> {
    /// Whether a change has handlers to tell.
    pub(crate) fn notifies(&self) -> bool {
        !self.task.notify.is_empty() || self.frame.applied_notify().next().is_some()
    }
}

/// Actions that run once for all hosts by their nature.
const ONCE_FOR_ALL: [&str; 2] = ["ansible.builtin.add_host", "ansible.builtin.pause"];

impl Execution<'_> {
    /// Runs a task; `active` loses the hosts it fails on.
    pub(crate) fn run_task(
        &mut self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        active: &mut Vec<HostId>,
    ) -> Result<(), Stop> {
        self.check_cancelled()?;
        if !self.play.in_handlers && !self.is_selected(task, frame) {
            return Ok(());
        }
        let Some(first) = active.first().copied() else { return Ok(()) };
        if !self.play.in_handlers && !self.has_started(task, frame, first) {
            return Ok(());
        }
        self.warn_of_debugger(task, frame);
        let once = self.runs_once(task, frame, first)? || ONCE_FOR_ALL.contains(&&*task.action.name);
        let reference = self.reference(task, frame, first);
        self.emit(&Event::TaskStart { task: reference.clone() });
        if crate::meta::is_meta(task) {
            return self.run_meta(task, frame, active, &reference);
        }
        let targets = if once { vec![first] } else { active.clone() };
        let mut includes = Vec::new();
        let mut failed = false;
        for host in targets {
            let started = std::time::Instant::now();
            let call = Call { task, frame, host, reference: &reference };
            let executed = self.execute(&call);
            let all = if once { active.as_slice() } else { std::slice::from_ref(&host) };
            let all = all.to_vec();
            let settled = self.settle(&call, executed, &all, started.elapsed())?;
            failed |= settled.failed;
            includes.extend(settled.includes.into_iter().map(|include| (host, include)));
        }
        if failed {
            // What was cut short must not be taken for a failure of the play.
            self.check_cancelled()?;
            self.spread_failure(task, frame, active, once);
        }
        active.retain(|host| self.play.status(*host) == Status::Running || self.was_failed_before(*host));
        self.play.just_failed.clear();
        self.run_includes(task, frame, active, &reference, includes)
    }

    /// Whether the task that `--start-at-task` names was reached.
    fn has_started(&mut self, task: &Arc<Task>, frame: &Rc<Frame>, host: HostId) -> bool {
        let Some(wanted) = &self.start_at else { return true };
        let full = self.reference(task, frame, host).name;
        let own = task.name.as_ref().map(crate::failures::source).unwrap_or_default();
        let own = if own.is_empty() { task.action.written.to_string() } else { own };
        let reached = [&*own, &*full].iter().any(|name| *name == wanted || crate::inventory::glob(wanted, name));
        if reached {
            self.start_at = None;
        }
        reached
    }

    /// In `always`, hosts that failed earlier still run; only a failure of this very task takes them out.
    fn was_failed_before(&self, host: HostId) -> bool {
        self.play.status(host) == Status::Failed && !self.play.just_failed.contains(&host)
    }

    /// `any_errors_fatal`, `run_once` and `max_fail_percentage` take other hosts down as well.
    fn spread_failure(&mut self, task: &Arc<Task>, frame: &Rc<Frame>, active: &[HostId], once: bool) {
        let Some(first) = active.first().copied() else { return };
        let fatal = self.task_flag(Keyword::AnyErrorsFatal, task, frame, first).unwrap_or(false)
            || self.options.any_errors_fatal && task.keywords.any_errors_fatal.is_none();
        if fatal || once {
            for host in
                active.iter().filter(|host| self.play.status(**host) == Status::Running).copied().collect::<Vec<_>>()
            {
                self.mark_failed(host);
            }
        }
        if let Some(percentage) = self.play.max_fail_percentage {
            let down = self.play.lost as f64;
            if down / (self.play.batch.len().max(1) as f64) > percentage / 100.0 {
                for host in active {
                    self.mark_failed(*host);
                }
                self.play.broken = true;
            }
        }
    }

    /// Nobody sits in front of a run.
    fn warn_of_debugger(&self, task: &Task, frame: &Frame) {
        let mut asked = Keyword::Debugger.of(&task.keywords).into_iter().chain(frame.keyword(Keyword::Debugger));
        if asked.next().is_some_and(|tree| crate::failures::source(tree) != "never") {
            self.warn("the task debugger is not offered: `debugger` is ignored", Some(&task.origin));
        }
    }

    /// `run_once` is looked at before any host runs the task: an error in it is one of the play.
    fn runs_once(&self, task: &Arc<Task>, frame: &Rc<Frame>, host: HostId) -> Result<bool, Stop> {
        if Keyword::RunOnce.of(&task.keywords).is_none() && frame.keyword(Keyword::RunOnce).next().is_none() {
            return Ok(false);
        }
        let surroundings = self.surroundings(task, frame, self.options.check_mode, self.options.diff);
        for tree in Keyword::RunOnce.of(&task.keywords).into_iter().chain(frame.keyword(Keyword::RunOnce)) {
            let value = self.render_for(task, frame, host, &Locals::default(), &surroundings, |cx| tree.render(cx));
            let value = value.map_err(|error| crate::play::stop_at("run-failed", error.to_string(), &task.origin))?;
            if !value.is_omit() {
                return Ok(value.to_bool().unwrap_or_else(|| value.is_truthy()));
            }
        }
        Ok(false)
    }

    pub(crate) fn mark_failed(&mut self, host: HostId) {
        if self.play.status(host) != Status::Unreachable {
            self.play.set_status(host, Status::Failed);
            self.play.just_failed.push(host);
            self.play.lost += usize::from(self.shelters == 0);
        }
    }

    /// A boolean keyword outside of a running item.
    pub(crate) fn task_flag(
        &self,
        keyword: Keyword,
        task: &Task,
        frame: &Rc<Frame>,
        host: HostId,
    ) -> Result<bool, String> {
        if keyword.of(&task.keywords).is_none() && frame.keyword(keyword).next().is_none() {
            return Ok(false);
        }
        let surroundings = self.surroundings(task, frame, self.options.check_mode, self.options.diff);
        self.render_for(task, frame, host, &Locals::default(), &surroundings, |cx| {
            keywords::flag(keyword, task, frame, cx, false)
        })
    }

    /// Gives `work` a context with the variables of a task on a host.
    pub(crate) fn render_for<T>(
        &self,
        task: &Task,
        frame: &Rc<Frame>,
        host: HostId,
        locals: &Locals,
        surroundings: &crate::Surroundings,
        work: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let scope = TaskScope { run: self, host, frame, task: Some(task), locals };
        let loader = |name: &str| surroundings.read_near(None, name);
        work(&self.context(&scope, surroundings, &loader))
    }

    /// How the task is called in events: `role : name`, with the module as written where there is no name.
    pub(crate) fn reference(&self, task: &Task, frame: &Rc<Frame>, host: HostId) -> TaskRef {
        let own: Arc<str> = match &task.name {
            None => Arc::clone(&task.action.written),
            Some(name) => self.task_name(name, task, frame, host),
        };
        let role = task.role.as_ref().map(|role| &role.name);
        let name = match (crate::include::role_named(task), role) {
            // Named after the role that is included, not the one it is included from.
            (Some(_), _) if task.name.is_some() => own,
            (Some(included), _) => format!("{own} : {included}").into(),
            (None, Some(role)) => format!("{} : {own}", short_name(role)).into(),
            (None, None) => own,
        };
        TaskRef {
            name,
            module: Arc::clone(&task.action.name),
            origin: task.origin.clone(),
            role: role.cloned(),
            is_handler: self.play.in_handlers,
        }
    }

    /// A name that cannot be rendered is shown as it is written.
    fn task_name(&self, name: &Tree, task: &Task, frame: &Rc<Frame>, host: HostId) -> Arc<str> {
        if let Some(Value::Str(text)) = name.as_data() {
            return Arc::clone(text.shared());
        }
        let surroundings = self.surroundings(task, frame, self.options.check_mode, self.options.diff);
        let rendered =
            self.render_for(task, frame, host, &Locals::default(), &surroundings, |cx| name.render(cx)?.defined());
        match rendered {
            Ok(value) => value.to_string().into(),
            Err(_) => crate::failures::source(name).into(),
        }
    }
}
