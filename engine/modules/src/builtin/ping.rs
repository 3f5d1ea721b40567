//! `ping`: answers.
use super::with_options;
use crate::options::{Kind, Opt, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};

pub(super) struct Ping;

const SPEC: Spec = Spec { module: "ping", options: &[Opt::new("data", Kind::Str)], rules: &[] };

impl Module for Ping {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.ping", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| match options.text_or("data", "pong").as_str() {
            "crash" => Err("boom".to_owned()),
            data => Ok(Outcome::ok(false).with("ping", data)),
        })
    }
}
