//! `state: link` and `state: hard`.
use super::{Task, at, shown};
use crate::failure::Failure;
use crate::fs::{Diff, errno_at, exists_itself, is_link, meant, state_of};
use rolewright_run::Outcome;
use rolewright_template::Value;
use std::io::Result as IoResult;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

impl Task<'_> {
    pub(super) fn symbolic_link(&self) -> Result<Outcome, Failure> {
        let before = state_of(&self.path);
        let current = std::fs::read_link(&self.path).ok();
        // Without a source the link keeps its target.
        let kept = || current.as_ref().filter(|_| self.follow && self.path.exists());
        let source = self.source.clone().or_else(|| Some(kept()?.display().to_string()));
        self.check_symbolic(before, source.as_deref())?;
        let mut diff = self.first_diff(&self.path, "link");
        let mut changed = before != "link";
        let Some(source) = source else {
            return Err(Failure::new("src is required for creating new symlinks"));
        };
        if let Some(old) = current.filter(|old| *old != Path::new(&source)) {
            diff.add("src", shown(&old), source.as_str());
            changed = true;
        }
        if changed && !self.cx.check_mode {
            self.put(before, &|path| symlink(&source, path))?;
        }
        self.linked(&source, changed, &mut diff)
    }

    fn check_symbolic(&self, before: &str, source: Option<&str>) -> Result<(), Failure> {
        let path = self.path.display();
        if let Some(source) = source.filter(|_| !self.force) {
            let base = if before == "directory" { Some(self.path.as_path()) } else { self.path.parent() };
            let target = base.unwrap_or(Path::new("")).join(source);
            if !target.exists() {
                let message = "src file does not exist, use \"force=yes\" if you really want to create the link: ";
                return Err(at(&self.path, format!("{message}{}", target.display())).with("src", source));
            }
        }
        match before {
            "directory" | "file" | "hard" if !self.force => {
                Err(at(&self.path, format!("refusing to convert from {before} to symlink for {path}")))
            }
            "directory" if std::fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_some()) => {
                Err(at(&self.path, format!("the directory {path} is not empty, refusing to convert it")))
            }
            _ => Ok(()),
        }
    }

    /// Makes the link; one that replaces something is made beside it and moved over it.
    fn put(&self, before: &str, make: &dyn Fn(&Path) -> IoResult<()>) -> Result<(), Failure> {
        if before == "absent" {
            return make(&self.path)
                .map_err(|error| at(&self.path, format!("Error while linking: {}", errno_at(&error, &self.path))));
        }
        let temporary = self.path.with_file_name(format!(".{}.{}.tmp", std::process::id(), self.cx.system.random()));
        let replace = || -> IoResult<()> {
            if before == "directory" {
                std::fs::remove_dir(&self.path)?;
            }
            make(&temporary)?;
            std::fs::rename(&temporary, &self.path)
        };
        replace().map_err(|error| {
            // It may never have been made.
            let _ = std::fs::remove_file(&temporary);
            at(&self.path, format!("Error while replacing: {}", errno_at(&error, &self.path)))
        })
    }

    fn linked(&self, source: &str, mut changed: bool, diff: &mut Diff) -> Result<Outcome, Failure> {
        let mut warnings = Vec::new();
        if !self.cx.check_mode || self.path.exists() {
            let path = meant(&self.path, self.follow);
            if self.follow && is_link(&self.path) && !path.exists() {
                warnings.push(
                    "Cannot set fs attributes on a non-existent symlink target. follow should be set to False to \
                     avoid this."
                        .to_owned(),
                );
            } else {
                changed |= self.settle(&path, diff)?;
            }
        }
        let outcome = Outcome { warnings, ..Outcome::ok(changed) };
        Ok(outcome.with("dest", shown(&self.path)).with("src", source).with("diff", diff.to_value()))
    }

    pub(super) fn hard_link(&self) -> Result<Outcome, Failure> {
        let before = state_of(&self.path);
        let source = self.source.as_deref().map(PathBuf::from);
        if before != "hard" && source.is_none() {
            return Err(Failure::new("src is required for creating new hardlinks"));
        }
        let refuse = |message: &str| {
            let source = source.as_deref().map_or(Value::None, shown);
            Err(Failure::new(message).with("dest", shown(&self.path)).with("src", source))
        };
        if source.as_ref().is_some_and(|source| !source.exists()) {
            return refuse("src does not exist");
        }
        let inode = |path: &Path| path.metadata().ok().map(|metadata| metadata.ino());
        let same = source.as_ref().is_none_or(|source| inode(source) == inode(&self.path));
        let changed = match before {
            "hard" if same => false,
            "hard" if !self.force => return refuse("Cannot link, different hard link exists at destination"),
            "file" if !self.force => return refuse("Cannot link, file exists at destination"),
            "directory" if !self.force => {
                return refuse("Cannot link: different hard link exists at destination");
            }
            _ => true,
        };
        let mut diff = self.first_diff(&self.path, "hard");
        if let Some(source) = source.as_ref().filter(|_| changed && !self.cx.check_mode) {
            let source = meant(source, self.follow);
            self.put(before, &|path| std::fs::hard_link(&source, path))?;
        }
        let mut changed = changed;
        if exists_itself(&self.path) {
            changed |= self.settle(&self.path, &mut diff)?;
        }
        let source = source.as_deref().map_or(Value::None, shown);
        let outcome = Outcome::ok(changed).with("dest", shown(&self.path)).with("src", source);
        Ok(outcome.with("diff", diff.to_value()))
    }
}
