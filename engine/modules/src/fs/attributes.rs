//! Owner, group and mode: the options that every module which writes files takes.
use super::{accounts, is_link, mode, real_path};
use crate::failure::Failure;
use crate::options::{Kind, Opt, Options};
use rolewright_run::TaskContext;
use rolewright_template::Value;
use std::fs::{Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

/// Options that modules which write files share.
pub(crate) const ATTRIBUTE_OPTIONS: [Opt; 9] = [
    Opt::new("attributes", Kind::Str).aliases(&["attr"]),
    Opt::new("group", Kind::Str),
    Opt::new("mode", Kind::Raw),
    Opt::new("owner", Kind::Str),
    Opt::new("selevel", Kind::Str),
    Opt::new("serole", Kind::Str),
    Opt::new("setype", Kind::Str),
    Opt::new("seuser", Kind::Str),
    Opt::new("unsafe_writes", Kind::Bool),
];

/// What is different, as `diff` in results has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diff {
    pub(crate) before: Vec<(&'static str, Value)>,
    pub(crate) after: Vec<(&'static str, Value)>,
}

impl Diff {
    pub(crate) fn add(&mut self, key: &'static str, before: impl Into<Value>, after: impl Into<Value>) {
        for (side, value) in [(&mut self.before, before.into()), (&mut self.after, after.into())] {
            side.retain(|(known, _)| *known != key);
            side.push((key, value));
        }
    }
    pub(crate) fn to_value(&self) -> Value {
        Value::dict([
            ("before", Value::dict(self.before.iter().cloned())),
            ("after", Value::dict(self.after.iter().cloned())),
        ])
    }
}

/// Who shall own a file, and its mode.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    pub(crate) owner: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) mode: Option<Value>,
}

impl Attributes {
    /// From the shared options. What this engine does not manage is refused, not forgotten.
    pub(crate) fn read(options: &Options) -> Result<Self, Failure> {
        if options.text("attributes").is_some_and(|flags| !flags.is_empty()) {
            return Err("attributes: flags of the file system (chattr) are not supported".into());
        }
        // Without SELinux in the kernel these mean nothing, and Ansible leaves them alone as well.
        let labels = ["seuser", "serole", "setype", "selevel"];
        if labels.iter().any(|name| options.has(name)) && Path::new("/sys/fs/selinux/enforce").exists() {
            return Err("seuser, serole, setype, selevel: SELinux labels are not supported".into());
        }
        Ok(Self {
            owner: options.text("owner"),
            group: options.text("group"),
            mode: options.get("mode").filter(|mode| !mode.is_empty()).cloned(),
        })
    }

    pub(crate) fn with_mode(&self, mode: Option<Value>) -> Self {
        Self { mode, ..self.clone() }
    }

    /// Makes it so; true when something was, or in check mode would be, changed.
    pub(crate) fn apply(&self, cx: &TaskContext<'_>, path: &Path, diff: &mut Diff) -> Result<bool, Failure> {
        let mut changed = false;
        if let Some(owner) = &self.owner {
            changed |= self.set_owner(cx, path, owner, diff)?;
        }
        if let Some(group) = &self.group {
            changed |= self.set_group(cx, path, group, diff)?;
        }
        if let Some(mode) = &self.mode {
            changed |= set_mode(cx, path, mode, diff)?;
        }
        Ok(changed)
    }

    fn set_owner(&self, cx: &TaskContext<'_>, path: &Path, owner: &str, diff: &mut Diff) -> Result<bool, Failure> {
        let uid =
            accounts::uid(owner).ok_or_else(|| at(path, format!("chown failed: failed to look up user {owner}")))?;
        let Ok(metadata) = path.symlink_metadata() else { return absent(cx, path) };
        if metadata.uid() == uid {
            return Ok(false);
        }
        diff.add("owner", i64::from(metadata.uid()), i64::from(uid));
        if !cx.check_mode {
            lchown(path, Some(uid), None).map_err(|error| at(path, failed("chown failed", &error)))?;
        }
        Ok(true)
    }

    fn set_group(&self, cx: &TaskContext<'_>, path: &Path, group: &str, diff: &mut Diff) -> Result<bool, Failure> {
        let gid =
            accounts::gid(group).ok_or_else(|| at(path, format!("chgrp failed: failed to look up group {group}")))?;
        let Ok(metadata) = path.symlink_metadata() else { return absent(cx, path) };
        if metadata.gid() == gid {
            return Ok(false);
        }
        diff.add("group", i64::from(metadata.gid()), i64::from(gid));
        if !cx.check_mode {
            lchown(path, None, Some(gid)).map_err(|error| at(path, failed("chgrp failed", &error)))?;
        }
        Ok(true)
    }
}

fn set_mode(cx: &TaskContext<'_>, path: &Path, mode: &Value, diff: &mut Diff) -> Result<bool, Failure> {
    let Ok(metadata) = path.symlink_metadata() else { return absent(cx, path) };
    let wanted = wanted_mode(mode, &metadata).map_err(|failure| failure.with("path", path.display().to_string()))?;
    let now = metadata.mode() & 0o7777;
    // A symbolic link has no mode of its own on Linux.
    if now == wanted || metadata.is_symlink() {
        return Ok(false);
    }
    diff.add("mode", format!("{now:04o}"), format!("{wanted:04o}"));
    if !cx.check_mode {
        let set = std::fs::set_permissions(path, Permissions::from_mode(wanted));
        set.map_err(|error| at(path, "chmod failed".to_owned()).with("details", super::errno_at(&error, path)))?;
    }
    Ok(true)
}

/// What a task wants a mode to be, given how the file is now.
pub(crate) fn wanted_mode(mode: &Value, now: &Metadata) -> Result<u32, Failure> {
    mode::wanted(mode, now).map_err(|error| match error {
        mode::ModeError::Form(details) => {
            Failure::new("mode must be in octal or symbolic form").with("details", details)
        }
        mode::ModeError::Bits(bits) => {
            Failure::new("Invalid mode supplied, only permission info is allowed").with("details", i64::from(bits))
        }
    })
}

/// In check mode the file may not be there yet.
fn absent(cx: &TaskContext<'_>, path: &Path) -> Result<bool, Failure> {
    if cx.check_mode { Ok(true) } else { Err(at(path, format!("{} does not exist", path.display()))) }
}

fn failed(what: &str, error: &std::io::Error) -> String {
    format!("{what}: {}", super::errno(error))
}

fn at(path: &Path, message: String) -> Failure {
    Failure::new(message).with("path", path.display().to_string())
}

/// The file whose attributes are meant: a link's target, unless links are not followed.
pub(crate) fn meant(path: &Path, follow: bool) -> PathBuf {
    if follow && is_link(path) { real_path(path) } else { path.to_owned() }
}
