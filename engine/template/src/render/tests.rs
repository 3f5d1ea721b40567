//! The recorded answers of ansible-core, and what has no answer there: limits, positions, other files.
use crate::testing::Fixture;
use crate::{Condition, ErrorKind, Origin, Template, Value};
use serde_json::{Value as Json, json};

/// The variables of every recorded case.
fn variables() -> Json {
    json!({
        "n": null, "i": 5, "f": 2.5, "s": "abc", "l": [3, 1, 2], "t": true, "e": "", "lines": "a\nb\n",
        "d": {"b": 2, "a": 1, "x": null, "items": "shadow"},
        "lz": "{{ i }}", "ll": ["{{ i }}", "{{ s }}"], "dd": {"k": "{{ nope }}", "ok": 1},
        "rec": "{{ rec2 }}", "rec2": "{{ rec }}", "cnd": "i == 5",
        "uns": {"__ansible_unsafe": "i == 5"}, "un": {"__ansible_unsafe": {"a": 5, "t": "x"}},
        "nested": [[1, [2, 3]], [4]],
        "tree": [{"n": "a", "c": [{"n": "b", "c": []}]}, {"n": "d", "c": []}],
    })
}

fn answer(fixture: &Fixture, case: &Json) -> Json {
    let result = match (case["template"].as_str(), case["cond"].as_str()) {
        (Some(text), _) => fixture.render(text),
        (_, Some(text)) => {
            fixture.with(|cx| Condition::compile(text, &Origin::default())?.is_true(cx)).map(Value::from)
        }
        _ => panic!("neither template nor cond: {case}"),
    };
    match result {
        Ok(value) => json!({"value": shown(&value)}),
        Err(error) => json!({"error": error.message()}),
    }
}

/// Sets as the recorder writes them.
fn shown(value: &Value) -> Json {
    match value {
        Value::Set(items) => json!({"$type": "set", "items": items.iter().map(shown).collect::<Vec<_>>()}),
        Value::Dict(dict) => dict.entries().iter().map(|(key, value)| (key.to_string(), shown(value))).collect(),
        Value::List(_) | Value::Tuple(_) => value.items().unwrap().iter().map(shown).collect(),
        other => other.to_json().unwrap(),
    }
}

