use super::{block::BlockInFile, ini::IniFile, line::LineInFile, replace::Replace};
use crate::builtin::testing::Machine;
use rolewright_run::Module;
use serde_json::{Value as Json, json};

/// Rows one after another on one file: arguments, whether it changed, the message, and the file afterwards.
fn rows(machine: &Machine, module: &dyn Module, file: &str, rows: &[(Json, bool, &str, &str)]) {
    for (args, changed, message, text) in rows {
        let mut args = args.clone();
        args["path"] = json!(format!("@/{file}"));
        let result = machine.result(module, args.clone());
        assert_eq!((&result["changed"], &result["msg"]), (&json!(changed), &json!(message)), "{args}: {result}");
        assert_eq!(machine.read(file), *text, "{args}");
    }
}

#[test]
fn lines() {
    let machine = Machine::new();
    machine.write("f", "a=1\nb=2\n# c=3\nb=4\n");
    rows(
        &machine,
        &LineInFile,
        "f",
        &[
            (json!({"line": "z=9"}), true, "line added", "a=1\nb=2\n# c=3\nb=4\nz=9\n"),
            (json!({"line": "z=9"}), false, "", "a=1\nb=2\n# c=3\nb=4\nz=9\n"),
            (json!({"regexp": "^b=", "line": "b=7"}), true, "line replaced", "a=1\nb=2\n# c=3\nb=7\nz=9\n"),
            (
                json!({"regexp": "^b=(.*)", "line": "b=\\1\\1", "backrefs": true}),
                true,
                "line replaced",
                "a=1\nb=2\n# c=3\nb=77\nz=9\n",
            ),
            (
                json!({"regexp": "^nope=(.*)", "line": "b=\\1", "backrefs": true}),
                false,
                "",
                "a=1\nb=2\n# c=3\nb=77\nz=9\n",
            ),
            (
                json!({"line": "first", "insertbefore": "BOF"}),
                true,
                "line added",
                "first\na=1\nb=2\n# c=3\nb=77\nz=9\n",
            ),
            (
                json!({"line": "afterb", "insertafter": "^b="}),
                true,
                "line added",
                "first\na=1\nb=2\n# c=3\nb=77\nafterb\nz=9\n",
            ),
            (
                json!({"line": "afterb1", "insertafter": "^b=", "firstmatch": true}),
                true,
                "line added",
                "first\na=1\nb=2\nafterb1\n# c=3\nb=77\nafterb\nz=9\n",
            ),
            (
                json!({"line": "beforec", "insertbefore": "c="}),
                true,
                "line added",
                "first\na=1\nb=2\nafterb1\nbeforec\n# c=3\nb=77\nafterb\nz=9\n",
            ),
            (
                json!({"line": "end", "insertbefore": "zzzz"}),
                true,
                "line added",
                "first\na=1\nb=2\nafterb1\nbeforec\n# c=3\nb=77\nafterb\nz=9\nend\n",
            ),
            (
                json!({"state": "absent", "regexp": "^(b|end)"}),
                true,
                "4 line(s) removed",
                "first\na=1\nafterb1\n# c=3\nafterb\nz=9\n",
            ),
            (
                json!({"state": "absent", "line": "first"}),
                true,
                "1 line(s) removed",
                "a=1\nafterb1\n# c=3\nafterb\nz=9\n",
            ),
            (json!({"state": "absent", "line": "first"}), false, "", "a=1\nafterb1\n# c=3\nafterb\nz=9\n"),
            (json!({"search_string": "c=", "line": "c=5"}), true, "line replaced", "a=1\nafterb1\nc=5\nafterb\nz=9\n"),
            (
                json!({"regexp": "a=", "line": "a=1", "mode": "0600"}),
                true,
                "ownership, perms or SE linux context changed",
                "a=1\nafterb1\nc=5\nafterb\nz=9\n",
            ),
        ],
    );
    machine.write("nonl", "x\ny");
    rows(&machine, &LineInFile, "nonl", &[(json!({"line": "last"}), true, "line added", "x\ny\nlast\n")]);
    machine.write("end", "x\ny");
    rows(&machine, &LineInFile, "end", &[(json!({"line": "l", "insertafter": "y"}), true, "line added", "x\ny\nl\n")]);
}

