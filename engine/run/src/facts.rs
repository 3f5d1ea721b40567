//! Facts: gathering at the start of a play, and what `set_fact` does to them.
use crate::execution::{Execution, Stop};
use crate::hosts::HostId;
use crate::module::{Module, Outcome, TaskContext};
use crate::results::to_value;
use crate::{Args, results};
use rolewright_language::ast::{Action, Arguments, Keywords, LoopControl, Play, Task};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_template::{Tree, Value};
use std::rc::Rc;
use std::sync::Arc;

const SETUP: &str = "ansible.builtin.setup";

/// `set_fact` of ansible-core 2.18 makes booleans of these words, unless results are native.
pub(crate) fn as_boolean(value: Value) -> Value {
    let Some(text) = value.as_str() else { return value };
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" => Value::Bool(true),
        "false" | "no" => Value::Bool(false),
        _ => value,
    }
}

impl Execution<'_> {
    /// The task `Gathering Facts`, where the play or the caller asks for it.
    pub(crate) fn gather_facts(&mut self, play: &Arc<Play>, active: &mut Vec<HostId>) -> Result<(), Stop> {
        let gathers = self.play_flag("gather_facts", play.gather_facts.as_ref())?.unwrap_or(self.options.gather_facts);
        if !gathers || active.is_empty() {
            return Ok(());
        }
        let frame = Rc::clone(&self.play.frame);
        self.run_task(&Arc::new(task(play)), &frame, active)?;
        self.load_vars_files(play, active)
    }
}

fn task(play: &Play) -> Task {
    let subset = play.gather_subset.iter().map(|tree| (Arc::from("gather_subset"), tree.clone()));
    let args = Arguments { map: subset.collect(), free_form: None, whole: None, expressions: Vec::new() };
    Task {
        origin: play.origin.clone(),
        name: Some(Tree::Data("Gathering Facts".into())),
        action: Action { written: SETUP.into(), name: SETUP.into(), args },
        keywords: Keywords { tags: vec![Tree::Data("always".into())], ..Keywords::default() },
        vars: Vec::new(),
        loop_: None,
        loop_control: LoopControl::default(),
        register: None,
        until: Vec::new(),
        retries: None,
        delay: None,
        changed_when: None,
        failed_when: None,
        notify: Vec::new(),
        listen: Vec::new(),
        async_: None,
        poll: None,
        file: Arc::clone(&play.origin.file),
        role: None,
        apply: None,
    }
}

/// Stands in where no other `setup` is registered: the few facts that need no look at the machine.
pub(crate) struct Setup;

impl Module for Setup {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SETUP, free_form: FreeForm::No, expressions: &[] }
    }

    fn run(&self, cx: &TaskContext<'_>, _args: &Args) -> Outcome {
        let now = cx.system.now().to_zoned(cx.system.time_zone());
        let environment = cx.environment.iter().map(|(name, value)| (name.as_str(), Value::from(value)));
        let world = cx.system.environment();
        let mut env = results::Fields::new();
        env.extend(world.iter().map(|(name, value)| (Arc::from(name.as_str()), Value::from(value))));
        env.extend(environment.map(|(name, value)| (Arc::from(name), value)));
        let time = Value::dict([
            ("date", Value::from(now.strftime("%Y-%m-%d").to_string())),
            ("time", Value::from(now.strftime("%H:%M:%S").to_string())),
            ("epoch", Value::from(now.timestamp().as_second().to_string())),
            ("iso8601", Value::from(now.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
            ("year", Value::from(now.strftime("%Y").to_string())),
            ("month", Value::from(now.strftime("%m").to_string())),
            ("day", Value::from(now.strftime("%d").to_string())),
        ]);
        let host = cx.system.env("HOSTNAME").unwrap_or_else(|| "localhost".to_owned());
        let facts = [
            ("ansible_env", to_value(&env)),
            ("ansible_date_time", time),
            ("ansible_hostname", Value::from(host.split('.').next().unwrap_or_default())),
            ("ansible_nodename", Value::from(host)),
            ("ansible_system", Value::from("Linux")),
            ("ansible_architecture", Value::from(std::env::consts::ARCH)),
            ("module_setup", Value::Bool(true)),
        ];
        let facts = facts.into_iter().map(|(name, value)| (Arc::from(name), value)).collect();
        Outcome { facts, host_facts: true, ..Outcome::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_set_fact_takes_for_booleans() {
        let rows: &[(&str, Option<bool>)] =
            &[("yes", Some(true)), ("TRUE", Some(true)), ("No", Some(false)), ("false", Some(false)), ("on", None)];
        for (text, expected) in rows {
            assert_eq!(as_boolean(Value::from(*text)).as_bool(), *expected, "{text}");
        }
        assert_eq!(as_boolean(Value::Int(1)), Value::Int(1));
    }
}
