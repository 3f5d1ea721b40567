//! `state: directory`.
use super::{Task, at, shown};
use crate::failure::Failure;
use crate::fs::{Diff, errno_at, is_link, meant, real_path, state_of, walk};
use rolewright_run::Outcome;
use rolewright_template::Value;
use std::path::{Path, PathBuf};

impl Task<'_> {
    pub(super) fn directory(&self) -> Result<Outcome, Failure> {
        let path = if state_of(&self.path) == "link" { meant(&self.path, self.follow) } else { self.path.clone() };
        let mut diff = self.first_diff(&path, "directory");
        let outcome =
            |changed: bool, diff: &Diff| Outcome::ok(changed).with("path", shown(&path)).with("diff", diff.to_value());
        match state_of(&path) {
            "absent" if self.cx.check_mode => Ok(outcome(true, &diff)),
            "absent" => {
                self.create(&path, &mut diff)?;
                Ok(outcome(true, &diff))
            }
            "directory" => {
                let mut changed = self.settle(&path, &mut diff)?;
                if self.recurse {
                    changed |= self.settle_below(&path)?;
                }
                Ok(outcome(changed, &diff))
            }
            state => Err(at(&path, format!("{} already exists as a {state}", path.display()))),
        }
    }

    /// Every folder that is missing on the way gets the attributes.
    fn create(&self, path: &Path, diff: &mut Diff) -> Result<(), Failure> {
        let mut missing: Vec<&Path> =
            path.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).collect();
        missing.reverse();
        for folder in missing {
            match std::fs::create_dir(folder) {
                Err(error) if !folder.is_dir() => {
                    let (folder, reason) = (folder.display(), errno_at(&error, folder));
                    return Err(at(path, format!("There was an issue creating {folder} as requested: {reason}")));
                }
                _ => _ = self.settle(folder, diff)?,
            }
        }
        Ok(())
    }

    /// `recurse`: everything below, and what links below point to.
    fn settle_below(&self, folder: &Path) -> Result<bool, Failure> {
        let mut changed = false;
        for path in walk(folder, self.follow) {
            let mut targets: Vec<PathBuf> = vec![path.clone()];
            if is_link(&path) && self.follow && path.exists() {
                targets.push(real_path(&path));
            }
            for target in targets {
                let mut ignored = Diff::default();
                changed |= self.attributes.apply(self.cx, &target, &mut ignored)?;
                if target.exists() {
                    changed |= self.times.apply(self.cx, &target, None)?;
                }
            }
        }
        Ok(changed)
    }
}

/// What a folder holds that is to go, for the diff.
pub(super) fn content(folder: &Path) -> Value {
    let (directories, files): (Vec<PathBuf>, Vec<PathBuf>) =
        walk(folder, false).into_iter().partition(|path| path.is_dir());
    let list = |paths: Vec<PathBuf>| Value::list(paths.iter().map(|path| shown(path)));
    Value::dict([("directories", list(directories)), ("files", list(files))])
}
