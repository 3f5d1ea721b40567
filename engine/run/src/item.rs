//! One task on one host, for one item: conditions, arguments, module, judgement.
use crate::conditions::{self, Verdict};
use crate::execution::Execution;
use crate::include::{self, Include};
use crate::keywords::{self, Keyword};
use crate::results::{self, Fields, is_set, keys};
use crate::task::Call;
use crate::variables::Locals;
use crate::{Surroundings, arguments, failures, loops};
use rolewright_language::ast::Vars;
use rolewright_template::{Context, Error, ErrorKind, Tree, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Variables that an item leaves behind.
#[derive(Debug)]
pub(crate) enum Change {
    /// `set_fact`.
    Set(Vec<(Arc<str>, Value)>),
    /// `setup` and its like.
    Facts(Vec<(Arc<str>, Value)>),
    /// `include_vars`.
    Vars(Vars),
}

/// What an item asks of the play.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) changes: Vec<Change>,
    pub(crate) notify: Vec<Arc<str>>,
    pub(crate) include: Option<Include>,
    /// Of the item, for an include's event.
    pub(crate) label: Option<Arc<str>>,
    /// Where facts go under `delegate_facts`.
    pub(crate) facts_to: Option<Arc<str>>,
}

/// One finished item.
pub(crate) struct Done {
    pub(crate) fields: Fields,
    pub(crate) effects: Effects,
    pub(crate) ignore_errors: bool,
    pub(crate) ignore_unreachable: bool,
    pub(crate) no_log: bool,
    pub(crate) elapsed: Duration,
    /// It never came to a result of its own: this ends a loop, and is the result of the whole task.
    pub(crate) raised: bool,
    /// The host it ran on, when that is another one.
    pub(crate) delegate: Option<Arc<str>>,
}

impl Done {
    fn new(fields: Fields) -> Self {
        Self {
            fields,
            effects: Effects::default(),
            ignore_errors: false,
            ignore_unreachable: false,
            no_log: false,
            elapsed: Duration::ZERO,
            raised: false,
            delegate: None,
        }
    }

    /// An error outside of the module.
    fn raised(message: String) -> Self {
        Self { raised: true, ..Self::new(results::failure(message)) }
    }
}

/// One finished task on one host.
pub(crate) struct Executed {
    pub(crate) fields: Fields,
    pub(crate) effects: Vec<Effects>,
    pub(crate) ignore_errors: bool,
    pub(crate) ignore_unreachable: bool,
    pub(crate) no_log: bool,
    pub(crate) delegate: Option<Arc<str>>,
}

impl Executed {
    pub(crate) fn failure(message: impl Into<Value>) -> Self {
        Self::of_loop(results::failure(message), Vec::new())
    }
    pub(crate) fn of_loop(fields: Fields, effects: Vec<Effects>) -> Self {
        Self { fields, effects, ignore_errors: false, ignore_unreachable: false, no_log: false, delegate: None }
    }
    pub(crate) fn of_item(item: Done) -> Self {
        Self {
            fields: item.fields,
            effects: vec![item.effects],
            ignore_errors: item.ignore_errors,
            ignore_unreachable: item.ignore_unreachable,
            no_log: item.no_log,
            delegate: item.delegate,
        }
    }
}

