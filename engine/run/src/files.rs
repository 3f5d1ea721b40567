//! Files of the machine.
use rolewright_language::Files;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Files of the machine.
#[derive(Debug, Default)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())?;
        Ok(text.into())
    }
    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }
    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }
    fn list(&self, path: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        paths
    }
    fn stamp(&self, path: &Path) -> Option<u64> {
        let metadata = std::fs::metadata(path).ok()?;
        let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        let mut hasher = DefaultHasher::new();
        (modified, metadata.len()).hash(&mut hasher);
        Some(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamp_changes_with_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        assert_eq!(DiskFiles.stamp(&path), None);
        std::fs::write(&path, "one").unwrap();
        let first = DiskFiles.stamp(&path);
        std::fs::write(&path, "three").unwrap();
        assert_ne!(DiskFiles.stamp(&path), first);
        assert_eq!(DiskFiles.list(directory.path()), [path.as_path()]);
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(DiskFiles.read(&path).unwrap_err().contains("UTF-8"));
    }
}
