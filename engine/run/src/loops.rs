//! `loop`, `with_*` and `loop_control`.
use crate::event::{Event, TaskResult, TaskStatus};
use crate::execution::Execution;
use crate::item::{Done, Effects, Executed};
use crate::results::{self, Fields, is_set, keys};
use crate::task::Call;
use crate::variables::Locals;
use crate::{Surroundings, keywords};
use rolewright_language::ast::{Loop, LoopControl};
use rolewright_template::{Context, Error, Tree, Value};
use std::sync::Arc;
use std::time::Duration;

/// `loop_control`, rendered.
struct Control {
    loop_var: Arc<str>,
    index_var: Option<Arc<str>>,
    pause: Option<Duration>,
    extended: bool,
    allitems: bool,
}

impl Control {
    fn render(written: &LoopControl, cx: &Context<'_>) -> Result<Self, String> {
        let given = |name: &str, tree: &Option<Tree>| -> Result<Option<Value>, String> {
            match tree {
                None => Ok(None),
                Some(tree) => match tree.render(cx).map_err(|error| keywords::invalid(name, &error))? {
                    Value::Omit | Value::None => Ok(None),
                    value => Ok(Some(value)),
                },
            }
        };
        let flag = |name: &str, tree: &Option<Tree>, default: bool| match given(name, tree)? {
            Some(value) => keywords::boolean(name, &value),
            None => Ok(default),
        };
        let text = |value: Value| Arc::<str>::from(value.to_string());
        let pause = given("pause", &written.pause)?.map(|value| keywords::number("pause", &value)).transpose()?;
        Ok(Self {
            loop_var: given("loop_var", &written.loop_var)?.map_or_else(|| Arc::clone(&keys().item), text),
            index_var: given("index_var", &written.index_var)?.map(text),
            pause: pause.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).filter(|d| !d.is_zero()),
            extended: flag("extended", &written.extended, false)?,
            allitems: flag("extended_allitems", &written.extended_allitems, true)?,
        })
    }
}

/// The items of a task's loop.
pub(crate) fn items(written: &Loop, cx: &Context<'_>) -> Result<Vec<Value>, Error> {
    match written {
        Loop::Items(tree) => {
            let value = tree.render(cx)?.defined()?;
            match &value {
                Value::List(list) => Ok(list.to_vec()),
                other => Err(Error::failed(format!(
                    "Invalid data passed to 'loop', it requires a list, got this instead: {other}. Hint: If you \
                     passed a list/dict of just one element, try adding wantlist=True to your lookup invocation or \
                     use q/query instead of lookup."
                ))),
            }
        }
        Loop::With { lookup, terms } => {
            let Some(found) = cx.lookups.find(lookup) else {
                let words = "Unexpected failure in finding the lookup named";
                return Err(Error::failed(format!("{words} '{lookup}' in the available lookup plugins")));
            };
            let terms = lookup_terms(lookup, terms, cx)?;
            found.run(cx, &terms, &[])
        }
    }
}

/// A list is the list of terms; anything else is the only term. `first_found` may name files that do not exist.
fn lookup_terms(lookup: &str, written: &Tree, cx: &Context<'_>) -> Result<Vec<Value>, Error> {
    if let (true, Tree::List(entries)) = (lookup.ends_with("first_found"), written) {
        let rendered = entries.iter().map(|entry| entry.render(cx));
        return Ok(rendered.filter_map(Result::ok).filter(|value| !value.is_undefined()).collect());
    }
    let value = written.render(cx)?.defined()?;
    Ok(match &value {
        Value::List(list) => list.to_vec(),
        Value::Tuple(items) => items.to_vec(),
        other => vec![other.clone()],
    })
}

