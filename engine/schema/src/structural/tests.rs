//! Against what a real API server answered.
use super::*;
use serde_json::json;

fn schema() -> Json {
    json!({"type": "object", "required": ["spec"], "properties": {
        "spec": {"type": "object", "required": ["replicas"], "properties": {
            "replicas": {"type": "integer", "minimum": 0, "maximum": 10},
            "mode": {"type": "string", "enum": ["A", "B"], "default": "A"},
            "name": {"type": "string", "maxLength": 5, "pattern": "^[a-z]+$"},
            "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"},
                    "port": {"type": "integer", "default": 80}}}},
            "ios": {"x-kubernetes-int-or-string": true},
            "when": {"type": "string", "format": "date-time"},
            "nn": {"type": "string", "nullable": true, "default": "x"},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "tmpl": {"type": "object", "x-kubernetes-embedded-resource": true,
                "x-kubernetes-preserve-unknown-fields": true},
            "map": {"type": "object", "additionalProperties": {"type": "integer", "multipleOf": 5}},
            "one": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}}},
        "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}}}})
}

fn errors(spec: Json) -> Vec<String> {
    let value = json!({"spec": spec});
    let errors = Structural::parse(&schema()).validate(&value, "");
    errors.into_iter().map(|e| format!("{}: {}", e.field, e.message)).collect()
}

#[test]
fn values_are_refused_in_the_words_of_the_api_server() {
    for (spec, wanted) in [
        (json!({"replicas": 1}), vec![]),
        (json!({"replicas": 1.0}), vec![]),
        (json!({}), vec!["spec.replicas: Required value"]),
        (json!(5), vec!["spec: Invalid value: \"integer\": spec in body must be of type object: \"integer\""]),
        (
            json!({"replicas": "x"}),
            vec!["spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\""],
        ),
        (
            json!({"replicas": 11}),
            vec!["spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10"],
        ),
        (
            json!({"replicas": -2}),
            vec!["spec.replicas: Invalid value: -2: spec.replicas in body should be greater than or equal to 0"],
        ),
        (
            json!({"replicas": 1, "mode": "C", "name": "abcdefg"}),
            vec![
                "spec.mode: Unsupported value: \"C\": supported values: \"A\", \"B\"",
                "spec.name: Too long: may not be more than 5 bytes",
            ],
        ),
        (
            json!({"replicas": 1, "name": "A"}),
            vec!["spec.name: Invalid value: \"A\": spec.name in body should match '^[a-z]+$'"],
        ),
        (json!({"replicas": 1, "tags": ["a", "a"]}), vec!["spec.tags[1]: Duplicate value: \"a\""]),
        (
            json!({"replicas": 1, "ports": [{"name": "x"}, {"name": "x"}]}),
            vec!["spec.ports[1]: Duplicate value: {\"name\":\"x\"}"],
        ),
        (json!({"replicas": 1, "ports": [{"port": 1}]}), vec!["spec.ports[0].name: Required value"]),
        (
            json!({"replicas": 1, "ios": 1.5}),
            vec!["spec.ios: Invalid value: \"number\": spec.ios in body must be of type integer,string: \"number\""],
        ),
        (
            json!({"replicas": 1, "when": "nope"}),
            vec!["spec.when: Invalid value: \"nope\": spec.when in body must be of type date-time: \"nope\""],
        ),
        (
            json!({"replicas": 1, "tmpl": {"metadata": {}}}),
            vec!["spec.tmpl.apiVersion: Required value", "spec.tmpl.kind: Required value"],
        ),
        (
            json!({"replicas": 1, "map": {"k": 7}}),
            vec!["spec.map.k: Invalid value: 7: spec.map.k in body should be a multiple of 5"],
        ),
        (
            json!({"replicas": 1, "one": {"a": "x", "b": "y"}}),
            vec![
                "spec.one: Invalid value: \"\": \"spec.one\" must validate one and only one schema (oneOf). Found 2 \
                  valid alternatives",
            ],
        ),
        (json!({"replicas": 1, "nn": null}), vec![]),
    ] {
        assert_eq!(errors(spec.clone()), wanted, "{spec}");
    }
}

