//! OpenAPI definitions: of built-in kinds from the catalogue, of custom ones from their definitions.
use rolewright_schema::catalogue::{self, Field, ListType, Shape};
use serde_json::{Map, Value as Json, json};

use crate::registry::Resource;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

const API_VERSION_TEXT: &str = "APIVersion defines the versioned schema of this representation of an object. Servers \
                                should convert recognized schemas to the latest internal value, and may reject \
                                unrecognized values. More info: \
                                https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources";
const KIND_TEXT: &str = "Kind is a string value representing the REST resource this object represents. Servers may \
                         infer this from the endpoint the client submits requests to. Cannot be updated. In \
                         CamelCase. More info: \
                         https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds";
const METADATA_TEXT: &str = "Standard object's metadata. More info: \
                             https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// Adds the definitions of a kind and of all it refers to; the name of its own.
pub(crate) fn definitions(resource: &Resource, schemas: &mut Map<String, Json>) -> String {
    if let Some(custom) = &resource.custom {
        let name = reverse_name(resource);
        schemas.insert(name.clone(), published(resource, &custom.schema));
        schemas.insert(format!("{name}List"), list_of(resource, &name));
        meta_definition("ObjectMeta", schemas);
        meta_definition("ListMeta", schemas);
        return name;
    }
    match catalogue::type_of(&resource.group, &resource.version, &resource.kind) {
        Some(name) => {
            add(name, schemas);
            name.to_owned()
        }
        None => {
            let name = reverse_name(resource);
            schemas.insert(name.clone(), json!({"type": "object"}));
            name
        }
    }
}

/// Adds a definition of the meta group.
pub(crate) fn meta_definition(name: &str, schemas: &mut Map<String, Json>) {
    let name = format!("{META}.{name}");
    if let Some(found) = catalogue::definition(&name) {
        add(found.name, schemas);
    }
}

/// What every patch looks like: anything.
pub(crate) fn patch_definition(schemas: &mut Map<String, Json>) {
    let text = "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.";
    schemas.insert(format!("{META}.Patch"), json!({"type": "object", "description": text}));
}

fn reverse_name(resource: &Resource) -> String {
    let reversed: Vec<_> = resource.group.rsplit('.').collect();
    format!("{}.{}.{}", reversed.join("."), resource.version, resource.kind)
}

fn add(name: &'static str, schemas: &mut Map<String, Json>) {
    if schemas.contains_key(name) {
        return;
    }
    // Before its fields: types refer to themselves.
    schemas.insert(name.to_owned(), Json::Null);
    let Some(definition) = catalogue::definition(name) else { return };
    let mut schema = json!({"type": "object"});
    let required: Vec<Json> = definition.fields.iter().filter(|f| f.required).map(|f| f.name.into()).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    let properties: Map<String, Json> =
        definition.fields.iter().map(|f| (f.name.to_owned(), property(f, schemas))).collect();
    if !properties.is_empty() {
        schema["properties"] = properties.into();
    }
    if let Some((group, version, kind)) = definition.gvk {
        schema["x-kubernetes-group-version-kind"] = json!([{"group": group, "version": version, "kind": kind}]);
    }
    if definition.atomic {
        schema["x-kubernetes-map-type"] = "atomic".into();
    }
    schemas.insert(name.to_owned(), schema);
}

fn property(field: &Field, schemas: &mut Map<String, Json>) -> Json {
    let mut property = shape(&field.shape, schemas);
    let text = match field.name {
        "apiVersion" => API_VERSION_TEXT,
        "kind" => KIND_TEXT,
        "metadata" => METADATA_TEXT,
        _ => "",
    };
    if !text.is_empty() {
        property["description"] = text.into();
    }
    match &field.list {
        None => {}
        Some(ListType::Atomic) => property["x-kubernetes-list-type"] = "atomic".into(),
        Some(ListType::Set) => property["x-kubernetes-list-type"] = "set".into(),
        Some(ListType::Map(keys)) => {
            property["x-kubernetes-list-type"] = "map".into();
            property["x-kubernetes-list-map-keys"] = json!(keys);
        }
    }
    let strategies = [(field.merges, "merge"), (field.replaces, "replace"), (field.retain_keys, "retainKeys")];
    let strategies: Vec<_> = strategies.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
    if !strategies.is_empty() {
        property["x-kubernetes-patch-strategy"] = strategies.join(",").into();
    }
    if let Some(key) = field.merge_key {
        property["x-kubernetes-patch-merge-key"] = key.into();
    }
    if field.atomic {
        property["x-kubernetes-map-type"] = "atomic".into();
    }
    property
}