impl Execution<'_> {
    pub(crate) fn run_loop(&self, call: &Call<'_>, items: &[Value], surroundings: &Arc<Surroundings>) -> Executed {
        if items.is_empty() {
            return Executed::of_loop(results::no_items(), Vec::new());
        }
        let written = &call.task.loop_control;
        let mut locals = Locals::default();
        let control =
            self.render_for(call.task, call.frame, call.host, &locals, surroundings, |cx| Control::render(written, cx));
        let control = match control {
            Ok(control) => control,
            Err(message) => return Executed::failure(message),
        };
        self.warn_of_collision(call, &control, surroundings);
        let mut done: Vec<Done> = Vec::with_capacity(items.len());
        for index in 0..items.len() {
            if let (Some(pause), true) = (control.pause, index > 0) {
                self.system.sleep(pause, &self.cancel);
            }
            if index > 0 && self.cancel.is_cancelled() {
                break;
            }
            bind(&mut locals, &control, items, index);
            let mut item = self.run_item(call, &mut locals, surroundings, None);
            if item.raised {
                return Executed::of_item(item);
            }
            if let Some(register) = &call.task.register {
                locals.set(Arc::clone(register), results::to_value(&item.fields));
            }
            describe(&mut item.fields, &control, items, index);
            if let Some(include) = &mut item.effects.include {
                let loop_vars = item.fields.iter().filter(|(key, _)| **key != keys().changed);
                include.params = loop_vars.map(|(key, value)| (Arc::clone(key), value.clone())).collect();
            }
            self.report_item(call, &mut item, &locals, &control, surroundings);
            let stop = match self.breaks(call, &locals, surroundings) {
                Ok(stop) => stop,
                Err(message) => {
                    item.fields = results::failure(message);
                    self.judge_failure(call, &mut item, &locals, surroundings);
                    return Executed::of_item(item);
                }
            };
            done.push(item);
            locals.remove(&control.loop_var);
            if stop {
                break;
            }
        }
        sum_up(done)
    }

    fn warn_of_collision(&self, call: &Call<'_>, control: &Control, surroundings: &Surroundings) {
        let name = &control.loop_var;
        let in_use = self.render_for(call.task, call.frame, call.host, &Locals::default(), surroundings, |cx| {
            cx.scope.get(name).is_some()
        });
        if in_use {
            let message = format!(
                "TASK: {}: The loop variable '{name}' is already in use. You should set the `loop_var` value in the \
                 `loop_control` option for the task to something else to avoid variable collisions and unexpected \
                 behavior.",
                call.reference.name
            );
            self.warn(message, Some(&call.task.origin));
        }
    }

    /// Tells listeners about an item, under its label.
    fn report_item(
        &self,
        call: &Call<'_>,
        item: &mut Done,
        locals: &Locals,
        control: &Control,
        surroundings: &Surroundings,
    ) {
        let label = match &call.task.loop_control.label {
            None => item.fields.get(&control.loop_var).map(Value::to_string).unwrap_or_default(),
            Some(tree) => {
                let rendered = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
                    tree.render(cx)?.defined()
                });
                match rendered {
                    Ok(value) => value.to_string(),
                    Err(error) => {
                        let message = format!("Failed to template loop_control.label: {error}");
                        item.fields.insert(Arc::clone(&keys().failed), Value::Bool(true));
                        item.fields.insert(Arc::clone(&keys().msg), Value::from(message));
                        self.judge_failure(call, item, locals, surroundings);
                        String::new()
                    }
                }
            }
        };
        if item.effects.include.is_some() {
            item.effects.label = Some(label.into());
            return;
        }
        let label: Arc<str> = if item.no_log { "None".into() } else { label.into() };
        let fields = &item.fields;
        let result = TaskResult {
            host: Arc::clone(&self.host(call.host).name),
            status: status_of(fields, item.ignore_errors),
            result: if item.no_log { results::censor(fields) } else { results::to_value(fields) },
            elapsed: item.elapsed,
            rescued: false,
            delegate: item.delegate.clone(),
        };
        self.emit(&Event::Item { task: call.reference.clone(), result, label });
    }

    fn breaks(&self, call: &Call<'_>, locals: &Locals, surroundings: &Surroundings) -> Result<bool, String> {
        let conditions = &call.task.loop_control.break_when;
        if conditions.is_empty() {
            return Ok(false);
        }
        let verdict = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
            crate::conditions::all(conditions, cx).map(|verdict| matches!(verdict, crate::conditions::Verdict::Holds))
        });
        verdict.map_err(|(condition, error)| self.at_task(call, &error, &crate::conditions::wording(condition, &error)))
    }
}

