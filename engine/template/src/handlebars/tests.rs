use crate::testing::Fixture;
use crate::{ErrorKind, Template};
use serde_json::json;

fn render(text: &str) -> crate::Result<String> {
    let fixture = Fixture::new(&json!({
        "name": "{{ first }} & co", "first": "Ada", "n": 5, "l": ["a", "b"], "d": {"k": {"x": 1}}, "t": true, "empty": [],
        "broken": "{{ 1 / 0 }}", "nothing": "{{ nope }}",
    }));
    fixture.with(|cx| Template::file(text, "conf.hbs")?.render_text(cx))
}

#[test]
fn variables_are_rendered_and_not_escaped() {
    for (text, result) in [
        ("Hello {{name}}!\n", "Hello Ada & co!\n"),
        ("{{{name}}}{{n}}{{d.k.x}}{{t}}", "Ada & co51true"),
        ("{{#each l}}{{@index}}{{this}};{{/each}}", "0a;1b;"),
        ("{{#if t}}yes{{else}}no{{/if}}{{#if empty}}yes{{else}}no{{/if}}", "yesno"),
        ("{{#unless t}}x{{/unless}}{{#with d.k}}{{x}}{{/with}}", "1"),
        ("{{#if (eq n 5)}}five{{/if}}{{#if (and t (not empty))}}both{{/if}}", "fiveboth"),
        ("{{! nothing }}a{{~ n ~}} b", "a5b"),
        ("{{lookup l 1}}{{l.[0]}}", "ba"),
    ] {
        assert_eq!(render(text).unwrap(), result, "{text}");
    }
}

#[test]
fn filters_are_helpers() {
    for (text, result) in [
        ("{{upper first}}", "ADA"),
        ("{{join l \"-\"}}", "a-b"),
        ("{{default nope \"x\"}}{{default n 1}}", "x5"),
        ("{{b64encode first}}", "QWRh"),
        ("{{to_json d}}", "{\"k\": {\"x\": 1}}"),
        ("{{length l}}", "2"),
        ("{{indent name 2}}", "Ada & co"),
    ] {
        assert_eq!(render(text).unwrap_or_else(|error| panic!("{text}: {error}")), result, "{text}");
    }
}

#[test]
fn errors_name_the_place() {
    for (text, kind, line, part) in [
        ("a\n{{nope}}", ErrorKind::Undefined, 2, "'nope' is undefined"),
        ("a\n{{d.zz}}", ErrorKind::Undefined, 2, "'d.zz' is undefined"),
        ("{{nothing}}", ErrorKind::Undefined, 1, "'nothing' is undefined"),
        ("{{#if t}}", ErrorKind::Syntax, 1, "does not parse"),
        ("\n{{zz 1 2}}", ErrorKind::Failed, 2, "zz"),
    ] {
        let error = render(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}: {error}");
        assert!(error.message().contains(part), "{text}: {error}");
        let origin = error.origin().unwrap();
        assert_eq!((&*origin.file, origin.line), ("conf.hbs", line), "{text}");
    }
    assert!(render("{{broken}}").unwrap_err().message().contains("division by zero"));
}
