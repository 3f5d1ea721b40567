//! `set_stats`: figures for the end of the run.
use super::set_fact::{bad_name, is_identifier};
use super::with_options;
use crate::options::{Kind, Opt, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;

pub(super) struct SetStats;

const SPEC: Spec = Spec {
    module: "set_stats",
    options: &[
        Opt::new("aggregate", Kind::Raw),
        Opt::new("data", Kind::Raw).required(),
        Opt::new("per_host", Kind::Raw),
    ],
    rules: &[],
};

impl Module for SetStats {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.set_stats", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| {
            let data = options.get("data").filter(|data| data.is_dict()).cloned();
            let data = data.ok_or("The 'data' option needs to be a dictionary/hash")?;
            for (name, _) in data.entries().unwrap_or_default() {
                let name = name.to_string();
                if !is_identifier(&name) {
                    return Err(bad_name(&name));
                }
            }
            // What is no boolean counts as false.
            let flag =
                |name: &str, default: bool| options.get(name).map_or(default, |value| value.to_bool().unwrap_or(false));
            let stats = [
                ("data", data),
                ("per_host", flag("per_host", false).into()),
                ("aggregate", flag("aggregate", true).into()),
            ];
            Ok(Outcome::ok(false).with("ansible_stats", Value::dict(stats)))
        })
    }
}
