//! Text files edited in place: what `lineinfile`, `blockinfile`, `replace` and `ini_file` share.
pub(super) mod block;
pub(super) mod ini;
pub(super) mod line;
pub(super) mod replace;

use crate::failure::Failure;
use crate::fs::{Attributes, Diff, Write, backup, errno, errno_at, real_path};
use crate::options::Options;
use rolewright_run::{Outcome, TaskContext};
use rolewright_template::{PythonRegex, Value};
use std::path::{Path, PathBuf};

/// A file that is being edited.
struct File<'a> {
    cx: &'a TaskContext<'a>,
    path: PathBuf,
    /// `None`: there is no such file yet.
    before: Option<String>,
    attributes: Attributes,
    backup: bool,
    validate: Option<String>,
    unsafe_writes: bool,
}

/// The new text, and what is said about it.
struct Edited {
    text: String,
    changed: bool,
    message: String,
}

impl<'a> File<'a> {
    /// Reads the file. `missing` is the message when there is none and none is to be made.
    fn open(cx: &'a TaskContext<'a>, options: &Options, missing: Option<&str>) -> Result<Self, Failure> {
        let path = PathBuf::from(options.text_or("path", ""));
        if path.is_dir() {
            return Err(Failure::new(format!("Path {} is a directory !", path.display())).with("rc", 256));
        }
        let before = match (path.exists(), missing) {
            (true, _) => Some(read(&path)?),
            (false, Some(missing)) => return Err(Failure::new(missing).with("rc", 257)),
            (false, None) => None,
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        if let Some(folder) = folder.filter(|_| !cx.check_mode) {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("Error creating {} ({})", folder.display(), errno_at(&error, folder)))?;
        }
        Ok(Self {
            cx,
            path,
            before,
            attributes: Attributes::read(options)?,
            backup: options.flag("backup", false),
            validate: options.text("validate"),
            unsafe_writes: options.flag("unsafe_writes", false),
        })
    }

    fn text(&self) -> &str {
        self.before.as_deref().unwrap_or_default()
    }

    /// Writes what changed and tells about it; the name of the backup comes back apart, for it has many names.
    fn close(&self, edited: Edited) -> Result<(Outcome, Option<PathBuf>), Failure> {
        let Edited { text, mut changed, mut message } = edited;
        let content = self.content_diff(&text);
        let mut kept = None;
        if changed && !self.cx.check_mode {
            kept = if self.backup && self.before.is_some() { backup(self.cx, &self.path)? } else { None };
            let path = real_path(&self.path);
            let validate = self.validate.as_deref();
            let unsafe_writes = self.unsafe_writes;
            Write { path: &path, content: text.as_bytes(), validate, terse: true, unsafe_writes }.run(self.cx)?;
        }
        if self.cx.check_mode && self.before.is_none() {
            return Ok((Outcome::ok(changed).with("msg", message).with("diff", content), kept));
        }
        let mut diff = Diff::default();
        if self.attributes.apply(self.cx, &real_path(&self.path), &mut diff)? {
            message += if changed { " and " } else { "" };
            message += "ownership, perms or SE linux context changed";
            changed = true;
        }
        let header = Value::from(format!("{} (file attributes)", self.path.display()));
        let mut attributes = vec![("before_header", header.clone()), ("after_header", header)];
        if !diff.before.is_empty() {
            attributes.push(("before", Value::dict(diff.before)));
            attributes.push(("after", Value::dict(diff.after)));
        }
        let diffs = Value::list([content, Value::dict(attributes)]);
        Ok((Outcome::ok(changed).with("msg", message).with("diff", diffs), kept))
    }

    fn content_diff(&self, text: &str) -> Value {
        let header = Value::from(format!("{} (content)", self.path.display()));
        let shown = |text: &str| if self.cx.diff { Value::verbatim(text) } else { Value::from("") };
        Value::dict([
            ("before", shown(self.text())),
            ("after", shown(text)),
            ("before_header", header.clone()),
            ("after_header", header),
        ])
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| errno(&error))?;
    String::from_utf8(bytes)
        .map_err(|_| format!("{} is not UTF-8 text, which is all that can be edited", path.display()).into())
}

/// Lines with their ends.
fn lines_of(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn bare(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

fn regex(pattern: &str) -> Result<PythonRegex, Failure> {
    PythonRegex::new(pattern).map_err(|error| Failure::new(error.to_string()))
}

fn shown(path: Option<&PathBuf>) -> Value {
    Value::from(path.map(|path| path.display().to_string()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
