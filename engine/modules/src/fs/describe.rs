//! What results tell about the file that a module worked on.
use super::{account_name, group_name};
use rolewright_run::Outcome;
use rolewright_template::Value;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// `absent`, `link`, `directory`, `hard` (more than one name) or `file`.
pub(crate) fn state_of(path: &Path) -> &'static str {
    path.symlink_metadata().map_or("absent", |metadata| state(&metadata))
}

fn state(metadata: &Metadata) -> &'static str {
    if metadata.is_symlink() {
        "link"
    } else if metadata.is_dir() {
        "directory"
    } else if metadata.nlink() > 1 {
        "hard"
    } else {
        "file"
    }
}

/// Adds owner, mode, size and state of the file in `path` or `dest`, as every module of Ansible does.
pub(crate) fn add_path_info(outcome: Outcome) -> Outcome {
    let named = outcome.result.get("path").or_else(|| outcome.result.get("dest"));
    let Some(path) = named.and_then(|path| path.as_str().map(str::to_owned)) else { return outcome };
    let path = Path::new(&path);
    let Some(metadata) = path.symlink_metadata().ok().filter(|_| path.exists()) else { return outcome };
    outcome
        .with("uid", i64::from(metadata.uid()))
        .with("gid", i64::from(metadata.gid()))
        .with("owner", account_name(metadata.uid()))
        .with("group", group_name(metadata.gid()))
        .with("mode", Value::verbatim(format!("{:04o}", metadata.mode() & 0o7777)))
        .with("state", state(&metadata))
        .with("size", size_of(&metadata))
}

fn size_of(metadata: &Metadata) -> Value {
    Value::from(i64::try_from(metadata.size()).unwrap_or(i64::MAX))
}
