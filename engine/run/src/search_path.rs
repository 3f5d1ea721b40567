//! Where relative files are looked up.
use rolewright_language::Files;
use std::path::{Component, Path, PathBuf};

/// Tries `DIR/kind/name`, then `DIR/name`, for every directory; an absolute name is taken as it is.
pub fn find(files: &dyn Files, search_path: &[PathBuf], kind: &str, name: &str) -> Option<PathBuf> {
    candidates(search_path, kind, name).into_iter().find(|path| files.is_file(path) || files.is_dir(path))
}

/// Every path that [`find`] tries, in order.
pub fn candidates(search_path: &[PathBuf], kind: &str, name: &str) -> Vec<PathBuf> {
    let name_path = expand_home(name);
    if name_path.is_absolute() {
        return vec![normal(&name_path)];
    }
    let mut all = Vec::new();
    for directory in search_path {
        let near = if directory.ends_with(kind) { None } else { Some(directory.join(kind).join(&name_path)) };
        for path in near.into_iter().chain([directory.join(&name_path)]) {
            let path = normal(&path);
            if !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

fn expand_home(name: &str) -> PathBuf {
    match name.strip_prefix("~/").zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => PathBuf::from(name),
    }
}

/// Resolves `.` and `..` without asking the disk.
pub fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_come_before_the_playbook() {
        let path = ["/p/roles/r".into(), "/p/roles/r/tasks".into(), "/p".into()];
        let shown: Vec<String> =
            candidates(&path, "templates", "a.j2").iter().map(|path| path.display().to_string()).collect();
        assert_eq!(
            shown,
            [
                "/p/roles/r/templates/a.j2",
                "/p/roles/r/a.j2",
                "/p/roles/r/tasks/templates/a.j2",
                "/p/roles/r/tasks/a.j2",
                "/p/templates/a.j2",
                "/p/a.j2"
            ]
        );
        assert_eq!(candidates(&path, "templates", "/x/../y"), [PathBuf::from("/y")]);
    }
}
