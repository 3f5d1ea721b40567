//! The modules against the sandbox.
mod nodes;
mod others;

use crate::kubernetes::info::K8sInfo;
use crate::kubernetes::json_patch::K8sJsonPatch;
use crate::kubernetes::k8s::K8s;
use crate::kubernetes::scale::K8sScale;
use crate::testing::{World, result};
use serde_json::{Value as Json, json};

fn config_map(data: Json) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}, "data": data})
}

fn deployment(replicas: i64) -> Json {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "default"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [
            {"name": "c", "image": "i", "ports": [{"containerPort": 80}], "resources": {"limits": {"cpu": "1000m"}}}]}}}})
}

#[test]
fn created_updated_deleted() {
    let world = World::new();
    let run = |args: Json| result(&world.run(&K8s, args));
    let made = run(json!({"definition": config_map(json!({"a": "1"}))}));
    assert_eq!((&made["changed"], &made["method"]), (&json!(true), &json!("create")));
    assert!(made["result"]["metadata"]["uid"].is_string() && made.get("diff").is_none());
    let same = run(json!({"definition": config_map(json!({"a": "1"}))}));
    assert_eq!((&same["changed"], &same["method"], &same["diff"]), (&json!(false), &json!("update"), &json!({})));
    let more = run(json!({"definition": config_map(json!({"b": "2"}))}));
    assert_eq!(more["changed"], true);
    assert_eq!(more["result"]["data"], json!({"a": "1", "b": "2"}));
    assert_eq!(more["diff"]["after"]["data"], json!({"b": "2"}));
    let replaced = run(json!({"definition": config_map(json!({"b": "2"})), "force": true}));
    assert_eq!((&replaced["method"], &replaced["result"]["data"]), (&json!("replace"), &json!({"b": "2"})));
    let gone = run(json!({"state": "absent", "kind": "ConfigMap", "name": "c", "namespace": "default", "wait": true}));
    assert_eq!((&gone["changed"], &gone["method"], &gone["duration"]), (&json!(true), &json!("delete"), &json!(0)));
    let gone = run(json!({"state": "absent", "kind": "ConfigMap", "name": "c", "namespace": "default"}));
    assert_eq!((&gone["changed"], &gone["result"]), (&json!(false), &json!({})));
    let patched = run(json!({"state": "patched", "definition": config_map(json!({}))}));
    assert_eq!(patched["changed"], false);
    assert!(patched["warnings"][0].as_str().unwrap().contains("kind=ConfigMap,name=c"));
}

#[test]
fn a_steady_task_costs_one_read() {
    let world = World::new();
    world.run(&K8s, json!({"definition": deployment(1), "wait": true}));
    let rows = [
        json!({"definition": deployment(1)}),
        json!({"definition": deployment(1), "wait": true}),
        json!({"definition": deployment(1), "state": "patched"}),
    ];
    for args in rows {
        assert_eq!(world.requests(&K8s, args.clone()), "get 1", "{args}");
    }
    let applied = json!({"definition": config_map(json!({"a": "1"})), "apply": true});
    assert_eq!(world.requests(&K8s, applied.clone()), "create 1, get 1");
    assert_eq!(world.requests(&K8s, applied), "get 1");
    let by_server = json!({"definition": config_map(json!({"z": "1"})), "apply": true,
                           "server_side_apply": {"field_manager": "me", "force_conflicts": true}});
    assert_eq!(world.requests(&K8s, by_server.clone()), "get 1, patch 1");
    assert_eq!(world.requests(&K8s, by_server), "get 1");
    let many = json!({"definition": [deployment(1), config_map(json!({"a": "1"}))]});
    assert_eq!(world.requests(&K8s, many), "get 2");
}

#[test]
fn apply_prunes_what_it_applied() {
    let world = World::new();
    let run = |data: Json| result(&world.run(&K8s, json!({"definition": config_map(data), "apply": true})));
    let made = run(json!({"one": "1", "two": "2"}));
    assert_eq!((&made["changed"], &made["method"]), (&json!(true), &json!("apply")));
    assert_eq!(made["diff"]["before"], json!({}));
    world.run(&K8s, json!({"definition": config_map(json!({"foreign": "x"}))}));
    let next = run(json!({"one": "1", "three": "3"}));
    assert_eq!(next["changed"], true);
    assert_eq!(next["result"]["data"], json!({"one": "1", "foreign": "x", "three": "3"}));
}

#[test]
fn several_definitions_come_as_results() {
    let world = World::new();
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n---\napiVersion: v1\nkind: \
                ConfigMap\nmetadata: {name: b, namespace: default}\n";
    let made = result(&world.run(&K8s, json!({"definition": text})));
    assert_eq!(made["result"]["results"].as_array().map(Vec::len), Some(2));
    assert_eq!(made["result"]["results"][1]["method"], "create");
    assert!(made.get("method").is_none());
    let none = result(&world.run(&K8s, json!({"definition": "---\n"})));
    assert_eq!((&none["changed"], &none["result"]), (&json!(false), &json!({"results": []})));
    let by_label = result(&world.run(
        &K8s,
        json!({"kind": "ConfigMap", "namespace": "default", "state": "absent",
                                                  "label_selectors": ["nothing=here"]}),
    ));
    assert_eq!((&by_label["changed"], &by_label["result"]), (&json!(false), &json!([])));
}

