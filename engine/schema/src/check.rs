//! Objects of built-in kinds against the catalogue: unknown fields, types, and what must be there.
use base64::Engine;
use serde_json::{Map, Value as Json};

use crate::catalogue::{self, Shape, Type};
use crate::field_error::FieldError;
use crate::go;
use crate::quantity::{MALFORMED, Quantity};

fn kind_type(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    catalogue::type_of(group, version, kind).and_then(catalogue::definition)
}

/// Drops the fields the kind does not have; their paths in the order they stand. None when it is not built in.
pub fn prune(group: &str, version: &str, kind: &str, value: &mut Json) -> Option<Vec<String>> {
    let of = kind_type(group, version, kind)?;
    let mut dropped = Vec::new();
    prune_type(of, value, "", &mut dropped);
    Some(dropped)
}

pub(crate) fn prune_type(of: &'static Type, value: &mut Json, path: &str, dropped: &mut Vec<String>) {
    // A type without fields is one whose content is free.
    let Json::Object(map) = value else { return };
    if of.fields.is_empty() {
        return;
    }
    let unknown: Vec<String> = map.keys().filter(|k| of.field(k).is_none()).cloned().collect();
    for (key, value) in map.iter_mut() {
        if let Some(field) = of.field(key) {
            prune_shape(&field.shape, value, &join(path, key), dropped);
        }
    }
    for key in unknown {
        map.shift_remove(&key);
        dropped.push(join(path, &key));
    }
}

