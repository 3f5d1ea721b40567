//! `debug`: shows a message or a value.
use super::with_options;
use crate::options::{Kind, Opt, Rule, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{Condition, ErrorKind, Value};

pub(super) struct Debug;

const SPEC: Spec = Spec {
    module: "debug",
    options: &[Opt::new("msg", Kind::Raw), Opt::new("var", Kind::Raw), Opt::new("verbosity", Kind::Int)],
    rules: &[Rule::Exclusive(&["msg", "var"])],
};

impl Module for Debug {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.debug", free_form: FreeForm::No, expressions: &["var"] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let var = args.expressions.iter().find(|(name, _)| &**name == "var").and_then(|(_, all)| all.first());
        let mut args = args.clone();
        if let Some(var) = var {
            args.map.insert("var".into(), Value::from(var.source()));
        }
        with_options(&SPEC, cx, &args, |options| {
            if options.int("verbosity").unwrap_or(0) > i64::from(cx.verbosity) {
                let skipped = Outcome { skipped: true, ..Outcome::default() };
                return Ok(skipped.with("skipped_reason", "Verbosity threshold not met."));
            }
            match var {
                Some(var) => show(cx, var),
                None => {
                    let message = options.get("msg").cloned().unwrap_or_else(|| "Hello world!".into());
                    Ok(Outcome::ok(false).with("msg", message))
                }
            }
        })
    }
}

fn show(cx: &TaskContext<'_>, var: &Condition) -> Result<Outcome, String> {
    let value = match var.value(&cx.template) {
        Ok(Value::Undefined(_)) => Value::from("VARIABLE IS NOT DEFINED!"),
        Err(error) if error.kind() == ErrorKind::Undefined => Value::from("VARIABLE IS NOT DEFINED!"),
        Ok(value) => value,
        Err(error) => return Err(error.to_string()),
    };
    Ok(Outcome::ok(false).with(var.source(), value))
}
