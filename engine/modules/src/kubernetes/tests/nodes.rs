//! Cordons, drains, taints.
use crate::kubernetes::drain::K8sDrain;
use crate::kubernetes::k8s::K8s;
use crate::kubernetes::taint::K8sTaint;
use crate::testing::{World, result};
use serde_json::{Value as Json, json};

fn with_node() -> World {
    let world = World::new();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default", "labels": {"a": "b"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]}});
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}});
    let made = world.run(&K8s, json!({"definition": [node, pod]}));
    assert!(!made.failed, "{}", result(&made));
    world
}

#[test]
fn cordon_and_uncordon() {
    let world = with_node();
    let run = |state: &str| result(&world.run(&K8sDrain, json!({"name": "n1", "state": state})));
    let rows = [
        ("uncordon", false, "node n1 already marked schedulable."),
        ("cordon", true, "node n1 marked unschedulable."),
        ("cordon", false, "node n1 already marked unschedulable."),
        ("uncordon", true, "node n1 marked schedulable."),
    ];
    for (state, changed, text) in rows {
        let ran = run(state);
        assert_eq!((&ran["changed"], &ran["result"]), (&json!(changed), &json!(text)), "{ran}");
    }
    assert_eq!(result(&world.run(&K8sDrain, json!({"name": "none"})))["msg"], "Node none not found.");
}

#[test]
fn drains() {
    let world = with_node();
    let run = |options: Json| {
        let args = json!({"name": "n1", "pod_selectors": ["a=b"], "delete_options": options});
        result(&world.run(&K8sDrain, args))
    };
    let refused = run(json!({}));
    assert!(
        refused["msg"].as_str().unwrap().starts_with("Pod deletion errors: cannot delete Pods not managed by"),
        "{refused}"
    );
    let state = result(&world.run(&K8sDrain, json!({"name": "n1", "state": "uncordon"})));
    assert_eq!(state["result"], "node n1 already marked schedulable.");
    let drained =
        run(json!({"force": true, "disable_eviction": true, "wait_timeout": 20, "terminate_grace_period": 1}));
    assert_eq!(drained["result"], "node n1 marked unschedulable. 1 Pod(s) deleted from node.", "{drained}");
}

#[test]
fn taints() {
    let world = with_node();
    let run = |args: Json| result(&world.run(&K8sTaint, args));
    let args = json!({"name": "n1", "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]});
    let made = run(args.clone());
    assert_eq!((&made["changed"], &made["result"]["spec"]["taints"][0]["key"]), (&json!(true), &json!("k")), "{made}");
    assert_eq!(run(args)["changed"], false);
    let gone = run(json!({"name": "n1", "state": "absent", "taints": [{"key": "k"}]}));
    assert_eq!((&gone["changed"], &gone["result"]), (&json!(true), &json!({})));
    assert_eq!(run(json!({"name": "none", "taints": []}))["msg"], "Node 'none' has not been found.");
}