#[test]
fn a_status_is_checked_on_its_own() {
    let structural = Structural::parse(&schema());
    let found = structural.properties["status"].validate(&json!({"replicas": "x"}), "status");
    assert_eq!(found[0].field, "status.replicas");
    assert_eq!(found[0].reason, "FieldValueTypeInvalid");
    assert_eq!(found[0].message, "Invalid value: \"string\": replicas in body must be of type integer: \"string\"");
}

#[test]
fn unknown_fields_are_pruned() {
    let structural = Structural::parse(&schema());
    let mut value = json!({"zzz": 1, "kind": "Foo", "metadata": {"name": "a", "bogus": 1}, "spec": {"bogus": {"x": 1},
        "free": {"any": {"thing": 1}}, "map": {"k": 5}, "ports": [{"name": "x", "extra": 1}],
        "tmpl": {"apiVersion": "v1", "data": {"a": "b"}, "metadata": {"name": "q", "bogus": 1}}}});
    assert_eq!(
        structural.prune(&mut value),
        ["metadata.bogus", "spec.tmpl.metadata.bogus", "spec.bogus", "spec.ports[0].extra", "zzz"]
    );
    assert_eq!(
        value,
        json!({"kind": "Foo", "metadata": {"name": "a"}, "spec": {"free": {"any": {"thing": 1}}, "map": {"k": 5},
            "ports": [{"name": "x"}], "tmpl": {"apiVersion": "v1", "data": {"a": "b"}, "metadata": {"name": "q"}}}})
    );
}

#[test]
fn defaults_are_filled_in() {
    let structural = Structural::parse(&schema());
    let mut value = json!({"spec": {"replicas": null, "mode": null, "nn": null, "ports": [{"name": "x"}]}});
    structural.default(&mut value);
    assert_eq!(value, json!({"spec": {"mode": "A", "nn": null, "ports": [{"name": "x", "port": 80}]}}));
}

#[test]
fn schemas_must_be_structural() {
    let found = |schema: Json| -> Vec<String> {
        check(&schema, "s").into_iter().map(|e| format!("{}: {}", e.field, e.message)).collect()
    };
    assert_eq!(found(schema()), Vec::<String>::new());
    for (schema, wanted) in [
        (json!({}), vec!["s.type: Required value: must not be empty at the root"]),
        (
            json!({"type": "object", "properties": {"spec": {}}}),
            vec!["s.properties[spec].type: Required value: must not be empty for specified object fields"],
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}}),
            vec!["s.properties[a].default: Invalid value: \"string\":  in body must be of type integer: \"string\""],
        ),
        (
            json!({"type": "object", "properties": {"l": {"type": "array"}}}),
            vec!["s.properties[l].items: Required value: must be specified"],
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"type": "object",
                "properties": {"b": {"minLength": 1}}}]}),
            vec![
                "s.anyOf[0].type: Forbidden: must be empty to be structural",
                "s.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]",
            ],
        ),
        (
            json!({"type": "object", "properties": {"l": {"type": "array", "x-kubernetes-list-type": "map",
                "items": {"type": "object", "properties": {"n": {"type": "string"}}},
                "x-kubernetes-list-map-keys": ["n"]}}}),
            vec![
                "s.properties[l].items.properties[n].default: Required value: this property is in \
                  x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ],
        ),
        (
            json!({"type": "object", "properties": {"i": {"x-kubernetes-int-or-string": true,
                "anyOf": [{"type": "integer"}, {"type": "string"}]}}}),
            vec![],
        ),
    ] {
        assert_eq!(found(schema.clone()), wanted, "{schema}");
    }
}

#[test]
fn rules_are_told() {
    let with = json!({"type": "object", "properties": {"a": {"type": "object",
        "x-kubernetes-validations": [{"rule": "self.x > 1"}]}}});
    assert!(Structural::parse(&with).rules());
    assert!(!Structural::parse(&schema()).rules());
}
