//! The syntax of names and labels, with the API's words for what breaks it.
use std::sync::LazyLock;

use regex::Regex;

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
pub fn check_name(group: &str, kind: &str, name: &str) -> Vec<String> {
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
pub fn check_qualified(key: &str) -> Vec<String> {
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

/// What is wrong with the value of a label.
pub fn check_label_value(value: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if value.len() > 63 {
        wrong.push("must be no more than 63 bytes".to_owned());
    }
    if !value.is_empty() && !NAME_PART.is_match(value) {
        wrong.push(LABEL_VALUE_TEXT.to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn labels_follow_their_syntax() {
        for (key, good) in [("a", true), ("x.io/a_b", true), ("/a", false), ("x/", false), ("a b", false)] {
            assert_eq!(check_qualified(key).is_empty(), good, "{key}");
        }
        for (value, good) in [("", true), ("a.b", true), ("-", false)] {
            assert_eq!(check_label_value(value).is_empty(), good, "{value}");
        }
        assert_eq!(check_label_value(&"x".repeat(64)), ["must be no more than 63 bytes"]);
    }
}
