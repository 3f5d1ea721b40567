//! `async` with `poll: 0`: jobs on threads of their own, asked about by `async_status`.
use crate::execution::Execution;
use crate::module::{Local, Module, Outcome, TaskContext};
use crate::results::{self, Fields, keys};
use crate::task::Call;
use crate::variables::{Locals, VarMap};
use crate::{Args, Extensions, Signals, Surroundings};
use parking_lot::Mutex;
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_template::{Context, Scope, Value, Var};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The jobs of a run, by their id.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<HashMap<String, Option<Outcome>>>);

/// Variables of a task, taken away to another thread.
struct Taken(VarMap);

impl Scope for Taken {
    fn get(&self, name: &str) -> Option<Var> {
        self.0.get(name).cloned()
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.0.keys().cloned().collect()
    }
}

impl Execution<'_> {
    /// Starts the module and returns at once. A job still running at the end of the run goes on to its own end.
    pub(crate) fn start_job(
        &self,
        call: &Call<'_>,
        locals: &Locals,
        surroundings: &Arc<Surroundings>,
        _module: &dyn Module,
        args: &Args,
        plan: &crate::attempts::Plan,
    ) -> Fields {
        let Some(module) = self.engine.modules.get(&call.task.action.name).cloned() else {
            return results::failure("couldn't resolve module/action");
        };
        let id = format!("j{}.{}", self.system.random() % 1_000_000_000_000, std::process::id());
        let taken = self.render_for(call.task, call.frame, call.host, locals, surroundings, |cx| {
            let names = cx.scope.names().into_iter().filter(|name| !matches!(&**name, "hostvars" | "vars"));
            Taken(names.filter_map(|name| cx.scope.get(&name).map(|var| (name, var))).collect())
        });
        let cancel = self.cancel.within(Duration::from_secs(plan.async_seconds));
        let mut own =
            self.new_surroundings(surroundings.search_path.clone(), surroundings.check_mode, surroundings.diff);
        own.environment.clone_from(&surroundings.environment);
        own.cancel = cancel;
        let job = Job {
            id: id.clone(),
            jobs: Arc::clone(&self.jobs),
            module,
            args: args.clone(),
            surroundings: own,
            lookups: Arc::clone(&self.engine.lookups),
            extensions: self.extensions.clone(),
            verbosity: self.options.verbosity,
            native: self.options.native,
            taken,
        };
        self.jobs.0.lock().insert(id.clone(), None);
        let started = std::thread::Builder::new().name(format!("job {id}")).spawn(move || job.run());
        if let Err(error) = started {
            return results::failure(format!("cannot start a thread for the job: {error}"));
        }
        let mut fields = Fields::new();
        fields.insert("ansible_job_id".into(), Value::from(id.as_str()));
        fields.insert("started".into(), Value::Int(1));
        fields.insert("finished".into(), Value::Int(0));
        fields.insert("results_file".into(), Value::from(""));
        fields.insert(Arc::clone(&keys().changed), Value::Bool(true));
        // A number, as the reference has it.
        fields.insert(Arc::clone(&keys().failed), Value::Int(0));
        fields
    }
}

struct Job {
    id: String,
    jobs: Arc<Jobs>,
    module: Arc<dyn Module>,
    args: Args,
    surroundings: Surroundings,
    lookups: Arc<dyn rolewright_template::Lookups>,
    extensions: Extensions,
    verbosity: u8,
    native: bool,
    taken: Taken,
}

impl Job {
    fn run(self) {
        let surroundings = &self.surroundings;
        let loader = |name: &str| surroundings.read_near(None, name);
        let template = Context {
            scope: &self.taken,
            world: surroundings.system.world(),
            lookups: &*self.lookups,
            loader: &loader,
            extra: Some(surroundings),
            native: self.native,
        };
        let signals = Signals::default();
        let context = TaskContext {
            template,
            system: &*surroundings.system,
            cancel: &surroundings.cancel,
            extensions: &self.extensions,
            check_mode: surroundings.check_mode,
            diff: surroundings.diff,
            verbosity: self.verbosity,
            search_path: &surroundings.search_path,
            environment: &surroundings.environment,
            connection: &Local,
            files: &*surroundings.files,
            signals: &signals,
            surroundings,
        };
        let outcome = self.module.run(&context, &self.args);
        self.jobs.0.lock().insert(self.id, Some(outcome));
    }
}

/// The shape of a job that was waited for.
pub(crate) fn mark_finished(fields: &mut Fields, random: u64) {
    let id = format!("j{}.{}", random % 1_000_000_000_000, std::process::id());
    fields.insert("ansible_job_id".into(), Value::from(id));
    fields.insert("started".into(), Value::Int(1));
    fields.insert("finished".into(), Value::Int(1));
}

/// `async_status`: what became of a job of this run.
pub(crate) struct AsyncStatus;

impl Module for AsyncStatus {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.async_status", free_form: FreeForm::No, expressions: &[] }
    }

    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if let Some(message) = args.missing(&["jid"]) {
            return Outcome::failed(message);
        }
        let id = args.text("jid").unwrap_or_default();
        let Some(jobs) = cx.extensions.get::<Jobs>() else { return unknown(&id) };
        let mut jobs = jobs.0.lock();
        if args.text("mode").as_deref() == Some("cleanup") {
            jobs.remove(&id);
            return Outcome::ok(false).with("ansible_job_id", id).with("erased", "");
        }
        match jobs.get(&id) {
            None => unknown(&id),
            Some(None) => state(Outcome::ok(false), &id, 0),
            Some(Some(outcome)) => state(outcome.clone(), &id, 1),
        }
    }
}

fn state(outcome: Outcome, id: &str, finished: i64) -> Outcome {
    let outcome = outcome.with("ansible_job_id", id).with("started", Value::Int(1));
    outcome.with("finished", Value::Int(finished)).with("results_file", "")
}

fn unknown(id: &str) -> Outcome {
    let outcome = state(Outcome::failed("could not find job"), id, 1);
    outcome.with("msg", "could not find job")
}
