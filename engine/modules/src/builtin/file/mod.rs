//! `file`: files, folders and links as they shall be.
mod directory;
mod links;
mod times;

use super::carry_out;
use crate::failure::Failure;
use crate::fs::{ATTRIBUTE_OPTIONS, Attributes, Diff, errno, meant, real_path, state_of};
use crate::options::{Kind, Opt, Options, Spec, joined};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::path::{Path, PathBuf};
use times::Times;

pub(super) struct File;

const OPTIONS: [Opt; 19] = joined(
    &[
        Opt::new("access_time", Kind::Str),
        Opt::new("access_time_format", Kind::Str),
        Opt::new("follow", Kind::Bool),
        Opt::new("force", Kind::Bool),
        Opt::new("modification_time", Kind::Str),
        Opt::new("modification_time_format", Kind::Str),
        Opt::new("path", Kind::Path).required().aliases(&["dest", "name"]),
        Opt::new("recurse", Kind::Bool),
        Opt::new("src", Kind::Path),
        Opt::new("state", Kind::Str).choices(&["absent", "directory", "file", "hard", "link", "touch"]),
    ],
    &ATTRIBUTE_OPTIONS,
);

const SPEC: Spec = Spec { module: "file", options: &OPTIONS, rules: &[] };

impl Module for File {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.file", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        carry_out(&SPEC, cx, args, |options| Task::read(cx, options)?.run())
    }
}

/// What a task wants of a path.
pub(super) struct Task<'a> {
    pub(super) cx: &'a TaskContext<'a>,
    pub(super) path: PathBuf,
    pub(super) state: String,
    pub(super) source: Option<String>,
    pub(super) attributes: Attributes,
    pub(super) follow: bool,
    pub(super) force: bool,
    pub(super) recurse: bool,
    times: Times,
}

impl<'a> Task<'a> {
    fn read(cx: &'a TaskContext<'a>, options: &Options) -> Result<Self, Failure> {
        let mut path = PathBuf::from(options.text_or("path", ""));
        let source = options.text("src").filter(|source| !source.is_empty());
        let state = options.text("state");
        if !matches!(state.as_deref(), Some("link" | "absent"))
            && path.is_dir()
            && let Some(name) = source.as_deref().and_then(|source| Path::new(source).file_name())
        {
            path.push(name);
        }
        let recurse = options.flag("recurse", false);
        let state = state.unwrap_or_else(|| default_state(&path, recurse).to_owned());
        if recurse && state != "directory" {
            return Err(at(&path, "recurse option requires state to be 'directory'"));
        }
        if source.is_some() && !matches!(state.as_str(), "link" | "hard") {
            return Err(at(&path, "src option requires state to be 'link' or 'hard'"));
        }
        let times = Times::read(cx, options, state == "touch")?;
        Ok(Self {
            cx,
            path,
            state,
            source,
            attributes: Attributes::read(options)?,
            follow: options.flag("follow", true),
            force: options.flag("force", false),
            recurse,
            times,
        })
    }

    fn run(&self) -> Result<Outcome, Failure> {
        match self.state.as_str() {
            "directory" => self.directory(),
            "link" => self.symbolic_link(),
            "hard" => self.hard_link(),
            "touch" => self.touch(),
            "absent" => self.absent(),
            _ => self.file(),
        }
    }

    /// What the diff starts with: the path, and its state where that changes.
    pub(super) fn first_diff(&self, path: &Path, state: &str) -> Diff {
        let mut diff = Diff::default();
        diff.add("path", shown(path), shown(path));
        let before = state_of(path);
        if before != state {
            diff.add("state", before, state);
        }
        diff
    }

    /// Owner, group, mode and times of one path.
    pub(super) fn settle(&self, path: &Path, diff: &mut Diff) -> Result<bool, Failure> {
        let changed = self.attributes.apply(self.cx, path, diff)?;
        Ok(self.times.apply(self.cx, path, Some(diff))? || changed)
    }

    fn file(&self) -> Result<Outcome, Failure> {
        let path = meant(&self.path, self.follow);
        let state = state_of(&path);
        if !matches!(state, "file" | "hard") {
            let message = format!("file ({}) is {state}, cannot continue", path.display());
            return Err(at(&path, message).with("state", state));
        }
        let mut diff = self.first_diff(&path, "file");
        let changed = self.settle(&path, &mut diff)?;
        Ok(Outcome::ok(changed).with("path", shown(&path)).with("diff", diff.to_value()))
    }

    fn touch(&self) -> Result<Outcome, Failure> {
        let mut diff = self.first_diff(&self.path, "touch");
        let absent = state_of(&self.path) == "absent";
        let dest = |outcome: Outcome| outcome.with("dest", shown(&self.path));
        if absent && self.cx.check_mode {
            return Ok(dest(Outcome::ok(true)));
        }
        if absent {
            std::fs::File::create(&self.path).map_err(|error| {
                let reason = crate::fs::errno_at(&error, &self.path);
                at(&self.path, format!("Error, could not touch target: {reason}"))
            })?;
        }
        let path = meant(&self.path, self.follow);
        match self.settle(&path, &mut diff) {
            Ok(changed) => Ok(dest(Outcome::ok(changed || absent)).with("diff", diff.to_value())),
            Err(failure) => {
                if absent {
                    // The file was made for nothing; what went wrong is told already.
                    let _ = std::fs::remove_file(&self.path);
                }
                Err(failure)
            }
        }
    }

    fn absent(&self) -> Result<Outcome, Failure> {
        let before = state_of(&self.path);
        let outcome = |changed| Outcome::ok(changed).with("path", shown(&self.path)).with("state", "absent");
        if before == "absent" {
            return Ok(outcome(false));
        }
        let mut diff = self.first_diff(&self.path, "absent");
        if before == "directory" {
            diff.before.push(("path_content", directory::content(&self.path)));
        }
        if !self.cx.check_mode {
            self.remove(before == "directory")?;
        }
        Ok(outcome(true).with("diff", diff.to_value()))
    }

    fn remove(&self, is_directory: bool) -> Result<(), Failure> {
        if is_directory {
            return std::fs::remove_dir_all(&self.path)
                .map_err(|error| Failure::new(format!("rmtree failed: {}", errno(&error))));
        }
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(at(&self.path, format!("unlinking failed: {} ", crate::fs::errno_at(&error, &self.path))))
            }
            _ => Ok(()),
        }
    }
}

fn default_state(path: &Path, recurse: bool) -> &'static str {
    match state_of(path) {
        "absent" if recurse => "directory",
        "absent" => "file",
        state => state,
    }
}

pub(super) fn shown(path: &Path) -> Value {
    Value::from(path.display().to_string())
}

pub(super) fn at(path: &Path, message: impl Into<String>) -> Failure {
    Failure::new(message).with("path", path.display().to_string())
}

/// Owner, group and mode of a file whose content is right already, told as `file` tells it.
pub(super) fn attributes_only(
    cx: &TaskContext<'_>,
    path: &Path,
    attributes: &Attributes,
    follow: bool,
) -> Result<Outcome, Failure> {
    let path = if follow { real_path(path) } else { path.to_owned() };
    let mut diff = Diff::default();
    diff.add("path", shown(&path), shown(&path));
    let changed = attributes.apply(cx, &path, &mut diff)?;
    Ok(Outcome::ok(changed).with("path", shown(&path)).with("dest", shown(&path)).with("diff", diff.to_value()))
}

#[cfg(test)]
mod tests;
