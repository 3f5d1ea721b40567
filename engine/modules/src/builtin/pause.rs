//! `pause`: waits. Nobody is there to press a key, so a prompt alone goes on at once, as without a terminal.
use super::with_options;
use crate::options::{Kind, Opt, Rule, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::time::Duration;

pub(super) struct Pause;

const SPEC: Spec = Spec {
    module: "pause",
    options: &[
        Opt::new("echo", Kind::Bool),
        Opt::new("minutes", Kind::Float),
        Opt::new("prompt", Kind::Str),
        Opt::new("seconds", Kind::Float),
    ],
    rules: &[Rule::Exclusive(&["minutes", "seconds"])],
};

impl Module for Pause {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.pause", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| {
            let minutes = options.float("minutes");
            let seconds = minutes.map(|minutes| minutes * 60.0).or_else(|| options.float("seconds"));
            let start = cx.system.now();
            // The reference waits for at least one second.
            let seconds = seconds.map(|seconds| seconds.max(1.0));
            let wait = Duration::try_from_secs_f64(seconds.unwrap_or(0.0))
                .map_err(|_| "non-integer value given for prompt duration")?;
            if seconds.is_some() && !cx.system.sleep(wait, cx.cancel) {
                return Err("the run was stopped during the pause".to_owned());
            }
            let (amount, unit) = match minutes {
                Some(minutes) => (minutes, "minutes"),
                None => (seconds.unwrap_or(0.0), "seconds"),
            };
            Ok(Outcome::ok(false)
                .with("delta", Value::from(wait.as_secs()))
                .with("echo", options.flag("echo", true))
                .with("rc", 0)
                .with("start", crate::clock::text(start, cx.system.time_zone()))
                .with("stderr", "")
                .with("stdout", format!("Paused for {} {unit}", Value::from(amount)))
                .with("stop", crate::clock::text(cx.system.now(), cx.system.time_zone()))
                .with("user_input", ""))
        })
    }
}
