use super::*;

fn load(text: &str) -> Result<Node, Diagnostic> {
    document(&text.into(), &"f.yml".into()).map(|(node, _)| node)
}

#[test]
fn keys_that_are_templates_need_quotes() {
    for text in ["{{ x }}: 1\n", "a: {{ x }}\n"] {
        let error = load(text).unwrap_err();
        assert!(error.message.contains("unhashable type: 'AnsibleMapping'"), "{error}");
        assert!(error.help.unwrap().contains("quotes"));
    }
}

#[test]
fn doubles_are_told_with_both_places() {
    let (_, warnings) = document(&"a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n".into(), &"f.yml".into()).unwrap();
    let shown: Vec<String> = warnings.iter().map(|w| format!("{w} | {}", w.help.clone().unwrap())).collect();
    assert_eq!(
        shown,
        ["f.yml:5:3: While constructing a mapping from f.yml, line 3, column 3, found a duplicate dict key (c). \
          Using last defined value only. | the key stands at line 3, column 3 already"]
    );
}

#[test]
fn overriding_a_merged_key_is_no_double() {
    let text = "a: &x {k: 1, z: 2}\nb:\n  <<: *x\n  k: 2\n";
    let (node, warnings) = document(&text.into(), &"f.yml".into()).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(node.to_value().get("b").unwrap().to_string(), "{'k': 2, 'z': 2}");
}

#[test]
fn laughs_are_bounded() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..12 {
        let row = vec![format!("*a{}", i - 1); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{row}]\n"));
    }
    assert!(load(&text).unwrap_err().message.contains("aliases expand"));
    let mut deep = format!("a0: &a0 {}x{}\n", "[".repeat(200), "]".repeat(200));
    deep.push_str(&format!("a1: {}*a0{}\n", "[".repeat(200), "]".repeat(200)));
    assert!(load(&deep).unwrap_err().message.contains("levels deep"));
    assert!(load("a: &a [*a]\n").unwrap_err().message.contains("part of"));
}

#[test]
fn json_files_are_json() {
    let node = load("{\n\t\"a\": 1e3, \"b\": \"\\/\", \"c\": \"\\ud83d\\ude00\", \"d\": [true, null]}").unwrap();
    assert_eq!(node.to_value().to_string(), "{'a': 1000.0, 'b': '/', 'c': '😀', 'd': [True, None]}");
    let node = load("{\"a\": 1e3,\n \"b\": \"x\"}").unwrap();
    assert_eq!((node.get("b").unwrap().origin.line, node.get("b").unwrap().origin.column), (2, 7));
}

#[test]
fn mistakes_get_a_hint() {
    let rows = [
        ("a:\n\tb: 1\n", "tab"),
        ("a: @x\n", "cannot start with"),
        ("a: 'x\n", "not closed"),
        ("a: \"x\" in y\n", "closing quote"),
        ("a: b: c\n", "colon"),
        ("- debug: msg=\"x: y\" z: 1\n", "colon"),
        ("a: {{ x }}/y\n", "needs quotes"),
        ("a: 1\n---\nb: 2\n", "second `---`"),
    ];
    for (text, hint) in rows {
        let error = load(text).unwrap_err();
        assert!(error.help.clone().unwrap_or_default().contains(hint), "{text:?}: {}", error.render(false));
    }
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_much(text in "\\PC{0,60}|[-:{}\\[\\]&*!|>'\"%@`#, \\n\\ta-c<=~?0-9]{0,80}") {
        if let Err(error) = load(&text) {
            error.render(false);
        }
    }
}
