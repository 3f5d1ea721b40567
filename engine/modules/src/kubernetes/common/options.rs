//! Options as all modules have them, read into JSON, which is what a cluster speaks.
pub(crate) use crate::options::{Kind, Opt, Rule, Spec};
use rolewright_run::Args;
use serde_json::{Map, Value as Json};

/// Checked options under their own names; what was not given, or given as null, is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(pub(crate) Map<String, Json>);

/// Checks and converts; the error is Ansible's message.
pub(crate) fn read(spec: &Spec, args: &Args) -> Result<Options, String> {
    if let Some(text) = args.free_form.as_deref().filter(|text| !text.trim().is_empty()) {
        return Err(format!("this module takes no free-form text: {text}"));
    }
    let options = spec.read(args, &|_| None)?;
    let mut map = Map::new();
    for option in spec.options {
        if let Some(value) = options.get(option.name) {
            let json = value.to_json().map_err(|error| format!("argument '{}': {error}", option.name))?;
            map.insert(option.name.to_owned(), json);
        }
    }
    Ok(Options(map))
}

/// Groups of options, one after the other.
pub(crate) const fn join<const N: usize>(groups: &[&[Opt]]) -> [Opt; N] {
    let mut all = [Opt::new("", Kind::Raw); N];
    let (mut group, mut at) = (0, 0);
    while group < groups.len() {
        let mut index = 0;
        while index < groups[group].len() {
            all[at] = groups[group][index];
            at += 1;
            index += 1;
        }
        group += 1;
    }
    all
}

/// The options of a module that are made of groups.
macro_rules! options {
    ($($group:expr),+ $(,)?) => {{
        const COUNT: usize = 0 $(+ $group.len())+;
        const ALL: [$crate::options::Opt; COUNT] = $crate::kubernetes::common::options::join(&[$($group),+]);
        &ALL
    }};
}
pub(crate) use options;

impl Options {
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_str)
    }
    /// The text, where there is any.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|text| !text.is_empty())
    }
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.0.get(name).and_then(Json::as_bool).unwrap_or(default)
    }
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Json::as_i64)
    }
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.maps(name).iter().filter_map(Json::as_str).map(str::to_owned).collect()
    }
    /// The items of a list.
    pub(crate) fn maps(&self, name: &str) -> &[Json] {
        self.0.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolewright_template::Value;
    use serde_json::json;

    const NAME: &[Opt] = &[Opt::new("name", Kind::Str).required()];
    const MORE: &[Opt] = &[
        Opt::new("api_version", Kind::Str).aliases(&["api", "version"]),
        Opt::new("items", Kind::Texts).choices(&["x", "y"]),
        Opt::new("maps", Kind::Dicts),
    ];
    const SPEC: Spec = Spec { module: "a.b.c", options: options!(NAME, MORE), rules: &[] };

    #[test]
    fn groups_are_read_into_json() {
        let rows = [
            (json!({"name": 5, "api": "v1"}), Ok(json!({"name": "5", "api_version": "v1"}))),
            (json!({"name": "n", "items": "x, y", "maps": null}), Ok(json!({"name": "n", "items": ["x", "y"]}))),
            (json!({"name": "n", "maps": [{"a": 1}]}), Ok(json!({"name": "n", "maps": [{"a": 1}]}))),
            (json!({"name": "n", "items": "z"}), Err("value of items must be one or more of: x, y, got: z")),
            (json!({}), Err("missing required arguments: name")),
            (
                json!({"name": "n", "maps": ["a"]}),
                Err("argument 'maps' is of type <class 'list'> and we were unable to convert to list: \
                     <class 'str'> is not a dict"),
            ),
        ];
        for (given, wanted) in rows {
            let map =
                given.as_object().unwrap().iter().map(|(k, v)| (k.as_str().into(), Value::from_json(v))).collect();
            let found = read(&SPEC, &Args { map, ..Args::default() }).map(|options| Json::Object(options.0));
            assert_eq!(found, wanted.map_err(str::to_owned), "{given}");
        }
    }
}
