//! Columns that definitions declare.
use serde_json::{Value as Json, json};

use super::format;
use crate::json::JsonExt;
use crate::known::path::Path;

/// A declared column with its path compiled.
#[derive(Clone, Debug)]
pub(crate) struct Printed {
    name: String,
    kind: String,
    format: String,
    description: String,
    priority: i64,
    /// None when it cannot be read; its cells are empty.
    path: Option<Path>,
}

/// The columns of a version of a definition; without any, the age.
pub(crate) fn printed(declared: &[Json]) -> Vec<Printed> {
    if declared.is_empty() {
        let age = json!({"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"});
        return vec![one(&age)];
    }
    declared.iter().map(one).collect()
}

fn one(column: &Json) -> Printed {
    let text = |field: &str| column.text(field).to_owned();
    let path = column.text("/jsonPath");
    let description = match column.text("/description") {
        "" => format!("Custom resource definition column (in JSONPath format): {path}"),
        given => given.to_owned(),
    };
    Printed {
        name: text("/name"),
        kind: text("/type"),
        format: text("/format"),
        description,
        priority: column.int("/priority").unwrap_or(0),
        path: Path::parse(path).ok(),
    }
}

pub(super) fn columns(declared: &[Printed]) -> Vec<Json> {
    let name =
        json!({"name": "Name", "type": "string", "format": "name", "description": super::NAME_TEXT, "priority": 0});
    let own = declared.iter().map(|c| {
        json!({"name": c.name, "type": c.kind, "format": c.format, "description": c.description,
            "priority": c.priority})
    });
    std::iter::once(name).chain(own).collect()
}

pub(super) fn cells(declared: &[Printed], object: &Json) -> Vec<Json> {
    let name = object.text("/metadata/name").into();
    std::iter::once(name).chain(declared.iter().map(|c| cell(c, object))).collect()
}

fn cell(column: &Printed, object: &Json) -> Json {
    let Some(value) = column.path.as_ref().and_then(|p| p.first(object)) else { return Json::Null };
    match column.kind.as_str() {
        "string" => format::go(value).into(),
        "integer" => match value.as_i64() {
            Some(number) => number.into(),
            None => value.as_f64().map_or(Json::Null, |float| (float as i64).into()),
        },
        "number" if value.is_number() => value.clone(),
        "boolean" if value.is_boolean() => value.clone(),
        "date" => value.as_str().map_or(Json::Null, |time| match time {
            "" => Json::Null,
            time => format::since(time).into(),
        }),
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_follow_the_declared_types() {
        let object = json!({"metadata": {"name": "x"}, "spec": {"n": 3, "s": "t", "l": ["a", "b"], "b": true},
            "status": {"conditions": [{"type": "A", "status": "no"}, {"type": "Ready", "status": "True"}]}});
        for (kind, path, wanted) in [
            ("integer", ".spec.n", json!(3)),
            ("integer", ".spec.s", Json::Null),
            ("string", ".spec.n", json!("3")),
            ("string", ".spec.l", json!("[a b]")),
            ("string", ".spec.nope", Json::Null),
            ("boolean", ".spec.b", json!(true)),
            ("string", ".status.conditions[?(@.type==\"Ready\")].status", json!("True")),
            ("string", ".status.conditions[?(@.type=='A')].status", json!("no")),
            ("date", ".spec.s", json!("<invalid>")),
        ] {
            let columns = printed(&[json!({"name": "C", "type": kind, "jsonPath": path})]);
            assert_eq!(cells(&columns, &object), [json!("x"), wanted], "{kind} {path}");
        }
        assert_eq!(columns(&printed(&[]))[1]["name"], "Age");
    }
}