pub(crate) fn status_of(fields: &Fields, ignored: bool) -> TaskStatus {
    let keys = keys();
    if is_set(fields, &keys.unreachable) {
        TaskStatus::Unreachable
    } else if is_set(fields, &keys.failed) {
        if ignored { TaskStatus::Ignored } else { TaskStatus::Failed }
    } else if is_set(fields, &keys.skipped) {
        TaskStatus::Skipped
    } else if is_set(fields, &keys.changed) {
        TaskStatus::Changed
    } else {
        TaskStatus::Ok
    }
}

/// The variables of one turn.
fn bind(locals: &mut Locals, control: &Control, items: &[Value], index: usize) {
    let keys = keys();
    locals.set(Arc::clone(&keys.ansible_loop_var), Value::from(Arc::clone(&control.loop_var)));
    locals.set(Arc::clone(&control.loop_var), items[index].clone());
    if let Some(name) = &control.index_var {
        locals.set(Arc::clone(&keys.ansible_index_var), Value::from(Arc::clone(name)));
        locals.set(Arc::clone(name), Value::from(index));
    }
    if control.extended {
        locals.set(Arc::clone(&keys.ansible_loop), extended(control, items, index));
    }
}

fn extended(control: &Control, items: &[Value], index: usize) -> Value {
    let length = items.len();
    let mut entries = vec![
        ("index", Value::from(index + 1)),
        ("index0", Value::from(index)),
        ("first", Value::Bool(index == 0)),
        ("last", Value::Bool(index + 1 == length)),
        ("length", Value::from(length)),
        ("revindex", Value::from(length - index)),
        ("revindex0", Value::from(length - index - 1)),
    ];
    if control.allitems {
        entries.push(("allitems", items.iter().cloned().collect()));
    }
    if let Some(next) = items.get(index + 1) {
        entries.push(("nextitem", next.clone()));
    }
    if let Some(previous) = index.checked_sub(1).and_then(|index| items.get(index)) {
        entries.push(("previtem", previous.clone()));
    }
    Value::dict(entries)
}

/// Adds to an item's result which item it was.
fn describe(fields: &mut Fields, control: &Control, items: &[Value], index: usize) {
    let keys = keys();
    fields.insert(Arc::clone(&control.loop_var), items[index].clone());
    fields.insert(Arc::clone(&keys.ansible_loop_var), Value::from(Arc::clone(&control.loop_var)));
    if let Some(name) = &control.index_var {
        fields.insert(Arc::clone(name), Value::from(index));
        fields.insert(Arc::clone(&keys.ansible_index_var), Value::from(Arc::clone(name)));
    }
    if control.extended {
        fields.insert(Arc::clone(&keys.ansible_loop), extended(control, items, index));
    }
}

/// One result out of those of the items: it is ignored only if every failing item is.
fn sum_up(done: Vec<Done>) -> Executed {
    let keys = keys();
    let failing = |item: &&Done| is_set(&item.fields, &keys.failed);
    let lost = |item: &&Done| is_set(&item.fields, &keys.unreachable);
    let ignore_errors = done.iter().filter(failing).all(|item| item.ignore_errors);
    let ignore_unreachable = done.iter().filter(lost).all(|item| item.ignore_unreachable);
    let no_log = done.iter().any(|item| item.no_log);
    let (fields, effects): (Vec<Fields>, Vec<Effects>) =
        done.into_iter().map(|item| (item.fields, item.effects)).unzip();
    let mut executed = Executed::of_loop(results::of_items(fields), effects);
    executed.ignore_errors = ignore_errors;
    executed.ignore_unreachable = ignore_unreachable;
    executed.no_log = no_log;
    executed
}
