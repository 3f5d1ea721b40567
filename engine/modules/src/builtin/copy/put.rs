//! One file put into place, where its content differs.
use super::no_directory;
use crate::builtin::file::attributes_only;
use crate::failure::Failure;
use crate::fs::{Attributes, Diff, Write, backup, content_diff, digest, exists_itself, is_link, real_path};
use rolewright_run::{Outcome, TaskContext};
use rolewright_template::Value;
use std::path::{Path, PathBuf};

/// How files are put into place.
#[derive(Clone, Debug, Default)]
pub(in crate::builtin) struct Style {
    pub(in crate::builtin) attributes: Attributes,
    /// `mode: preserve`: files keep their mode.
    pub(in crate::builtin) preserve: bool,
    pub(in crate::builtin) backup: bool,
    /// Replaces what is there.
    pub(in crate::builtin) force: bool,
    /// Writes to what a link points to, instead of replacing the link.
    pub(in crate::builtin) follow: bool,
    pub(in crate::builtin) validate: Option<String>,
    pub(in crate::builtin) checksum: Option<String>,
    /// A failed check is told in one line.
    pub(in crate::builtin) terse: bool,
    pub(in crate::builtin) unsafe_writes: bool,
    /// `remote_src`: results are those of the module that works on the machine itself.
    pub(in crate::builtin) remote: bool,
    /// Encrypted files of the project arrive decrypted.
    pub(in crate::builtin) decrypt: bool,
}

impl Style {
    /// The content of a file as it is to arrive.
    pub(super) fn opened(&self, cx: &TaskContext<'_>, content: Vec<u8>, path: &Path) -> Result<Vec<u8>, Failure> {
        match self.decrypt && !self.remote {
            true => Ok(cx.surroundings.open_file(content, path)?),
            false => Ok(content),
        }
    }
}

/// One file to be put into place.
pub(in crate::builtin) struct Put<'a> {
    pub(in crate::builtin) cx: &'a TaskContext<'a>,
    /// The source as results name it.
    pub(in crate::builtin) source: &'a str,
    /// The file it comes from, if any.
    pub(in crate::builtin) from: Option<&'a Path>,
    pub(in crate::builtin) dest: PathBuf,
    pub(in crate::builtin) content: &'a [u8],
    pub(in crate::builtin) style: &'a Style,
}

impl Put<'_> {
    pub(in crate::builtin) fn run(&self) -> Result<Outcome, Failure> {
        if exists_itself(&self.dest) && !self.style.force {
            let outcome = Outcome::ok(false).with("dest", shown(&self.dest)).with("src", self.source);
            return Ok(if self.style.remote { outcome.with("msg", "file already exists") } else { outcome });
        }
        let follows = self.style.follow && is_link(&self.dest);
        let dest = if follows { real_path(&self.dest) } else { self.dest.clone() };
        let old = if is_link(&dest) { None } else { std::fs::read(&dest).ok() };
        let sum = digest("sha1", self.content).unwrap_or_default();
        if old.as_deref() == Some(self.content) {
            return self.unchanged(&dest, sum);
        }
        let diff = self.diff(&dest, old.as_deref());
        if self.cx.check_mode && !self.style.remote {
            return Ok(Outcome::ok(true).with("diff", diff));
        }
        let kept = if self.cx.check_mode { None } else { self.write(&dest, &sum)? };
        let outcome = Outcome::ok(true).with("dest", shown(&dest)).with("src", self.source).with("checksum", sum);
        let outcome = outcome.with("md5sum", digest("md5", self.content).unwrap_or_default());
        let outcome = if self.style.remote && !self.cx.diff { outcome } else { outcome.with("diff", diff) };
        Ok(match kept {
            Some(kept) => outcome.with("backup_file", shown(&kept)),
            None => outcome,
        })
    }

    fn unchanged(&self, dest: &Path, sum: String) -> Result<Outcome, Failure> {
        if !self.style.remote {
            let outcome = attributes_only(self.cx, dest, &self.style.attributes, self.style.follow)?;
            return Ok(outcome.with("checksum", sum));
        }
        let changed = self.style.attributes.apply(self.cx, dest, &mut Diff::default())?;
        let outcome = Outcome::ok(changed).with("dest", shown(dest)).with("src", self.source).with("checksum", sum);
        Ok(outcome.with("md5sum", digest("md5", self.content).unwrap_or_default()))
    }

    fn diff(&self, dest: &Path, old: Option<&[u8]>) -> Value {
        if !self.cx.diff {
            return Value::list([]);
        }
        let dest = dest.display().to_string();
        let from = self.from.map_or_else(|| dest.clone(), |from| from.display().to_string());
        Value::list([content_diff(old, self.content, (&dest, &from))])
    }

    /// Writes the file; the name of the backup, if one was made.
    fn write(&self, dest: &Path, sum: &str) -> Result<Option<PathBuf>, Failure> {
        let folder = dest.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(missing) = folder.filter(|folder| !folder.is_dir()) {
            return Err(no_directory(missing).with("checksum", sum));
        }
        if let Some(wanted) = self.style.checksum.as_deref().filter(|wanted| *wanted != sum) {
            let message = "Copied file does not match the expected checksum. Transfer failed.";
            return Err(Failure::new(message).with("checksum", sum).with("expected_checksum", wanted));
        }
        let kept = if self.style.backup { backup(self.cx, dest)? } else { None };
        if is_link(dest) {
            std::fs::remove_file(dest).map_err(|error| crate::fs::errno_at(&error, dest))?;
        }
        let validate = self.style.validate.as_deref();
        let Style { terse, unsafe_writes, .. } = *self.style;
        let write = Write { path: dest, content: self.content, validate, terse, unsafe_writes };
        write.run(self.cx).map_err(|failure| failure.with("checksum", sum))?;
        let attributes = self.style.attributes.apply(self.cx, dest, &mut Diff::default());
        attributes.map_err(|failure| failure.with("checksum", sum))?;
        Ok(kept)
    }
}

fn shown(path: &Path) -> Value {
    Value::from(path.display().to_string())
}
