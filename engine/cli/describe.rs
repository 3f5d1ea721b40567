//! Objects as `kubectl describe` shows those it knows nothing of.
use serde_json::{Map, Value as Json};
use std::fmt::Write;

/// The text of a field of an object, `Status:` and what is in it, say.
pub(crate) fn field(name: &str, value: &Json) -> String {
    let mut out = String::new();
    write_entry(&mut out, 0, &label(name), value);
    out
}

fn write_map(out: &mut String, level: usize, map: &Map<String, Json>) {
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort();
    for key in keys {
        write_entry(out, level, &label(key), &map[key]);
    }
}

fn write_entry(out: &mut String, level: usize, label: &str, value: &Json) {
    let indent = "  ".repeat(level);
    match value {
        Json::Object(map) => {
            let _ = writeln!(out, "{indent}{label}:");
            write_map(out, level + 1, map);
        }
        Json::Array(items) => {
            let _ = writeln!(out, "{indent}{label}:");
            items.iter().for_each(|item| write_item(out, level + 1, item));
        }
        other => {
            let _ = writeln!(out, "{indent}{:<width$}{}", format!("{label}:"), text(other), width = 26 - indent.len());
        }
    }
}

fn write_item(out: &mut String, level: usize, item: &Json) {
    match item {
        Json::Object(map) => write_map(out, level, map),
        other => _ = writeln!(out, "{}{}", "  ".repeat(level), text(other)),
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// `lastTransitionTime` is `Last Transition Time`.
fn label(key: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for (i, c) in key.chars().enumerate() {
        if i == 0 {
            out.extend(c.to_uppercase());
        } else if c.is_uppercase() && lower_before {
            out.push(' ');
            out.push(c);
        } else {
            out.push(c);
        }
        lower_before = !c.is_uppercase();
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn as_kubectl_writes_it() {
        let status = json!({"conditions": [{
            "type": "Running", "status": "True", "lastTransitionTime": "T1", "reason": "Successful",
            "ansibleResult": {"ok": 4, "changed": 0},
        }]});
        let expected = "\
Status:
  Conditions:
    Ansible Result:
      Changed:            0
      Ok:                 4
    Last Transition Time: T1
    Reason:               Successful
    Status:               True
    Type:                 Running
";
        assert_eq!(super::field("status", &status), expected);
    }
}
