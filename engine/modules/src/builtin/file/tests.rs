use super::File;
use crate::builtin::testing::Machine;
use serde_json::{Value as Json, json};
use std::os::unix::fs::symlink;

/// A folder with `f`, a link to it, a link to nothing, and folders with and without content.
fn machine() -> Machine {
    let machine = Machine::new();
    machine.write("f", "hello\n");
    machine.write("t/u/v", "1");
    std::fs::create_dir(machine.path("d")).unwrap();
    symlink("f", machine.path("l")).unwrap();
    symlink("gone", machine.path("broken")).unwrap();
    machine
}

/// Runs rows one after another on one machine: arguments, and the fields that the result must have.
fn rows(machine: &Machine, rows: &[(Json, Json)]) {
    for (args, expected) in rows {
        let result = machine.result(&File, args.clone());
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(result.get(name).unwrap_or(&Json::Null), value, "{name} of {args}: {result}");
        }
    }
}

fn diff(before: Json, after: Json) -> Json {
    json!({"before": before, "after": after})
}

#[test]
fn files() {
    let same = diff(json!({"path": "@/f"}), json!({"path": "@/f"}));
    let absent = json!({
        "failed": true, "msg": "file (@/none) is absent, cannot continue", "path": "@/none", "state": "absent",
    });
    rows(
        &machine(),
        &[
            (json!({"path": "@/f"}), json!({"changed": false, "state": "file", "size": 6, "diff": same})),
            (json!({"path": "@/none"}), absent.clone()),
            (json!({"path": "@/none", "state": "file"}), absent),
            (
                json!({"path": "@/f", "mode": "g+w,o-r"}),
                json!({
                    "changed": true, "mode": "0660",
                    "diff": diff(json!({"path": "@/f", "mode": "0644"}), json!({"path": "@/f", "mode": "0660"})),
                }),
            ),
            (json!({"path": "@/f", "mode": "0660"}), json!({"changed": false})),
            (json!({"path": "@/f", "mode": 420}), json!({"changed": true, "mode": "0644"})),
            (
                json!({"path": "@/d", "state": "file"}),
                json!({"failed": true, "msg": "file (@/d) is directory, cannot continue", "state": "directory"}),
            ),
            (
                json!({"path": "@/f", "mode": "0999"}),
                json!({
                    "failed": true, "msg": "mode must be in octal or symbolic form", "path": "@/f",
                    "details": "bad symbolic permission for mode: 0999",
                }),
            ),
            (
                json!({"path": "@/f", "owner": "nosuch"}),
                json!({"failed": true, "msg": "chown failed: failed to look up user nosuch", "path": "@/f"}),
            ),
            (
                json!({"path": "@/f", "group": "nosuch"}),
                json!({"failed": true, "msg": "chgrp failed: failed to look up group nosuch"}),
            ),
            (json!({"mode": "0644"}), json!({"failed": true, "msg": "missing required arguments: path"})),
            (
                json!({"path": "@/f", "state": "weird"}),
                json!({
                    "failed": true,
                    "msg": "value of state must be one of: absent, directory, file, hard, link, touch, got: weird",
                }),
            ),
            (
                json!({"path": "@/f", "src": "@/d"}),
                json!({"failed": true, "msg": "src option requires state to be 'link' or 'hard'"}),
            ),
            (
                json!({"path": "@/f", "recurse": true}),
                json!({"failed": true, "msg": "recurse option requires state to be 'directory'"}),
            ),
            (
                json!({"path": "@/l", "mode": "0600"}),
                json!({"changed": true, "dest": "@/l", "src": "f", "state": "link", "mode": "0777"}),
            ),
        ],
    );
}

#[test]
fn directories() {
    let machine = machine();
    rows(
        &machine,
        &[
            (
                json!({"path": "@/x/y/z", "state": "directory", "mode": "0750"}),
                json!({
                    "changed": true, "mode": "0750", "state": "directory", "path": "@/x/y/z",
                    "diff": diff(
                        json!({"path": "@/x/y/z", "state": "absent", "mode": "0755"}),
                        json!({"path": "@/x/y/z", "state": "directory", "mode": "0750"}),
                    ),
                }),
            ),
            (json!({"path": "@/x/y/z", "state": "directory", "mode": "0750"}), json!({"changed": false})),
            (
                json!({"path": "@/f", "state": "directory"}),
                json!({"failed": true, "msg": "@/f already exists as a file"}),
            ),
            (
                json!({"path": "@/t", "state": "directory", "mode": "u=rwX,g=rX,o=", "recurse": true}),
                json!({"changed": true, "mode": "0750"}),
            ),
            (
                json!({"path": "@/t", "state": "directory", "mode": "u=rwX,g=rX,o=", "recurse": true}),
                json!({"changed": false}),
            ),
        ],
    );
    assert_eq!(
        (machine.mode("x"), machine.mode("t/u"), machine.mode("t/u/v")),
        ("0750".into(), "0750".into(), "0640".into())
    );
}

#[test]
fn touching() {
    let machine = machine();
    let touch = |extra: Json| {
        let mut args = json!({"path": "@/tt", "state": "touch"});
        args.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        args
    };
    rows(
        &machine,
        &[
            (touch(json!({})), json!({"changed": true, "dest": "@/tt", "state": "file", "size": 0})),
            (touch(json!({})), json!({"changed": true})),
            (
                touch(json!({"modification_time": "preserve", "access_time": "preserve"})),
                json!({
                    "changed": false,
                    "diff": diff(json!({"path": "@/tt", "state": "file"}), json!({"path": "@/tt", "state": "touch"})),
                }),
            ),
            (
                touch(json!({"modification_time": "202001020304.05", "access_time": "202001020304.05"})),
                json!({"changed": true}),
            ),
            (
                touch(json!({"modification_time": "202001020304.05", "access_time": "202001020304.05"})),
                json!({"changed": false}),
            ),
            (
                json!({"path": "@/none/x", "state": "touch"}),
                json!({
                    "failed": true, "path": "@/none/x",
                    "msg": "Error, could not touch target: [Errno 2] No such file or directory: b'@/none/x'",
                }),
            ),
        ],
    );
}

