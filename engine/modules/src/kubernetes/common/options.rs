//! Options of modules: a table per module, checked with Ansible's words.
use rolewright_run::Args;
use rolewright_template::Value;
use serde_json::{Map, Value as Json};

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Text,
    Flag,
    Int,
    Map,
    /// A list of texts; one text is split at commas.
    Texts,
    /// A list of maps.
    Maps,
    Anything,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) takes: Takes,
    pub(crate) required: bool,
    pub(crate) choices: &'static [&'static str],
}

pub(crate) const fn opt(name: &'static str, takes: Takes) -> Opt {
    Opt { name, aliases: &[], takes, required: false, choices: &[] }
}

impl Opt {
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
    pub(crate) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
    pub(crate) const fn choices(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }
}

/// The options of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) module: &'static str,
    pub(crate) options: &'static [&'static [Opt]],
    /// At most one of each group may be given.
    pub(crate) exclusive: &'static [&'static [&'static str]],
}

/// Checked options under their own names; what was not given, or given as null, is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(pub(crate) Map<String, Json>);

impl Spec {
    pub(crate) fn read(&self, args: &Args) -> Result<Options, String> {
        if let Some(text) = args.free_form.as_deref().filter(|text| !text.trim().is_empty()) {
            return Err(format!("this module takes no free-form text: {text}"));
        }
        let mut read = Map::new();
        let mut unknown = Vec::new();
        for (name, value) in &args.map {
            match self.find(name) {
                Some(_) if value.is_none() => {}
                Some(option) => {
                    read.insert(option.name.to_owned(), convert(option, name, value)?);
                }
                None => unknown.push(&**name),
            }
        }
        if !unknown.is_empty() {
            return Err(self.unsupported(&unknown));
        }
        self.check(&read)?;
        Ok(Options(read))
    }

    fn all(&self) -> impl Iterator<Item = &'static Opt> {
        self.options.iter().copied().flatten()
    }

    fn find(&self, name: &str) -> Option<&'static Opt> {
        self.all().find(|option| option.name == name || option.aliases.contains(&name))
    }

    fn unsupported(&self, unknown: &[&str]) -> String {
        let mut known: Vec<String> = self
            .all()
            .map(|option| match option.aliases {
                [] => option.name.to_owned(),
                aliases => format!("{} ({})", option.name, aliases.join(", ")),
            })
            .collect();
        known.sort();
        let mut unknown = unknown.to_vec();
        unknown.sort_unstable();
        format!(
            "Unsupported parameters for ({}) module: {}. Supported parameters include: {}.",
            self.module,
            unknown.join(", "),
            known.join(", ")
        )
    }

    fn check(&self, read: &Map<String, Json>) -> Result<(), String> {
        for group in self.exclusive {
            if group.iter().filter(|name| read.contains_key(**name)).count() > 1 {
                return Err(format!("parameters are mutually exclusive: {}", group.join("|")));
            }
        }
        let missing: Vec<&str> =
            self.all().filter(|o| o.required && !read.contains_key(o.name)).map(|o| o.name).collect();
        if !missing.is_empty() {
            return Err(format!("missing required arguments: {}", missing.join(", ")));
        }
        for option in self.all().filter(|option| !option.choices.is_empty()) {
            check_choice(option, read.get(option.name))?;
        }
        Ok(())
    }
}

