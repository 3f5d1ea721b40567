//! Failures as the API words them: `Status` objects.
use serde_json::{Value as Json, json};

/// One entry of `details.causes`, a field error.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) field: String,
}

impl Cause {
    pub(crate) fn new(reason: &str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason: reason.into(), message: message.into(), field: field.into() }
    }

    pub(crate) fn required(field: impl Into<String>, detail: &str) -> Self {
        let message = if detail.is_empty() { "Required value".into() } else { format!("Required value: {detail}") };
        Self::new("FieldValueRequired", field, message)
    }

    pub(crate) fn invalid(field: impl Into<String>, value: &Json, detail: &str) -> Self {
        Self::new("FieldValueInvalid", field, format!("Invalid value: {value}: {detail}"))
    }

    pub(crate) fn forbidden(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        Self::new("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    pub(crate) fn unsupported(field: impl Into<String>, value: &Json, supported: &[&str]) -> Self {
        let supported = supported.iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
        let message = format!("Unsupported value: {value}: supported values: {supported}");
        Self::new("FieldValueNotSupported", field, message)
    }
}

/// How the names of a resource appear in messages.
#[derive(Clone, Debug)]
pub(crate) struct Names<'a> {
    pub(crate) group: &'a str,
    pub(crate) plural: &'a str,
    pub(crate) kind: &'a str,
}

impl Names<'_> {
    /// `foos.example.com`, `pods`.
    pub(crate) fn resource(&self) -> String {
        qualify(self.plural, self.group)
    }
    /// `Foo.example.com`, `Pod`.
    pub(crate) fn kind(&self) -> String {
        qualify(self.kind, self.group)
    }
}

pub(crate) fn qualify(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// A failed request.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) details: Option<Json>,
    /// Plain text instead of a `Status`.
    pub(crate) plain: bool,
    /// Where a list goes on that cannot go on consistently.
    pub(crate) resume: Option<String>,
}

pub(crate) type Outcome<T> = Result<T, Box<Failure>>;