#[test]
fn failures_carry_the_servers_words() {
    let world = World::new();
    let run = |args: Json| result(&world.run(&K8s, args));
    let mut bad = config_map(json!({"a": "1"}));
    bad["metadata"]["name"] = "Not Valid".into();
    let failed = run(json!({"definition": bad}));
    assert!(failed["msg"].as_str().unwrap().starts_with("Failed to create object: {\"kind\":\"Status\""), "{failed}");
    assert_eq!(failed["reason"], "Unprocessable Entity");
    let unknown = run(json!({"kind": "Nope", "name": "x"}));
    assert_eq!(unknown["msg"], "Failed to find exact match for v1.Nope by [kind, name, singularName, shortNames]");
    let homeless = run(json!({"kind": "ConfigMap", "name": "x"}));
    assert_eq!(homeless["msg"], "Failed to create object: Namespace is required for v1.ConfigMap");
    let softened = run(json!({"definition": bad, "continue_on_error": true}));
    assert_eq!((&softened["failed"], &softened["error"]["reason"]), (&json!(false), &json!("Unprocessable Entity")));
}

#[test]
fn check_mode_leaves_nothing() {
    let mut world = World::new();
    world.check_mode = true;
    let made = result(&world.run(&K8s, json!({"definition": config_map(json!({"a": "1"}))})));
    assert_eq!(made["changed"], true);
    assert!(made["result"]["metadata"]["uid"].is_string());
    let found = result(&world.run(&K8sInfo, json!({"kind": "ConfigMap", "name": "c", "namespace": "default"})));
    assert_eq!(found["resources"], json!([]));
}

#[test]
fn custom_resources_are_patched_at_the_first_try() {
    let world = World::new();
    let crd = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "foos.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced",
        "names": {"plural": "foos", "singular": "foo", "kind": "Foo"}, "versions": [{"name": "v1", "served": true,
        "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
    let foo = |items: Json| {
        json!({"apiVersion": "example.com/v1", "kind": "Foo",
        "metadata": {"name": "f", "namespace": "default"}, "spec": {"items": items}})
    };
    let both = json!({"definition": [crd, foo(json!([1]))]});
    let made = world.run(&K8s, both.clone());
    assert!(!made.failed, "{}", result(&made));
    assert_eq!(world.requests(&K8s, both), "get 2");
    assert_eq!(world.requests(&K8s, json!({"definition": foo(json!([2]))})), "get 1, patch 1");
    assert_eq!(world.requests(&K8s, json!({"definition": foo(json!([3])), "force": true})), "get 1, update 1");
}

#[test]
fn waits_end_when_they_may() {
    let world = World::new();
    let made = result(&world.run(&K8s, json!({"definition": deployment(2), "wait": true, "wait_timeout": 20})));
    assert_eq!((&made["failed"], &made["result"]["status"]["availableReplicas"]), (&json!(false), &json!(2)));
    let late = result(&world.run(
        &K8s,
        json!({"definition": config_map(json!({})), "wait": true, "wait_timeout": 1,
                                              "wait_condition": {"type": "Ready"}}),
    ));
    assert_eq!(late["msg"], "\"ConfigMap\" \"c\": Timed out waiting on resource");
    assert_eq!((&late["duration"], &late["method"]), (&json!(1), &json!("create")));
}

#[test]
fn information() {
    let world = World::new();
    world.run(&K8s, json!({"definition": config_map(json!({"a": "1"}))}));
    let run = |args: Json| result(&world.run(&K8sInfo, args));
    let one = run(json!({"kind": "ConfigMap", "name": "c", "namespace": "default", "hidden_fields": ["data"]}));
    assert_eq!((&one["api_found"], &one["resources"][0]["metadata"]["name"]), (&json!(true), &json!("c")));
    assert!(one["resources"][0].get("data").is_none());
    let none = run(json!({"kind": "Nope", "api_version": "example.com/v1"}));
    assert_eq!((&none["api_found"], &none["failed"]), (&json!(false), &json!(false)));
    assert_eq!(none["msg"], "Failed to find API for resource with apiVersion \"example.com/v1\" and kind \"Nope\"");
    let listed = run(json!({"kind": "ConfigMap", "namespace": "default", "field_selectors": ["metadata.name=c"]}));
    assert_eq!(listed["resources"].as_array().map(Vec::len), Some(1));
    let meta = run(json!({"kind": "ConfigMap", "name": "c", "namespace": "default", "metadata_only": true}));
    assert_eq!(meta["resources"][0]["kind"], "PartialObjectMetadata");
}

#[test]
fn scaling_and_patching() {
    let world = World::new();
    world.run(&K8s, json!({"definition": deployment(1), "wait": true}));
    let of = |more: Json| {
        let mut args = json!({"api_version": "apps/v1", "kind": "Deployment", "name": "d", "namespace": "default"});
        args.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        args
    };
    let scaled = result(&world.run(&K8sScale, of(json!({"replicas": 3}))));
    assert_eq!(
        (&scaled["changed"], &scaled["result"]["status"]["availableReplicas"]),
        (&json!(true), &json!(3)),
        "{scaled}"
    );
    let same = result(&world.run(&K8sScale, of(json!({"replicas": 3}))));
    assert_eq!(same["changed"], false);
    let mismatch = result(&world.run(&K8sScale, of(json!({"replicas": 1, "current_replicas": 7}))));
    assert_eq!(mismatch["warnings"][0], "current replicas 7 does not match with actual 3 for object");
    let patch = json!({"patch": [{"op": "replace", "path": "/spec/replicas", "value": 2}]});
    let patched = result(&world.run(&K8sJsonPatch, of(patch.clone())));
    assert_eq!((&patched["changed"], &patched["result"]["spec"]["replicas"]), (&json!(true), &json!(2)));
    assert_eq!(world.requests(&K8sJsonPatch, of(patch)), "get 1");
    let lost =
        result(&world.run(&K8sJsonPatch, json!({"kind": "Pod", "name": "no", "namespace": "default", "patch": []})));
    assert!(lost["msg"].as_str().unwrap().starts_with("Pod no: Failed to retrieve requested object: "));
    assert_eq!(lost["status"], 404);
}