fn check_choice(option: &Opt, value: Option<&Json>) -> Result<(), String> {
    let given: Vec<&str> = match value {
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let wrong: Vec<&str> = given.into_iter().filter(|text| !option.choices.contains(text)).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let quantity = if option.takes == Takes::Texts { "one or more of" } else { "one of" };
    Err(format!(
        "value of {} must be {quantity}: {}, got: {}",
        option.name,
        option.choices.join(", "),
        wrong.join(", ")
    ))
}

fn convert(option: &Opt, name: &str, value: &Value) -> Result<Json, String> {
    let wrong = |wanted: &str| {
        format!(
            "argument '{name}' is of type <class '{}'> and we were unable to convert to {wanted}: {value}",
            value.type_name()
        )
    };
    let json = || value.to_json().map_err(|error| format!("argument '{name}': {error}"));
    match option.takes {
        Takes::Anything => json(),
        Takes::Text => match value {
            Value::List(_) | Value::Dict(_) => json().map(|json| json.to_string().into()),
            other => Ok(other.to_string().into()),
        },
        Takes::Flag => value.to_bool().map(Json::from).ok_or_else(|| wrong("bool")),
        Takes::Int => whole_number(value).map(Json::from).ok_or_else(|| wrong("int")),
        Takes::Map => match value {
            Value::Dict(_) => json(),
            Value::Str(text) => map_of_text(text).ok_or_else(|| wrong("dict")),
            _ => Err(wrong("dict")),
        },
        Takes::Texts => match value {
            Value::Str(text) => Ok(split(text)),
            Value::Int(_) | Value::Float(_) => Ok(Json::from(vec![value.to_string()])),
            other => match other.items() {
                Some(items) => Ok(items.iter().map(|item| Json::from(item.to_string())).collect()),
                None => Err(wrong("list")),
            },
        },
        Takes::Maps => match (value, json()?) {
            (_, Json::Array(items)) if items.iter().all(Json::is_object) => Ok(Json::Array(items)),
            (Value::Dict(_), _) | (_, Json::Array(_)) => Err(wrong("list of dict")),
            _ => Err(wrong("list")),
        },
    }
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
        Value::Str(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn split(text: &str) -> Json {
    text.split(',').map(|part| Json::from(part.trim())).collect()
}

/// `{"a": 1}` or `a=1, b=2`.
fn map_of_text(text: &str) -> Option<Json> {
    let text = text.trim();
    if text.starts_with('{') {
        return serde_json::from_str(text).ok().filter(Json::is_object);
    }
    let pairs = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let map: Option<Map<String, Json>> =
        pairs.map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.into()))).collect();
    map.filter(|map| !map.is_empty()).map(Json::Object)
}

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
        let items = self.0.get(name).and_then(Json::as_array);
        items.into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
    }
    pub(crate) fn maps(&self, name: &str) -> &[Json] {
        self.0.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SPEC: Spec = Spec {
        module: "a.b.c",
        options: &[&[
            opt("name", Takes::Text).required(),
            opt("api_version", Takes::Text).aliases(&["api", "version"]),
            opt("wait", Takes::Flag),
            opt("count", Takes::Int),
            opt("items", Takes::Texts).choices(&["x", "y"]),
            opt("map", Takes::Map),
            opt("raw", Takes::Anything),
        ]],
        exclusive: &[&["map", "raw"]],
    };

    fn read(args: Json) -> Result<Json, String> {
        let map = args.as_object().unwrap().iter().map(|(k, v)| (k.as_str().into(), Value::from_json(v))).collect();
        SPEC.read(&Args { map, ..Args::default() }).map(|options| Json::Object(options.0))
    }

    #[test]
    fn conversions() {
        let rows = [
            (json!({"name": 5, "api": "v1"}), json!({"name": "5", "api_version": "v1"})),
            (json!({"name": "n", "wait": "yes", "count": "7"}), json!({"name": "n", "wait": true, "count": 7})),
            (json!({"name": "n", "items": "x, y", "raw": null}), json!({"name": "n", "items": ["x", "y"]})),
            (json!({"name": "n", "map": "a=1 b=2"}), json!({"name": "n", "map": {"a": "1", "b": "2"}})),
            (json!({"name": "n", "map": "{\"a\": 1}"}), json!({"name": "n", "map": {"a": 1}})),
        ];
        for (given, wanted) in rows {
            assert_eq!(read(given.clone()), Ok(wanted), "{given}");
        }
    }

    #[test]
    fn complaints() {
        let rows = [
            (json!({}), "missing required arguments: name"),
            (json!({"name": "n", "map": {}, "raw": {}}), "parameters are mutually exclusive: map|raw"),
            (json!({"name": "n", "items": ["z"]}), "value of items must be one or more of: x, y, got: z"),
            (
                json!({"name": "n", "wait": "maybe"}),
                "argument 'wait' is of type <class 'str'> and we were unable to convert to bool: maybe",
            ),
            (
                json!({"name": "n", "nmae": 1}),
                "Unsupported parameters for (a.b.c) module: nmae. Supported parameters include: api_version (api, \
                 version), count, items, map, name, raw, wait.",
            ),
        ];
        for (given, wanted) in rows {
            assert_eq!(read(given.clone()), Err(wanted.to_owned()), "{given}");
        }
    }
}