impl Failure {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { code, reason, message: message.into(), details: None, plain: false, resume: None })
    }

    pub(crate) fn with(mut self: Box<Self>, details: Json) -> Box<Self> {
        self.details = Some(details);
        self
    }

    pub(crate) fn to_json(&self) -> Json {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message});
        if let Some(token) = &self.resume {
            status["metadata"]["continue"] = token.as_str().into();
        }
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status["code"] = self.code.into();
        status
    }

    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.details.as_ref()?.get("retryAfterSeconds")?.as_u64()
    }

    pub(crate) fn page_not_found() -> Box<Self> {
        let mut failure = Self::new(404, "", "404 page not found\n");
        failure.plain = true;
        failure
    }

    pub(crate) fn not_found(names: &Names<'_>, name: &str) -> Box<Self> {
        Self::new(404, "NotFound", format!("{} {name:?} not found", names.resource())).with(details(
            name,
            names.group,
            names.plural,
        ))
    }

    pub(crate) fn already_exists(names: &Names<'_>, name: &str) -> Box<Self> {
        Self::new(409, "AlreadyExists", format!("{} {name:?} already exists", names.resource())).with(details(
            name,
            names.group,
            names.plural,
        ))
    }

    pub(crate) fn conflict(names: &Names<'_>, name: &str, why: &str) -> Box<Self> {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", names.resource());
        Self::new(409, "Conflict", message).with(details(name, names.group, names.plural))
    }

    pub(crate) fn modified(names: &Names<'_>, name: &str) -> Box<Self> {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(names, name, why)
    }

    pub(crate) fn forbidden(names: &Names<'_>, name: &str, why: &str) -> Box<Self> {
        Self::new(403, "Forbidden", format!("{} {name:?} is forbidden: {why}", names.resource())).with(details(
            name,
            names.group,
            names.plural,
        ))
    }

    /// 422 with the field errors of an object.
    pub(crate) fn invalid(names: &Names<'_>, name: &str, causes: Vec<Cause>) -> Box<Self> {
        Self::invalid_as(&names.kind(), names.group, names.kind, name, causes)
    }

    /// 422 about the options of a request (`DeleteOptions` and the like).
    pub(crate) fn invalid_options(kind: &str, cause: Cause) -> Box<Self> {
        Self::invalid_as(&format!("{kind}.meta.k8s.io"), "meta.k8s.io", kind, "", vec![cause])
    }

    pub(crate) fn invalid_as(shown: &str, group: &str, kind: &str, name: &str, causes: Vec<Cause>) -> Box<Self> {
        let message = format!("{shown} {name:?} is invalid: {}", aggregate(&causes));
        let mut about = details(name, group, kind);
        about["causes"] = causes
            .iter()
            .map(|c| json!({"reason": c.reason, "message": c.message, "field": c.field}))
            .collect::<Json>();
        Self::new(422, "Invalid", message).with(about)
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Box<Self> {
        Self::new(400, "BadRequest", message)
    }

    /// A failure the API reports without a reason.
    pub(crate) fn internal(message: impl Into<String>) -> Box<Self> {
        Self::new(500, "", message)
    }

    pub(crate) fn method_not_allowed() -> Box<Self> {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            .with(json!({}))
    }

    pub(crate) fn expired(message: impl Into<String>) -> Box<Self> {
        Self::new(410, "Expired", message)
    }

    pub(crate) fn unsupported_media(accepted: &[&str]) -> Box<Self> {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn not_acceptable() -> Box<Self> {
        let message = "only the following media types are accepted: application/json, application/yaml, \
                       application/vnd.kubernetes.protobuf";
        Self::new(406, "NotAcceptable", message)
    }

    pub(crate) fn too_large_version(asked: u64, current: u64) -> Box<Self> {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        Self::new(504, "Timeout", message).with(json!({"causes": [{"reason": "ResourceVersionTooLarge",
            "message": "Too large resource version"}], "retryAfterSeconds": 1}))
    }
}

/// `details` of a failure; the core group and empty names leave their key out, as Go's encoder does.
fn details(name: &str, group: &str, kind: &str) -> Json {
    let mut details = serde_json::Map::new();
    for (key, value) in [("name", name), ("group", group), ("kind", kind)] {
        if !value.is_empty() {
            details.insert(key.into(), value.into());
        }
    }
    Json::Object(details)
}

/// `a`, or `[a, b]` with repeated texts told once.
fn aggregate(causes: &[Cause]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in causes {
        let text = format!("{}: {}", cause.field, cause.message);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match texts.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOO: Names<'_> = Names { group: "example.com", plural: "foos", kind: "Foo" };

    #[test]
    fn words_failures_as_the_api_does() {
        let conflict = Failure::modified(&FOO, "u").to_json();
        assert_eq!(
            conflict["message"],
            "Operation cannot be fulfilled on foos.example.com \"u\": the object has been modified; please apply \
             your changes to the latest version and try again"
        );
        assert_eq!(conflict["details"], json!({"name": "u", "group": "example.com", "kind": "foos"}));
        let options = Failure::invalid_options("ListOptions", Cause::forbidden("x", "no"));
        assert_eq!(options.message, "ListOptions.meta.k8s.io \"\" is invalid: x: Forbidden: no");
        let core = Failure::not_found(&Names { group: "", plural: "pods", kind: "Pod" }, "p").to_json();
        assert_eq!(core["details"], json!({"name": "p", "kind": "pods"}));
    }

    #[test]
    fn several_field_errors_stand_in_brackets_and_repeat_only_as_causes() {
        let a = Cause::required("spec.a", "");
        let b = Cause::invalid("spec.b", &json!("x"), "no");
        let failure = Failure::invalid(&FOO, "b", vec![a.clone(), b, a]);
        assert_eq!(
            failure.message,
            "Foo.example.com \"b\" is invalid: [spec.a: Required value, spec.b: Invalid value: \"x\": no]"
        );
        assert_eq!(failure.to_json()["details"]["causes"].as_array().map(Vec::len), Some(3));
    }
}