fn prune_shape(shape: &'static Shape, value: &mut Json, path: &str, dropped: &mut Vec<String>) {
    match (shape, value) {
        (Shape::List(inner), Json::Array(items)) => {
            for (at, item) in items.iter_mut().enumerate() {
                prune_shape(inner, item, &format!("{path}[{at}]"), dropped);
            }
        }
        (Shape::Map(inner), Json::Object(map)) => {
            for (key, value) in map.iter_mut() {
                prune_shape(inner, value, &join(path, key), dropped);
            }
        }
        (shape, value) => {
            if let Some(of) = shape.definition() {
                prune_type(of, value, path, dropped);
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Whether Go could decode the object as its kind; Err is what its decoder says. None when it is not built in.
pub fn types(group: &str, version: &str, kind: &str, value: &Json) -> Option<Result<(), String>> {
    kind_type(group, version, kind).map(|of| Decoder { of, path: Vec::new() }.map(value))
}

/// The same for the metadata of an object of any kind, whose path starts there.
pub fn metadata_types(value: &Json) -> Result<(), String> {
    let of = catalogue::definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
    match (of, value.get("metadata")) {
        (Some(of), Some(metadata)) => Decoder { of, path: Vec::new() }.map(metadata),
        _ => Ok(()),
    }
}

/// Where Go's decoder is: in which struct, under which fields of the whole object.
struct Decoder<'a> {
    of: &'static Type,
    path: Vec<&'a str>,
}

impl<'a> Decoder<'a> {
    fn map(&mut self, value: &'a Json) -> Result<(), String> {
        let Json::Object(map) = value else {
            return Err(format!(
                "json: cannot unmarshal {} into Go value of type {}",
                go::json_type(value),
                go_name(self.of.name)
            ));
        };
        self.fields(map)
    }

    fn fields(&mut self, map: &'a Map<String, Json>) -> Result<(), String> {
        let of = self.of;
        for (key, value) in map {
            let Some(field) = of.field(key) else { continue };
            self.path.push(key);
            self.value(&field.shape, value)?;
            self.path.pop();
        }
        Ok(())
    }

    fn value(&mut self, shape: &'static Shape, value: &'a Json) -> Result<(), String> {
        match (shape, value) {
            (_, Json::Null) | (Shape::Any, _) => Ok(()),
            (Shape::List(inner), Json::Array(items)) => items.iter().try_for_each(|item| self.value(inner, item)),
            (Shape::Map(inner), Json::Object(map)) => map.values().try_for_each(|value| self.value(inner, value)),
            (Shape::Ref(_), Json::Object(map)) => {
                let Some(of) = shape.definition() else { return Ok(()) };
                let outer = std::mem::replace(&mut self.of, of);
                self.fields(map)?;
                self.of = outer;
                Ok(())
            }
            (Shape::String, Json::String(_)) | (Shape::Bool, Json::Bool(_)) | (Shape::Number, Json::Number(_)) => {
                Ok(())
            }
            (Shape::Object, Json::Object(_)) => Ok(()),
            (Shape::Int32, Json::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => Ok(()),
            (Shape::Int64, Json::Number(n)) if n.as_i64().is_some() => Ok(()),
            (Shape::Int32 | Shape::Int64, Json::Number(n)) => Err(self.mismatch(&format!("number {n}"), shape)),
            (Shape::Quantity, value) => quantity(value),
            (Shape::IntOrString, value) => int_or_string(value),
            (Shape::Time | Shape::MicroTime, value) => time(shape, value),
            (Shape::Bytes, Json::String(text)) => bytes(text),
            (shape, value) => Err(self.mismatch(go::json_type(value), shape)),
        }
    }

    fn mismatch(&self, found: &str, shape: &Shape) -> String {
        let (of, path) = (go_name(self.of.name), self.path.join("."));
        let of = of.rsplit('.').next().unwrap_or_default();
        format!("json: cannot unmarshal {found} into Go struct field {of}.{path} of type {}", go_type(shape))
    }
}

fn quantity(value: &Json) -> Result<(), String> {
    let good = match value {
        Json::String(text) => Quantity::parse(text).is_ok(),
        Json::Number(number) => Quantity::parse(&number.to_string()).is_ok(),
        _ => false,
    };
    if good { Ok(()) } else { Err(MALFORMED.to_owned()) }
}

fn int_or_string(value: &Json) -> Result<(), String> {
    match value {
        Json::String(_) => Ok(()),
        Json::Number(n) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => Ok(()),
        Json::Number(n) => Err(format!("json: cannot unmarshal number {n} into Go value of type int32")),
        other => Err(format!("json: cannot unmarshal {} into Go value of type int32", go::json_type(other))),
    }
}

fn time(shape: &Shape, value: &Json) -> Result<(), String> {
    let Json::String(text) = value else {
        return Err(format!("json: cannot unmarshal {} into Go value of type string", go::json_type(value)));
    };
    let micro = *shape == Shape::MicroTime;
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    let strict = digits(0..4) && digits(5..7) && digits(8..10) && bytes.get(10) == Some(&b'T');
    let fraction = !micro || bytes.get(19) == Some(&b'.') && digits(20..26) && !digits(26..27);
    if strict && fraction && text.parse::<jiff::Timestamp>().is_ok() {
        return Ok(());
    }
    let (rest, wanted) = match () {
        () if !digits(0..4) => (text.as_str(), "2006"),
        () if strict && !fraction => (text.get(19..).unwrap_or_default(), ".000000"),
        () => (text.get(10..).unwrap_or_default(), "T"),
    };
    Err(format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {wanted:?}"))
}

fn bytes(text: &str) -> Result<(), String> {
    if base64::engine::general_purpose::STANDARD.decode(text).is_ok() {
        return Ok(());
    }
    let at = text.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))).unwrap_or(text.len());
    Err(format!("illegal base64 data at input byte {at}"))
}

/// `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`.
fn go_name(name: &str) -> String {
    let parts: Vec<&str> = name.rsplitn(3, '.').collect();
    match parts.as_slice() {
        [name, package, ..] => format!("{package}.{name}"),
        _ => name.to_owned(),
    }
}

fn go_type(shape: &Shape) -> String {
    match shape {
        Shape::String => "string".into(),
        Shape::Bytes => "[]uint8".into(),
        Shape::Bool => "bool".into(),
        Shape::Int32 => "int32".into(),
        Shape::Int64 => "int64".into(),
        Shape::Number => "float64".into(),
        Shape::Quantity => "resource.Quantity".into(),
        Shape::IntOrString => "intstr.IntOrString".into(),
        Shape::Time => "v1.Time".into(),
        Shape::MicroTime => "v1.MicroTime".into(),
        Shape::Object | Shape::Any => "runtime.RawExtension".into(),
        Shape::Ref(name) => go_name(name),
        Shape::List(inner) => format!("[]{}", go_type(inner)),
        Shape::Map(inner) => format!("map[string]{}", go_type(inner)),
    }
}

/// Texts and lists that must not be empty, after defaults. The API server checks more, in code of each kind; numbers
/// and structs are left to that. None when the kind is not built in.
pub fn required(group: &str, version: &str, kind: &str, value: &Json) -> Option<Vec<FieldError>> {
    let of = kind_type(group, version, kind)?;
    let mut errors = Vec::new();
    for field in &of.fields {
        if matches!(field.name, "metadata" | "status" | "apiVersion" | "kind") {
            continue;
        }
        if let Some(value) = value.get(field.name) {
            required_in(&field.shape, value, field.name, &mut errors);
        }
    }
    Some(errors)
}

fn required_in(shape: &'static Shape, value: &Json, path: &str, errors: &mut Vec<FieldError>) {
    match (shape, value) {
        (Shape::List(inner), Json::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                required_in(inner, item, &format!("{path}[{at}]"), errors);
            }
        }
        (Shape::Map(inner), Json::Object(map)) => {
            for (key, value) in map {
                required_in(inner, value, &format!("{path}[{key}]"), errors);
            }
        }
        (shape, Json::Object(map)) => {
            let Some(of) = shape.definition() else { return };
            for field in &of.fields {
                let at = join(path, field.name);
                match map.get(field.name).filter(|v| !v.is_null()) {
                    Some(value) if !(field.required && is_empty(value)) => {
                        required_in(&field.shape, value, &at, errors)
                    }
                    _ if field.required && matches!(field.shape, Shape::String | Shape::List(_)) => {
                        errors.push(FieldError::required(at, ""));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_fields_are_dropped_and_told() {
        let mut value = json!({"apiVersion": "apps/v1", "zzz": 1, "metadata": {"name": "a", "bogus": 1},
            "spec": {"replicas": 1, "bogus": 2, "template": {"spec": {"containers": [{"name": "c", "imag": "x",
            "resources": {"limits": {"any/thing": 1}}}]}}}});
        assert_eq!(
            prune("apps", "v1", "Deployment", &mut value).unwrap(),
            ["metadata.bogus", "spec.template.spec.containers[0].imag", "spec.bogus", "zzz"]
        );
        assert_eq!(
            value,
            json!({"apiVersion": "apps/v1", "metadata": {"name": "a"}, "spec": {"replicas": 1, "template": {"spec":
            {"containers": [{"name": "c", "resources": {"limits": {"any/thing": 1}}}]}}}})
        );
        assert!(prune("e.com", "v1", "Foo", &mut value).is_none());
    }

    #[test]
    fn types_are_refused_in_the_words_of_go() {
        let deployment = |spec: Json| types("apps", "v1", "Deployment", &json!({"spec": spec})).unwrap();
        let pod = |container: Json| {
            deployment(json!({"template": {"spec": {"containers": [container]}}}))
                .map_err(|e| e.trim_start_matches("json: cannot unmarshal ").to_owned())
        };
        assert_eq!(
            deployment(json!({"replicas": "x"})).unwrap_err(),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        );
        for (container, message) in [
            (
                json!({"image": 1}),
                "number into Go struct field Container.spec.template.spec.containers.image of type string",
            ),
            (
                json!({"ports": {}}),
                "object into Go struct field Container.spec.template.spec.containers.ports of type []v1.ContainerPort",
            ),
            (
                json!({"ports": [{"containerPort": 1.5}]}),
                "number 1.5 into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32",
            ),
            (json!({"resources": {"limits": {"cpu": "1x"}}}), MALFORMED),
            (json!({"livenessProbe": {"httpGet": {"port": true}}}), "bool into Go value of type int32"),
            (json!("x"), "string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container"),
        ] {
            assert_eq!(pod(container.clone()).unwrap_err(), message, "{container}");
        }
        for good in [json!({"resources": {"limits": {"cpu": 1.5}}}), json!({"image": null}), json!({"bogus": 1})] {
            assert_eq!(pod(good), Ok(()));
        }
        assert_eq!(
            metadata_types(&json!({"metadata": {"labels": {"a": 1}}})).unwrap_err(),
            "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
        );
    }

    #[test]
    fn times_are_strict() {
        let lease =
            |time: &str| types("coordination.k8s.io", "v1", "Lease", &json!({"spec": {"renewTime": time}})).unwrap();
        assert_eq!(lease("2026-01-01T00:00:00.000000Z"), Ok(()));
        assert_eq!(
            lease("2026-01-01T00:00:00Z").unwrap_err(),
            "parsing time \"2026-01-01T00:00:00Z\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot parse \"Z\" as \".000000\""
        );
        let pod = |time: &str| types("", "v1", "Pod", &json!({"metadata": {"creationTimestamp": time}})).unwrap();
        assert!(pod("2026-01-01T00:00:00Z").is_ok() && pod("nope").is_err());
    }

    #[test]
    fn what_must_be_there_is_missed() {
        let fields = |value: Json| -> Vec<String> {
            required("apps", "v1", "Deployment", &value).unwrap().into_iter().map(|e| e.field).collect()
        };
        assert_eq!(
            fields(json!({"spec": {"template": {"spec": {"containers": []}}}})),
            ["spec.template.spec.containers"]
        );
        assert_eq!(
            fields(json!({"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}})),
            ["spec.template.spec.containers[0].name"]
        );
    }
}
