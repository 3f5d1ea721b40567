//! What the modules share.
pub(crate) mod connection;
pub(crate) mod definitions;
pub(crate) mod difference;
pub(crate) mod failure;
pub(crate) mod hash;
pub(crate) mod hidden;
pub(crate) mod labels;
pub(crate) mod options;
pub(crate) mod ready;
pub(crate) mod template;
pub(crate) mod wait;
pub(crate) mod yaml;

use options::{Kind, Opt, Options};
use rolewright_run::Outcome;
use rolewright_template::Value;
use serde_json::{Map, Value as Json};

/// Under which writes are filed in `metadata.managedFields`: the name the reference's client has, so that an object
/// changes no hands when its operator moves here.
pub(crate) const FIELD_MANAGER: &str = "OpenAPI-Generator";

pub(crate) const API_VERSION: Opt = Opt::new("api_version", Kind::Str).aliases(&["api", "version"]);
pub(crate) const NAME_OPTIONS: &[Opt] =
    &[API_VERSION, Opt::new("kind", Kind::Str), Opt::new("name", Kind::Str), Opt::new("namespace", Kind::Str)];
pub(crate) const WAIT_OPTIONS: &[Opt] = &[
    Opt::new("wait", Kind::Bool),
    Opt::new("wait_sleep", Kind::Int),
    Opt::new("wait_timeout", Kind::Int),
    Opt::new("wait_condition", Kind::Dict),
];

/// The `api_version` option with its default.
pub(crate) fn api_version(options: &Options) -> &str {
    options.filled("api_version").unwrap_or("v1")
}

/// Selectors of a list, joined as the API wants them.
pub(crate) fn joined(selectors: &[String]) -> Option<String> {
    (!selectors.is_empty()).then(|| selectors.join(","))
}

/// An outcome whose result is this map; `changed` and `failed` leave it for their fields.
pub(crate) fn outcome(mut map: Map<String, Json>) -> Outcome {
    let mut flag = |name: &str| map.shift_remove(name).and_then(|value| value.as_bool()).unwrap_or(false);
    let mut outcome = Outcome { changed: flag("changed"), failed: flag("failed"), ..Outcome::default() };
    if let Some(Json::Array(warnings)) = map.get("warnings") {
        outcome.warnings = warnings.iter().filter_map(Json::as_str).map(str::to_owned).collect();
        map.shift_remove("warnings");
    }
    for (key, value) in map {
        outcome.result.insert(key.into(), Value::from_json_owned(value));
    }
    outcome
}

/// The value at a path of keys; null where there is none.
pub(crate) fn at<'a>(object: &'a Json, path: &[&str]) -> &'a Json {
    path.iter().fold(object, |value, key| &value[*key])
}

pub(crate) fn text_at<'a>(object: &'a Json, path: &[&str]) -> &'a str {
    at(object, path).as_str().unwrap_or_default()
}