#[test]
fn symbolic_links() {
    let machine = machine();
    let link =
        |source: &str, dest: &str, force: bool| json!({"src": source, "dest": dest, "state": "link", "force": force});
    rows(
        &machine,
        &[
            (
                link("f", "@/l2", false),
                json!({
                    "changed": true, "dest": "@/l2", "src": "f", "state": "link", "size": 1,
                    "diff": diff(json!({"path": "@/l2", "state": "absent"}), json!({"path": "@/l2", "state": "link"})),
                }),
            ),
            (link("f", "@/l2", false), json!({"changed": false, "src": "f"})),
            (
                link("t", "@/l2", false),
                json!({
                    "changed": true,
                    "diff": diff(json!({"path": "@/l2", "src": "f"}), json!({"path": "@/l2", "src": "t"})),
                }),
            ),
            (
                link("nope", "@/l3", false),
                json!({
                    "failed": true, "src": "nope", "path": "@/l3",
                    "msg": "src file does not exist, use \"force=yes\" if you really want to create the link: @/nope",
                }),
            ),
            (
                link("nope", "@/l3", true),
                json!({
                    "changed": true, "dest": "@/l3",
                    "warnings": ["Cannot set fs attributes on a non-existent symlink target. follow should be set to False to avoid this."],
                }),
            ),
            (
                link("t", "@/f", false),
                json!({"failed": true, "msg": "refusing to convert from file to symlink for @/f"}),
            ),
            (
                link("../f", "@/t", false),
                json!({"failed": true, "msg": "refusing to convert from directory to symlink for @/t"}),
            ),
            (
                link("f", "@/t", true),
                json!({"failed": true, "msg": "the directory @/t is not empty, refusing to convert it"}),
            ),
            (link("f", "@/d", true), json!({"changed": true, "state": "link"})),
            (link("t", "@/f", true), json!({"changed": true, "state": "link"})),
            (
                json!({"dest": "@/l9", "state": "link"}),
                json!({"failed": true, "msg": "src is required for creating new symlinks"}),
            ),
        ],
    );
}

#[test]
fn hard_links_and_nothing() {
    let machine = machine();
    rows(
        &machine,
        &[
            (
                json!({"src": "@/f", "dest": "@/h", "state": "hard"}),
                json!({"changed": true, "dest": "@/h", "src": "@/f", "state": "hard"}),
            ),
            (json!({"src": "@/f", "dest": "@/h", "state": "hard"}), json!({"changed": false})),
            (
                json!({"src": "@/none", "dest": "@/h2", "state": "hard"}),
                json!({"failed": true, "msg": "src does not exist", "dest": "@/h2", "src": "@/none"}),
            ),
            (
                json!({"dest": "@/h2", "state": "hard"}),
                json!({"failed": true, "msg": "src is required for creating new hardlinks"}),
            ),
            (
                json!({"src": "@/t/u/v", "dest": "@/f", "state": "hard"}),
                json!({"failed": true, "msg": "Cannot link, different hard link exists at destination"}),
            ),
            (
                json!({"path": "@/none", "state": "absent"}),
                json!({"changed": false, "path": "@/none", "state": "absent", "diff": null}),
            ),
            (
                json!({"path": "@/t", "state": "absent"}),
                json!({
                    "changed": true, "state": "absent",
                    "diff": diff(
                        json!({
                            "path": "@/t", "state": "directory",
                            "path_content": {"directories": ["@/t/u"], "files": ["@/t/u/v"]},
                        }),
                        json!({"path": "@/t", "state": "absent"}),
                    ),
                }),
            ),
            (json!({"path": "@/h", "state": "absent"}), json!({"changed": true})),
            (json!({"path": "@/broken", "state": "absent"}), json!({"changed": true})),
        ],
    );
    assert!(!machine.path("t").exists() && machine.path("f").exists());
}

#[test]
fn check_mode_leaves_everything() {
    let machine = machine().checking();
    rows(
        &machine,
        &[
            (json!({"path": "@/f", "mode": "0600"}), json!({"changed": true, "mode": "0644"})),
            (json!({"path": "@/x/q", "state": "directory"}), json!({"changed": true, "path": "@/x/q", "state": null})),
            (json!({"path": "@/t3", "state": "touch"}), json!({"changed": true, "dest": "@/t3", "diff": null})),
            (json!({"path": "@/f", "state": "touch"}), json!({"changed": true})),
            (json!({"src": "t", "dest": "@/l", "state": "link"}), json!({"changed": true, "src": "t"})),
            (json!({"src": "f", "dest": "@/new", "state": "link"}), json!({"changed": true})),
            (json!({"path": "@/t", "state": "absent"}), json!({"changed": true})),
        ],
    );
    assert_eq!(machine.mode("f"), "0644");
    assert_eq!(std::fs::read_link(machine.path("l")).unwrap().to_str(), Some("f"));
    assert!(machine.path("t/u/v").exists() && !machine.path("t3").exists() && !machine.path("new").exists());
}
