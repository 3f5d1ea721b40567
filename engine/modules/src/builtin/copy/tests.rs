use super::Copy;
use crate::builtin::template::Template;
use crate::builtin::testing::Machine;
use rolewright_run::Module;
use serde_json::{Value as Json, json};
use std::os::unix::fs::{PermissionsExt, symlink};

fn rows(machine: &Machine, module: &dyn Module, rows: &[(Json, Json)]) {
    for (args, expected) in rows {
        let result = machine.result(module, args.clone());
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(result.get(name).unwrap_or(&Json::Null), value, "{name} of {args}: {result}");
        }
    }
}

#[test]
fn content_of_a_file() {
    let machine = Machine::new();
    rows(
        &machine,
        &Copy,
        &[
            (
                json!({"content": "hello\n", "dest": "@/a.txt", "mode": "0644"}),
                json!({
                    "changed": true, "dest": "@/a.txt", "checksum": "f572d396fae9206628714fb2ce00f72e94f2258f",
                    "md5sum": "b1946ac92492d2347c6235b4d2611184", "mode": "0644", "size": 6, "state": "file",
                    "diff": [{"before": "", "after": "hello\n", "after_header": "@/a.txt"}],
                }),
            ),
            (
                json!({"content": "hello\n", "dest": "@/a.txt"}),
                json!({
                    "changed": false, "dest": "@/a.txt", "path": "@/a.txt", "md5sum": null, "state": "file",
                    "checksum": "f572d396fae9206628714fb2ce00f72e94f2258f",
                    "diff": {"before": {"path": "@/a.txt"}, "after": {"path": "@/a.txt"}},
                }),
            ),
            (
                json!({"content": "bye\n", "dest": "@/a.txt"}),
                json!({
                    "changed": true,
                    "diff": [{
                        "before": "hello\n", "before_header": "@/a.txt", "after": "bye\n", "after_header": "@/a.txt",
                    }],
                }),
            ),
            (
                json!({"content": "bye\n", "dest": "@/a.txt", "mode": "0600"}),
                json!({
                    "changed": true, "mode": "0600",
                    "diff": {
                        "before": {"path": "@/a.txt", "mode": "0644"}, "after": {"path": "@/a.txt", "mode": "0600"},
                    },
                }),
            ),
            (json!({"content": "kept mode", "dest": "@/a.txt"}), json!({"changed": true, "mode": "0600"})),
            (
                json!({"content": "x", "dest": "@/a.txt", "force": false}),
                json!({"changed": false, "dest": "@/a.txt", "checksum": null}),
            ),
            (json!({"content": {"a": 1, "b": [1, "x"]}, "dest": "@/j"}), json!({"changed": true, "size": 23})),
            (json!({"content": "", "dest": "@/empty"}), json!({"changed": true, "size": 0})),
        ],
    );
    assert_eq!(machine.read("j"), r#"{"a": 1, "b": [1, "x"]}"#);
}

#[test]
fn refusals() {
    let machine = Machine::new();
    machine.write("a.txt", "bye\n");
    std::fs::create_dir(machine.path("d")).unwrap();
    let missing = "Could not find or access 'nosuch'\nSearched in:\n\t@/files/nosuch\n\t@/nosuch on the Ansible \
                   Controller.\nIf you are using a module and expect the file to exist on the remote, see the \
                   remote_src option";
    for (args, message) in [
        (json!({"content": "x", "dest": "@/no/such/a.txt"}), "Destination directory @/no/such does not exist"),
        (json!({"content": "x", "dest": "@/new/"}), "can not use content with a dir as dest"),
        (json!({"content": "x", "dest": "@/d"}), "can not use content with a dir as dest"),
        (json!({"src": "nosuch", "dest": "@/j"}), missing),
        (json!({"src": "@/nosuch", "dest": "@/j", "remote_src": true}), "Source @/nosuch not found"),
        (json!({"content": "new", "dest": "@/a.txt", "validate": "grep old %s"}), "failed to validate"),
        (json!({"content": "new", "dest": "@/a.txt", "validate": "grep old"}), "validate must contain %s: grep old"),
        (json!({"dest": "@/a.txt"}), "src (or content) is required"),
        (json!({"content": "x", "src": "a", "dest": "@/a.txt"}), "src and content are mutually exclusive"),
        (json!({"content": "x"}), "dest is required"),
        (json!({"content": "x", "dest": "@/b", "owner": "nosuch"}), "chown failed: failed to look up user nosuch"),
        (
            json!({"src": "@/a.txt", "dest": "@/c", "checksum": "abc"}),
            "Copied file does not match the expected checksum. Transfer failed.",
        ),
    ] {
        machine.fails(&Copy, args, message);
    }
    assert_eq!(machine.read("a.txt"), "bye\n");
    assert!(!machine.path("c").exists());
    let left: Vec<_> = crate::fs::walk(machine.path("").as_path(), false);
    assert!(left.iter().all(|path| !path.to_string_lossy().contains("tmp_")), "{left:?}");
}

#[test]
fn files_backups_and_links() {
    let machine = Machine::new();
    machine.write("files/one", "1\n");
    machine.write("old", "old\n");
    std::fs::set_permissions(machine.path("files/one"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::create_dir(machine.path("d")).unwrap();
    symlink("old", machine.path("link")).unwrap();
    rows(
        &machine,
        &Copy,
        &[
            (json!({"src": "one", "dest": "@/d"}), json!({"changed": true, "dest": "@/d/one", "mode": "0644"})),
            (json!({"src": "one", "dest": "@/new/"}), json!({"changed": true, "dest": "@/new/one"})),
            (json!({"src": "one", "dest": "@/kept", "mode": "preserve"}), json!({"changed": true, "mode": "0640"})),
            (
                json!({"src": "@/files/one", "dest": "@/d/", "remote_src": true}),
                json!({"changed": false, "dest": "@/d/one", "src": "@/files/one"}),
            ),
            (
                json!({"src": "@/files/one", "dest": "@/d/one", "remote_src": true, "force": false}),
                json!({"changed": false, "msg": "file already exists"}),
            ),
            (json!({"src": "one", "dest": "@/link", "follow": true}), json!({"changed": true, "dest": "@/old"})),
            (json!({"src": "one", "dest": "@/link"}), json!({"changed": true, "dest": "@/link", "state": "file"})),
        ],
    );
    assert_eq!(machine.read("old"), "1\n");
    let result = machine.result(&Copy, json!({"content": "2\n", "dest": "@/old", "backup": true}));
    let kept = result["backup_file"].as_str().unwrap();
    assert!(kept.starts_with("@/old.") && kept.ends_with('~'), "{kept}");
    assert_eq!(machine.read(&kept[2..]), "1\n");
}

fn tree() -> Machine {
    let machine = Machine::new();
    machine.write("s/one", "1\n");
    machine.write("s/sub/deep/two", "2\n");
    std::fs::create_dir(machine.path("s/empty")).unwrap();
    symlink("one", machine.path("s/link")).unwrap();
    std::fs::set_permissions(machine.path("s/one"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::set_permissions(machine.path("s/sub"), std::fs::Permissions::from_mode(0o700)).unwrap();
    machine
}

#[test]
fn folders() {
    let machine = tree();
    let modes = json!({"src": "@/s/", "dest": "@/d2", "mode": "0640", "directory_mode": "0750"});
    rows(
        &machine,
        &Copy,
        &[
            (json!({"src": "@/s", "dest": "@/d1"}), json!({"changed": true, "dest": "@/d1/", "src": "@/s"})),
            (json!({"src": "@/s", "dest": "@/d1"}), json!({"changed": false, "dest": "@/d1/"})),
            (modes.clone(), json!({"changed": true, "dest": "@/d2/"})),
            (modes, json!({"changed": false})),
            (
                json!({"src": "@/s", "dest": "@/d3", "remote_src": true}),
                json!({"changed": true, "dest": "@/d3", "checksum": null, "state": "directory"}),
            ),
            (json!({"src": "@/s/", "dest": "@/d4", "local_follow": false}), json!({"changed": true})),
        ],
    );
    let shown = |names: &[&str]| names.iter().map(|name| machine.mode(name)).collect::<Vec<_>>().join(" ");
    assert_eq!(shown(&["d1/s/one", "d1/s/sub", "d1/s/empty", "d1/s/sub/deep/two"]), "0644 0755 0755 0644");
    assert_eq!(shown(&["d2", "d2/one", "d2/sub", "d2/empty"]), "0750 0640 0750 0750");
    assert_eq!(shown(&["d3/s/one", "d3/s/sub"]), "0600 0700");
    assert_eq!(machine.read("d1/s/link"), "1\n");
    assert!(!machine.path("d1/s/link").is_symlink());
    assert!(machine.path("d4/link").is_symlink());
}

#[test]
fn check_mode_leaves_everything() {
    let machine = tree().checking();
    rows(
        &machine,
        &Copy,
        &[
            (
                json!({"content": "new", "dest": "@/n.txt", "mode": "0600"}),
                json!({
                    "changed": true, "dest": null,
                    "diff": [{"before": "", "after": "new", "after_header": "@/n.txt"}],
                }),
            ),
            (json!({"src": "@/s", "dest": "@/d5"}), json!({"changed": true, "dest": "@/d5/"})),
            (json!({"src": "@/s/one", "dest": "@/d6/"}), json!({"changed": true})),
        ],
    );
    assert!(!machine.path("n.txt").exists() && !machine.path("d5").exists() && !machine.path("d6").exists());
}

#[test]
fn templates() {
    let mut machine = Machine::new();
    machine.vars = vec![("name".into(), "bob".into())];
    machine.write("templates/t.j2", "hi {{ name }}\n{% if true %}\n  x\n{% endif %}\nend");
    machine.write("templates/u.j2", "[[ name ]] {{ raw }}\n");
    machine.write("templates/p.j2", "{{ template_path }} {{ template_destpath }} {{ ansible_managed }}");
    std::fs::create_dir(machine.path("d")).unwrap();
    let t = "9c4172b23e33d9153cc0d2ec1c1ae5df2db21fb7";
    rows(
        &machine,
        &Template,
        &[
            (
                json!({"src": "t.j2", "dest": "@/t.txt"}),
                json!({"changed": true, "checksum": t, "md5sum": "991d6ed2d1f618affe55b42c73843187", "mode": "0644"}),
            ),
            (json!({"src": "t.j2", "dest": "@/t.txt"}), json!({"changed": false, "checksum": t, "path": "@/t.txt"})),
            (json!({"src": "t.j2", "dest": "@/d/", "mode": "0600"}), json!({"dest": "@/d/t.j2", "mode": "0600"})),
            (json!({"src": "t.j2", "dest": "@/d"}), json!({"changed": false, "dest": "@/d/t.j2"})),
            (json!({"src": "t.j2", "dest": "@/newd/"}), json!({"changed": true, "dest": "@/newd/t.j2"})),
            (
                json!({
                    "src": "u.j2", "dest": "@/u.txt", "variable_start_string": "[[", "variable_end_string": "]]",
                    "newline_sequence": "\r\n",
                }),
                json!({"changed": true, "checksum": "14f653c40e810ec95d1e94ef80e132ee0873fb31"}),
            ),
            (
                json!({"src": "t.j2", "dest": "@/t2.txt", "trim_blocks": false, "lstrip_blocks": true}),
                json!({"changed": true, "checksum": "57c8520a66e75635c0ac11a22a30399d2ad2849e"}),
            ),
            (json!({"src": "p.j2", "dest": "@/p"}), json!({"changed": true})),
        ],
    );
    assert_eq!(machine.read("u.txt"), "bob {{ raw }}\r\n");
    let folder = machine.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    assert_eq!(machine.read("p"), format!("{folder}/templates/p.j2 {folder}/p Ansible managed"));
    for (args, message) in [
        (json!({"dest": "@/x"}), "src and dest are required"),
        (json!({"src": "t.j2", "dest": "@/x", "state": "x"}), "'state' cannot be specified on a template"),
        (
            json!({"src": "t.j2", "dest": "@/x", "newline_sequence": "x"}),
            "newline_sequence needs to be one of: \n, \r or \r\n",
        ),
    ] {
        machine.fails(&Template, args, message);
    }
    let undefined = machine.result(&Template, json!({"src": "u.j2", "dest": "@/x"}));
    let message = undefined["msg"].as_str().unwrap();
    assert!(message.starts_with("AnsibleUndefinedVariable: 'raw' is undefined"), "{message}");
}
