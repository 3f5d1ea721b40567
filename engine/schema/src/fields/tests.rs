//! Against what a real API server answered, request by request.
use super::*;
use crate::structural::Structural;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn definition() -> Structural {
    Structural::parse(&json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "replicas": {"type": "integer"}, "mode": {"type": "string"}, "name": {"type": "string"},
            "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "args": {"type": "array", "items": {"type": "string"}},
            "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": {"type": "string"}, "port": {"type": "integer"}}}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}}},
            "tmpl": {"type": "object", "x-kubernetes-embedded-resource": true,
                "x-kubernetes-preserve-unknown-fields": true}}},
        "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}}}}))
}

const VERSION: &str = "example.com/v1";

fn writer<'a>(manager: &'a str, time: &'a str) -> Writer<'a> {
    Writer { manager, api_version: VERSION, subresource: "", time, scope: Scope::of("", true) }
}

/// One object behind a door, as a server keeps it.
struct Server {
    definition: Structural,
    object: Json,
}

impl Server {
    fn new() -> Self {
        let object = json!({"apiVersion": VERSION, "kind": "Foo", "metadata": {}});
        Self { definition: definition(), object }
    }

    fn apply(&mut self, manager: &str, spec: Json, force: bool) -> Result<(), ApplyError> {
        let schemas = |version: &str| (version == VERSION).then_some(Schema::Resource(&self.definition));
        let applied = json!({"apiVersion": VERSION, "kind": "Foo", "metadata": {"name": "s"}, "spec": spec});
        let mut new = apply(&self.object, &applied, force, &writer(manager, "2026-01-01T00:00:01Z"), &schemas)?;
        new["metadata"]["uid"] = json!("u");
        self.object = new;
        Ok(())
    }

    fn update(&mut self, manager: &str, change: impl Fn(&mut Json)) {
        let schemas = |version: &str| (version == VERSION).then_some(Schema::Resource(&self.definition));
        let live = if self.object["metadata"].get("uid").is_some() { self.object.clone() } else { json!({}) };
        let mut new = self.object.clone();
        new["metadata"]["uid"] = json!("u");
        change(&mut new);
        track(&live, &mut new, &writer(manager, "2026-01-01T00:00:02Z"), &schemas);
        self.object = new;
    }

    fn owned(&self, manager: &str) -> Json {
        let entries = self.object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        entries.into_iter().find(|e| e["manager"] == manager).map_or(Json::Null, |e| e["fieldsV1"].clone())
    }
}

