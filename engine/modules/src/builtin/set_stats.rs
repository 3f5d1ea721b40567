//! `set_stats`: figures for the end of the run.
use super::with_options;
use crate::options::{Kind, Opt, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;

pub(super) struct SetStats;

const SPEC: Spec = Spec {
    module: "set_stats",
    options: &[
        Opt::new("aggregate", Kind::Bool),
        Opt::new("data", Kind::Raw).required(),
        Opt::new("per_host", Kind::Bool),
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
            let stats = [
                ("data", data),
                ("per_host", options.flag("per_host", false).into()),
                ("aggregate", options.flag("aggregate", true).into()),
            ];
            Ok(Outcome::ok(false).with("ansible_stats", Value::dict(stats)))
        })
    }
}
