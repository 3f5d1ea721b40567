use super::format::{Content, Entry, Format};
use super::{pack::Archive, unpack::Unarchive};
use crate::builtin::testing::Machine;
use serde_json::{Value as Json, json};

fn rows(machine: &Machine, module: &dyn rolewright_run::Module, rows: &[(Json, Json)]) {
    for (args, expected) in rows {
        let result = machine.result(module, args.clone());
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(result.get(name).unwrap_or(&Json::Null), value, "{name} of {args}: {result}");
        }
    }
}

#[test]
fn packed_and_unpacked() {
    let machine = Machine::new();
    machine.write("f", "text\n");
    machine.write("parts/1.conf", "one\n");
    machine.write("parts/2.conf", "two");
    machine.write("parts/3.txt", "#x\nthree\n");
    std::fs::create_dir(machine.path("un")).unwrap();
    let parts = json!(["@/parts/1.conf", "@/parts/2.conf", "@/parts/3.txt"]);
    let whole = json!({"path": "@/parts", "dest": "@/p.tgz"});
    rows(
        &machine,
        &Archive,
        &[
            (
                whole.clone(),
                json!({
                    "changed": true, "archived": parts, "arcroot": "@/", "dest": "@/p.tgz", "dest_state": "archive",
                    "expanded_exclude_paths": [], "expanded_paths": ["@/parts"], "missing": [], "mode": "0644",
                }),
            ),
            (whole, json!({"changed": false, "dest_state": "archive"})),
            (
                json!({"path": ["@/parts/*.conf"], "dest": "@/q.zip", "format": "zip"}),
                json!({"changed": true, "archived": ["@/parts/1.conf", "@/parts/2.conf"], "arcroot": "@/parts/"}),
            ),
            (json!({"path": "@/f"}), json!({"changed": true, "dest": "@/f.gz", "dest_state": "compress"})),
            (json!({"path": "@/f"}), json!({"changed": false})),
            (
                json!({"path": "@/nope", "dest": "@/z.tgz"}),
                json!({"changed": false, "dest_state": "absent", "missing": ["@/nope"], "archived": []}),
            ),
        ],
    );
    let names = json!(["parts/1.conf", "parts/2.conf", "parts/3.txt"]);
    rows(
        &machine,
        &Unarchive,
        &[
            (
                json!({"src": "p.tgz", "dest": "@/un"}),
                json!({"changed": true, "dest": "@/un", "handler": "TgzArchive", "state": "directory"}),
            ),
            (
                json!({"src": "@/p.tgz", "dest": "@/un", "remote_src": true, "list_files": true}),
                json!({"changed": false, "files": names, "extract_results": null}),
            ),
            (
                json!({"src": "@/q.zip", "dest": "@/un", "remote_src": true, "mode": "0600", "list_files": true}),
                json!({"changed": true, "handler": "ZipArchive", "files": ["1.conf", "2.conf"]}),
            ),
            (
                json!({"src": "@/q.zip", "dest": "@/nodir", "remote_src": true}),
                json!({"failed": true, "msg": "dest '@/nodir' must be an existing dir"}),
            ),
            (
                json!({"src": "@/nope.zip", "dest": "@/un", "remote_src": true}),
                json!({"failed": true, "msg": "Source '@/nope.zip' does not exist"}),
            ),
            (
                json!({"src": "@/p.tgz", "dest": "@/un", "creates": "@/f"}),
                json!({"changed": false, "msg": "skipped, since @/f exists"}),
            ),
            (
                json!({"src": "p.tgz", "dest": "@/un", "include": ["parts/3.txt"], "list_files": true}),
                json!({"files": ["parts/3.txt"]}),
            ),
            (
                json!({"src": "p.tgz", "dest": "@/un", "exclude": "*.conf", "list_files": true}),
                json!({"files": ["parts/3.txt"]}),
            ),
        ],
    );
    assert_eq!(machine.read("un/parts/3.txt"), "#x\nthree\n");
    assert_eq!((machine.read("un/2.conf"), machine.mode("un/2.conf")), ("two".into(), "0600".into()));
    let result = machine.result(&Unarchive, json!({"src": "@/f", "dest": "@/un", "remote_src": true}));
    assert!(result["msg"].as_str().unwrap().starts_with("Failed to find handler for \"@/f\"."), "{result}");
}

#[test]
fn nothing_leaves_the_destination() {
    let machine = Machine::new();
    std::fs::create_dir(machine.path("un")).unwrap();
    let file =
        |name: &str| Entry { name: name.into(), content: Content::File(b"x".to_vec()), mode: 0o644, modified: None };
    let link = |name: &str, to: &str| Entry { content: Content::Link(to.into()), ..file(name) };
    for entries in [vec![file("../out")], vec![file("/out")], vec![link("l", ".."), file("l/out")]] {
        machine.write("a.zip", Format::Zip.write(&entries).unwrap());
        let result = machine.result(&Unarchive, json!({"src": "a.zip", "dest": "@/un"}));
        assert_eq!(result["failed"], true, "{result}");
        assert!(result["msg"].as_str().unwrap().contains("out of the destination"), "{result}");
        assert!(!machine.path("out").exists());
    }
}
