//! The `validate` option: definitions against what is known of built-in kinds.
use super::common::failure::{Failure, Result};
use rolewright_cluster::{Cluster, Gvk};
use rolewright_schema::catalogue::{self, KUBERNETES_VERSION, Shape, Type};
use serde_json::{Map, Value as Json};

#[derive(Clone, Debug)]
pub(crate) struct Validate {
    fail_on_error: bool,
    /// Unknown fields are errors.
    strict: bool,
}

impl Validate {
    pub(crate) fn read(option: &Json) -> Result<Self, String> {
        if let Some(version) = option["version"].as_str()
            && minor(version) > minor(KUBERNETES_VERSION)
        {
            return Err(format!("Kubernetes version {version} is not supported by kubernetes-validate"));
        }
        Ok(Self {
            fail_on_error: option["fail_on_error"].as_bool().unwrap_or(false),
            strict: option["strict"].as_bool().unwrap_or(true),
        })
    }

    /// What there is to say of each definition; a failure where errors fail the task.
    pub(crate) async fn check(&self, cluster: &Cluster, definitions: &[Json]) -> Result<Vec<Vec<String>>> {
        let mut all = Vec::with_capacity(definitions.len());
        for definition in definitions {
            let text = |key: &str| definition[key].as_str().unwrap_or_default();
            let (api_version, kind) = (text("apiVersion"), text("kind"));
            // The definition may use a short name; the cluster knows the kind.
            let gvk = match cluster.resolve(api_version, kind).await {
                Ok(resource) => resource.gvk,
                Err(_) => Gvk::from_api_version(api_version, kind),
            };
            let name = definition["metadata"]["name"].as_str().unwrap_or_default();
            let about = |message: String| format!("{} {name}: {message}", gvk.kind);
            let (messages, errors) =
                match catalogue::type_of(&gvk.group, &gvk.version, &gvk.kind).and_then(catalogue::definition) {
                    Some(definition_type) => (self.errors(definition, definition_type), true),
                    None => (vec![unknown(&gvk)], false),
                };
            let messages: Vec<String> = messages.into_iter().map(about).collect();
            if errors && self.fail_on_error && !messages.is_empty() {
                return Err(Failure::new(messages.join("\n")));
            }
            all.push(messages);
        }
        Ok(all)
    }

    fn errors(&self, definition: &Json, kind: &Type) -> Vec<String> {
        let mut walk = Walk { strict: self.strict, path: Vec::new(), errors: Vec::new() };
        if let Json::Object(map) = definition {
            walk.object(map, kind);
        }
        walk.errors
    }
}

fn minor(version: &str) -> u32 {
    version.trim_start_matches('v').split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0)
}

fn unknown(gvk: &Gvk) -> String {
    format!(
        "Could not find schema for object kind {} with API version {} in Kubernetes version {} (possibly Custom \
         Resource?)",
        gvk.kind,
        gvk.api_version(),
        KUBERNETES_VERSION.trim_start_matches('v')
    )
}

struct Walk {
    strict: bool,
    path: Vec<String>,
    errors: Vec<String>,
}

impl Walk {
    fn error(&mut self, message: String) {
        let path = self.path.join(".");
        let place = if path.is_empty() { String::new() } else { format!(" at {path}") };
        self.errors.push(format!("resource definition validation error{place}: {message}"));
    }

    fn object(&mut self, map: &Map<String, Json>, kind: &Type) {
        for (key, value) in map {
            match kind.field(key) {
                Some(field) => self.inside(key, |walk| walk.value(value, &field.shape)),
                None if key.starts_with('$') => {}
                None if self.strict => {
                    self.error(format!("Additional properties are not allowed ('{key}' was unexpected)"));
                }
                None => {}
            }
        }
        for field in kind.fields.iter().filter(|field| field.required && !map.contains_key(field.name)) {
            self.error(format!("'{}' is a required property", field.name));
        }
    }

    fn inside(&mut self, step: &str, look: impl FnOnce(&mut Self)) {
        self.path.push(step.to_owned());
        look(self);
        self.path.pop();
    }

    fn value(&mut self, value: &Json, shape: &Shape) {
        if value.is_null() {
            return;
        }
        let wanted = match shape {
            Shape::Any => return,
            Shape::Ref(name) => return self.reference(value, name),
            Shape::List(inner) => {
                let Json::Array(items) = value else { return self.wrong(value, "array") };
                for (index, item) in items.iter().enumerate() {
                    self.inside(&index.to_string(), |walk| walk.value(item, inner));
                }
                return;
            }
            Shape::Map(inner) => {
                let Json::Object(map) = value else { return self.wrong(value, "object") };
                for (key, item) in map {
                    self.inside(key, |walk| walk.value(item, inner));
                }
                return;
            }
            Shape::Object => (value.is_object(), "object"),
            Shape::Bool => (value.is_boolean(), "boolean"),
            Shape::Int32 | Shape::Int64 => (value.is_i64() || value.is_u64(), "integer"),
            Shape::Number => (value.is_number(), "number"),
            Shape::Quantity | Shape::IntOrString => (value.is_number() || value.is_string(), "string"),
            Shape::String | Shape::Bytes | Shape::Time | Shape::MicroTime => (value.is_string(), "string"),
        };
        if let (false, name) = wanted {
            self.wrong(value, name);
        }
    }

    fn reference(&mut self, value: &Json, name: &str) {
        let Some(kind) = catalogue::definition(name) else { return };
        match value {
            Json::Object(map) => self.object(map, kind),
            // Some types are written as something else than a map.
            _ if kind.fields.is_empty() => {}
            other => self.wrong(other, "object"),
        }
    }

    fn wrong(&mut self, value: &Json, wanted: &str) {
        let shown = match value {
            Json::String(text) => format!("'{text}'"),
            Json::Bool(flag) => if *flag { "True" } else { "False" }.to_owned(),
            other => other.to_string(),
        };
        self.error(format!("{shown} is not of type '{wanted}'"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn findings() {
        let deployment = |spec: Json| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec});
        let whole = json!({"selector": {}, "template": {}, "replicas": 1});
        let with = |key: &str, value: Json| {
            let mut spec = whole.clone();
            spec[key] = value;
            deployment(spec)
        };
        let rows = [
            (deployment(whole.clone()), true, None),
            (with("replicas", json!("lots")), true, Some("at spec.replicas: 'lots' is not of type 'integer'")),
            (
                with("extra", json!(1)),
                true,
                Some("at spec: Additional properties are not allowed ('extra' was unexpected)"),
            ),
            (with("extra", json!(1)), false, None),
            (deployment(json!({"selector": {}})), true, Some("at spec: 'template' is a required property")),
        ];
        let kind = catalogue::definition(catalogue::type_of("apps", "v1", "Deployment").unwrap()).unwrap();
        for (definition, strict, wanted) in rows {
            let errors = Validate { fail_on_error: true, strict }.errors(&definition, kind);
            assert_eq!(
                errors.first().cloned(),
                wanted.map(|text| format!("resource definition validation error {text}")),
                "{definition}"
            );
        }
    }
}
