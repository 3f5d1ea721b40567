//! `operator_sdk.util.requeue_after`
use crate::kubernetes::common::options::{self, Kind, Opt, Spec, options};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};

pub(crate) struct RequeueAfter;

const SPEC: Spec = Spec {
    module: "operator_sdk.util.requeue_after",
    options: options!(&[Opt::new("time", Kind::Str).required()]),
    rules: &[],
};

impl Module for RequeueAfter {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["requeue_after"]
    }
    /// The run goes on; what was asked takes effect when it is over.
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let options = match options::read(&SPEC, args) {
            Ok(options) => options,
            Err(message) => return Outcome::failed(message),
        };
        let time = options.text("time").unwrap_or_default();
        if !time.chars().all(|letter| letter.is_ascii_digit() || "hms".contains(letter)) {
            return Outcome::failed("invalid time input");
        }
        cx.signals.requeue_after(time);
        Outcome::ok(false).with("period", time)
    }
}
