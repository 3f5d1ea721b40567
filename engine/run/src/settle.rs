//! What a result does to the run: counters, variables, notifications, the host's standing.
use crate::event::{Event, TaskResult, TaskStatus};
use crate::execution::{Execution, Stop};
use crate::hosts::{HostId, Status};
use crate::include::Wanted;
use crate::item::{Change, Effects, Executed};
use crate::results::{self, Fields, is_set, keys};
use crate::roles::short_name;
use crate::task::Call;
use crate::{failures, loops};
use rolewright_language::ast::{Action, Task};
use rolewright_template::Value;
use std::sync::Arc;
use std::time::Duration;

/// What the rest of the play must know of a result.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) failed: bool,
    /// Files and roles to run next, with the label of the item.
    pub(crate) includes: Vec<Wanted>,
}

/// What is said of a failure that carries no message, or may not show it.
pub(crate) const UNKNOWN: &str = "unknown playbook failure";

impl Execution<'_> {
    /// Takes a result in. `all` are the hosts that get its variables: more than one under `run_once`.
    pub(crate) fn settle(
        &mut self,
        call: &Call<'_>,
        executed: Executed,
        all: &[HostId],
        elapsed: Duration,
    ) -> Result<Settled, Stop> {
        let keys = keys();
        let Executed { fields, effects, ignore_errors, ignore_unreachable, no_log, delegate } = executed;
        let host = call.host;
        let failed = is_set(&fields, &keys.failed);
        let unreachable = !failed && is_set(&fields, &keys.unreachable);
        let mut settled = Settled::default();
        let status = loops::status_of(&fields, ignore_errors);
        let value = results::to_value(&fields);
        let pure_include = !failed && !unreachable && effects.iter().any(|effect| effect.include.is_some());
        // The failure of a handler stays counted, though a rescue around the flush runs.
        let rescued = failed && !ignore_errors && self.rescuers > 0 && !self.play.in_handlers;
        self.count(host, &fields, status, ignore_unreachable, rescued, pure_include);
        if failed && !ignore_errors {
            settled.failed = true;
            self.take_failure(call, &value, no_log, rescued, &fields);
        } else if unreachable && !ignore_unreachable {
            settled.failed = true;
            self.host_mut(host).unreachable = true;
            self.play.set_status(host, Status::Unreachable);
        }
        let runs_on = !failed && !unreachable;
        for effect in effects {
            let Effects { changes, notify, include, label, facts_to } = effect;
            if runs_on {
                if is_set(&fields, &keys.changed) {
                    self.notify(host, &notify, call)?;
                }
                self.apply(changes, facts_to, all);
                self.apply_inventory(host, &fields);
                self.gather_stats(host, &fields);
            }
            settled.includes.extend(include.filter(|_| !unreachable).map(|include| (include, label)));
        }
        if !matches!(status, TaskStatus::Skipped | TaskStatus::Unreachable)
            && let Some(role) = call.frame.roles().next()
        {
            self.play.ran.insert((role.id, host));
        }
        if let Some(register) = &call.task.register {
            for target in all {
                let host = self.host_mut(*target);
                host.set.insert(Arc::clone(register), value.clone());
                if &*call.task.action.name == "ansible.builtin.include_vars" {
                    host.own_results.insert(Arc::clone(register));
                } else {
                    host.own_results.remove(register);
                }
            }
        }
        if !pure_include {
            let shown = if no_log { results::censor(&fields) } else { value };
            let host = Arc::clone(&self.host(host).name);
            let result = TaskResult { host, status, result: shown, elapsed, rescued, delegate };
            self.emit(&Event::TaskResult { task: call.reference.clone(), result });
        }
        Ok(settled)
    }

    fn count(
        &mut self,
        host: HostId,
        fields: &Fields,
        status: TaskStatus,
        ignore_unreachable: bool,
        rescued: bool,
        pure_include: bool,
    ) {
        let changed = is_set(fields, &keys().changed);
        let state = self.host_mut(host);
        state.used = true;
        let stats = &mut state.stats;
        match status {
            TaskStatus::Failed if rescued => stats.rescued += 1,
            TaskStatus::Failed => stats.failed += 1,
            TaskStatus::Ignored => {
                stats.ok += 1;
                stats.ignored += 1;
                stats.changed += u64::from(changed);
            }
            TaskStatus::Unreachable if ignore_unreachable => {
                stats.ok += 1;
                stats.ignored += 1;
            }
            TaskStatus::Unreachable => stats.unreachable += 1,
            TaskStatus::Skipped => stats.skipped += 1,
            // Counted when the file is loaded, once for each.
            TaskStatus::Ok | TaskStatus::Changed if pure_include => {}
            TaskStatus::Ok | TaskStatus::Changed => {
                stats.ok += 1;
                stats.changed += u64::from(changed);
            }
        }
    }

    fn take_failure(&mut self, call: &Call<'_>, value: &Value, no_log: bool, rescued: bool, fields: &Fields) {
        self.mark_failed(call.host);
        if rescued {
            let task = failed_task(call.task, &call.reference.name);
            let state = self.host_mut(call.host);
            state.set.insert("ansible_failed_task".into(), task);
            state.set.insert("ansible_failed_result".into(), value.clone());
            return;
        }
        if self.rescuers > 0 {
            return;
        }
        let message = fields.get(&keys().msg).and_then(Value::as_str).filter(|_| !no_log);
        self.failures.push(message.unwrap_or(UNKNOWN).to_owned());
    }

    /// Fails every host with a message that stands outside of any module.
    pub(crate) fn fail_all(&mut self, active: &mut Vec<HostId>, message: &str) {
        for host in std::mem::take(active) {
            let rescued = self.rescuers > 0;
            let stats = &mut self.host_mut(host).stats;
            stats.rescued += u64::from(rescued);
            stats.failed += u64::from(!rescued);
            self.host_mut(host).used = true;
            self.mark_failed(host);
            if !rescued {
                self.failures.push(message.to_owned());
            }
        }
        self.warn(message, None);
    }

    fn apply(&mut self, changes: Vec<Change>, facts_to: Option<Arc<str>>, all: &[HostId]) {
        let delegate = facts_to.map(|name| self.host_named(&name));
        let targets: Vec<HostId> = delegate.map_or_else(|| all.to_vec(), |host| vec![host]);
        for change in changes {
            match (change, targets.as_slice()) {
                (Change::Set(facts), [only]) => self.host_mut(*only).set.extend(facts),
                (Change::Set(facts), _) => {
                    for host in &targets {
                        self.host_mut(*host).set.extend(facts.iter().cloned());
                    }
                }
                (Change::Facts(facts), _) => {
                    for host in &targets {
                        self.host_mut(*host).add_facts(facts.iter().cloned());
                    }
                }
                (Change::Vars(vars), _) => {
                    for host in &targets {
                        self.host_mut(*host).included.add(&vars);
                    }
                }
            }
        }
    }

    /// `add_host` and `group_by` say in their results what the inventory gains.
    fn apply_inventory(&mut self, host: HostId, fields: &Fields) {
        let single =
            (fields.contains_key("add_host") || fields.contains_key("add_group")).then(|| results::to_value(fields));
        let items = fields.get(&keys().results).and_then(Value::items).unwrap_or_default();
        for result in single.into_iter().chain(items) {
            if let Some(added) = result.get("add_host") {
                self.add_host(&added);
            }
            if result.get("add_group").is_some() {
                let name = Arc::clone(&self.host(host).name);
                self.add_group(&result, &name);
            }
        }
    }
}

/// `ansible_failed_task`: what a rescue can learn of the task; templates stay as they are written.
fn failed_task(task: &Task, name: &Arc<str>) -> Value {
    let Action { written, args, .. } = &task.action;
    let shown = |tree: &rolewright_template::Tree| {
        tree.as_data().cloned().unwrap_or_else(|| Value::from(failures::source(tree)))
    };
    let mut arguments: Vec<(Arc<str>, Value)> =
        args.map.iter().map(|(key, tree)| (Arc::clone(key), shown(tree))).collect();
    if let Some(text) = &args.free_form {
        arguments.push(("_raw_params".into(), shown(text)));
    }
    let own_name = task.name.as_ref().map_or_else(|| Value::from(""), shown);
    Value::dict([
        ("name", own_name),
        ("action", Value::from(Arc::clone(written))),
        ("args", Value::dict(arguments)),
        ("register", Value::from(task.register.clone())),
        ("role", Value::from(task.role.as_ref().map(|role| Arc::<str>::from(short_name(&role.name))))),
        ("full_name", Value::from(Arc::clone(name))),
    ])
}
