//! `hidden_fields`: parts of objects that are not shown and do not count as changes.
use serde_json::Value as Json;

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Removes the fields; parents that become empty go with them, what is missing is ignored.
pub(crate) fn hide(object: &mut Json, fields: &[String]) {
    // Several indices of one list must go from the back.
    let mut fields: Vec<&String> = fields.iter().collect();
    fields.sort_unstable_by(|a, b| b.cmp(a));
    for field in fields {
        remove(object, &steps(field));
    }
}

/// `a.b[0][c.d/e].f`
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (name, after) = inner.split_once(']').unwrap_or((inner, ""));
            let name = name.trim_matches(['"', '\'']);
            steps.push(name.parse().map_or_else(|_| Step::Key(name.to_owned()), Step::Index));
            rest = after.strip_prefix('.').unwrap_or(after);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].to_owned()));
            rest = &rest[end..];
            rest = rest.strip_prefix('.').unwrap_or(rest);
        }
    }
    steps
}

fn remove(value: &mut Json, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else { return };
    let empty = |value: &Json| {
        value.as_object().is_some_and(serde_json::Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
    };
    match (step, value) {
        (Step::Key(key), Json::Object(map)) => {
            let Some(inner) = map.get_mut(key) else { return };
            remove(inner, rest);
            if rest.is_empty() || empty(inner) {
                map.shift_remove(key);
            }
        }
        (Step::Index(index), Json::Array(items)) => {
            let Some(inner) = items.get_mut(*index) else { return };
            remove(inner, rest);
            if rest.is_empty() || empty(inner) {
                items.remove(*index);
            }
        }
        // A map may have keys that look like numbers.
        (Step::Index(index), Json::Object(map)) => {
            let key = index.to_string();
            let Some(inner) = map.get_mut(&key) else { return };
            remove(inner, rest);
            if rest.is_empty() || empty(inner) {
                map.shift_remove(&key);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths() {
        let object = json!({"metadata": {"annotations": {"a.b/c": "1", "d": "2"}, "managedFields": []},
                            "spec": {"env": [{"name": "x", "value": "1"}, {"name": "y"}, {"name": "z"}]}});
        let rows = [
            (vec!["metadata.managedFields", "nothing.here"], "/metadata/managedFields", Json::Null),
            (vec!["metadata.annotations[a.b/c]"], "/metadata/annotations", json!({"d": "2"})),
            (vec!["metadata.annotations[a.b/c]", "metadata.annotations.d"], "/metadata/annotations", Json::Null),
            (vec!["spec.env[0]", "spec.env[2]"], "/spec/env", json!([{"name": "y"}])),
            (vec!["spec.env[0].value"], "/spec/env/0", json!({"name": "x"})),
            (vec!["spec[env][1][name]"], "/spec/env/1", json!({"name": "z"})),
        ];
        for (fields, pointer, wanted) in rows {
            let mut hidden = object.clone();
            let fields: Vec<String> = fields.into_iter().map(str::to_owned).collect();
            hide(&mut hidden, &fields);
            assert_eq!(hidden.pointer(pointer).cloned().unwrap_or_default(), wanted, "{fields:?}");
        }
    }
}
