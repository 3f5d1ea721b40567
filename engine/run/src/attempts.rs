//! Running a module once, or until it succeeds, and judging what came back.
use crate::conditions::{self, Verdict};
use crate::event::Event;
use crate::execution::Execution;
use crate::item::{Change, Effects};
use crate::keywords::{self, Keyword};
use crate::module::{Local, Module, Outcome, TaskContext};
use crate::results::{self, Fields, is_set, keys};
use crate::task::Call;
use crate::variables::Locals;
use crate::{Args, Cancel, Surroundings};
use rolewright_language::ast::Task;
use rolewright_template::{Condition, Context, Tree, Value};
use std::sync::Arc;
use std::time::Duration;

/// Numbers that say how a module is run.
pub(crate) struct Plan {
    attempts: u64,
    delay: Duration,
    timeout: Option<u64>,
    pub(crate) async_seconds: u64,
    pub(crate) poll: u64,
}

/// Ansible's defaults.
const RETRIES: i64 = 3;
const DELAY: f64 = 5.0;
const POLL: i64 = 15;

impl Plan {
    pub(crate) fn render(call: &Call<'_>, cx: &Context<'_>) -> Result<Self, String> {
        let task = call.task;
        let retries = number("retries", task.retries.as_ref(), cx)?;
        let retries = match (retries, task.until.is_empty()) {
            (Some(retries), _) => retries.max(0),
            (None, false) => RETRIES,
            (None, true) => 0,
        };
        let delay = match given("delay", task.delay.as_ref(), cx)? {
            Some(value) => keywords::number("delay", &value)?,
            None => DELAY,
        };
        let delay = if delay < 0.0 { 1.0 } else { delay };
        let timeout = match keywords::value(Keyword::Timeout, task, call.frame, cx)? {
            None | Some(Value::None) => None,
            Some(value) => Some(unsigned(keywords::whole("timeout", &value)?)).filter(|seconds| *seconds > 0),
        };
        Ok(Self {
            attempts: unsigned(retries).saturating_add(1),
            delay: Duration::try_from_secs_f64(delay).map_err(|error| format!("delay: {error}"))?,
            timeout,
            async_seconds: unsigned(number("async", task.async_.as_ref(), cx)?.unwrap_or(0)),
            poll: unsigned(number("poll", task.poll.as_ref(), cx)?.unwrap_or(POLL)),
        })
    }
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn given(name: &str, tree: Option<&Tree>, cx: &Context<'_>) -> Result<Option<Value>, String> {
    let Some(tree) = tree else { return Ok(None) };
    let value = tree.render(cx).map_err(|error| keywords::invalid(name, &error))?;
    Ok((!value.is_omit() && !value.is_none()).then_some(value))
}

fn number(name: &str, tree: Option<&Tree>, cx: &Context<'_>) -> Result<Option<i64>, String> {
    given(name, tree, cx)?.map(|value| keywords::whole(name, &value)).transpose()
}

impl Execution<'_> {
    /// Runs the module as often as the plan allows; the last result counts.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn attempts(
        &self,
        call: &Call<'_>,
        locals: &mut Locals,
        surroundings: &Arc<Surroundings>,
        module: &dyn Module,
        args: &Args,
        plan: &Plan,
        effects: &mut Effects,
    ) -> Result<Fields, String> {
        let keys = keys();
        let task = call.task;
        let mut attempt = 1;
        loop {
            let (mut fields, changes) = self.one_attempt(call, locals, surroundings, module, args, plan);
            effects.changes = changes;
            if plan.attempts > 1 {
                fields.insert(Arc::clone(&keys.attempts), Value::from(attempt));
            }
            self.bind_result(task, locals, &fields);
            if !fields.contains_key(&keys.skipped) {
                self.judge(call, locals, surroundings, &mut fields);
            }
            if plan.attempts == 1 {
                return Ok(fields);
            }
            match self.is_enough(call, locals, surroundings, &fields) {
                Ok(true) => return Ok(fields),
                Ok(false) => {}
                Err(message) => return Err(message),
            }
            if attempt == plan.attempts {
                fields.insert(Arc::clone(&keys.attempts), Value::from(plan.attempts - 1));
                fields.insert(Arc::clone(&keys.failed), Value::Bool(true));
                return Ok(fields);
            }
            let hidden = self.task_flag(Keyword::NoLog, task, call.frame, call.host).unwrap_or(true);
            let mut shown = fields.clone();
            shown.insert("retries".into(), Value::from(plan.attempts));
            self.emit(&Event::Retry {
                task: call.reference.clone(),
                host: Arc::clone(&self.host(call.host).name),
                left: plan.attempts - attempt,
                result: if hidden { results::censor(&shown) } else { results::to_value(&shown) },
            });
            if !self.system.sleep(plan.delay, &self.cancel) {
                return Err("the run was cancelled".into());
            }
            attempt += 1;
        }
    }

    fn one_attempt(
        &self,
        call: &Call<'_>,
        locals: &mut Locals,
        surroundings: &Arc<Surroundings>,
        module: &dyn Module,
        args: &Args,
        plan: &Plan,
    ) -> (Fields, Vec<Change>) {
        if plan.async_seconds > 0 && plan.poll == 0 {
            return (self.start_job(call, locals, surroundings, module, args, plan), Vec::new());
        }
        let limit = plan.timeout.or((plan.async_seconds > 0).then_some(plan.async_seconds));
        let outcome = self.call_module(call, locals, surroundings, module, args, limit);
        let (mut outcome, overdue) = outcome;
        if overdue {
            outcome = self.overdue(call, plan);
        }
        let mut fields = results::of_outcome(&outcome);
        if plan.async_seconds > 0 && !outcome.skipped {
            crate::asynchronous::mark_finished(&mut fields, self.system.random());
        }
        let changes = self.changes(call, args, outcome, locals);
        (fields, changes)
    }

    fn overdue(&self, call: &Call<'_>, plan: &Plan) -> Outcome {
        if let Some(limit) = plan.timeout {
            let action = &call.task.action.written;
            let message = format!(
                "The {action} action failed to execute in the expected time frame ({limit}) and was terminated"
            );
            return Outcome::failed(message).with("timedout", Value::dict([("period", Value::from(limit))]));
        }
        let seconds = plan.async_seconds;
        Outcome::failed(format!("async task did not complete within the requested time - {seconds}s"))
    }

    /// The outcome, and whether the time was over.
    pub(crate) fn call_module(
        &self,
        call: &Call<'_>,
        locals: &Locals,
        surroundings: &Arc<Surroundings>,
        module: &dyn Module,
        args: &Args,
        limit: Option<u64>,
    ) -> (Outcome, bool) {
        let limited;
        let mut surroundings: &Surroundings = surroundings;
        let mut cancel = self.cancel.clone();
        if let Some(seconds) = limit {
            cancel = self.cancel.within(Duration::from_secs(seconds));
            let path = surroundings.search_path.clone();
            let mut own = self.new_surroundings(path, surroundings.check_mode, surroundings.diff);
            own.environment.clone_from(&surroundings.environment);
            own.cancel = cancel.clone();
            limited = own;
            surroundings = &limited;
        }
        let outcome = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
            let own = match self.item_environment(call, cx) {
                Ok(own) => own,
                Err(message) => return Outcome::failed(message),
            };
            let context = self.task_context(cx, surroundings, &cancel, own.as_deref());
            module.run(&context, args)
        });
        let overdue = limit.is_some() && cancel.is_overdue() && !self.cancel.is_cancelled();
        (outcome, overdue)
    }

    /// The environment with the item's variables, where the task says something about it.
    fn item_environment(&self, call: &Call<'_>, cx: &Context<'_>) -> Result<Option<Vec<(String, String)>>, String> {
        let has_own = !call.task.keywords.environment.is_empty()
            || call.frame.chain().any(|frame| frame.level.keywords().is_some_and(|k| !k.environment.is_empty()));
        if has_own { self.environment_of(call, cx).map(Some) } else { Ok(None) }
    }

    fn task_context<'a>(
        &'a self,
        cx: &Context<'a>,
        surroundings: &'a Surroundings,
        cancel: &'a Cancel,
        environment: Option<&'a [(String, String)]>,
    ) -> TaskContext<'a> {
        TaskContext {
            template: *cx,
            system: &*self.system,
            cancel,
            extensions: &self.extensions,
            check_mode: surroundings.check_mode,
            diff: surroundings.diff,
            verbosity: self.options.verbosity,
            search_path: &surroundings.search_path,
            environment: environment.unwrap_or(&surroundings.environment),
            connection: &Local,
            files: &*self.engine.files,
            signals: &self.signals,
            surroundings,
        }
    }

    /// What the outcome changes; the rest of the loop sees it at once.
    fn changes(&self, call: &Call<'_>, args: &Args, outcome: Outcome, locals: &mut Locals) -> Vec<Change> {
        let mut changes = Vec::new();
        if !outcome.vars.is_empty() {
            changes.push(Change::Vars(outcome.vars));
        }
        if outcome.facts.is_empty() {
            return changes;
        }
        let is_set_fact = &*call.task.action.name == "ansible.builtin.set_fact";
        let mut facts = outcome.facts;
        if is_set_fact && !self.options.native {
            facts = facts.into_iter().map(|(name, value)| (name, crate::facts::as_boolean(value))).collect();
        }
        for (name, value) in &facts {
            locals.set(Arc::clone(name), value.clone());
        }
        if outcome.host_facts {
            changes.push(Change::Facts(facts));
        } else {
            if is_set_fact && args.flag("cacheable", false).unwrap_or(false) {
                changes.push(Change::Facts(facts.clone()));
            }
            changes.push(Change::Set(facts));
        }
        changes
    }

    fn bind_result(&self, task: &Task, locals: &mut Locals, fields: &Fields) {
        if let Some(register) = &task.register {
            locals.set(Arc::clone(register), results::to_value(fields));
        }
    }

    /// `changed_when` and `failed_when`. One that cannot be evaluated makes the task failed.
    fn judge(&self, call: &Call<'_>, locals: &mut Locals, surroundings: &Surroundings, fields: &mut Fields) {
        let keys = keys();
        let task = call.task;
        let evaluate = |conditions: &[Condition], locals: &Locals| {
            self.render_for(task, call.frame, call.host, locals, surroundings, |cx| {
                let verdict = conditions::all(conditions, cx);
                verdict.map(|verdict| matches!(verdict, Verdict::Holds)).map_err(|(c, e)| conditions::wording(c, &e))
            })
        };
        if let Some(conditions) = task.changed_when.as_deref().filter(|list| !list.is_empty()) {
            match evaluate(conditions, locals) {
                Ok(changed) => {
                    fields.insert(Arc::clone(&keys.changed), Value::Bool(changed));
                    self.bind_result(task, locals, fields);
                }
                Err(message) => {
                    fields.insert(Arc::clone(&keys.failed), Value::Bool(true));
                    fields.insert(Arc::clone(&keys.changed_when_result), Value::from(message));
                    return self.bind_result(task, locals, fields);
                }
            }
        }
        if let Some(conditions) = task.failed_when.as_deref().filter(|list| !list.is_empty()) {
            let verdict = evaluate(conditions, locals);
            let failed = *verdict.as_ref().unwrap_or(&true);
            fields.insert(Arc::clone(&keys.failed), Value::Bool(failed));
            let shown = verdict.map_or_else(Value::from, Value::Bool);
            fields.insert(Arc::clone(&keys.failed_when_result), shown);
            self.bind_result(task, locals, fields);
        }
    }

    /// Whether no further attempt is needed.
    fn is_enough(
        &self,
        call: &Call<'_>,
        locals: &Locals,
        surroundings: &Surroundings,
        fields: &Fields,
    ) -> Result<bool, String> {
        if call.task.until.is_empty() {
            return Ok(!is_set(fields, &keys().failed));
        }
        self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
            let verdict = conditions::all(&call.task.until, cx);
            verdict
                .map(|verdict| matches!(verdict, Verdict::Holds))
                .map_err(|(condition, error)| self.at_task(call, &error, &conditions::wording(condition, &error)))
        })
    }
}