fn check(cases: &str) {
    let fixture = Fixture::new(&variables());
    let mut wrong = Vec::new();
    for line in cases.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let got = answer(&fixture, &case);
        if got.get("value") != case.get("value") || got.get("error") != case.get("error") {
            wrong.push(format!("{line}\n   got {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

macro_rules! recorded {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(include_str!(concat!("cases/", stringify!($name), ".jsonl")));
        })*
    };
}

recorded!(access conditions errors operators results statements syntax);

#[test]
fn hostile_templates_end_in_an_error() {
    let fixture = Fixture::new(&json!({"l": (0..1000).collect::<Vec<_>>(), "a": "{{ a }}"}));
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    let long = format!("{{{{ {}1 }}}}", "1 + ".repeat(100_000));
    let nots = format!("{{{{ {} true }}}}", "not ".repeat(100_000));
    let minus = format!("{{{{ {}1 }}}}", "-".repeat(100_000));
    let lists = format!("{{{{ {}{} }}}}", "[".repeat(100_000), "]".repeat(100_000));
    let dots = format!("{{{{ l{} }}}}", ".a".repeat(100_000));
    let ifs = "{% if true %}".repeat(100_000);
    let text = format!("{{{{ '{}' }}}}", "[".repeat(100_000));
    for (text, message) in [
        ("{{ 'x' * 10 ** 12 }}", "too much data"),
        ("{{ [1] * 10 ** 12 }}", "too much data"),
        ("{{ 10 ** 10000000 }}", "too large"),
        ("{{ '%1000000000d' % 1 }}", "too big"),
        (
            "{% for a in l %}{% for b in l %}{% for c in l %}{% for d in l %}{{ d }}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
            "too",
        ),
        ("{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}", "too long"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ("{% set x = 'x' * 1000000 %}{% for a in l %}{% set x = x ~ x %}{{ x }}{% endfor %}", "too much data"),
        ("{{ a }}", "recursive loop"),
        (&deep, "nested too deeply"),
        (&long, "too long"),
        (&nots, "too"),
        (&minus, "too"),
        (&lists, "too deeply"),
        (&dots, "too long"),
        (&ifs, "too deeply"),
    ] {
        let error = fixture.render(text).unwrap_err();
        assert!(error.message().contains(message), "{}: {:.200}", &text[..40.min(text.len())], error.message());
    }
    // Nesting beyond Python's own limit stays text.
    assert!(matches!(fixture.render(&text), Ok(Value::Str(_))));
}

#[test]
fn an_error_names_the_place_in_the_text() {
    let fixture = Fixture::new(&json!({"s": "x"}));
    for (text, line, column) in [
        ("{{ nope }}", 10, 8),
        ("ab {{ s + 1 }}", 10, 13),
        ("first\nsecond {{ nope.x }}", 11, 19),
        ("first\n{{ s }}\n{% if 1 < s %}{% endif %}", 12, 11),
        ("a\n{{ s | }}", 11, 12),
        ("a\n{% foo %}", 11, 8),
    ] {
        let error = fixture.render(text).unwrap_err();
        let origin = error.origin().unwrap();
        assert_eq!((origin.line, origin.column, &*origin.file), (line, column, "play.yml"), "{text}: {error}");
    }
}

#[test]
fn a_variable_that_fails_is_undefined_or_an_error_with_its_own_place() {
    let fixture = Fixture::new(&json!({"a": "{{ nope }}", "b": "{{ 1 / 0 }}", "c": ["{{ b }}"]}));
    let error = fixture.render("{{ a }}").unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Undefined, "{{ nope }}: 'nope' is undefined"));
    let error = fixture.render("{{ c }}").unwrap_err();
    assert!(error.message().ends_with("original message: division by zero"), "{error}");
    assert_eq!(&*error.origin().unwrap().file, "vars.yml");
}

#[test]
fn what_a_template_appends_stays_within_it() {
    let mut fixture = Fixture::new(&json!({}));
    let list = Value::list([1.into()]);
    fixture.vars.push(("l".into(), crate::Var::Data(list.clone())));
    _ = fixture.render("{% set _ = l.append(2) %}{{ l }}");
    assert_eq!(list.to_string(), "[1]");
}

#[test]
fn omit_is_a_value_alone_and_text_elsewhere() {
    let fixture = Fixture::new(&json!({}));
    assert!(fixture.render("{{ omit }}").unwrap().is_omit());
    assert!(fixture.render("x{{ omit }}").unwrap().to_string().starts_with("x__omit_place_holder__"));
    let list = fixture.render("{{ [1, omit] }}").unwrap();
    assert_eq!(list.without_omit().unwrap().to_string(), "[1]");
}

#[test]
fn native_results_keep_their_type() {
    let mut fixture = Fixture::new(&json!({"i": 5, "s": "1.5", "n": null}));
    fixture.native = true;
    for (text, repr) in [
        ("{{ i + 1 }}", "6"),
        ("{{ s }}", "1.5"),
        ("{{ n }}", "None"),
        ("{{ [i] }}", "[5]"),
        ("{{ (1, 2) }}", "(1, 2)"),
        ("{{ i }}{{ i }}", "55"),
        ("a{{ i }}", "'a5'"),
        ("{{ '[true]' }}", "'[true]'"),
        ("{{ '\"x\"' }}", "'\"x\"'"),
        (" {{ i }}", "' 5'"),
        ("\n{{ i }}", "5"),
        ("a{{ 'x' if false }}", "'a'"),
    ] {
        assert_eq!(fixture.render(text).unwrap().repr(), repr, "{text}");
    }
    assert_eq!(fixture.render("{{ 'x' if false }}").unwrap_err().kind(), ErrorKind::Undefined);
}

