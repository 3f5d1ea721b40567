//! `meta` actions.
use crate::conditions::{self, Verdict};
use crate::event::{Event, TaskRef, TaskResult, TaskStatus};
use crate::execution::{Execution, Stop};
use crate::frame::Frame;
use crate::hosts::{HostId, Status};
use crate::play::stop_at;
use crate::variables::Locals;
use rolewright_language::ast::Task;
use rolewright_template::{Tree, Value};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn is_meta(task: &Task) -> bool {
    matches!(&*task.action.name, "ansible.builtin.meta" | "ansible.legacy.meta" | "meta")
}

/// What the task asks for; templates are not allowed here.
fn wanted(task: &Task) -> String {
    let args = &task.action.args;
    let named = |name: &str| args.map.iter().find(|(key, _)| &**key == name).map(|(_, tree)| tree);
    let tree = args.free_form.as_ref().or_else(|| named("free_form")).or_else(|| named("_raw_params"));
    tree.map(|tree: &Tree| crate::failures::source(tree).trim().to_owned()).unwrap_or_default()
}

impl Execution<'_> {
    pub(crate) fn run_meta(
        &mut self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        active: &mut Vec<HostId>,
        reference: &TaskRef,
    ) -> Result<(), Stop> {
        let action = wanted(task);
        match &*action {
            "noop" | "refresh_inventory" | "reset_connection" => {
                if !task.keywords.when.is_empty() {
                    self.warn(format!("{action} task does not support when conditional"), Some(&task.origin));
                }
                Ok(())
            }
            "flush_handlers" if self.play.in_handlers => {
                Err(stop_at("run-failed", "flush_handlers cannot be used as a handler", &task.origin))
            }
            "flush_handlers" => {
                let chosen = self.chosen(task, frame, active, reference, &action)?;
                let mut flushing = chosen.clone();
                self.flush_handlers(&mut flushing)?;
                active.retain(|host| !chosen.contains(host) || flushing.contains(host));
                Ok(())
            }
            "end_host" => {
                for host in self.chosen(task, frame, active, reference, &action)? {
                    self.play.set_status(host, Status::Ended);
                    active.retain(|other| *other != host);
                }
                Ok(())
            }
            "end_role" => self.end_role(task, frame, active, reference),
            "end_play" | "end_batch" => {
                if self.first_agrees(task, frame, active, reference, &action)? {
                    self.end_batch(active);
                    self.play.ended |= action == "end_play";
                }
                Ok(())
            }
            "clear_facts" => {
                if self.first_agrees(task, frame, active, reference, &action)? {
                    for host in self.play.all_hosts.clone() {
                        self.host_mut(host).facts.clear();
                    }
                }
                Ok(())
            }
            "clear_host_errors" => {
                if self.first_agrees(task, frame, active, reference, &action)? {
                    self.clear_host_errors(active);
                }
                Ok(())
            }
            other => Err(stop_at("run-failed", format!("invalid meta action requested: {other}"), &task.origin)),
        }
    }

    fn end_batch(&mut self, active: &mut Vec<HostId>) {
        for host in self.play.batch.clone() {
            if self.play.status(host) != Status::Unreachable {
                self.play.set_status(host, Status::Ended);
            }
        }
        active.clear();
    }

    fn clear_host_errors(&mut self, active: &mut Vec<HostId>) {
        for host in self.play.all_hosts.clone() {
            let state = self.host_mut(host);
            state.failed = false;
            state.unreachable = false;
            if matches!(self.play.status(host), Status::Failed | Status::Unreachable) {
                self.play.set_status(host, Status::Running);
                if self.play.batch.contains(&host) && !active.contains(&host) {
                    active.push(host);
                }
            }
        }
        active.sort_unstable();
    }

    fn end_role(
        &mut self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        active: &mut Vec<HostId>,
        reference: &TaskRef,
    ) -> Result<(), Stop> {
        let Some(role) = frame.roles().next().map(|role| role.id) else {
            return Err(stop_at("run-failed", "Cannot execute 'end_role' from outside of a role", &task.origin));
        };
        if self.play.in_handlers {
            return Err(stop_at("run-failed", "Cannot execute 'end_role' from a handler", &task.origin));
        }
        for host in self.chosen(task, frame, active, reference, "end_role")? {
            self.play.left.push((role, host));
            active.retain(|other| *other != host);
        }
        Ok(())
    }

    /// The hosts whose conditions hold.
    fn chosen(
        &self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        active: &[HostId],
        reference: &TaskRef,
        action: &str,
    ) -> Result<Vec<HostId>, Stop> {
        let mut chosen = Vec::new();
        for host in active.iter().copied() {
            if self.agrees(task, frame, host, reference, action)? {
                chosen.push(host);
            }
        }
        Ok(chosen)
    }

    fn first_agrees(
        &mut self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        active: &[HostId],
        reference: &TaskRef,
        action: &str,
    ) -> Result<bool, Stop> {
        match active.first() {
            Some(host) => self.agrees(task, frame, *host, reference, action),
            None => Ok(false),
        }
    }

    /// Evaluates `when`. An error in it is one of the play, not of the host.
    fn agrees(
        &self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        host: HostId,
        reference: &TaskRef,
        action: &str,
    ) -> Result<bool, Stop> {
        let surroundings = self.surroundings(task, frame, self.options.check_mode, self.options.diff);
        let outer = frame.conditions();
        let verdict =
            self.render_for(task, frame, host, &Locals::default(), &surroundings, |cx| {
                match conditions::all(outer.into_iter().chain(&task.keywords.when), cx) {
                    Ok(Verdict::Holds) => Ok(true),
                    Ok(Verdict::Fails(_)) => Ok(false),
                    Err((condition, error)) => Err(conditions::wording(condition, &error)),
                }
            });
        let agrees = verdict.map_err(|message| stop_at("run-failed", message, &task.origin))?;
        if !agrees {
            let reason = format!("{action} conditional evaluated to False");
            let result = Value::dict([
                ("msg", Value::from(action)),
                ("skipped", Value::Bool(true)),
                ("skip_reason", Value::from(reason)),
            ]);
            let host = Arc::clone(&self.host(host).name);
            let result = TaskResult {
                host,
                status: TaskStatus::Skipped,
                result,
                elapsed: Duration::ZERO,
                rescued: false,
                delegate: None,
            };
            self.emit(&Event::TaskResult { task: reference.clone(), result });
        }
        Ok(agrees)
    }
}
