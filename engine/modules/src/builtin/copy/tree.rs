//! Whole folders put into place.
use super::{Put, Style, make_folder};
use crate::failure::Failure;
use crate::fs::{Diff, errno_at, is_link, walk};
use rolewright_run::{Outcome, TaskContext};
use rolewright_template::Value;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

pub(super) struct Tree<'a> {
    pub(super) cx: &'a TaskContext<'a>,
    /// As the task has it: with a slash at its end, what is in the folder is copied, without one the folder itself.
    pub(super) source: &'a str,
    pub(super) from: &'a Path,
    pub(super) dest: &'a str,
    pub(super) style: &'a Style,
    pub(super) directory_mode: Option<Value>,
    /// Copies what links point to, instead of the links.
    pub(super) follow: bool,
}

#[derive(Default)]
struct Progress {
    changed: bool,
    diffs: Vec<Value>,
    files: Vec<Outcome>,
}

impl Tree<'_> {
    pub(super) fn run(&self) -> Result<Outcome, Failure> {
        let mut root = PathBuf::from(self.dest);
        if !self.source.ends_with('/')
            && let Some(name) = self.from.file_name()
        {
            root.push(name);
        }
        let mut progress = Progress::default();
        self.folder(self.from, &root, &mut progress)?;
        for path in walk(self.from, self.follow) {
            let below = path.strip_prefix(self.from).map_err(|error| error.to_string())?;
            let dest = root.join(below);
            if is_link(&path) && (!self.follow || !path.exists()) {
                self.link(&path, &dest, &mut progress)?;
            } else if path.is_dir() {
                self.folder(&path, &dest, &mut progress)?;
            } else {
                self.file(&path, dest, &mut progress)?;
            }
        }
        Ok(self.outcome(progress))
    }

    fn outcome(&self, mut progress: Progress) -> Outcome {
        if !self.style.remote
            && progress.files.len() == 1
            && let Some(only) = progress.files.pop()
        {
            return Outcome { changed: progress.changed, ..only };
        }
        let outcome = Outcome::ok(progress.changed).with("src", self.source);
        if self.style.remote {
            return outcome.with("dest", self.dest).with("checksum", Value::None).with("md5sum", Value::None);
        }
        let slash = if self.dest.ends_with('/') { "" } else { "/" };
        let outcome = outcome.with("dest", format!("{}{slash}", self.dest));
        if self.cx.diff { outcome.with("diff", Value::list(progress.diffs)) } else { outcome }
    }

    fn folder(&self, from: &Path, dest: &Path, progress: &mut Progress) -> Result<(), Failure> {
        let mode = match &self.directory_mode {
            Some(mode) => Some(mode.clone()),
            None if self.style.remote || self.style.preserve => mode_of(from),
            None => None,
        };
        if !dest.exists() {
            progress.changed = true;
            return if self.cx.check_mode { Ok(()) } else { make_folder(self.cx, dest, mode, &self.style.attributes) };
        }
        if !dest.is_dir() {
            let (from, dest) = (from.display(), dest.display());
            return Err(format!("cannot copy the folder {from} over {dest}, which is none").into());
        }
        // Folders that were there keep their attributes, unless nothing is put into them.
        let is_leaf = std::fs::read_dir(from).is_ok_and(|mut entries| entries.next().is_none());
        if is_leaf {
            progress.changed |= self.style.attributes.with_mode(mode).apply(self.cx, dest, &mut Diff::default())?;
        }
        Ok(())
    }

    fn file(&self, from: &Path, dest: PathBuf, progress: &mut Progress) -> Result<(), Failure> {
        let content = std::fs::read(from).map_err(|error| errno_at(&error, from))?;
        let content = self.style.opened(self.cx, content, from)?;
        let mut style = self.style.preserving(from)?;
        if style.remote && style.attributes.mode.is_none() && !dest.exists() {
            style.attributes.mode = mode_of(from);
        }
        let source = from.display().to_string();
        let put = Put { cx: self.cx, source: &source, from: Some(from), dest, content: &content, style: &style };
        let outcome = put.run()?;
        progress.changed |= outcome.changed;
        let diffs = outcome.result.get("diff").map(|diff| diff.items().unwrap_or_else(|| vec![diff.clone()]));
        progress.diffs.extend(diffs.unwrap_or_default());
        progress.files.push(outcome);
        Ok(())
    }

    fn link(&self, from: &Path, dest: &Path, progress: &mut Progress) -> Result<(), Failure> {
        let target = std::fs::read_link(from).map_err(|error| errno_at(&error, from))?;
        if std::fs::read_link(dest).ok().as_ref() == Some(&target) {
            return Ok(());
        }
        progress.changed = true;
        if self.cx.check_mode {
            return Ok(());
        }
        if crate::fs::exists_itself(dest) {
            std::fs::remove_file(dest).map_err(|error| errno_at(&error, dest))?;
        }
        symlink(&target, dest).map_err(|error| Failure::new(errno_at(&error, dest)))
    }
}

fn mode_of(path: &Path) -> Option<Value> {
    let metadata = path.metadata().ok()?;
    Some(Value::from(i64::from(metadata.mode() & 0o7777)))
}
