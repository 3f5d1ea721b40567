//! Writing files safely: beside the old one, checked, then renamed over it.
use super::{errno, mode};
use crate::failure::Failure;
use rolewright_run::{Process, TaskContext};
use std::fs::{File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is to be written, and how.
pub(crate) struct Write<'a> {
    pub(crate) path: &'a Path,
    pub(crate) content: &'a [u8],
    /// A command with `%s` for the new file; it must succeed.
    pub(crate) validate: Option<&'a str>,
    /// A failed check is told in one line, as the modules that edit files do.
    pub(crate) terse: bool,
    /// Writes into the old file where it cannot be replaced.
    pub(crate) unsafe_writes: bool,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl Write<'_> {
    /// A file that is there keeps its owner and mode.
    pub(crate) fn run(&self, cx: &TaskContext<'_>) -> Result<(), Failure> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary =
            folder.join(format!(".rolewright_tmp_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let done = self.write_temporary(&temporary).and_then(|()| self.check(cx, &temporary));
        let done = done.and_then(|()| self.replace(&temporary));
        if done.is_err() {
            // It may never have been made.
            let _ = std::fs::remove_file(&temporary);
        }
        done
    }

    fn write_temporary(&self, temporary: &Path) -> Result<(), Failure> {
        let cannot = |error: &std::io::Error| {
            let path = self.path.display();
            Failure::new(format!("could not write data to {path}: {}", errno(error)))
        };
        let mut file = File::create_new(temporary).map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                let folder = temporary.parent().unwrap_or(temporary);
                Failure::new(format!("Destination {} not writable", folder.display()))
            }
            _ => cannot(&error),
        })?;
        // Secrets must not be readable by others even for a moment.
        let private = file.set_permissions(Permissions::from_mode(0o600));
        private.and_then(|()| file.write_all(self.content)).map_err(|error| cannot(&error))?;
        let keep = || -> std::io::Result<()> {
            match std::fs::metadata(self.path) {
                Ok(old) => {
                    let new = file.metadata()?;
                    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
                        chown(temporary, Some(old.uid()), Some(old.gid()))?;
                    }
                    file.set_permissions(Permissions::from_mode(old.mode() & 0o7777))
                }
                Err(_) => file.set_permissions(Permissions::from_mode(0o666 & !mode::umask())),
            }
        };
        match keep() {
            Err(error) if error.kind() != ErrorKind::PermissionDenied => Err(cannot(&error)),
            _ => Ok(()),
        }
    }

    fn check(&self, cx: &TaskContext<'_>, temporary: &Path) -> Result<(), Failure> {
        let Some(command) = self.validate.filter(|command| !command.is_empty()) else { return Ok(()) };
        if !command.contains("%s") {
            return Err(format!("validate must contain %s: {command}").into());
        }
        let line = command.replace("%s", &temporary.display().to_string());
        let argv = shlex::split(&line).ok_or_else(|| format!("validate: unbalanced quotes in: {command}"))?;
        let process = Process { argv, environment: crate::builtin::environment(cx), ..Process::default() };
        let output = cx.system.run_process(&process, cx.cancel).map_err(|error| errno(&error))?;
        if output.code == 0 {
            return Ok(());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if self.terse {
            return Err(format!("failed to validate: rc:{} error:{}", output.code, text(&output.stderr)).into());
        }
        let lines = |bytes: &[u8]| rolewright_template::Value::list(text(bytes).lines().map(Into::into));
        Err(Failure::new("failed to validate")
            .with("exit_status", i64::from(output.code))
            .with("stdout", text(&output.stdout))
            .with("stdout_lines", lines(&output.stdout))
            .with("stderr", text(&output.stderr))
            .with("stderr_lines", lines(&output.stderr)))
    }

    fn replace(&self, temporary: &Path) -> Result<(), Failure> {
        let Err(error) = std::fs::rename(temporary, self.path) else { return Ok(()) };
        let mounted = matches!(error.kind(), ErrorKind::ResourceBusy | ErrorKind::PermissionDenied);
        if self.unsafe_writes && mounted {
            let written = std::fs::write(self.path, self.content);
            written
                .map_err(|error| format!("Could not write data to file {}: {}", self.path.display(), errno(&error)))?;
            // The new content is in place; what is left is only rubbish.
            let _ = std::fs::remove_file(temporary);
            return Ok(());
        }
        let (from, to) = (temporary.display(), self.path.display());
        Err(format!("Could not replace file: {from} to {to}: {}", errno(&error)).into())
    }
}

/// Keeps the old file under a name with the time in it; the new name, or `None` when there is no old file.
pub(crate) fn backup(cx: &TaskContext<'_>, path: &Path) -> Result<Option<PathBuf>, Failure> {
    if !path.exists() {
        return Ok(None);
    }
    let time = cx.system.now().to_zoned(cx.system.time_zone()).strftime("%Y-%m-%d@%H:%M:%S").to_string();
    let kept = PathBuf::from(format!("{}.{}.{time}~", path.display(), std::process::id()));
    let copy = || -> std::io::Result<()> {
        std::fs::copy(path, &kept)?;
        let old = std::fs::metadata(path)?;
        let times = std::fs::FileTimes::new().set_accessed(old.accessed()?).set_modified(old.modified()?);
        File::open(&kept)?.set_times(times)
    };
    copy().map_err(|error| format!("Could not make backup of {} to {}: {error}", path.display(), kept.display()))?;
    Ok(Some(kept))
}