impl Execution<'_> {
    /// Everything up to the result; nothing of the run changes yet.
    pub(crate) fn execute(&self, call: &Call<'_>) -> Executed {
        let surroundings = match self.surroundings_of(call) {
            Ok(surroundings) => surroundings,
            Err(message) => return Executed::failure(message),
        };
        let Some(written) = &call.task.loop_ else {
            return Executed::of_item(self.run_item(call, &mut Locals::default(), &surroundings, None));
        };
        let items = self.render_for(call.task, call.frame, call.host, &Locals::default(), &surroundings, |cx| {
            loops::items(written, cx)
        });
        let mut executed = match items {
            Ok(items) => self.run_loop(call, &items, &surroundings),
            // A condition may still keep the task from running.
            Err(error) if error.kind() == ErrorKind::Undefined => {
                Executed::of_item(self.run_item(call, &mut Locals::default(), &surroundings, Some(error)))
            }
            Err(error) => Executed::failure(self.at_task(call, &error, error.message())),
        };
        if is_set(&executed.fields, &keys().failed) && executed.effects.is_empty() {
            let ignored = self.task_flag(Keyword::IgnoreErrors, call.task, call.frame, call.host);
            executed.ignore_errors |= ignored.unwrap_or(false);
            let hidden = self.task_flag(Keyword::NoLog, call.task, call.frame, call.host);
            executed.no_log |= hidden.unwrap_or(false);
        }
        executed
    }

    /// Modes and environment in force for a task.
    fn surroundings_of(&self, call: &Call<'_>) -> Result<Arc<Surroundings>, String> {
        let options = &self.options;
        let plain = self.surroundings(call.task, call.frame, options.check_mode, options.diff);
        let is_set = |keyword: Keyword| {
            keyword.of(&call.task.keywords).is_some() || call.frame.keyword(keyword).next().is_some()
        };
        let has_modes = is_set(Keyword::CheckMode) || is_set(Keyword::Diff);
        let has_environment = !call.task.keywords.environment.is_empty()
            || call.frame.chain().any(|frame| frame.level.keywords().is_some_and(|k| !k.environment.is_empty()));
        if !has_modes && !has_environment {
            return Ok(plain);
        }
        let (task, frame) = (call.task, call.frame);
        self.render_for(task, frame, call.host, &Locals::default(), &plain, |cx| {
            let check = keywords::flag(Keyword::CheckMode, task, frame, cx, options.check_mode)?;
            let diff = keywords::flag(Keyword::Diff, task, frame, cx, options.diff)?;
            if !has_environment {
                return Ok(self.surroundings(task, frame, check, diff));
            }
            let mut own = self.new_surroundings(self.search_path(task, frame), check, diff);
            // It may use the item of a loop; then it is rendered again for each of them.
            if let Ok(environment) = self.environment_of(call, cx) {
                own.environment = environment;
            }
            Ok(Arc::new(own))
        })
    }

    /// `environment:` of all levels over that of the run.
    pub(crate) fn environment_of(&self, call: &Call<'_>, cx: &Context<'_>) -> Result<Vec<(String, String)>, String> {
        let mut levels: Vec<_> = call.frame.chain().filter_map(|frame| frame.level.keywords()).collect();
        levels.reverse();
        let mut environment = self.environment.clone();
        for tree in levels.into_iter().chain([&call.task.keywords]).flat_map(|keywords| &keywords.environment) {
            match tree {
                Tree::Map(entries) if is_gathering(call) => add_known(&mut environment, entries, cx)?,
                _ => {
                    let value = tree.render(cx).map_err(|error| keywords::invalid("environment", &error))?;
                    add_environment(&mut environment, &value)?;
                }
            }
        }
        Ok(environment)
    }

    pub(crate) fn run_item(
        &self,
        call: &Call<'_>,
        locals: &mut Locals,
        surroundings: &Arc<Surroundings>,
        loop_error: Option<Error>,
    ) -> Done {
        let started = Instant::now();
        let mut done = self.conditional_item(call, locals, surroundings, loop_error);
        done.elapsed = started.elapsed();
        self.judge_failure(call, &mut done, locals, surroundings);
        // When in doubt, nothing is shown.
        let hidden = self.item_flag(Keyword::NoLog, call, locals, surroundings).unwrap_or(true);
        done.no_log |= self.options.no_log || hidden;
        done
    }

    fn item_flag(
        &self,
        keyword: Keyword,
        call: &Call<'_>,
        locals: &Locals,
        surroundings: &Surroundings,
    ) -> Result<bool, String> {
        let (task, frame) = (call.task, call.frame);
        if keyword.of(&task.keywords).is_none() && frame.keyword(keyword).next().is_none() {
            return Ok(false);
        }
        self.render_for(task, frame, call.host, locals, surroundings, |cx| {
            keywords::flag(keyword, task, frame, cx, false)
        })
    }

    /// Whether a failure may be ignored.
    pub(crate) fn judge_failure(&self, call: &Call<'_>, done: &mut Done, locals: &Locals, surroundings: &Surroundings) {
        // Text that cannot be rendered counts as true, as any text does.
        let flag = |keyword| self.item_flag(keyword, call, locals, surroundings).unwrap_or(true);
        if is_set(&done.fields, &keys().failed) {
            done.ignore_errors = flag(Keyword::IgnoreErrors);
        }
        if is_set(&done.fields, &keys().unreachable) {
            done.ignore_unreachable = flag(Keyword::IgnoreUnreachable);
        }
    }

    fn conditional_item(
        &self,
        call: &Call<'_>,
        locals: &mut Locals,
        surroundings: &Arc<Surroundings>,
        loop_error: Option<Error>,
    ) -> Done {
        if call.frame.has_when || !call.task.keywords.when.is_empty() {
            let outer = call.frame.conditions();
            let verdict = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
                conditions::all(outer.into_iter().chain(&call.task.keywords.when), cx)
            });
            match verdict {
                Ok(Verdict::Holds) => {}
                Ok(Verdict::Fails(condition)) => return Done::new(results::skipped(condition.source())),
                Err((condition, error)) if loop_error.is_none() => {
                    let message = conditions::wording(condition, &error);
                    return Done::raised(self.at_task(call, &error, &message));
                }
                Err(_) => {}
            }
        }
        if let Some(error) = loop_error {
            return Done::raised(self.at_task(call, &error, error.message()));
        }
        if include::is_include(call.task) {
            let include = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
                include::request(call.task, cx)
            });
            return match include {
                Ok(include) => {
                    let mut done = Done::new(Fields::new());
                    done.fields.insert(Arc::clone(&keys().changed), Value::Bool(false));
                    done.effects.include = Some(include);
                    done
                }
                Err(error) => Done::raised(self.of_option(call, &error)),
            };
        }
        self.module_item(call, locals, surroundings)
    }

    fn module_item(&self, call: &Call<'_>, locals: &mut Locals, surroundings: &Arc<Surroundings>) -> Done {
        let Some(module) = self.engine.modules.get(&call.task.action.name) else {
            let name = &call.task.action.written;
            return Done::raised(format!("couldn't resolve module/action '{name}'"));
        };
        let prepared = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
            self.check_become(call, cx)?;
            keywords::flag(Keyword::IgnoreErrors, call.task, call.frame, cx, false)?;
            let delegate = self.delegate_of(call, cx)?;
            let args = arguments::render(call.task, call.frame, cx).map_err(|error| self.of_option(call, &error))?;
            let plan = crate::attempts::Plan::render(call, cx)?;
            Ok::<_, String>((args, delegate, plan))
        });
        let (args, delegate, plan) = match prepared {
            Ok(prepared) => prepared,
            Err(message) => return Done::raised(message),
        };
        let elsewhere = delegate.clone().filter(|name| *name != self.host(call.host).name);
        if let Some(message) = self.unreachable_by(call, delegate.as_deref()) {
            let mut fields = results::failure(message);
            fields.shift_remove(&keys().failed);
            fields.insert(Arc::clone(&keys().unreachable), Value::Bool(true));
            return Done { delegate: elsewhere, ..Done::new(fields) };
        }
        let mut effects = Effects::default();
        let fields = match self.attempts(call, locals, surroundings, &**module, &args, &plan, &mut effects) {
            Ok(fields) => fields,
            Err(message) => return Done::raised(message),
        };
        if let Some(delegate) = delegate {
            let to_delegate = self.task_flag(Keyword::DelegateFacts, call.task, call.frame, call.host);
            effects.facts_to = to_delegate.unwrap_or(false).then_some(delegate);
        }
        let mut done = Done::new(fields);
        if call.notifies() && !is_set(&done.fields, &keys().failed) {
            // Whether the task as a whole has changed anything decides, not the item.
            match self.notifications(call, locals, surroundings) {
                Ok(names) => effects.notify = names,
                Err(error) => return Done::raised(self.of_option(call, &error)),
            }
        }
        done.effects = effects;
        done.delegate = elsewhere;
        done
    }

    fn notifications(
        &self,
        call: &Call<'_>,
        locals: &Locals,
        surroundings: &Surroundings,
    ) -> Result<Vec<Arc<str>>, Error> {
        self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
            let mut names = Vec::new();
            for tree in call.task.notify.iter().chain(call.frame.applied_notify()) {
                let value = tree.render(cx)?.defined()?;
                let values = value.items().unwrap_or_else(|| vec![value]);
                names.extend(values.iter().filter(|value| !value.is_omit()).map(|value| Arc::from(value.to_string())));
            }
            Ok(names)
        })
    }

    pub(crate) fn of_option(&self, call: &Call<'_>, error: &Error) -> String {
        failures::of_option(&*self.engine.files, error, &call.task.origin)
    }

    pub(crate) fn at_task(&self, call: &Call<'_>, error: &Error, message: &str) -> String {
        failures::at(&*self.engine.files, message, &call.task.origin, error.origin())
    }
}

