//! `replace`: every match of a pattern in a file.
use super::{Edited, File, regex};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::ATTRIBUTE_OPTIONS;
use crate::options::{Kind, Opt, Options, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{PythonRegex, Value};
use std::ops::Range;

pub(in crate::builtin) struct Replace;

const OPTIONS: [Opt; 17] = joined(
    &[
        Opt::new("after", Kind::Str),
        Opt::new("backup", Kind::Bool),
        Opt::new("before", Kind::Str),
        Opt::new("encoding", Kind::Str),
        Opt::new("path", Kind::Path).required().aliases(&["dest", "destfile", "name"]),
        Opt::new("regexp", Kind::Str).required(),
        Opt::new("replace", Kind::Str),
        Opt::new("validate", Kind::Str),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec { module: "replace", options: &OPTIONS, rules: &[] };

impl Module for Replace {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.replace", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| run(cx, options))
    }
}

fn run(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let encoding = options.text_or("encoding", "utf-8").to_ascii_lowercase();
    if !matches!(encoding.as_str(), "utf-8" | "utf8" | "ascii" | "us-ascii") {
        return Err(format!("encoding: only utf-8 can be read, not {encoding}").into());
    }
    let path = options.text_or("path", "");
    let missing = format!("Path {path} does not exist !");
    let file = File::open(cx, options, Some(&missing))?;
    let text = file.text();
    let section = match section(options, text)? {
        Ok(section) => section,
        Err(pattern) => {
            let message = format!("Pattern for before/after params did not match the given file: {pattern}");
            return Ok(Outcome::ok(false).with("rc", 0).with("msg", message));
        }
    };
    let pattern = PythonRegex::multiline(&options.text_or("regexp", "")).map_err(|error| error.to_string())?;
    let (replaced, count) = pattern
        .replace_all(&options.text_or("replace", ""), &text[section.clone()])
        .map_err(|error| format!("Unable to process replace due to error: {error}"))?;
    let changed = count > 0 && replaced != text[section.clone()];
    let message = if changed { format!("{count} replacements made") } else { String::new() };
    let new = format!("{}{replaced}{}", &text[..section.start], &text[section.end..]);
    let diff = changed.then(|| crate::fs::content_diff(Some(text.as_bytes()), new.as_bytes(), (&path, &path)));
    let (mut outcome, kept) = file.close(Edited { text: new, changed, message })?;
    outcome.result.shift_remove("diff");
    outcome = outcome.with("rc", 0);
    if let Some(diff) = diff.filter(|_| cx.diff) {
        outcome = outcome.with("diff", diff);
    }
    Ok(match kept {
        Some(kept) => outcome.with("backup_file", Value::from(kept.display().to_string())),
        None => outcome,
    })
}

/// The part of the text between `after` and `before`, or the pattern that did not match.
fn section(options: &Options, text: &str) -> Result<Result<Range<usize>, String>, Failure> {
    let given = |name: &str| options.text(name).filter(|pattern| !pattern.is_empty());
    let pattern = match (given("after"), given("before")) {
        (None, None) => return Ok(Ok(0..text.len())),
        (Some(after), Some(before)) => format!("{after}(?P<subsection>.*?){before}"),
        (Some(after), None) => format!("{after}(?P<subsection>.*)"),
        (None, Some(before)) => format!("(?P<subsection>.*){before}"),
    };
    let compiled = regex(&format!("(?s){pattern}"))?;
    let found = compiled.find(text).map_err(|error| error.to_string())?;
    let index = compiled.group_index("subsection").unwrap_or_default();
    Ok(found.and_then(|groups| groups.0.get(index).cloned().flatten()).ok_or(pattern))
}
