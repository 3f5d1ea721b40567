//! Where definitions come from, and what options add to them.
use crate::kubernetes::common::options::Options;
use rolewright_run::TaskContext;
use serde_json::{Map, Value as Json, json};

/// Every definition of the task, completed from the options; lists are taken apart.
pub(crate) fn load(cx: &TaskContext<'_>, options: &Options) -> Result<Vec<Json>, String> {
    let given = options.get("resource_definition").filter(|given| !is_empty(given));
    let raw = match (given, options.filled("src")) {
        (Some(given), _) => read(given)?,
        (None, Some(src)) => read_file(cx, src)?,
        (None, None) => vec![json!({})],
    };
    complete(raw, options)
}

/// Options fill the gaps of definitions.
pub(crate) fn complete(raw: Vec<Json>, options: &Options) -> Result<Vec<Json>, String> {
    let mut all = Vec::with_capacity(raw.len());
    for definition in raw {
        let Json::Object(map) = definition else {
            return Err(format!(
                "Failed to load resource definition: a document is {}, not a mapping",
                shown(&definition)
            ));
        };
        expand(map, options, &mut all)?;
    }
    Ok(all)
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn shown(value: &Json) -> String {
    value.to_string().chars().take(80).collect()
}

/// Mappings, YAML text, or a list of both.
fn read(given: &Json) -> Result<Vec<Json>, String> {
    let mut all = Vec::new();
    match given {
        Json::Object(_) => all.push(given.clone()),
        Json::String(text) => all.extend(super::yaml::documents(text, "resource_definition")?),
        Json::Array(items) => {
            for item in items {
                match item {
                    Json::Object(_) => all.push(item.clone()),
                    Json::String(text) => all.extend(super::yaml::documents(text, "resource_definition")?),
                    Json::Null => {}
                    other => return Err(unconvertible(other)),
                }
            }
        }
        other => return Err(unconvertible(other)),
    }
    all.retain(|document| !is_empty(document));
    Ok(all)
}

fn unconvertible(value: &Json) -> String {
    let kind = match value {
        Json::Bool(_) => "bool",
        Json::Number(number) if number.is_f64() => "float",
        Json::Number(_) => "int",
        Json::Array(_) => "list",
        _ => "str",
    };
    format!(
        "argument 'resource_definition' is of type <class '{kind}'> and we were unable to convert to list_dict_str: {}",
        shown(value)
    )
}

fn read_file(cx: &TaskContext<'_>, src: &str) -> Result<Vec<Json>, String> {
    if ["http://", "https://", "ftp://"].iter().any(|scheme| src.starts_with(scheme)) {
        return Err(format!(
            "src: {src}: definitions are not fetched from URLs, since what runs with this operator's rights should come \
             from its own image; put the file beside the role (files/) and name it"
        ));
    }
    let path = cx.find("files", src).ok_or_else(|| {
        format!("Could not find or access '{src}' on the Ansible Controller (searched files/ of the role and play)")
    })?;
    let text = cx.files.read(&path).map_err(|error| format!("Error loading resource_definition: {error}"))?;
    let mut all = super::yaml::documents(&text, &path.display().to_string())?;
    all.retain(|document| !is_empty(document));
    Ok(all)
}

fn expand(mut map: Map<String, Json>, options: &Options, all: &mut Vec<Json>) -> Result<(), String> {
    default(&mut map, "kind", options.filled("kind"));
    default(&mut map, "apiVersion", Some(super::api_version(options)));
    let kind = map["kind"].as_str().unwrap_or_default().to_owned();
    let Some(item_kind) = kind.strip_suffix("List").filter(|_| map.contains_key("items")) else {
        metadata(&mut map, options)?;
        all.push(Json::Object(map));
        return Ok(());
    };
    let api_version = map.get("apiVersion").and_then(Json::as_str).map(str::to_owned);
    let Some(Json::Array(items)) = map.shift_remove("items") else { return Ok(()) };
    for item in items {
        let Json::Object(mut item) = item else {
            return Err(format!(
                "Failed to load resource definition: an item of the {kind} is {}, not a mapping",
                shown(&item)
            ));
        };
        default(&mut item, "kind", Some(item_kind).filter(|kind| !kind.is_empty()));
        default(&mut item, "apiVersion", api_version.as_deref());
        expand(item, options, all)?;
    }
    Ok(())
}

/// A null in the definition counts as a gap.
fn default(map: &mut Map<String, Json>, key: &str, value: Option<&str>) {
    let gap = map.get(key).is_none_or(Json::is_null);
    if gap {
        map.insert(key.to_owned(), value.unwrap_or_default().into());
    }
}

fn metadata(map: &mut Map<String, Json>, options: &Options) -> Result<(), String> {
    let metadata = map.entry("metadata").or_insert_with(|| json!({}));
    if metadata.is_null() {
        *metadata = json!({});
    }
    let Some(metadata) = metadata.as_object_mut() else {
        return Err("Failed to load resource definition: metadata is not a mapping".to_owned());
    };
    for (key, option) in [("namespace", "namespace"), ("name", "name"), ("generateName", "generate_name")] {
        if let Some(value) = options.filled(option)
            && metadata.get(key).is_none_or(Json::is_null)
        {
            metadata.insert(key.to_owned(), value.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: Json) -> Options {
        Options(json.as_object().cloned().unwrap_or_default())
    }

    fn loaded(given: Json, more: Json) -> Result<Json, String> {
        complete(read(&given)?, &options(more)).map(Json::from)
    }

    #[test]
    fn forms() {
        let cm = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        let rows = [
            (cm("a"), json!({}), json!([cm("a")])),
            (json!("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"), json!({}), json!([cm("a")])),
            (
                json!([cm("a"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}"]),
                json!({}),
                json!([cm("a"), cm("b")]),
            ),
            (json!("---\n"), json!({}), json!([])),
            (
                json!({"data": {}}),
                json!({"kind": "ConfigMap", "name": "n", "namespace": "x"}),
                json!([{"data": {}, "kind": "ConfigMap", "apiVersion": "v1", "metadata": {"namespace": "x", "name": "n"}}]),
            ),
            (
                json!({"kind": "ConfigMapList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}]}),
                json!({"namespace": "x"}),
                json!([{"metadata": {"name": "a", "namespace": "x"}, "kind": "ConfigMap", "apiVersion": "v1"}]),
            ),
            (
                json!({"kind": "List", "apiVersion": "v1", "items": [cm("a"), cm("b")]}),
                json!({}),
                json!([cm("a"), cm("b")]),
            ),
        ];
        for (given, more, wanted) in rows {
            assert_eq!(loaded(given.clone(), more), Ok(wanted), "{given}");
        }
    }

    #[test]
    fn complaints() {
        assert!(loaded(json!("just text"), json!({})).unwrap_err().contains("not a mapping"));
        assert!(
            loaded(json!(5), json!({}))
                .unwrap_err()
                .contains("<class 'int'> and we were unable to convert to list_dict_str")
        );
        assert!(loaded(json!("a: [b"), json!({})).is_err());
    }
}
