//! Names of objects, and the syntax of labels and the like.
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value as Json;

use crate::json::JsonExt;
use crate::status::Cause;

const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Random letters, as generated names end in.
pub(crate) fn suffix(length: usize) -> String {
    (0..length).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

/// A stable hash in the same letters.
pub(crate) fn hash(text: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(text.as_bytes());
    digest.iter().take(9).map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()])).collect()
}

/// `generateName` and a suffix.
pub(crate) fn generate(base: &str) -> String {
    let base: String = base.chars().take(58).collect();
    format!("{base}{}", suffix(5))
}

/// A pattern of ours; one that did not compile would match nothing.
struct Pattern(Option<Regex>);

impl Pattern {
    fn new(text: &str) -> Self {
        Self(Regex::new(text).ok())
    }

    fn is_match(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|r| r.is_match(text))
    }
}

static SUBDOMAIN: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"));
static LABEL: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"));
static NAME_PART: LazyLock<Pattern> = LazyLock::new(|| Pattern::new(r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$"));

const SUBDOMAIN_TEXT: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS1035_TEXT: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME_PART_TEXT: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// What is wrong with the name of an object of this kind.
pub(crate) fn check_name(group: &str, kind: &str, name: &str) -> Vec<String> {
    match (group, kind) {
        ("", "Namespace") => check(&LABEL, LABEL_TEXT, name, 63),
        ("", "Service") if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !LABEL.is_match(name) => {
            vec![DNS1035_TEXT.into()]
        }
        ("rbac.authorization.k8s.io", _) => path_segment(name),
        _ => check(&SUBDOMAIN, SUBDOMAIN_TEXT, name, 253),
    }
}

fn check(pattern: &Pattern, text: &str, name: &str, longest: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    if name.len() > longest {
        wrong.push(format!("must be no more than {longest} bytes"));
    }
    if !pattern.is_match(name) {
        wrong.push(text.to_owned());
    }
    wrong
}

fn path_segment(name: &str) -> Vec<String> {
    match name {
        "." | ".." => vec![format!("may not be '{name}'")],
        _ if name.contains('/') => vec!["may not contain '/'".into()],
        _ if name.contains('%') => vec!["may not contain '%'".into()],
        _ => Vec::new(),
    }
}

/// What is wrong with a label key, an annotation key or a finalizer.
pub(crate) fn check_qualified(key: &str) -> Vec<String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    let mut wrong = Vec::new();
    match prefix {
        Some("") => wrong.push("prefix part must be non-empty".to_owned()),
        Some(p) if !SUBDOMAIN.is_match(p) => wrong.push(format!("prefix part {SUBDOMAIN_TEXT}")),
        _ => {}
    }
    if name.is_empty() {
        wrong.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".into());
    }
    if !NAME_PART.is_match(name) {
        wrong.push(format!("name part {NAME_PART_TEXT}"));
    }
    wrong
}

/// Labels, annotations and finalizers of an object.
pub(crate) fn check_syntax(metadata: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let pairs = |field: &str| metadata.get(field).and_then(Json::as_object).into_iter().flatten();
    for (key, value) in pairs("labels") {
        qualified("metadata.labels", key, &mut causes);
        let value = value.as_str().unwrap_or_default();
        if value.len() > 63 {
            causes.push(Cause::invalid("metadata.labels", &value.into(), "must be no more than 63 bytes"));
        }
        if !value.is_empty() && !NAME_PART.is_match(value) {
            causes.push(Cause::invalid("metadata.labels", &value.into(), LABEL_VALUE_TEXT));
        }
    }
    for (key, _) in pairs("annotations") {
        qualified("metadata.annotations", &key.to_lowercase(), &mut causes);
    }
    let size = |(k, v): (&String, &Json)| k.len() + v.as_str().map_or(0, str::len);
    if pairs("annotations").map(size).sum::<usize>() > 256 * 1024 {
        let message = "Too long: may not be more than 262144 bytes";
        causes.push(Cause::new("FieldValueTooLong", "metadata.annotations", message));
    }
    for finalizer in metadata.items("/finalizers").iter().filter_map(Json::as_str) {
        qualified("metadata.finalizers", finalizer, &mut causes);
    }
    causes
}

fn qualified(field: &str, key: &str, causes: &mut Vec<Cause>) {
    causes.extend(check_qualified(key).iter().map(|why| Cause::invalid(field, &key.into(), why)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_follow_the_rules_of_their_kind() {
        for (group, kind, name, good) in [
            ("", "Pod", "a.b-c", true),
            ("", "Pod", "A", false),
            ("", "Namespace", "a.b", false),
            ("", "Service", "1abc", false),
            ("", "Service", "abc-1", true),
            ("rbac.authorization.k8s.io", "ClusterRole", "system:x", true),
            ("rbac.authorization.k8s.io", "ClusterRole", "a/b", false),
        ] {
            assert_eq!(check_name(group, kind, name).is_empty(), good, "{kind} {name}");
        }
    }

    #[test]
    fn generated_names_are_short_enough() {
        let name = generate(&"x".repeat(80));
        assert_eq!(name.len(), 63);
        assert_eq!(hash("a"), hash("a"));
        assert_ne!(hash("a"), hash("b"));
    }

    #[test]
    fn labels_are_checked_in_the_words_of_the_api() {
        let causes = check_syntax(&json!({"labels": {"a b": "x"}, "annotations": {"A/b": "1"}}));
        assert_eq!(causes.len(), 1);
        assert!(causes[0].message.starts_with("Invalid value: \"a b\": name part must consist of alphanumeric"));
        let long = check_syntax(&json!({"annotations": {"a": "x".repeat(300_000)}}));
        assert_eq!(long[0].message, "Too long: may not be more than 262144 bytes");
        assert_eq!(check_syntax(&json!({"labels": {"a": "-"}})).len(), 1);
    }
}
