//! `modification_time` and `access_time`.
use super::at;
use crate::failure::Failure;
use crate::fs::{Diff, errno_at};
use crate::options::Options;
use jiff::Timestamp;
use rolewright_run::TaskContext;
use rolewright_template::Value;
use std::fs::FileTimes;
use std::path::Path;
use std::time::SystemTime;

/// What a time of a file shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wish {
    Preserve,
    Now,
    At(SystemTime),
}

pub(super) struct Times {
    modified: Wish,
    accessed: Wish,
}

impl Times {
    pub(super) fn read(cx: &TaskContext<'_>, options: &Options, touch: bool) -> Result<Self, Failure> {
        let wish = |name: &str, format: &str| match options.text(name).as_deref() {
            None if touch => Ok(Wish::Now),
            None | Some("preserve") => Ok(Wish::Preserve),
            Some("now") => Ok(Wish::Now),
            Some(text) => parse(cx, text, &options.text_or(format, "%Y%m%d%H%M.%S")).map(Wish::At),
        };
        Ok(Self {
            modified: wish("modification_time", "modification_time_format")?,
            accessed: wish("access_time", "access_time_format")?,
        })
    }

    /// True when a time was, or in check mode would be, set.
    pub(super) fn apply(&self, cx: &TaskContext<'_>, path: &Path, diff: Option<&mut Diff>) -> Result<bool, Failure> {
        if (self.modified, self.accessed) == (Wish::Preserve, Wish::Preserve) {
            return Ok(false);
        }
        let failed = |error: std::io::Error| {
            at(path, format!("Error while updating modification or access time: {}", errno_at(&error, path)))
        };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        let (modified, accessed) = (metadata.modified().map_err(failed)?, metadata.accessed().map_err(failed)?);
        let now = SystemTime::from(cx.system.now());
        let new = |wish: Wish, old: SystemTime| match wish {
            Wish::Preserve => old,
            Wish::Now => now,
            Wish::At(time) => time,
        };
        let (to_modified, to_accessed) = (new(self.modified, modified), new(self.accessed, accessed));
        if (to_modified, to_accessed) == (modified, accessed) {
            return Ok(false);
        }
        if !cx.check_mode {
            let times = FileTimes::new().set_accessed(to_accessed).set_modified(to_modified);
            std::fs::File::open(path).and_then(|file| file.set_times(times)).map_err(failed)?;
        }
        if let Some(diff) = diff {
            for (name, old, new) in [("mtime", modified, to_modified), ("atime", accessed, to_accessed)] {
                if old != new {
                    diff.add(name, seconds(old), seconds(new));
                }
            }
        }
        Ok(true)
    }
}

fn seconds(time: SystemTime) -> Value {
    let micros = Timestamp::try_from(time).map_or(0, |time| time.as_microsecond());
    Value::from(micros as f64 / 1e6)
}

fn parse(cx: &TaskContext<'_>, text: &str, format: &str) -> Result<SystemTime, Failure> {
    let parsed = jiff::fmt::strtime::parse(format, text)
        .and_then(|parsed| parsed.to_datetime().and_then(|time| time.to_zoned(cx.system.time_zone())));
    parsed.map(|time| SystemTime::from(time.timestamp())).map_err(|error| {
        Failure::new(format!("Error while obtaining timestamp for time {text} using format {format}: {error}"))
    })
}
