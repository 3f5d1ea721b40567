use super::*;

#[test]
fn a_walk_goes_round_no_circle() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("b/c")).unwrap();
    std::fs::write(folder.path().join("a"), "").unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("b/up")).unwrap();
    let shown = |follow: bool| -> Vec<String> {
        let found = walk(folder.path(), follow);
        found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
    };
    assert_eq!(shown(false), ["a", "b", "b/c", "b/up"]);
    assert_eq!(shown(true), ["a", "b", "b/c", "b/up"]);
}

#[test]
fn errors_as_python_has_them() {
    let error = std::fs::read("/none").unwrap_err();
    assert_eq!(errno(&error), "[Errno 2] No such file or directory");
    assert_eq!(errno_at(&error, Path::new("/none")), "[Errno 2] No such file or directory: b'/none'");
}