#[test]
fn files_that_are_made_and_lines_that_are_refused() {
    let machine = Machine::new();
    machine.write("f", "a\n");
    let made = "line added and ownership, perms or SE linux context changed";
    rows(&machine, &LineInFile, "new/f", &[(json!({"line": "x", "create": true, "mode": "0600"}), true, made, "x\n")]);
    for (module, args, message) in [
        (&LineInFile as &dyn Module, json!({"path": "@/no", "line": "x"}), "Destination @/no does not exist !"),
        (&LineInFile, json!({"path": "@", "line": "x"}), "Path @ is a directory !"),
        (&LineInFile, json!({"path": "@/f"}), "line is required with state=present"),
        (
            &LineInFile,
            json!({"path": "@/f", "state": "absent"}),
            "one of line, search_string, or regexp is required with state=absent",
        ),
        (&LineInFile, json!({"path": "@/f", "line": "x", "backrefs": true}), "regexp is required with backrefs=true"),
        (
            &LineInFile,
            json!({"path": "@/f", "line": "x", "regexp": "a", "search_string": "b"}),
            "parameters are mutually exclusive: regexp|search_string",
        ),
        (&LineInFile, json!({"path": "@/f", "line": "z", "validate": "false %s"}), "failed to validate: rc:1 error:"),
        (&BlockInFile, json!({"path": "@/no", "block": "x"}), "Path @/no does not exist !"),
        (&BlockInFile, json!({"path": "@", "block": "x"}), "Path @ is a directory !"),
        (&Replace, json!({"path": "@/no", "regexp": "x"}), "Path @/no does not exist !"),
        (&Replace, json!({"path": "@", "regexp": "x"}), "Path @ is a directory !"),
        (
            &IniFile,
            json!({"path": "@/no", "section": "t", "option": "a", "value": "b", "create": false}),
            "Destination @/no does not exist!",
        ),
        (
            &IniFile,
            json!({"path": "@/f", "section": "t", "option": "a"}),
            "Parameter 'value(s)' must be defined if state=present and allow_no_value=False.",
        ),
    ] {
        machine.fails(module, args, message);
    }
    assert_eq!(machine.read("f"), "a\n");
    let absent = machine.fields(&LineInFile, json!({"path": "@/no", "line": "x", "state": "absent"}), &["msg"]);
    assert_eq!(absent, ["file not present"]);
}

#[test]
fn diffs_backups_and_check_mode() {
    let machine = Machine::new();
    machine.write("f", "a\n");
    let diff = |path: &str, before: &str, after: &str| {
        let header = format!("@/{path} (content)");
        json!({"before": before, "after": after, "before_header": header, "after_header": header})
    };
    let attributes = json!({"before_header": "@/f (file attributes)", "after_header": "@/f (file attributes)"});
    let result = machine.result(&LineInFile, json!({"path": "@/f", "line": "b", "backup": true}));
    assert_eq!(result["diff"], json!([diff("f", "a\n", "a\nb\n"), attributes]));
    assert!(result["backup"].as_str().unwrap().starts_with("@/f."));
    let machine = machine.checking();
    let result = machine.result(&BlockInFile, json!({"path": "@/g", "block": "x", "create": true}));
    let block = "# BEGIN ANSIBLE MANAGED BLOCK\nx\n# END ANSIBLE MANAGED BLOCK\n";
    assert_eq!((&result["msg"], &result["diff"]), (&json!("File created"), &diff("g", "", block)));
    assert!(machine.changes(&LineInFile, json!({"path": "@/f", "line": "c"})));
    assert!(machine.changes(&Replace, json!({"path": "@/f", "regexp": "a", "replace": "A"})));
    assert!(!machine.path("g").exists());
    assert_eq!(machine.read("f"), "a\nb\n");
}

