//! The query of a request.
use percent_encoding::percent_decode_str;

use crate::status::{Cause, Failure, Outcome};

#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let pairs = text.unwrap_or_default().split('&').filter(|p| !p.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(key), decode(value))
                })
                .collect(),
        )
    }

    /// With only these parameters.
    pub(crate) fn filtered(&self, keys: &[&str]) -> Self {
        Self(self.0.iter().filter(|(k, _)| keys.contains(&k.as_str())).cloned().collect())
    }

    /// The first non-empty value of a parameter.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, v)| k == key && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(k, _)| k == key)
    }

    /// Anything but `0` and `false` is true, as Go's conversion has it.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.0.iter().find(|(k, _)| k == key).is_some_and(|(_, v)| !matches!(v.to_lowercase().as_str(), "0" | "false"))
    }

    pub(crate) fn int(&self, key: &str) -> Outcome<Option<i64>> {
        let Some(text) = self.get(key) else { return Ok(None) };
        let bad = || Failure::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"));
        text.parse().map(Some).map_err(|_| bad())
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// How unknown and repeated fields are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValidation {
    Ignore,
    Warn,
    Strict,
}

/// What every write may ask for.
#[derive(Clone, Debug)]
pub(crate) struct WriteOptions {
    pub(crate) dry_run: bool,
    pub(crate) manager: String,
    pub(crate) validation: FieldValidation,
    pub(crate) force: Option<bool>,
}

impl WriteOptions {
    /// `kind` is the options type that errors name: `CreateOptions`, `UpdateOptions`, `PatchOptions`.
    pub(crate) fn parse(query: &Query, agent: &str, kind: &str) -> Outcome<Self> {
        Ok(Self {
            dry_run: dry_run(query.all("dryRun").filter(|v| !v.is_empty()), kind)?,
            manager: manager(query.get("fieldManager"), agent, kind)?,
            validation: field_validation(query.get("fieldValidation"), kind)?,
            force: query.has("force").then(|| query.flag("force")),
        })
    }

    /// The options of a write that a simulated controller makes.
    pub(crate) fn internal(manager: &str) -> Self {
        Self { dry_run: false, manager: manager.into(), validation: FieldValidation::Ignore, force: None }
    }
}

pub(crate) fn dry_run<'a>(values: impl Iterator<Item = &'a str>, kind: &str) -> Outcome<bool> {
    let values: Vec<_> = values.collect();
    if values.iter().any(|v| *v != "All") {
        let cause = Cause::unsupported("dryRun", &serde_json::json!(values), &["All"]);
        return Err(Failure::invalid_options(kind, cause));
    }
    Ok(!values.is_empty())
}

fn field_validation(value: Option<&str>, kind: &str) -> Outcome<FieldValidation> {
    Ok(match value {
        None | Some("Warn") => FieldValidation::Warn,
        Some("Ignore") => FieldValidation::Ignore,
        Some("Strict") => FieldValidation::Strict,
        Some(other) => {
            let cause = Cause::unsupported("fieldValidation", &other.into(), &["", "Ignore", "Strict", "Warn"]);
            return Err(Failure::invalid_options(kind, cause));
        }
    })
}

/// The name under which the fields of a write are owned: asked for, or the client's program.
fn manager(asked: Option<&str>, agent: &str, kind: &str) -> Outcome<String> {
    let Some(asked) = asked else { return Ok(agent_name(agent)) };
    if asked.len() > 128 {
        let cause = Cause::new("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes");
        return Err(Failure::invalid_options(kind, cause));
    }
    if asked.chars().any(char::is_control) {
        let cause = Cause::invalid("fieldManager", &asked.into(), "should only contain printable characters");
        return Err(Failure::invalid_options(kind, cause));
    }
    Ok(asked.to_owned())
}

fn agent_name(agent: &str) -> String {
    let name: String =
        agent.split('/').next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(128).collect();
    if name.is_empty() { "unknown".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &str) -> Result<WriteOptions, String> {
        WriteOptions::parse(&Query::parse(Some(query)), "kubectl/v1.32.4 (linux)", "CreateOptions")
            .map_err(|f| f.message)
    }

    #[test]
    fn reads_write_options() {
        let plain = options("").unwrap();
        assert_eq!((plain.manager.as_str(), plain.dry_run), ("kubectl", false));
        assert!(options("dryRun=All").unwrap().dry_run);
        assert_eq!(options("fieldManager=a%20b").unwrap().manager, "a b");
        assert_eq!(options("force=true").unwrap().force, Some(true));
    }

    #[test]
    fn refuses_bad_options_in_the_words_of_the_api() {
        assert_eq!(
            options("dryRun=foo").unwrap_err(),
            "CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"foo\"]: supported values: \"All\""
        );
        assert_eq!(
            options("fieldValidation=Foo").unwrap_err(),
            "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Foo\": supported values: \
             \"\", \"Ignore\", \"Strict\", \"Warn\""
        );
        let query = Query::parse(Some("limit=abc&watch=abc&x=0"));
        assert_eq!(query.int("limit").unwrap_err().message, "strconv.ParseInt: parsing \"abc\": invalid syntax");
        assert!(query.flag("watch") && !query.flag("x") && !query.flag("absent"));
    }
}
