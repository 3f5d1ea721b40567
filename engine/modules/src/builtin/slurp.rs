//! `slurp`: the content of a file in base64.
use super::carry_out;
use crate::failure::Failure;
use crate::options::{Kind, Opt, Spec};
use base64::Engine;
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::io::ErrorKind;

pub(super) struct Slurp;

const SPEC: Spec =
    Spec { module: "slurp", options: &[Opt::new("src", Kind::Path).required().aliases(&["path"])], rules: &[] };

impl Module for Slurp {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.slurp", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| {
            let source = options.text_or("src", "");
            let content = std::fs::read(&source).map_err(|error| {
                Failure::new(match error.kind() {
                    ErrorKind::NotFound => format!("file not found: {source}"),
                    ErrorKind::PermissionDenied => format!("file is not readable: {source}"),
                    ErrorKind::IsADirectory => format!("source is a directory and must be a file: {source}"),
                    _ => format!("unable to slurp file: {}", crate::fs::errno(&error)),
                })
            })?;
            let content = base64::engine::general_purpose::STANDARD.encode(content);
            Ok(Outcome::ok(false)
                .with("content", Value::verbatim(content))
                .with("source", source)
                .with("encoding", "base64"))
        })
    }
}
