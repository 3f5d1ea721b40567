//! Label and field selectors of requests.
mod labels;

use serde_json::Value as Json;

pub(crate) use labels::Labels;

use crate::json::{JsonExt, at_path};
use crate::registry::Resource;
use crate::request::query::Query;
use crate::status::{Failure, Outcome};
use crate::store::Object;

/// Which objects a request is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: Labels,
    fields: Vec<FieldTerm>,
}

#[derive(Clone, Debug, PartialEq)]
struct FieldTerm {
    field: String,
    value: String,
    equal: bool,
}

impl Selector {
    pub(crate) fn parse(query: &Query, resource: &Resource) -> Outcome<Self> {
        let labels = Labels::parse(query.get("labelSelector").unwrap_or_default()).map_err(Failure::bad_request)?;
        let fields = fields(query.get("fieldSelector").unwrap_or_default())?;
        for term in &fields {
            check_field(resource, &term.field)?;
        }
        Ok(Self { labels, fields })
    }

    pub(crate) fn with_name(mut self, name: &str) -> Self {
        self.fields.push(FieldTerm { field: "metadata.name".into(), value: name.into(), equal: true });
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Object) -> bool {
        self.labels.matches(object.value.pointer("/metadata/labels"))
            && self.fields.iter().all(|t| (field(&object.value, &t.field) == t.value) == t.equal)
    }

    /// The one name the selector asks for, so that the object can be looked up.
    pub(crate) fn name(&self) -> Option<&str> {
        let by_name = |t: &&FieldTerm| t.equal && t.field == "metadata.name";
        self.fields.iter().find(by_name).map(|t| t.value.as_str())
    }
}

fn fields(text: &str) -> Outcome<Vec<FieldTerm>> {
    text.split(',').filter(|t| !t.is_empty()).map(field_term).collect()
}

fn field_term(term: &str) -> Outcome<FieldTerm> {
    let split = [("!=", false), ("==", true), ("=", true)]
        .into_iter()
        .find_map(|(operator, equal)| term.split_once(operator).map(|(field, value)| (field, value, equal)));
    let Some((field, value, equal)) = split else {
        return Err(Failure::bad_request(format!("invalid selector: '{term}'; can't understand '{term}'")));
    };
    let value = value.replace("\\,", ",").replace("\\=", "=").replace("\\\\", "\\");
    Ok(FieldTerm { field: field.into(), value, equal })
}

fn check_field(resource: &Resource, field: &str) -> Outcome<()> {
    if field == "metadata.name" || (field == "metadata.namespace" && resource.namespaced) {
        return Ok(());
    }
    if let Some(custom) = &resource.custom {
        let known = custom.selectable.iter().any(|s| s == field);
        return if known { Ok(()) } else { Err(unsupported(field)) };
    }
    match built_in_fields(resource) {
        Some(fields) if fields.contains(&field) => Ok(()),
        Some(_) => Err(unsupported(field)),
        None => Err(Failure::bad_request(format!(
            "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        ))),
    }
}

fn unsupported(field: &str) -> Box<Failure> {
    Failure::bad_request(format!("field label not supported: {field}"))
}

fn built_in_fields(resource: &Resource) -> Option<&'static [&'static str]> {
    Some(match (resource.group.as_str(), resource.kind.as_str()) {
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

fn field(value: &Json, path: &str) -> String {
    let found = match path {
        "source" => value.pointer("/source/component").filter(|c| *c != "").or_else(|| value.get("reportingComponent")),
        "status.podIPs" => value.pointer("/status/podIPs/0/ip"),
        "status.successful" => value.pointer("/status/succeeded"),
        path => at_path(value, path),
    };
    match found {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => match path {
            "spec.unschedulable" | "spec.hostNetwork" => "false".into(),
            "status.replicas" | "status.successful" => "0".into(),
            _ => String::new(),
        },
        Some(other) => other.to_string(),
    }
}

/// Whether a `LabelSelector` object (or a map of labels) takes these labels.
pub(crate) fn selects(selector: &Json, labels: Option<&Json>) -> bool {
    let plain = selector.get("matchLabels").is_none() && selector.get("matchExpressions").is_none();
    let wanted = if plain { Some(selector) } else { selector.get("matchLabels") };
    let label = |key: &str| labels.and_then(|l| l.get(key)).and_then(Json::as_str);
    let equal = wanted.and_then(Json::as_object).into_iter().flatten().all(|(k, v)| label(k) == v.as_str());
    equal
        && selector.items("/matchExpressions").iter().all(|e| {
            let found = label(e.text("/key"));
            let listed = || e.items("/values").iter().filter_map(Json::as_str).any(|v| Some(v) == found);
            match e.text("/operator") {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_field_terms() {
        assert_eq!(
            fields("a.b!=c,d==e").unwrap(),
            [
                FieldTerm { field: "a.b".into(), value: "c".into(), equal: false },
                FieldTerm { field: "d".into(), value: "e".into(), equal: true }
            ]
        );
        assert_eq!(fields("bogus").unwrap_err().message, "invalid selector: 'bogus'; can't understand 'bogus'");
    }

    #[test]
    fn label_selector_objects_select() {
        let labels = json!({"a": "1"});
        let selects = |selector: Json| selects(&selector, Some(&labels));
        assert!(selects(json!({"a": "1"})));
        assert!(selects(json!({"matchLabels": {"a": "1"}})));
        assert!(selects(json!({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]})));
        assert!(!selects(json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]})));
    }
}