/// What gathers `ansible_env` cannot know it yet: entries that use it are left out.
fn is_gathering(call: &Call<'_>) -> bool {
    matches!(&*call.task.action.name, "ansible.builtin.setup" | "ansible.builtin.gather_facts")
}

fn add_known(
    environment: &mut Vec<(String, String)>,
    entries: &[(Tree, Tree)],
    cx: &Context<'_>,
) -> Result<(), String> {
    for (name, value) in entries {
        let rendered = name.render(cx).and_then(|name| Ok((name, value.render(cx)?.defined()?)));
        match rendered {
            Ok(entry) => add_environment(environment, &Value::dict([entry]))?,
            Err(error) if ["ansible_env", "ansible_facts.env"].iter().any(|name| error.message().contains(name)) => {}
            Err(error) => return Err(keywords::invalid("environment", &error)),
        }
    }
    Ok(())
}

fn add_environment(environment: &mut Vec<(String, String)>, value: &Value) -> Result<(), String> {
    match value {
        Value::None | Value::Omit => Ok(()),
        Value::List(list) => list.to_vec().iter().try_for_each(|value| add_environment(environment, value)),
        Value::Dict(dict) => {
            for (name, value) in dict.entries().into_iter().filter(|(_, value)| !value.is_omit()) {
                let name = name.to_string();
                environment.retain(|(other, _)| *other != name);
                environment.push((name, value.to_string()));
            }
            Ok(())
        }
        Value::Str(text) if text.is_empty() => Ok(()),
        other => Err(format!("environment must be a dictionary, received {other} ({})", other.type_name())),
    }
}
