//! `validate_argument_spec`, which roles with argument specs begin with.
use crate::module::{Module, Outcome, TaskContext};
use crate::{Args, failures};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_template::{Value, Var};
use std::sync::Arc;

pub(crate) struct ValidateArgumentSpec;

impl Module for ValidateArgumentSpec {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.validate_argument_spec", free_form: FreeForm::No, expressions: &[] }
    }

    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let Some(spec) = args.get("argument_spec") else {
            return Outcome::failed("\"argument_spec\" arg is required in args");
        };
        let Some(options) = spec.entries() else {
            return Outcome::failed(format!(
                "Incorrect type for argument_spec, expected dict and got {}",
                spec.type_name()
            ));
        };
        let mut values: Vec<(Arc<str>, Value)> = Vec::new();
        for (name, _) in &options {
            let name: Arc<str> = name.to_string().into();
            match cx.template.scope.get(&name) {
                None => {}
                Some(Var::Data(value)) => values.push((name, value)),
                Some(Var::Lazy(tree)) => match tree.render(&cx.template) {
                    Ok(value) => values.extend(value.without_omit().map(|value| (name, value))),
                    Err(error) => {
                        let place = error.origin().cloned().unwrap_or_default();
                        return Outcome::failed(failures::of_option(cx.files, &error, &place));
                    }
                },
            }
        }
        for (name, value) in args.get("provided_arguments").and_then(Value::entries).unwrap_or_default() {
            let name: Arc<str> = name.to_string().into();
            values.retain(|(other, _)| *other != name);
            values.push((name, value));
        }
        let errors = super::check(spec, &values).errors;
        let context = args.get("validate_args_context").cloned().unwrap_or_else(|| Value::dict::<Value>([]));
        if errors.is_empty() {
            let outcome = Outcome::ok(false).with("msg", "The arg spec validation passed");
            return outcome.with("validate_args_context", context);
        }
        Outcome::failed(format!("Validation of arguments failed:\n{}", errors.join("\n")))
            .with("argument_errors", errors)
            .with("argument_spec_data", spec.clone())
            .with("validate_args_context", context)
    }
}