#[test]
fn the_recorded_applies() {
    let mut server = Server::new();
    let full = json!({"replicas": 1, "name": "abc", "tags": ["a"], "ports": [{"name": "x", "port": 1}]});
    server.apply("m1", full.clone(), false).unwrap();
    let owned = json!({"f:spec": {"f:name": {}, "f:ports": {"k:{\"name\":\"x\"}": {".": {}, "f:name": {}, "f:port": {}}},
        "f:replicas": {}, "f:tags": {"v:\"a\"": {}}}});
    assert_eq!(server.owned("m1"), owned);
    let before = server.object.clone();
    server.apply("m1", full, false).unwrap();
    assert_eq!(server.object, before);

    let error = server.apply("m2", json!({"replicas": 2, "name": "def"}), false).unwrap_err();
    assert_eq!(
        error.message(),
        "Apply failed with 2 conflicts: conflicts with \"m1\":\n- .spec.name\n- .spec.replicas"
    );
    let error = server.apply("m2", json!({"replicas": 2}), false).unwrap_err();
    assert_eq!(error.message(), "Apply failed with 1 conflict: conflict with \"m1\": .spec.replicas");
    server.apply("m2", json!({"replicas": 1}), false).unwrap();
    assert_eq!(server.owned("m2"), json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(server.object["metadata"]["managedFields"][0].get("time"), None);

    server.apply("m2", json!({"replicas": 3, "ports": [{"name": "y", "port": 2}]}), true).unwrap();
    assert_eq!(server.object["spec"]["ports"], json!([{"name": "x", "port": 1}, {"name": "y", "port": 2}]));
    assert_eq!(server.owned("m1")["f:spec"].get("f:replicas"), None);

    server.apply("m1", json!({}), false).unwrap();
    assert_eq!(server.object["spec"], json!({"replicas": 3, "ports": [{"name": "y", "port": 2}]}));
    assert_eq!(server.owned("m1"), json!({"f:spec": {}}));

    server.update("upd", |o| o["spec"]["name"] = json!("ghi"));
    assert_eq!(server.owned("upd"), json!({"f:spec": {"f:name": {}}}));
    let error = server.apply("m1", json!({"name": "x"}), false).unwrap_err();
    assert_eq!(error.message(), "Apply failed with 1 conflict: conflict with \"upd\" using example.com/v1: .spec.name");
}

#[test]
fn what_does_not_fit_the_schema_is_refused_in_the_words_of_kubernetes() {
    let mut server = Server::new();
    for (spec, message) in [
        (json!({"bogus": 1}), ".spec.bogus: field not declared in schema"),
        (json!({"ports": {"a": 1}}), ".spec.ports: expected list, got &{map[a:1]}"),
        (json!({"ports": [{"name": "q"}, {"name": "q"}]}), ".spec.ports: duplicate entries for key [name=\"q\"]"),
        (json!({"replicas": "x"}), ".spec.replicas: expected numeric (int or float), got string"),
    ] {
        assert_eq!(server.apply("m", spec, false), Err(ApplyError::Untyped(message.into())));
    }
}

#[test]
fn the_recorded_create_and_updates() {
    let mut server = Server::new();
    server.update("test", |o| {
        o["metadata"]["finalizers"] = json!(["nodomain"]);
        o["spec"] = json!({"free": {"z": 1}, "mode": "A", "ports": [{"name": "x", "port": 80}], "replicas": 1,
            "tmpl": {"apiVersion": "v1", "data": {"a": "b"}, "kind": "ConfigMap", "metadata": {"name": "q"}}});
    });
    assert_eq!(
        server.owned("test"),
        json!({"f:metadata": {"f:finalizers": {".": {}, "v:\"nodomain\"": {}}}, "f:spec": {".": {},
            "f:free": {".": {}, "f:z": {}}, "f:mode": {},
            "f:ports": {".": {}, "k:{\"name\":\"x\"}": {".": {}, "f:name": {}, "f:port": {}}}, "f:replicas": {},
            "f:tmpl": {".": {}, "f:apiVersion": {}, "f:data": {".": {}, "f:a": {}}, "f:kind": {},
            "f:metadata": {".": {}, "f:name": {}}}}})
    );
    server.update("mgrB", |o| o["spec"]["replicas"] = json!(2));
    assert_eq!(server.owned("mgrB"), json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(server.owned("test")["f:spec"].get("f:replicas"), None);
    let before = server.object.clone();
    server.update("noop", |_| {});
    assert_eq!(server.object, before);
    server.update("x", |o| o["status"] = json!({"replicas": 1}));
    assert_eq!(server.owned("x"), Json::Null);
}

#[test]
fn a_reset_stops_recording_until_the_next_apply() {
    let mut server = Server::new();
    server.update("a", |o| o["spec"] = json!({"replicas": 1}));
    server.update("b", |o| o["metadata"]["managedFields"] = json!([{}]));
    assert_eq!(server.object["metadata"].get("managedFields"), None);
    server.update("c", |o| o["spec"]["replicas"] = json!(2));
    assert_eq!(server.object["metadata"].get("managedFields"), None);
    assert_eq!(
        server.apply("m", json!({"replicas": 3}), false).unwrap_err().message(),
        "Apply failed with 1 conflict: conflict with \"before-first-apply\" using example.com/v1: .spec.replicas"
    );
}

#[test]
fn many_updaters_are_merged() {
    let mut server = Server::new();
    server.update("m00", |o| o["spec"] = json!({"labels": {}}));
    for i in 1..20 {
        server.update(&format!("m{i:02}"), |o| o["spec"]["labels"][format!("l{i}")] = json!("x"));
    }
    let managers = server.object["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(managers.len(), 10);
    assert!(managers.iter().any(|e| e["manager"] == "ancient-changes"));
}

#[test]
fn built_in_lists_go_by_their_keys_and_defaults() {
    let schema = Schema::built_in("apps", "v1", "Deployment").unwrap();
    let value = json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "args": ["x"],
        "ports": [{"containerPort": 80}]}], "volumes": [{"name": "v", "emptyDir": {}}]}}, "selector":
        {"matchLabels": {"a": "b"}}}});
    assert_eq!(
        to_set(&schema, &value).encode(),
        json!({"f:spec": {"f:selector": {}, "f:template": {"f:spec": {
            "f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:args": {}, "f:name": {},
                "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}},
            "f:volumes": {"k:{\"name\":\"v\"}": {".": {}, "f:emptyDir": {}, "f:name": {}}}}}}})
    );
    assert_eq!(
        validate(&schema, &json!({"spec": {"nope": 1}}), false).unwrap_err(),
        ".spec.nope: field not declared in schema"
    );
}

