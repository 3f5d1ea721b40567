//! Files of this machine, as Python's `glob` finds them.
use std::path::PathBuf;

/// Paths that match a pattern of the shell (`*`, `?`, `[…]`), in the order of their names; hidden files only by a
/// pattern that begins with a dot.
pub(crate) fn glob(pattern: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let mut found = vec![PathBuf::from(if pattern.starts_with('/') { "/" } else { "" })];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        found = found.into_iter().flat_map(|base| step(base, part)).collect();
    }
    found.into_iter()
}

fn step(base: PathBuf, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?', '[']) {
        let path = base.join(part);
        return if path.symlink_metadata().is_ok() { vec![path] } else { Vec::new() };
    }
    let Ok(matcher) = globset::GlobBuilder::new(part).literal_separator(true).build() else { return Vec::new() };
    let matcher = matcher.compile_matcher();
    let directory = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base.clone() };
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    names
        .into_iter()
        .filter(|name| part.starts_with('.') || !name.to_string_lossy().starts_with('.'))
        .filter(|name| matcher.is_match(name))
        .map(|name| base.join(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_pattern() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", ".hidden.conf", "c.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/d.conf"), "").unwrap();
        for (pattern, expected) in [
            ("*.conf", &["a.conf", "b.conf"][..]),
            ("*/*.conf", &["sub/d.conf"]),
            ("[bc].*", &["b.conf", "c.txt"]),
            ("c.txt", &["c.txt"]),
            ("none*", &[]),
        ] {
            let full = folder.path().join(pattern);
            let found: Vec<PathBuf> = glob(full.to_str().unwrap()).collect();
            let expected: Vec<PathBuf> = expected.iter().map(|name| folder.path().join(name)).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
