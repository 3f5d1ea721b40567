//! `kubernetes.core.kubeconfig`: edits a kubeconfig file; speaks to no cluster.
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Options, Spec, options};
use super::common::{outcome, yaml};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};
use std::path::Path;

pub(crate) struct KubeconfigModule;

const OPTIONS: &[Opt] = &[
    Opt::new("path", Kind::Str).required(),
    Opt::new("dest", Kind::Str),
    Opt::new("clusters", Kind::Dicts),
    Opt::new("users", Kind::Dicts),
    Opt::new("contexts", Kind::Dicts),
    Opt::new("preferences", Kind::Dict),
    Opt::new("current_context", Kind::Str),
];

const SPEC: Spec = Spec { module: "kubernetes.core.kubeconfig", options: options!(OPTIONS), rules: &[] };

/// The lists of a kubeconfig, and what an entry of each carries.
const LISTS: [(&str, &str); 3] = [("clusters", "cluster"), ("users", "user"), ("contexts", "context")];

impl Module for KubeconfigModule {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    let path = Path::new(options.text("path").unwrap_or_default());
    let dest = options.filled("dest").map_or(path, Path::new);
    let existing = load(path)?;
    let merged = merge(&existing, &options)?;
    let changed = load(dest)? != merged;
    if changed && !cx.check_mode {
        write(dest, &merged)?;
    }
    let message = if changed { "Kubeconfig file has been updated." } else { "Kubeconfig file is already up to date." };
    Ok(outcome(Map::from_iter([
        ("changed".to_owned(), changed.into()),
        ("kubeconfig".to_owned(), masked(&merged)),
        ("dest".to_owned(), dest.to_string_lossy().into_owned().into()),
        ("msg".to_owned(), message.into()),
    ])))
}

/// A file that is not there is an empty one.
fn load(path: &Path) -> Result<Json> {
    if !path.exists() {
        return Ok(Json::Null);
    }
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Failure::new(format!("{name}: {error}")))?;
    let documents = yaml::documents(&text, &name).map_err(Failure::new)?;
    Ok(documents.into_iter().next().unwrap_or_default())
}

fn write(dest: &Path, merged: &Json) -> Result<()> {
    let fail = |error: String| Failure::new(format!("{}: {error}", dest.display()));
    let text = serde_yaml::to_string(merged).map_err(|error| fail(error.to_string()))?;
    if let Some(parent) = dest.parent() {
        std::fs::create_dir_all(parent).map_err(|error| fail(error.to_string()))?;
    }
    // It holds credentials: for its owner only, from the first byte on.
    let mut file = std::fs::OpenOptions::new();
    file.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    let mut file = file.open(dest).map_err(|error| fail(error.to_string()))?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| fail(error.to_string()))
}

fn merge(existing: &Json, options: &Options) -> Result<Json> {
    let mut merged = Map::new();
    merged.insert("apiVersion".into(), "v1".into());
    merged.insert("kind".into(), "Config".into());
    let preferences = options.get("preferences").filter(|map| map.as_object().is_some_and(|map| !map.is_empty()));
    merged.insert("preferences".into(), preferences.or(existing.get("preferences")).cloned().unwrap_or(json!({})));
    for (list, inner) in LISTS {
        let entries = existing[list].as_array().cloned().unwrap_or_default();
        merged.insert(list.into(), entries_of(entries, options.maps(list), inner)?.into());
    }
    let current = options.filled("current_context").or(existing["current-context"].as_str()).unwrap_or_default();
    merged.insert("current-context".into(), current.into());
    Ok(merged.into())
}

fn entries_of(mut entries: Vec<Json>, given: &[Json], inner: &str) -> Result<Vec<Json>> {
    for entry in given {
        let Some(name) = entry["name"].as_str().filter(|name| !name.is_empty()) else { continue };
        let place = entries.iter().position(|old| old["name"] == name);
        let new = json!({"name": name, inner: entry.get(inner).cloned().unwrap_or(json!({}))});
        match (entry["behavior"].as_str().unwrap_or("merge"), place) {
            ("remove", Some(place)) => {
                entries.remove(place);
            }
            ("remove", None) => {}
            ("keep", Some(_)) => {}
            ("replace", Some(place)) => entries[place] = new,
            ("merge", Some(place)) => deep_merge(&mut entries[place][inner], &new[inner]),
            ("merge" | "replace" | "keep", None) => entries.push(new),
            (other, _) => {
                return Err(Failure::new(format!(
                    "value of behavior must be one of: keep, merge, remove, replace, got: {other}"
                )));
            }
        }
    }
    Ok(entries)
}

fn deep_merge(old: &mut Json, new: &Json) {
    match (old, new) {
        (Json::Object(old), Json::Object(new)) => {
            for (key, value) in new {
                deep_merge(old.entry(key.clone()).or_insert(Json::Null), value);
            }
        }
        (old, new) => *old = new.clone(),
    }
}

/// Without its secrets: results are shown and kept.
fn masked(config: &Json) -> Json {
    const SECRETS: [&str; 8] = [
        "token",
        "password",
        "client-key-data",
        "client-certificate-data",
        "certificate-authority-data",
        "access-token",
        "refresh-token",
        "client-secret",
    ];
    match config {
        Json::Object(map) => map
            .iter()
            .map(|(key, value)| match SECRETS.contains(&key.as_str()) && value.is_string() {
                true => (key.clone(), "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER".into()),
                false => (key.clone(), masked(value)),
            })
            .collect(),
        Json::Array(items) => items.iter().map(masked).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{World, result};

    #[test]
    fn entries_come_and_go() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config").to_string_lossy().into_owned();
        let world = World::new();
        let run = |more: Json| {
            let mut args = json!({"path": path});
            args.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            result(&world.run(&KubeconfigModule, args))
        };
        let user = |token: &str, behavior: &str| json!({"users": [{"name": "u", "behavior": behavior, "user": {"token": token}}]});
        let made = run(json!({"clusters": [{"name": "c", "cluster": {"server": "https://x"}}],
                              "users": [{"name": "u", "user": {"token": "t", "as": "v"}}], "current_context": "k"}));
        assert_eq!((&made["changed"], &made["kubeconfig"]["current-context"]), (&json!(true), &json!("k")), "{made}");
        assert_eq!(made["kubeconfig"]["users"][0]["user"]["token"], "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
        let rows = [
            (json!({}), false, json!({"token": "t", "as": "v"})),
            (user("t2", "keep"), false, json!({"token": "t", "as": "v"})),
            (user("t2", "merge"), true, json!({"token": "t2", "as": "v"})),
            (user("t3", "replace"), true, json!({"token": "t3"})),
            (user("", "remove"), true, Json::Null),
        ];
        for (args, changed, left) in rows {
            assert_eq!(run(args.clone())["changed"], changed, "{args}");
            assert_eq!(load(Path::new(&path)).unwrap()["users"][0]["user"], left, "{args}");
        }
    }
}
