//! `fail`: fails with a message.
use super::with_options;
use crate::options::{Kind, Opt, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};

pub(super) struct Fail;

const SPEC: Spec = Spec { module: "fail", options: &[Opt::new("msg", Kind::Raw)], rules: &[] };

impl Module for Fail {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.fail", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| {
            let message = options.get("msg").cloned().unwrap_or_else(|| "Failed as requested from task".into());
            Ok(Outcome { failed: true, ..Outcome::default() }.with("msg", message))
        })
    }
}
