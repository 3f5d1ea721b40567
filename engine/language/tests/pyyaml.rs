//! Documents that readers of YAML disagree on, against the recorded answers of PyYAML as Ansible calls it.
use rolewright_language::yaml::{self, Kind, Node};
use serde_json::{Value, json};
use std::sync::Arc;

/// Texts where we differ on purpose, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("a: x\u{85}y\n", "YAML 1.2 takes U+0085 for no line break, as editors do"),
    ("a: x\u{2028}y\n", "the same for U+2028"),
    ("k: &a 1\nl: *a\nm: &a 2\n", "an anchor may be given again, as YAML 1.2 has it"),
    ("a: !\n", "a tag without a value is null here, empty text there"),
];

fn shape(node: &Node) -> Value {
    let list = |items: &[Node]| items.iter().map(shape).collect::<Vec<_>>();
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(value) => json!(value),
        Kind::Int(value) => json!({"int": value.to_string()}),
        Kind::BigInt(digits) => json!({"int": digits}),
        Kind::Float(_) => json!({"float": node.to_value().to_string()}),
        Kind::Str(text) => json!(text),
        Kind::Timestamp(_) => json!({"time": node.to_value().to_string().replace(' ', "T")}),
        Kind::Bytes(bytes) => json!({"bytes": String::from_utf8_lossy(bytes)}),
        Kind::Seq(items) => json!(list(items)),
        Kind::Map(entries) => {
            json!({"dict": entries.iter().map(|(k, v)| [shape(k), shape(v)]).collect::<Vec<_>>()})
        }
        Kind::Set(items) => json!({"set": list(items)}),
        Kind::Pairs(entries) => {
            json!(entries.iter().map(|(k, v)| json!({"tuple": [shape(k), shape(v)]})).collect::<Vec<_>>())
        }
        other => json!(format!("{other:?}")),
    }
}

/// Places of scalars and mappings. Those of block scalars and tagged nodes are where their content begins, which
/// PyYAML does not tell; the recording leaves them out.
fn positions(node: &Node, out: &mut Vec<Value>) {
    if !matches!(node.kind, Kind::Seq(_) | Kind::Null) && node.as_str() != Some("") {
        out.push(json!([node.origin.line, node.origin.column]));
    }
    match &node.kind {
        Kind::Seq(items) => items.iter().for_each(|item| positions(item, out)),
        Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
            positions(key, out);
            positions(value, out);
        }),
        _ => {}
    }
}

#[test]
fn documents_as_pyyaml_reads_them() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("data/pyyaml.json")).unwrap();
    let mut wrong = Vec::new();
    for row in &rows {
        let text: Arc<str> = row["yaml"].as_str().unwrap().into();
        if DIFFERENT.iter().any(|(known, _)| *known == &*text) {
            continue;
        }
        match (yaml::document(&text, &"f.yml".into()), row.get("error")) {
            (Err(_), Some(_)) => {}
            (Err(error), None) => wrong.push(format!("refused {text:?}: {error}, expected {}", row["value"])),
            (Ok((node, _)), Some(error)) => wrong.push(format!("accepted {text:?} as {}: {error}", shape(&node))),
            (Ok((node, warnings)), None) => {
                if shape(&node) != row["value"] {
                    wrong.push(format!("{text:?}: {} is not {}", shape(&node), row["value"]));
                }
                let mut found = Vec::new();
                positions(&node, &mut found);
                if let Some(expected) = row.get("positions")
                    && *expected != json!(found)
                    && row["value"] != Value::Null
                    && row.get("doubles").is_none()
                {
                    wrong.push(format!("{text:?}: places {} are not {expected}", json!(found)));
                }
                if row.get("positions").is_some() && json!(warnings.len()) != *row.get("doubles").unwrap_or(&json!(0)) {
                    wrong.push(format!("{text:?}: {} warnings", warnings.len()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
