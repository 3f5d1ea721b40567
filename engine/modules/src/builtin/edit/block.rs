//! `blockinfile`: lines between two markers.
use super::{Edited, File, lines_of, regex};
use crate::builtin::carry_out;
use crate::failure::Failure;
use crate::fs::ATTRIBUTE_OPTIONS;
use crate::options::{Kind, Opt, Options, Rule, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};

pub(in crate::builtin) struct BlockInFile;

const OPTIONS: [Opt; 22] = joined(
    &[
        Opt::new("append_newline", Kind::Bool),
        Opt::new("backup", Kind::Bool),
        Opt::new("block", Kind::Str).aliases(&["content"]),
        Opt::new("create", Kind::Bool),
        Opt::new("insertafter", Kind::Str),
        Opt::new("insertbefore", Kind::Str),
        Opt::new("marker", Kind::Str),
        Opt::new("marker_begin", Kind::Str),
        Opt::new("marker_end", Kind::Str),
        Opt::new("path", Kind::Path).required().aliases(&["dest", "destfile", "name"]),
        Opt::new("prepend_newline", Kind::Bool),
        Opt::new("state", Kind::Str).choices(&["absent", "present"]),
        Opt::new("validate", Kind::Str),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec =
    Spec { module: "blockinfile", options: &OPTIONS, rules: &[Rule::Exclusive(&["insertbefore", "insertafter"])] };

impl Module for BlockInFile {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.blockinfile", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| run(cx, options))
    }
}

fn run(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, Failure> {
    let path = options.text_or("path", "");
    let missing = format!("Path {path} does not exist !");
    let present = options.text("state").as_deref() != Some("absent");
    let file = File::open(cx, options, (!options.flag("create", false)).then_some(missing.as_str()))?;
    if !present && file.before.is_none() {
        return Ok(Outcome::ok(false).with("msg", format!("File {path} not present")));
    }
    let block = Block::read(options, present);
    let mut lines = lines_of(file.text());
    block.put(options, &mut lines)?;
    let text = lines.concat();
    let (changed, message) = match &file.before {
        Some(before) if *before == text => (false, ""),
        None => (true, "File created"),
        Some(_) if block.lines.is_empty() => (true, "Block removed"),
        Some(_) => (true, "Block inserted"),
    };
    let (outcome, kept) = file.close(Edited { text, changed, message: message.to_owned() })?;
    Ok(match kept {
        Some(kept) => outcome.with("backup_file", kept.display().to_string()),
        None => outcome,
    })
}

struct Block {
    begin: String,
    end: String,
    /// With the markers; empty when there shall be none.
    lines: Vec<String>,
    prepend: bool,
    append: bool,
}

impl Block {
    fn read(options: &Options, present: bool) -> Self {
        let marker = options.text_or("marker", "# {mark} ANSIBLE MANAGED BLOCK");
        let mark = |name: &str, default: &str| marker.replace("{mark}", &options.text_or(name, default)) + "\n";
        let (begin, end) = (mark("marker_begin", "BEGIN"), mark("marker_end", "END"));
        let mut text = options.text_or("block", "");
        let mut lines = Vec::new();
        if present && !text.is_empty() {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            lines.push(begin.clone());
            lines.extend(lines_of(&text));
            lines.push(end.clone());
        }
        let flag = |name: &str| present && options.flag(name, false);
        Self { begin, end, lines, prepend: flag("prepend_newline"), append: flag("append_newline") }
    }

    fn put(&self, options: &Options, lines: &mut Vec<String>) -> Result<(), Failure> {
        let last = |lines: &[String], marker: &str| lines.iter().rposition(|line| line == marker);
        let mut at = match (last(lines, &self.begin), last(lines, &self.end)) {
            (Some(begin), Some(end)) => {
                let (from, to) = (begin.min(end), begin.max(end));
                lines.drain(from..=to);
                from
            }
            _ => anchor(options, lines)?,
        };
        if let Some(before) = at.checked_sub(1).and_then(|index| lines.get_mut(index))
            && !before.ends_with('\n')
        {
            before.push('\n');
        }
        if self.prepend && at > 0 && lines[at - 1] != "\n" {
            lines.insert(at, "\n".to_owned());
            at += 1;
        }
        lines.splice(at..at, self.lines.iter().cloned());
        let behind = at + self.lines.len();
        if self.append && lines.get(behind).is_some_and(|line| line != "\n") {
            lines.insert(behind, "\n".to_owned());
        }
        Ok(())
    }
}

/// Where a new block goes.
fn anchor(options: &Options, lines: &[String]) -> Result<usize, Failure> {
    let (pattern, after) = match (options.text("insertafter"), options.text("insertbefore")) {
        (None, Some(before)) if before == "BOF" => return Ok(0),
        (None, Some(before)) => (before, 0),
        (Some(after), _) if after != "EOF" => (after, 1),
        _ => return Ok(lines.len()),
    };
    if pattern.starts_with("(?") && pattern.split(')').next().is_some_and(|flags| flags.contains('m')) {
        return anchor_in_text(&pattern, after, &lines.concat(), lines.len());
    }
    let regex = regex(&pattern)?;
    let mut found = None;
    for (index, line) in lines.iter().enumerate() {
        if regex.is_match(line).map_err(|error| error.to_string())? {
            found = Some(index + after);
        }
    }
    Ok(found.unwrap_or(lines.len()))
}

/// A pattern with `(?m)` looks at the whole text.
fn anchor_in_text(pattern: &str, after: usize, text: &str, end: usize) -> Result<usize, Failure> {
    let found = regex(pattern)?.find(text).map_err(|error| error.to_string())?;
    let Some(span) = found.and_then(|groups| groups.0.into_iter().next().flatten()) else { return Ok(end) };
    let position = if after == 1 { span.end } else { span.start };
    Ok((text[..position].matches('\n').count() + after).min(end))
}
