//! Field selectors: `metadata.name=x,status.phase!=Running`.
use serde_json::Value as Json;

/// A field selector: all terms hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    value: String,
    equal: bool,
}

impl Fields {
    /// Err is the API's text. Which fields a kind has is for `supported_fields` to say.
    pub fn parse(text: &str) -> Result<Self, String> {
        let terms = terms(text).into_iter().filter(|t| !t.is_empty());
        terms.map(|term| read(text, term)).collect::<Result<_, _>>().map(Self)
    }

    /// One more term.
    pub fn and(mut self, field: &str, value: &str) -> Self {
        self.0.push(Term { field: field.into(), value: value.into(), equal: true });
        self
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields it asks about.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|term| term.field.as_str())
    }

    /// The one value the selector asks this field to have.
    pub fn exact(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|t| t.equal && t.field == field).map(|t| t.value.as_str())
    }

    pub fn matches(&self, object: &Json) -> bool {
        self.0.iter().all(|term| (field_value(object, &term.field) == term.value) == term.equal)
    }
}

/// Split at commas that no backslash stands before.
fn terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(text.get(start..).unwrap_or_default());
    terms
}

fn read(whole: &str, term: &str) -> Result<Term, String> {
    let split = term.char_indices().find_map(|(at, _)| {
        let rest = term.get(at..)?;
        let (operator, equal) =
            [("!=", false), ("==", true), ("=", true)].into_iter().find(|(o, _)| rest.starts_with(o))?;
        Some((term.get(..at)?, rest.get(operator.len()..)?, equal))
    });
    let Some((field, value, equal)) = split else {
        return Err(format!("invalid selector: '{whole}'; can't understand '{term}'"));
    };
    Ok(Term { field: field.to_owned(), value: unescaped(value)?, equal })
}

fn unescaped(value: &str) -> Result<String, String> {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => out.push(c),
                Some(c) => return Err(format!("invalid field selector: invalid escape sequence: \\{c}")),
                None => return Err("invalid field selector: invalid escape sequence: \\".to_owned()),
            },
            ',' | '=' => {
                return Err(format!("invalid field selector: unescaped character in value: {}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

/// The fields a built-in kind can be selected by, besides its name and namespace; None when only by these.
pub fn supported_fields(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    Some(match (group, kind) {
        ("", "Pod") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("", "Secret") => &["type"],
        ("" | "events.k8s.io", "Event") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("", "Namespace") => &["status.phase"],
        ("", "Node") => &["spec.unschedulable"],
        ("", "Service") => &["spec.clusterIP", "spec.type"],
        ("", "ReplicationController") | ("apps", "ReplicaSet") => &["status.replicas"],
        ("batch", "Job") => &["status.successful"],
        ("certificates.k8s.io", "CertificateSigningRequest") => &["spec.signerName"],
        _ => return None,
    })
}

/// The text a field has for selectors, which is not always where it says.
pub fn field_value(object: &Json, field: &str) -> String {
    let at = |pointer: &str| object.pointer(pointer);
    let found = match field {
        "source" => at("/source/component").filter(|c| *c != "").or_else(|| object.get("reportingComponent")),
        "status.podIPs" => at("/status/podIPs/0/ip"),
        "status.successful" => at("/status/succeeded"),
        path => path.split('.').try_fold(object, |at, key| at.get(key)),
    };
    match found {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => match field {
            "spec.unschedulable" | "spec.hostNetwork" => "false".into(),
            "status.replicas" | "status.successful" => "0".into(),
            _ => String::new(),
        },
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_terms() {
        let object = json!({"a": {"b": "c"}, "d": "e", "status": {"succeeded": 2}});
        for (text, wanted) in [
            ("a.b=c", true),
            ("a.b!=c,d==e", false),
            ("a.b!=x,d==e", true),
            ("status.successful=2", true),
            ("spec.unschedulable=false", true),
            ("missing=", true),
            ("", true),
            ("d=x\\,y", false),
        ] {
            assert_eq!(Fields::parse(text).unwrap().matches(&object), wanted, "{text}");
        }
        assert_eq!(Fields::parse("metadata.name=x").unwrap().exact("metadata.name"), Some("x"));
        assert_eq!(Fields::default().and("metadata.name", "x").names().collect::<Vec<_>>(), ["metadata.name"]);
    }

    #[test]
    fn refuses_as_the_api_does() {
        for (text, message) in [
            ("bogus", "invalid selector: 'bogus'; can't understand 'bogus'"),
            ("a=b,bogus", "invalid selector: 'a=b,bogus'; can't understand 'bogus'"),
            ("a=b=c", "invalid field selector: unescaped character in value: 61"),
            ("a=b\\c", "invalid field selector: invalid escape sequence: \\c"),
        ] {
            assert_eq!(Fields::parse(text).unwrap_err(), message, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_fails_badly(text in "\\PC{0,30}") {
            let _ = Fields::parse(&text);
        }
    }
}
