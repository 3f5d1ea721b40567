//! `assert`: fails unless every expression holds.
use super::with_options;
use crate::options::{Kind, Opt, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{Condition, Error, Value};

pub(super) struct Assert;

const SPEC: Spec = Spec {
    module: "assert",
    options: &[
        Opt::new("fail_msg", Kind::Raw).aliases(&["msg"]),
        Opt::new("success_msg", Kind::Raw),
        Opt::new("quiet", Kind::Bool),
    ],
    rules: &[],
};

impl Module for Assert {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.assert", free_form: FreeForm::No, expressions: &["that"] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let Some((_, that)) = args.expressions.iter().find(|(name, _)| &**name == "that") else {
            return Outcome::failed("conditional required in \"that\" string");
        };
        with_options(&SPEC, cx, args, |options| {
            for condition in that {
                if !condition.is_true(&cx.template).map_err(|error| located(&error))? {
                    let message = options.get("fail_msg").cloned().unwrap_or_else(|| "Assertion failed".into());
                    return Ok(failed(condition, message));
                }
            }
            let message = options.get("success_msg").cloned().unwrap_or_else(|| "All assertions passed".into());
            Ok(Outcome::ok(false).with("msg", message))
        })
    }
}

fn failed(condition: &Condition, message: Value) -> Outcome {
    Outcome { failed: true, ..Outcome::default() }
        .with("evaluated_to", false)
        .with("assertion", condition.source())
        .with("msg", message)
}

fn located(error: &Error) -> String {
    error.origin().map_or_else(|| error.to_string(), |origin| format!("{error} ({origin})"))
}
