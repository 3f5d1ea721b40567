use super::event::K8sEvent;
use super::metric::OsdkMetric;
use super::requeue::RequeueAfter;
use super::status::K8sStatus;
use crate::testing::{World, result};
use rolewright_cluster::WriteOptions;
use serde_json::{Value as Json, json};

fn with_pod() -> World {
    let world = World::new();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                     "spec": {"containers": [{"name": "c", "image": "i"}]}});
    world.cluster.block_on(async {
        let pods = world.cluster.resolve("v1", "Pod").await.unwrap();
        world.cluster.create(&pods, Some("default"), &pod, &WriteOptions::default()).await.unwrap();
    });
    world
}

fn status(more: Json) -> Json {
    let mut args = json!({"kind": "Pod", "name": "p", "namespace": "default"});
    args.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    args
}

#[test]
fn conditions_are_merged_by_type() {
    let world = with_pod();
    let args = status(
        json!({"status": {"message": "m"}, "conditions": [{"type": "Mine", "status": true, "reason": "GoodReason"}]}),
    );
    let made = result(&world.run(&K8sStatus, args.clone()));
    assert_eq!((&made["changed"], &made["failed"]), (&json!(true), &json!(false)), "{made}");
    let of_type = |made: &Json| {
        let all = made["result"]["status"]["conditions"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|condition| condition["type"] == "Mine")
    };
    assert_eq!(of_type(&made).unwrap()["status"], "True");
    let again = result(&world.run(&K8sStatus, args));
    assert_eq!(again["changed"], false, "{again}");
}

#[test]
fn complaints() {
    let world = with_pod();
    let rows = [
        (
            status(json!({"conditions": [{"type": "X", "status": "True", "reason": "not camel"}]})),
            "The specified conditions failed to validate",
        ),
        (
            status(json!({"conditions": [{"type": "X", "status": "True"}], "status": {"conditions": []}})),
            "You cannot specify conditions in both",
        ),
        (
            json!({"kind": "ConfigMap", "name": "p", "namespace": "default"}),
            "Resource v1.ConfigMap does not support the status subresource",
        ),
        (json!({"kind": "Pod", "name": "none", "namespace": "default"}), "Failed to retrieve requested object"),
        (json!({"kind": "Nope", "name": "none"}), "Failed to find exact match for v1.Nope by"),
    ];
    for (args, wanted) in rows {
        let failed = result(&world.run(&K8sStatus, args.clone()));
        assert!(failed["msg"].as_str().is_some_and(|msg| msg.starts_with(wanted)), "{args}: {failed}");
    }
}

#[test]
fn events_are_counted() {
    let world = with_pod();
    let args = json!({"name": "e", "namespace": "default", "message": "m", "reason": "R",
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": "p", "namespace": "default"}});
    let first = result(&world.run(&K8sEvent, args.clone()));
    assert_eq!(first["result"]["count"], 1, "{first}");
    assert!(first["result"]["involvedObject"]["uid"].is_string());
    assert_eq!(result(&world.run(&K8sEvent, args))["result"]["count"], 2);
}

#[test]
fn requeue_times() {
    let world = World::new();
    assert_eq!(result(&world.run(&RequeueAfter, json!({"time": "5m"})))["period"], "5m");
    assert_eq!(result(&world.run(&RequeueAfter, json!({"time": "5 minutes"})))["msg"], "invalid time input");
}

#[test]
fn metrics_need_an_operator() {
    let world = World::new();
    let metric = |more: Json| {
        let mut args = json!({"name": "n", "description": "d"});
        args.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        result(&world.run(&OsdkMetric, args))["msg"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(metric(json!({})), "a request should contain at least one metric");
    assert_eq!(metric(json!({"gauge": {}, "counter": {}})), "only one metric can be processed at a time");
    assert_eq!(metric(json!({"counter": {"add": -1}})), "counter metrics cannot decrease in value");
    assert!(metric(json!({"counter": {"increment": true}})).contains("has no registry of metrics"));
}
