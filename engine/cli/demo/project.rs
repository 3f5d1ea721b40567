//! The operator of this repository, carried inside the binary: the demo works wherever the binary is.
use rolewright_language::Files;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the files appear to be.
pub(super) const ROOT: &str = "/rolewright-demo";

macro_rules! project {
    ($($path:literal),* $(,)?) => { &[$(($path, include_str!(concat!("../../../", $path)))),*] };
}

const FILES: &[(&str, &str)] = project![
    "watches.yaml",
    "playbooks/notes.yml",
    "playbooks/templates/notes.yaml.hbs",
    "roles/mcrouter/defaults/main.yml",
    "roles/mcrouter/meta/main.yml",
    "roles/mcrouter/tasks/main.yml",
    "roles/mcrouter/templates/config.json.j2",
    "roles/mcrouter/templates/mcrouter-deployment.yaml.j2",
    "roles/mcrouter/templates/memcached-statefulset.yaml.j2",
    "roles/mcrouter/templates/services.yaml.j2",
    "roles/mcrouter/vars/main.yml",
];

pub(super) const DEFINITIONS: [&str; 2] =
    [include_str!("../../../deploy/crds/mcrouters.yaml"), include_str!("../../../deploy/crds/mcrouternotes.yaml")];
pub(super) const SAMPLE: &str = include_str!("../../../deploy/samples/mcrouter.yaml");
pub(super) const NOTES: &str = include_str!("../../../deploy/samples/notes.yaml");

/// Read-only files of the binary.
#[derive(Debug)]
pub(super) struct Project;

fn relative(path: &Path) -> Option<&Path> {
    path.strip_prefix(ROOT).ok()
}

impl Files for Project {
    fn read(&self, path: &Path) -> Result<Arc<str>, String> {
        let found = relative(path).and_then(|path| FILES.iter().find(|(name, _)| Path::new(name) == path));
        found.map(|(_, text)| Arc::from(*text)).ok_or_else(|| "No such file or directory (os error 2)".to_owned())
    }
    fn is_file(&self, path: &Path) -> bool {
        relative(path).is_some_and(|path| FILES.iter().any(|(name, _)| Path::new(name) == path))
    }
    fn is_dir(&self, path: &Path) -> bool {
        let inside =
            |path: &Path| FILES.iter().any(|(name, _)| Path::new(name) != path && Path::new(name).starts_with(path));
        relative(path).is_some_and(inside)
    }
    fn list(&self, path: &Path) -> Vec<PathBuf> {
        let Some(path) = relative(path) else { return Vec::new() };
        let rest = FILES.iter().filter_map(|(name, _)| Path::new(name).strip_prefix(path).ok());
        let mut names: Vec<PathBuf> = rest
            .filter_map(|rest| rest.components().next())
            .map(|first| Path::new(ROOT).join(path).join(first.as_os_str()))
            .collect();
        names.sort();
        names.dedup();
        names
    }
    fn stamp(&self, path: &Path) -> Option<u64> {
        self.is_file(path).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that Ansible reads is carried; READMEs are for people.
    fn on_disk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                on_disk(&path, found);
            } else if path.extension().is_none_or(|extension| extension != "md") {
                found.push(path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string());
            }
        }
    }

    #[test]
    fn carries_the_whole_operator() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut expected = vec!["watches.yaml".to_owned()];
        on_disk(&root.join("roles"), &mut expected);
        on_disk(&root.join("playbooks"), &mut expected);
        expected.sort();
        let mut carried: Vec<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        carried.sort();
        assert_eq!(carried, expected);
    }

    #[test]
    fn looks_like_a_disk() {
        let root = Path::new(ROOT);
        assert!(Project.is_dir(&root.join("roles/mcrouter")) && !Project.is_file(&root.join("roles/mcrouter")));
        assert!(Project.is_file(&root.join("watches.yaml")) && !Project.is_dir(&root.join("watches.yaml")));
        assert_eq!(Project.list(&root.join("roles")), [root.join("roles/mcrouter")]);
        assert!(Project.read(Path::new("/etc/passwd")).is_err());
    }
}