#[test]
fn kubectl_takes_over_from_its_own_annotation() {
    let mut server = Server::new();
    let last = json!({"apiVersion": VERSION, "kind": "Foo", "metadata": {"name": "s"}, "spec": {"replicas": 1}});
    server.update("kubectl-client-side-apply", |o| {
        o["metadata"]["annotations"] = json!({crate::merge::LAST_APPLIED: last.to_string()});
        o["spec"] = json!({"replicas": 1, "mode": "A"});
    });
    assert!(server.apply("kubectl", json!({"replicas": 2, "mode": "B"}), false).is_err());
    server.apply("kubectl", json!({"replicas": 2}), false).unwrap();
    assert_eq!(server.object["spec"], json!({"replicas": 2, "mode": "A"}));
}

fn spec() -> impl Strategy<Value = Json> {
    let port = ("[xyz]", 1..3).prop_map(|(name, port)| json!({"name": name, "port": port}));
    let unique = |mut ports: Vec<Json>| {
        let mut seen = std::collections::HashSet::new();
        ports.retain(|p| seen.insert(p["name"].to_string()));
        json!(ports)
    };
    (
        proptest::option::of(1..3),
        proptest::option::of("[ab]"),
        proptest::option::of(proptest::collection::vec(port, 0..3).prop_map(unique)),
        proptest::option::of(proptest::collection::btree_set("[ab]", 0..3)),
        proptest::option::of(proptest::collection::btree_map("[ab]", "[ab]", 0..3)),
    )
        .prop_map(|(replicas, name, ports, tags, labels)| {
            let mut spec = serde_json::Map::new();
            replicas.map(|v: i32| spec.insert("replicas".into(), v.into()));
            name.map(|v| spec.insert("name".into(), v.into()));
            ports.map(|v| spec.insert("ports".into(), v));
            tags.map(|v| spec.insert("tags".into(), json!(v)));
            labels.map(|v| spec.insert("labels".into(), json!(v)));
            Json::Object(spec)
        })
}

proptest! {
    #[test]
    fn applying_twice_is_applying_once(first in spec(), second in spec()) {
        let mut server = Server::new();
        server.apply("other", first, true).unwrap();
        server.apply("m", second.clone(), true).unwrap();
        let once = server.object.clone();
        server.apply("m", second, false).unwrap();
        prop_assert_eq!(server.object, once);
    }

    #[test]
    fn what_the_last_owner_drops_is_gone(spec in spec()) {
        // An empty list is nobody's, as upstream.
        prop_assume!(spec["ports"] != json!([]) && spec["tags"] != json!([]));
        let mut server = Server::new();
        server.apply("m", spec, false).unwrap();
        server.apply("m", json!({}), false).unwrap();
        let empty = server.object["spec"].as_object().is_none_or(|s| s.is_empty());
        prop_assert!(empty, "{}", server.object);
    }

    #[test]
    fn a_merge_has_the_fields_of_both(live in spec(), applied in spec()) {
        let definition = definition();
        let schema = Schema::Resource(&definition);
        let (live, applied) = (json!({"spec": live}), json!({"spec": applied}));
        let merged = merge(&schema, &live, &applied).unwrap();
        let changed = compare(&schema, &applied, &merged);
        prop_assert!(changed.modified.is_empty() || changed.modified.paths().len() == 1, "{changed:?}");
        prop_assert_eq!(changed.removed, FieldSet::default());
    }

    #[test]
    fn sets_survive_their_encoding(value in spec()) {
        let definition = definition();
        let set = to_set(&Schema::Resource(&definition), &json!({"spec": value}));
        prop_assert_eq!(FieldSet::decode(&set.encode()).unwrap(), set);
    }

    #[test]
    fn comparing_tells_exactly_what_differs(a in spec(), b in spec()) {
        let definition = definition();
        let schema = Schema::Resource(&definition);
        let (a, b) = (json!({"spec": a}), json!({"spec": b}));
        let change = compare(&schema, &a, &b);
        let back = compare(&schema, &b, &a);
        prop_assert_eq!(&change.added, &back.removed);
        prop_assert_eq!(&change.modified, &back.modified);
        prop_assert_eq!(compare(&schema, &a, &a), Comparison::default());
    }
}
