//! What templates may know of the machine's files: their kind, their real path, which match a pattern.
use rolewright_template::{Error, FileKind, FileStatus, Result};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(crate) fn current_dir() -> String {
    std::env::current_dir().map_or_else(|_| "/".into(), |path| path.to_string_lossy().into_owned())
}

pub(crate) fn status(path: &str, follow: bool) -> Option<FileStatus> {
    let metadata = if follow { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) }.ok()?;
    let kind = match metadata.file_type() {
        kind if kind.is_symlink() => FileKind::Link,
        kind if kind.is_dir() => FileKind::Directory,
        kind if kind.is_file() => FileKind::File,
        _ => FileKind::Other,
    };
    Some(FileStatus { kind, identity: (metadata.dev(), metadata.ino()), is_mount: is_mount(path, &metadata) })
}

/// A folder whose parent is on another device, or is the folder itself.
fn is_mount(path: &str, metadata: &Metadata) -> bool {
    let parent = std::fs::symlink_metadata(Path::new(path).join(".."));
    metadata.is_dir() && parent.is_ok_and(|parent| parent.dev() != metadata.dev() || parent.ino() == metadata.ino())
}

/// As far as the path exists; what follows stays as it is.
pub(crate) fn real_path(path: &str) -> Option<String> {
    let path = Path::new(path);
    let (known, rest) = path.ancestors().find_map(|known| {
        let real = known.canonicalize().ok()?;
        Some((real, path.strip_prefix(known).ok()?))
    })?;
    let real = if rest.as_os_str().is_empty() { known } else { known.join(rest) };
    Some(real.to_string_lossy().into_owned())
}

pub(crate) fn read(path: &str) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::failed(format!("cannot read '{path}': {error}")))
}

/// Regular files that match a shell pattern, in the order of the folders' entries sorted by name.
pub(crate) fn glob_files(pattern: &str) -> Vec<String> {
    let mut found = vec![PathBuf::from(if pattern.starts_with('/') { "/" } else { "" })];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = found.iter().flat_map(|base| step(base, part)).collect();
    }
    let files = found.into_iter().filter(|path| path.is_file());
    files.map(|path| path.to_string_lossy().into_owned()).collect()
}

fn step(base: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[']) {
        let next = base.join(part);
        return if next.symlink_metadata().is_ok() { vec![next] } else { Vec::new() };
    }
    let folder = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let pattern: Vec<char> = part.chars().collect();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| part.starts_with('.') || !name.starts_with('.'))
        .filter(|name| matches(&pattern, &name.chars().collect::<Vec<_>>()))
        .collect();
    names.sort_unstable();
    names.into_iter().map(|name| base.join(name)).collect()
}

/// Shell patterns: `*`, `?`, `[abc]`, `[!a-z]`.
fn matches(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        ['?', rest @ ..] => !name.is_empty() && matches(rest, &name[1..]),
        ['[', rest @ ..] => match (rest.iter().skip(1).position(|c| *c == ']'), name.split_first()) {
            (Some(end), Some((first, others))) => {
                let (set, after) = (&rest[..=end], &rest[end + 2..]);
                let (negated, set) = match set {
                    ['!', set @ ..] => (true, set),
                    set => (false, set),
                };
                in_set(set, *first) != negated && matches(after, others)
            }
            (None, Some((first, others))) => *first == '[' && matches(rest, others),
            _ => false,
        },
        [c, rest @ ..] => name.first() == Some(c) && matches(rest, &name[1..]),
    }
}

fn in_set(set: &[char], c: char) -> bool {
    match set {
        [] => false,
        [low, '-', high, rest @ ..] => (*low..=*high).contains(&c) || in_set(rest, c),
        [one, rest @ ..] => *one == c || in_set(rest, c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_pattern() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", "c.txt", ".hidden.conf"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let base = folder.path().to_string_lossy().into_owned();
        let names = |pattern: &str| -> Vec<String> {
            let found = glob_files(&format!("{base}/{pattern}"));
            found.iter().map(|path| path[base.len() + 1..].to_owned()).collect()
        };
        assert_eq!(names("*.conf"), ["a.conf", "b.conf"]);
        assert_eq!(names("[!a].*"), ["b.conf", "c.txt"]);
        assert_eq!(names("[ac].????"), ["a.conf"]);
        assert_eq!(names("c.txt"), ["c.txt"]);
        assert_eq!(names("none*"), Vec::<String>::new());
    }

    #[test]
    fn status_tells_kinds_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(path("file"), "x").unwrap();
        std::os::unix::fs::symlink("file", path("link")).unwrap();
        let kind = |name: &str, follow| status(&path(name), follow).map(|status| status.kind);
        assert_eq!(kind("file", true), Some(FileKind::File));
        assert_eq!(kind("link", true), Some(FileKind::File));
        assert_eq!(kind("link", false), Some(FileKind::Link));
        assert_eq!(kind("none", true), None);
        assert!(status("/", true).unwrap().is_mount);
        assert!(real_path(&path("link/x")).unwrap().ends_with("/file/x"));
    }
}
