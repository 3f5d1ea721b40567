//! The `template` option of `k8s`: definitions from template files.
use rolewright_run::TaskContext;
use serde_json::Value as Json;

const KEYS: [&str; 8] = [
    "path",
    "newline_sequence",
    "variable_start_string",
    "variable_end_string",
    "block_start_string",
    "block_end_string",
    "trim_blocks",
    "lstrip_blocks",
];

/// The documents of all templates together.
pub(crate) fn render(cx: &TaskContext<'_>, option: &Json) -> Result<Vec<Json>, String> {
    let all = match option {
        Json::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut documents = Vec::new();
    for one in all {
        let (path, text) = render_one(cx, one)?;
        documents.extend(super::yaml::documents(&text, &path)?);
    }
    Ok(documents)
}

fn render_one(cx: &TaskContext<'_>, one: &Json) -> Result<(String, String), String> {
    let name = match one {
        Json::String(path) => path.as_str(),
        Json::Object(map) => {
            if let Some(unknown) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
                return Err(format!("template: unknown key {unknown}; known are {}", KEYS.join(", ")));
            }
            map.get("path").and_then(Json::as_str).ok_or("Please specify path for template.")?
        }
        _ => return Err("Error while reading template file - string, mapping or list of those expected".to_owned()),
    };
    let path = cx.find("templates", name).ok_or_else(|| {
        format!(
            "Could not find or access '{name}' on the Ansible Controller (searched templates/ of the role and play)"
        )
    })?;
    let text = cx.render_file(&path, &[]).map_err(|error| error.to_string())?;
    Ok((path.display().to_string(), text))
}