#[test]
fn blocks() {
    let machine = Machine::new();
    machine.write("f", "a=1\nc=5\nz=9\n");
    let block = |text: &str| format!("# BEGIN ANSIBLE MANAGED BLOCK\n{text}# END ANSIBLE MANAGED BLOCK\n");
    let (two, one) = (block("l1\nl2\n"), block("l3\n"));
    let top = "<!-- BEGIN X -->\nq\n<!-- END X -->\n";
    let own = json!({"block": "r", "marker": "## {mark}", "marker_begin": "START", "marker_end": "STOP",
        "insertafter": "c=", "append_newline": true, "prepend_newline": true});
    rows(
        &machine,
        &BlockInFile,
        "f",
        &[
            (json!({"block": "l1\nl2"}), true, "Block inserted", &format!("a=1\nc=5\nz=9\n{two}")),
            (json!({"block": "l1\nl2"}), false, "", &format!("a=1\nc=5\nz=9\n{two}")),
            (json!({"block": "l3"}), true, "Block inserted", &format!("a=1\nc=5\nz=9\n{one}")),
            (
                json!({"block": "q", "marker": "<!-- {mark} X -->", "insertbefore": "BOF"}),
                true,
                "Block inserted",
                &format!("{top}a=1\nc=5\nz=9\n{one}"),
            ),
            (own, true, "Block inserted", &format!("{top}a=1\nc=5\n\n## START\nr\n## STOP\n\nz=9\n{one}")),
            (
                json!({"state": "absent"}),
                true,
                "Block removed",
                &format!("{top}a=1\nc=5\n\n## START\nr\n## STOP\n\nz=9\n"),
            ),
            (
                json!({"block": "", "marker": "## {mark}", "marker_begin": "START", "marker_end": "STOP"}),
                true,
                "Block removed",
                &format!("{top}a=1\nc=5\n\n\nz=9\n"),
            ),
        ],
    );
}

#[test]
fn replacements() {
    let machine = Machine::new();
    machine.write("f", "a=1\nc=5\nz=9\n");
    rows(
        &machine,
        &Replace,
        "f",
        &[
            (json!({"regexp": "c=(\\d)", "replace": "c=<\\1>"}), true, "1 replacements made", "a=1\nc=<5>\nz=9\n"),
            (json!({"regexp": "c=(\\d)", "replace": "c=<\\1>"}), false, "", "a=1\nc=<5>\nz=9\n"),
            (
                json!({"regexp": "^(.*)=(.*)$", "replace": "\\g<2>=\\1", "after": "z"}),
                true,
                "1 replacements made",
                "a=1\nc=<5>\nz9=\n",
            ),
            (
                json!({"regexp": "^a", "replace": "A", "before": "nothere"}),
                false,
                "Pattern for before/after params did not match the given file: (?P<subsection>.*)nothere",
                "a=1\nc=<5>\nz9=\n",
            ),
            (
                json!({"regexp": "^.*=", "replace": "k=", "before": "z"}),
                true,
                "2 replacements made",
                "k=1\nk=<5>\nz9=\n",
            ),
            (json!({"regexp": "k=1\n"}), true, "1 replacements made", "k=<5>\nz9=\n"),
        ],
    );
}

#[test]
fn ini_options() {
    let machine = Machine::new();
    machine.write("x", "");
    let s = |option: &str, value: &str| json!({"section": "s", "option": option, "value": value});
    rows(
        &machine,
        &IniFile,
        "x",
        &[
            (s("o", "v"), true, "section and option added", "\n[s]\no = v\n"),
            (s("o", "v"), false, "OK", "\n[s]\no = v\n"),
            (s("o", "w"), true, "option changed", "\n[s]\no = w\n"),
            (
                json!({"section": "t", "option": "p", "value": "w", "no_extra_spaces": true, "mode": "0600"}),
                true,
                "section and option added",
                "\n[s]\no = w\n[t]\np=w\n",
            ),
            (json!({"option": "top", "value": "1"}), true, "option added", "top = 1\n\n[s]\no = w\n[t]\np=w\n"),
            (
                json!({"section": "t", "option": "q", "allow_no_value": true}),
                true,
                "option added",
                "top = 1\n\n[s]\no = w\n[t]\np=w\nq\n",
            ),
            (
                json!({"section": "t", "option": "m", "values": ["a", "b"], "exclusive": false}),
                true,
                "option added",
                "top = 1\n\n[s]\no = w\n[t]\np=w\nq\nm = a\nm = b\n",
            ),
            (
                json!({"section": "s", "option": "o", "state": "absent"}),
                true,
                "option changed",
                "top = 1\n\n[s]\n[t]\np=w\nq\nm = a\nm = b\n",
            ),
            (json!({"section": "t", "state": "absent"}), true, "section removed", "top = 1\n\n[s]\n"),
        ],
    );
    assert_eq!(machine.mode("x"), "0600");
    machine.write("c", "[s]\n#o = 1\n; other\n\n[t]\n");
    rows(&machine, &IniFile, "c", &[(s("o", "2"), true, "option changed", "[s]\no = 2\n; other\n\n[t]\n")]);
}
