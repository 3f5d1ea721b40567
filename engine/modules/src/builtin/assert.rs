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
                if !condition.is_true(&cx.template).map_err(|error| check_failed(condition, &error))? {
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

fn check_failed(condition: &Condition, error: &Error) -> String {
    let source = condition.source();
    let place = error.origin().map(|origin| format!(" ({origin})")).unwrap_or_default();
    format!(
        "The conditional check '{source}' failed. \
         The error was: error while evaluating conditional ({source}): {error}{place}"
    )
}
