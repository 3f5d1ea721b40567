//! Files of the machine.
use rolewright_language::Files;
use rolewright_template::vault::Secrets;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Files of the machine; encrypted ones cannot be read.
#[derive(Debug, Default)]
pub struct DiskFiles;

/// Files of the machine, with the passwords of those that are encrypted.
#[derive(Debug, Default)]
pub struct VaultFiles(pub Arc<Secrets>);

fn read(path: &Path, secrets: &Secrets) -> Result<Arc<str>, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let bytes = secrets.open_file(bytes.into(), &path.display())?.into_owned();
    let text = String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())?;
    Ok(text.into())
}

impl Files for VaultFiles {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        read(path, &self.0)
    }
    fn is_file(&self, path: &Path) -> bool {
        DiskFiles.is_file(path)
    }
    fn is_dir(&self, path: &Path) -> bool {
        DiskFiles.is_dir(path)
    }
    fn list(&self, path: &Path) -> Vec<PathBuf> {
        DiskFiles.list(path)
    }
    fn stamp(&self, path: &Path) -> Option<u64> {
        DiskFiles.stamp(path)
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        read(path, &Secrets::default())
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
    use rolewright_template::vault;

    #[test]
    fn encrypted_files_need_their_password() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.yml");
        std::fs::write(&path, vault::encrypt(b"a: 1", b"password", "", b"salt")).unwrap();
        let mut secrets = Secrets::default();
        secrets.add("x", b"password".as_slice());
        assert_eq!(&*VaultFiles(Arc::new(secrets)).read(&path).unwrap(), "a: 1");
        assert_eq!(DiskFiles.read(&path).unwrap_err(), "Attempting to decrypt but no vault secrets found");
    }

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
