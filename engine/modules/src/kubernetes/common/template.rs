//! The `template` option of `k8s`: definitions from template files.
use rolewright_run::TaskContext;
use rolewright_template::{Context, Overrides, Template};
use serde_json::{Map, Value as Json};
use std::path::Path;

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
    let plain = Map::new();
    let (name, said) = match one {
        Json::String(path) => (path.as_str(), &plain),
        Json::Object(map) => {
            if let Some(unknown) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
                return Err(format!("template: unknown key {unknown}; known are {}", KEYS.join(", ")));
            }
            (map.get("path").and_then(Json::as_str).ok_or("Please specify path for template.")?, map)
        }
        _ => return Err("Error while reading template file - string, mapping or list of those expected".to_owned()),
    };
    let path = cx.find("templates", name).ok_or_else(|| {
        format!(
            "Could not find or access '{name}' on the Ansible Controller (searched templates/ of the role and play)"
        )
    })?;
    let text = if said.len() > 1 {
        render_with(cx, &path, &overrides(said)?)?
    } else {
        cx.render_file(&path, &[]).map_err(|error| error.to_string())?
    };
    Ok((path.display().to_string(), text))
}

/// Compiled anew each time, since the same file means something else under other delimiters.
fn render_with(cx: &TaskContext<'_>, path: &Path, overrides: &Overrides) -> Result<String, String> {
    let source = cx.files.read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let template =
        Template::file_with(&source, &path.to_string_lossy(), overrides).map_err(|error| error.to_string())?;
    let loader = |name: &str| cx.surroundings.read_near(path.parent(), name);
    template.render_text(&Context { loader: &loader, ..cx.template }).map_err(|error| error.to_string())
}

fn overrides(said: &Map<String, Json>) -> Result<Overrides, String> {
    let text = |key: &str| said.get(key).and_then(Json::as_str).map(str::to_owned);
    let flag = |key: &str| match said.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => rolewright_template::Value::from_json(value)
            .to_bool()
            .map(Some)
            .ok_or_else(|| format!("template: {key} must be a boolean, not {value}")),
    };
    let newline = match text("newline_sequence").as_deref() {
        None => None,
        Some("\n" | "\\n") => Some("\n".to_owned()),
        Some("\r" | "\\r") => Some("\r".to_owned()),
        Some("\r\n" | "\\r\\n") => Some("\r\n".to_owned()),
        Some(_) => return Err("newline_sequence needs to be one of: \\n, \\r or \\r\\n".to_owned()),
    };
    Ok(Overrides {
        newline_sequence: newline,
        variable_start_string: text("variable_start_string"),
        variable_end_string: text("variable_end_string"),
        block_start_string: text("block_start_string"),
        block_end_string: text("block_end_string"),
        trim_blocks: flag("trim_blocks")?,
        lstrip_blocks: flag("lstrip_blocks")?,
        ..Overrides::default()
    })
}
