//! Where playbooks and roles are looked up.
use super::Content;
use super::entry::Source;
use super::fields::Findings;
use rolewright_language::Files;
use std::path::{Path, PathBuf};

/// The places of one operator.
#[derive(Clone, Debug, Default)]
pub struct SearchPaths {
    /// The process's working directory, `$HOME` in the image.
    pub working_dir: PathBuf,
    /// `ANSIBLE_ROLES_PATH`.
    pub roles: Vec<PathBuf>,
    /// `ANSIBLE_COLLECTIONS_PATH`, or its defaults.
    pub collections: Vec<PathBuf>,
}

impl SearchPaths {
    /// From the two variables; `home` is where the default collections are.
    pub fn new(working_dir: PathBuf, roles: &str, collections: &str, home: Option<PathBuf>) -> Self {
        let split = |text: &str| text.split(':').filter(|part| !part.is_empty()).map(PathBuf::from).collect();
        let mut collections: Vec<PathBuf> = split(collections);
        if collections.is_empty() {
            collections.push("/usr/share/ansible/collections".into());
            collections.extend(home.map(|home| home.join(".ansible/collections")));
        }
        Self { working_dir, roles: split(roles), collections }
    }

    fn playbook(&self, written: &str) -> PathBuf {
        self.working_dir.join(written)
    }

    /// The first candidate that exists; the name itself, relative to the working directory, when none does.
    fn role(&self, written: &str, files: &dyn Files) -> PathBuf {
        let raw = self.working_dir.join(written);
        if Path::new(written).is_absolute() {
            return raw;
        }
        self.role_candidates(written).into_iter().find(|path| files.is_dir(path)).unwrap_or(raw)
    }

    fn role_candidates(&self, written: &str) -> Vec<PathBuf> {
        let mut all = Vec::new();
        let parts: Vec<&str> = written.split('.').collect();
        if let [namespace, collection, role] = parts.as_slice() {
            let inside: PathBuf = ["ansible_collections", namespace, collection, "roles", role].iter().collect();
            all.extend(self.collections.iter().map(|path| self.working_dir.join(path).join(&inside)));
        }
        for path in &self.roles {
            let path = self.working_dir.join(path);
            all.extend([path.join(written), path.join("roles").join(written)]);
        }
        all.push(self.working_dir.join("roles").join(written));
        all
    }
}

/// Finds what an entry names; reports what is missing in the reference's words.
pub(super) fn resolve(
    source: &Source,
    paths: &SearchPaths,
    files: &dyn Files,
    findings: &mut Findings,
) -> Option<Content> {
    let (content, exists) = match (&source.playbook, &source.role) {
        (Some(playbook), _) => {
            let path = paths.playbook(playbook);
            let exists = files.is_file(&path);
            (Content::Playbook(path), exists)
        }
        (None, Some(role)) => {
            let path = paths.role(role, files);
            let exists = files.is_dir(&path);
            (Content::Role(path), exists)
        }
        (None, None) => {
            findings.error(&source.origin, "watches-content", "must specify Role or Playbook");
            return None;
        }
    };
    if exists {
        return Some(content);
    }
    let what = if matches!(content, Content::Role(_)) { "role" } else { "playbook" };
    let message = format!("{what}: {} was not found", content.path().display());
    findings.error(&source.origin, "watches-content", message);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_looked_up_in_the_references_order() {
        let paths = SearchPaths::new("/opt".into(), "/a:b", "/c1:/c2", None);
        let shown = |name: &str| -> Vec<String> {
            paths.role_candidates(name).iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(shown("r"), ["/a/r", "/a/roles/r", "/opt/b/r", "/opt/b/roles/r", "/opt/roles/r"]);
        assert_eq!(
            shown("n.c.r")[..3],
            ["/c1/ansible_collections/n/c/roles/r", "/c2/ansible_collections/n/c/roles/r", "/a/n.c.r"]
        );
        assert_eq!(shown("n.c.d.r")[0], "/a/n.c.d.r", "four parts are no collection role");
        let defaults = SearchPaths::new("/opt".into(), "", "", Some("/home".into()));
        assert_eq!(
            defaults.collections,
            [PathBuf::from("/usr/share/ansible/collections"), "/home/.ansible/collections".into()]
        );
    }
}
