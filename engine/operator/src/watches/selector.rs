//! `selector`: a Kubernetes LabelSelector, as text for the API and as a test of an object's labels.
use super::fields::{Fields, Findings, describe, key_text};
use rolewright_language::yaml::{Kind, Node};
use serde_json::Value as Json;

/// All requirements must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

impl Selector {
    pub(super) fn read(node: &Node, findings: &mut Findings) -> Option<Self> {
        let fields = Fields::of(node, "selector", &["matchLabels", "matchExpressions"], findings)?;
        let mut all = Vec::new();
        if let Some(labels) = fields.get("matchLabels") {
            match_labels(labels, &mut all, findings);
        }
        for node in fields.list("matchExpressions", findings) {
            all.extend(expression(node, findings));
        }
        Some(Self(all))
    }

    #[cfg(test)]
    pub(crate) fn of_label(key: &str, value: &str) -> Self {
        Self(vec![Requirement { key: key.into(), test: Test::In(vec![value.into()]) }])
    }

    /// Whether the object's labels fulfil every requirement.
    pub fn matches(&self, object: &Json) -> bool {
        let labels = &object["metadata"]["labels"];
        self.0.iter().all(|requirement| {
            let value = labels[requirement.key.as_str()].as_str();
            match &requirement.test {
                Test::In(values) => value.is_some_and(|value| values.iter().any(|other| other == value)),
                Test::NotIn(values) => value.is_none_or(|value| !values.iter().any(|other| other == value)),
                Test::Exists => value.is_some(),
                Test::DoesNotExist => value.is_none(),
            }
        })
    }
}

/// The text form that list and watch requests take.
impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.0.iter().map(|Requirement { key, test }| match test {
            Test::In(values) => match values.as_slice() {
                [one] => format!("{key}={one}"),
                many => format!("{key} in ({})", many.join(",")),
            },
            Test::NotIn(values) => format!("{key} notin ({})", values.join(",")),
            Test::Exists => key.clone(),
            Test::DoesNotExist => format!("!{key}"),
        });
        f.write_str(&shown.collect::<Vec<_>>().join(","))
    }
}

fn match_labels(node: &Node, all: &mut Vec<Requirement>, findings: &mut Findings) {
    let Kind::Map(entries) = &node.kind else {
        findings.wrong(node, "matchLabels", "a mapping");
        return;
    };
    for (key, value) in entries {
        match &value.kind {
            Kind::Str(text) => all.push(Requirement { key: key_text(key), test: Test::In(vec![text.clone()]) }),
            _ => findings.wrong(value, &format!("matchLabels.{}", key_text(key)), "text"),
        }
    }
}

fn expression(node: &Node, findings: &mut Findings) -> Option<Requirement> {
    let fields = Fields::of(node, "matchExpressions", &["key", "operator", "values"], findings)?;
    let key = fields.text("key", findings).unwrap_or_default();
    let operator = fields.text("operator", findings).unwrap_or_default();
    let mut values = Vec::new();
    for value in fields.list("values", findings) {
        match &value.kind {
            Kind::Str(text) => values.push(text.clone()),
            _ => findings.wrong(value, "values", "a list of texts"),
        }
    }
    let mut refuse = |what: String| {
        let message = format!("error constructing predicate from watches selector: {what}");
        findings.error(&node.origin, "watches-selector", message);
        None
    };
    if key.is_empty() {
        return refuse("key must not be empty".into());
    }
    let test = match (operator.as_str(), values.is_empty()) {
        ("In" | "NotIn", true) => {
            return refuse(format!("values: Invalid value: []: for '{}' operator, values set can't be empty", {
                operator.to_lowercase()
            }));
        }
        ("Exists" | "DoesNotExist", false) => {
            return refuse("values: Invalid value: values set must be empty for exists and does not exist".into());
        }
        ("In", _) => Test::In(values),
        ("NotIn", _) => Test::NotIn(values),
        ("Exists", _) => Test::Exists,
        ("DoesNotExist", _) => Test::DoesNotExist,
        _ => {
            let found = fields.get("operator").map_or_else(|| "nothing".to_owned(), describe);
            return refuse(format!("{found} is not a valid label selector operator"));
        }
    };
    Some(Requirement { key, test })
}
