//! Files of this machine as modules write and describe them: modes, owners, safe replacement, checksums.
mod accounts;
mod attributes;
mod describe;
mod digest;
mod mode;
mod text;
mod write;

pub(crate) use accounts::{account_name, group_name};
pub(crate) use attributes::{ATTRIBUTE_OPTIONS, Attributes, Diff, meant, wanted_mode};
pub(crate) use describe::{add_path_info, state_of};
pub(crate) use digest::{ALGORITHMS, digest, digest_of_file};
pub(crate) use text::content_diff;
pub(crate) use write::{Write, backup};

use std::io::Error;
use std::path::{Path, PathBuf};

/// An error as Python's `OSError` shows it: `[Errno 2] No such file or directory`.
pub(crate) fn errno(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    match error.raw_os_error() {
        Some(number) => format!("[Errno {number}] {text}"),
        None => text.to_owned(),
    }
}

/// The same with the path behind it: `[Errno 2] No such file or directory: b'/x'`.
pub(crate) fn errno_at(error: &Error, path: &Path) -> String {
    format!("{}: b'{}'", errno(error), path.display())
}

/// The file that a path means, symbolic links followed as far as they exist.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    let followed = std::fs::canonicalize(path).ok();
    followed.or_else(|| broken_link(path)).unwrap_or_else(|| path.to_owned())
}

/// Where a link to nothing points.
fn broken_link(path: &Path) -> Option<PathBuf> {
    let target = std::fs::read_link(path).ok()?;
    Some(path.parent().unwrap_or(Path::new("")).join(target))
}

/// Whether there is anything, a broken link included.
pub(crate) fn exists_itself(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

pub(crate) fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink())
}

/// Every entry below a folder, folders before what is in them, each folder's entries in the order of their names.
pub(crate) fn walk(folder: &Path, follow: bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    step(folder, follow, &mut seen, &mut found);
    found
}

fn step(folder: &Path, follow: bool, seen: &mut Vec<PathBuf>, found: &mut Vec<PathBuf>) {
    // Links may lead back to a folder above.
    let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    if seen.contains(&real) {
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    seen.push(real);
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let goes_in = path.is_dir() && (follow || !is_link(&path));
        found.push(path.clone());
        if goes_in {
            step(&path, follow, seen, found);
        }
    }
    seen.pop();
}

#[cfg(test)]
mod tests;