fn shape(shape: &Shape, schemas: &mut Map<String, Json>) -> Json {
    match shape {
        Shape::String => json!({"type": "string"}),
        Shape::Bytes => json!({"type": "string", "format": "byte"}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Int32 => json!({"type": "integer", "format": "int32"}),
        Shape::Int64 => json!({"type": "integer", "format": "int64"}),
        Shape::Number => json!({"type": "number", "format": "double"}),
        Shape::Object => json!({"type": "object"}),
        Shape::Any => json!({"x-kubernetes-preserve-unknown-fields": true}),
        Shape::Quantity => leaf(
            "io.k8s.apimachinery.pkg.api.resource.Quantity",
            json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
            schemas,
        ),
        Shape::IntOrString => leaf(
            "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
            json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}),
            schemas,
        ),
        Shape::Time => leaf(&format!("{META}.Time"), json!({"type": "string", "format": "date-time"}), schemas),
        Shape::MicroTime => {
            leaf(&format!("{META}.MicroTime"), json!({"type": "string", "format": "date-time"}), schemas)
        }
        Shape::Ref(name) => {
            add(name, schemas);
            reference(name)
        }
        Shape::List(inner) => json!({"type": "array", "items": self::shape(inner, schemas)}),
        Shape::Map(inner) => json!({"type": "object", "additionalProperties": self::shape(inner, schemas)}),
    }
}

/// A named type without fields.
fn leaf(name: &str, schema: Json, schemas: &mut Map<String, Json>) -> Json {
    schemas.entry(name).or_insert(schema);
    reference(name)
}

fn reference(name: &str) -> Json {
    json!({"allOf": [{"$ref": format!("#/components/schemas/{name}")}]})
}

/// The schema of a definition as clients see it: with the fields every object has, and without shorthands.
fn published(resource: &Resource, schema: &Json) -> Json {
    let mut schema = expand(schema);
    if !schema.is_object() {
        schema = json!({"type": "object"});
    }
    let mut properties = Map::new();
    properties.insert("apiVersion".into(), json!({"type": "string", "description": API_VERSION_TEXT}));
    properties.insert("kind".into(), json!({"type": "string", "description": KIND_TEXT}));
    let mut metadata = reference(&format!("{META}.ObjectMeta"));
    metadata["description"] = METADATA_TEXT.into();
    properties.insert("metadata".into(), metadata);
    let own = schema.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    properties.extend(own.into_iter().filter(|(k, _)| !matches!(k.as_str(), "apiVersion" | "kind" | "metadata")));
    schema["properties"] = properties.into();
    schema["x-kubernetes-group-version-kind"] = own_kind(resource, &resource.kind);
    schema
}

fn own_kind(resource: &Resource, kind: &str) -> Json {
    json!([{"group": resource.group, "version": resource.version, "kind": kind}])
}

fn list_of(resource: &Resource, item: &str) -> Json {
    let items = json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{item}")}});
    json!({"type": "object", "required": ["items"], "description": format!("{} is a list of {}", resource.list_kind, resource.kind),
        "properties": {"apiVersion": {"type": "string", "description": API_VERSION_TEXT},
            "kind": {"type": "string", "description": KIND_TEXT}, "items": items,
            "metadata": reference(&format!("{META}.ListMeta"))},
        "x-kubernetes-group-version-kind": own_kind(resource, &resource.list_kind)})
}

/// `x-kubernetes-int-or-string` spelled out, at every depth.
fn expand(schema: &Json) -> Json {
    let Some(map) = schema.as_object() else { return schema.clone() };
    let mut out: Map<String, Json> = map
        .iter()
        .map(|(key, value)| {
            let value = match (key.as_str(), value) {
                ("properties", Json::Object(fields)) => {
                    Json::Object(fields.iter().map(|(k, v)| (k.clone(), expand(v))).collect())
                }
                ("items" | "additionalProperties", Json::Object(_)) => expand(value),
                _ => value.clone(),
            };
            (key.clone(), value)
        })
        .collect();
    if map.get("x-kubernetes-int-or-string") == Some(&Json::Bool(true)) && !map.contains_key("anyOf") {
        out.insert("anyOf".into(), json!([{"type": "integer"}, {"type": "string"}]));
    }
    Json::Object(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_every_kind_resolves() {
        let registry = crate::registry::Registry::new();
        let mut schemas = Map::new();
        for resource in registry.served().all() {
            definitions(resource, &mut schemas);
        }
        let text = Json::Object(schemas.clone()).to_string();
        let mut count = 0;
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
            count += 1;
        }
        assert!(count > 800, "{count}");
        let containers = &schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"];
        assert_eq!(containers["x-kubernetes-patch-merge-key"], "name");
        assert_eq!(containers["x-kubernetes-list-map-keys"], json!(["name"]));
    }

    #[test]
    fn shorthands_are_spelled_out() {
        let schema = json!({"properties": {"a": {"x-kubernetes-int-or-string": true}}});
        assert_eq!(expand(&schema)["properties"]["a"]["anyOf"], json!([{"type": "integer"}, {"type": "string"}]));
    }
}