#[test]
fn files_are_text_with_their_newlines() {
    let fixture = Fixture::new(&json!({"l": [1, 2], "t": true}));
    for (text, result) in [
        ("{{ l }}\n", "[1, 2]\n"),
        ("{{ l }}\n\n\n", "[1, 2]\n\n\n"),
        ("{{ t }}", "True"),
        ("a\r\n{{ t }}\r\nb", "a\nTrue\nb"),
        ("{% if t %}\nx\n{% endif %}\n", "x\n"),
        ("{{ 'a\\nb' }}", "a\nb"),
        ("#jinja2: trim_blocks: False\n{% if t %}\nx\n{% endif %}\n", "\nx\n"),
        ("#jinja2: lstrip_blocks: True\n  {% if t %}\n  x\n  {% endif %}\n", "  x\n"),
        ("#jinja2: variable_start_string: '[%', variable_end_string: '%]'\n{{ t }} [% t %]", "{{ t }} True"),
    ] {
        assert_eq!(fixture.file(text).unwrap(), result, "{text}");
    }
    let error = fixture.file("#jinja2: nope: 1\nx").unwrap_err();
    assert_eq!(error.message(), "the jinja2 override 'nope' is not supported");
    assert_eq!(fixture.file("#jinja2: trim_blocks: True\n\n{{ nope }}").unwrap_err().origin().unwrap().line, 3);
}

#[test]
fn templates_use_other_templates() {
    let mut fixture = Fixture::new(&json!({"i": 5}));
    fixture.files = vec![
        ("inc", "<{{ i }}{{ x | default('') }}>\n"),
        ("macros", "{% set v = 1 %}{% macro m(a) %}{{ a }}{{ v }}{{ i is defined }}{% endmacro %}"),
        ("base", "[{% block a %}base{{ i }}{% endblock %}|{% block b %}b{% endblock %}]"),
        ("mid", "{% extends 'base' %}{% block a %}mid {{ super() }}{% endblock %}"),
        ("bare", "{{ i | default('none') }}"),
        ("bad", "a\n{{ 1 / 0 }}"),
        ("self", "{% include 'self' %}"),
        ("pair", "{% macro p(a) %}{{ caller(a) }}{% endmacro %}"),
    ];
    for (text, result) in [
        ("{% include 'inc' %}!", "<5>!"),
        ("{% set x = 7 %}{% include 'inc' %}", "<57>"),
        ("{% for x in [1, 2] %}{% include 'inc' %}{% endfor %}", "<51><52>"),
        ("{% set i = 6 %}{% include 'bare' without context %}", "none"),
        ("{% include ['zz', 'inc'] %}", "<5>"),
        ("{% include 'zz' ignore missing %}.", "."),
        ("{% import 'macros' as m %}{{ m.m(2) }}{{ m.v }}", "21False1"),
        ("{% import 'macros' as m with context %}{{ m.m(2) }}", "21True"),
        ("{% from 'macros' import m as q, v %}{{ q(3) }}{{ v }}", "31False1"),
        ("{% from 'pair' import p %}{% call(x) p(4) %}{{ x }}{{ i }}{% endcall %}", "45"),
        ("{% extends 'base' %}ignored{% block b %}{{ i }}{% endblock %}", "[base5|5]"),
        ("{% extends 'mid' %}{% block a %}top {{ super() }}{% endblock %}", "[top mid base5|b]"),
        ("{% extends 'base' %}{% set q = 3 %}{% block a %}{{ q }}{% endblock %}", "[3|b]"),
    ] {
        assert_eq!(fixture.file(text).unwrap_or_else(|error| panic!("{text}: {error}")), result, "{text}");
    }
    let error = fixture.file("x\n\n{% include 'bad' %}").unwrap_err();
    let origin = error.origin().unwrap();
    assert_eq!((&*origin.file, origin.line), ("bad", 2), "{error}");
    assert!(fixture.file("{% include 'self' %}").unwrap_err().message().contains("recursion"));
    assert!(fixture.file("{% include 'zz' %}").is_err());
}

#[test]
fn names_that_a_template_reads_are_known() {
    let template = Template::inline("{{ a.b + c[d] }}{% for x in e %}{{ x }}{% endfor %}", &Origin::default()).unwrap();
    let names: Vec<&str> = template.names().iter().map(|name| &**name).collect();
    assert_eq!(names, ["a", "c", "d", "e", "x"]);
}
