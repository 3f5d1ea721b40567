//! Services, rollbacks, logs, cluster information, the lookup, the template option.
use super::deployment;
use crate::kubernetes::cluster_info::K8sClusterInfo;
use crate::kubernetes::k8s::K8s;
use crate::kubernetes::log::K8sLog;
use crate::kubernetes::rollback::K8sRollback;
use crate::kubernetes::service::K8sService;
use crate::testing::{World, result};
use serde_json::{Value as Json, json};

#[test]
fn a_service_keeps_what_is_not_said() {
    let world = World::new();
    let run = |args: Json| result(&world.run(&K8sService, args));
    let made = run(json!({"name": "s", "namespace": "default", "type": "ClusterIP", "selector": {"a": "b"},
                          "ports": [{"port": 80}]}));
    assert_eq!((&made["changed"], &made["method"]), (&json!(true), &json!("create")), "{made}");
    let next = run(json!({"name": "s", "namespace": "default", "ports": [{"port": 80, "name": "http"}]}));
    assert_eq!(next["result"]["spec"]["selector"], json!({"a": "b"}), "{next}");
    assert_eq!(next["result"]["spec"]["ports"][0]["name"], "http");
}

#[test]
fn a_deployment_goes_back() {
    let world = World::new();
    let with_image = |image: &str| {
        let mut definition = deployment(1);
        definition["metadata"]["annotations"] = json!({"mine": "stays"});
        definition["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        let ran = world.run(&K8s, json!({"definition": definition, "wait": true, "wait_timeout": 20}));
        assert!(!ran.failed, "{}", result(&ran));
    };
    let back = || {
        let args = json!({"api_version": "apps/v1", "kind": "Deployment", "name": "d", "namespace": "default"});
        result(&world.run(&K8sRollback, args))
    };
    with_image("one");
    let none = back();
    assert_eq!((&none["changed"], &none["rollback_info"]), (&json!(false), &json!([{"changed": false}])));
    assert_eq!(none["warnings"][0], "No rollout history found for resource Deployment/d");
    with_image("two");
    let done = back();
    assert_eq!(done["changed"], true, "{done}");
    let after = &done["rollback_info"][0]["resources"];
    assert_eq!(after["spec"]["template"]["spec"]["containers"][0]["image"], "one");
    assert_eq!(after["metadata"]["annotations"]["mine"], "stays");
    let wrong = result(&world.run(&K8sRollback, json!({"kind": "StatefulSet", "name": "x"})));
    assert_eq!(wrong["msg"], "Cannot perform rollback on resource of kind StatefulSet");
}

#[test]
fn logs_and_their_complaints() {
    let world = World::new();
    let run = |args: Json| result(&world.run(&K8sLog, args))["msg"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        run(json!({"name": "p", "label_selectors": ["a=b"]})),
        "Only one of name or label_selectors can be provided"
    );
    assert_eq!(
        run(json!({"namespace": "default", "label_selectors": ["a=b"]})),
        "No pods in namespace default matched selector a=b"
    );
    assert_eq!(run(json!({"namespace": "default", "name": "none"})), "Pod default/none not found.");
    assert_eq!(
        run(json!({"namespace": "default", "kind": "Deployment", "api_version": "apps/v1"})),
        "name must be provided for resources that do not support the log subresource"
    );
}

#[test]
fn the_cluster_describes_itself() {
    let world = World::new();
    let info = result(&world.run(&K8sClusterInfo, json!({})));
    assert_eq!(info["apis"]["apps/v1"]["Deployment"]["name"], "deployments");
    assert_eq!(info["apis"]["v1"]["Pod"]["namespaced"], true);
    assert_eq!(info["version"]["server"]["kubernetes"]["major"], "1");
    assert!(info["connection"]["host"].is_string());
}

#[test]
fn the_lookup() {
    use rolewright_template::{Context, Error, Lookups, Value};
    let world = World::new();
    world.run(&K8s, json!({"definition": super::config_map(json!({"a": "1"}))}));
    let around = world.surroundings();
    let system = rolewright_run::SystemWorld;
    let loader = |name: &str| Err(Error::failed(name.to_owned()));
    let scope = crate::testing::Nothing;
    let cx = Context {
        scope: &scope,
        world: &system,
        lookups: &crate::lookups::AllLookups,
        loader: &loader,
        extra: Some(&around),
        native: false,
    };
    let look = |options: Json| {
        let options: Vec<_> =
            options.as_object().unwrap().iter().map(|(k, v)| (k.as_str().into(), Value::from_json(v))).collect();
        let found = crate::lookups::AllLookups.find("kubernetes.core.k8s").unwrap().run(&cx, &[], &options);
        found.map(|items| items.iter().map(|item| item.to_json().unwrap()).collect::<Vec<Json>>())
    };
    let one = look(json!({"kind": "ConfigMap", "namespace": "default", "resource_name": "c"})).unwrap();
    assert_eq!(one[0]["data"], json!({"a": "1"}));
    assert!(look(json!({"kind": "ConfigMap", "namespace": "default", "resource_name": "none"})).unwrap().is_empty());
    let by_definition = json!({"resource_definition": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}}});
    assert_eq!(look(by_definition).unwrap().len(), 1);
    assert!(look(json!({"cluster_info": "api_groups"})).unwrap().contains(&json!("apps")));
    assert!(look(json!({"kind": "Nope"})).unwrap_err().to_string().contains("No matches found for"));
    assert!(look(json!({})).unwrap_err().to_string().contains("no Kind specified"));
}

#[test]
fn templates_become_definitions() {
    let directory = tempfile::tempdir().unwrap();
    let templates = directory.path().join("templates");
    std::fs::create_dir(&templates).unwrap();
    let write = |name: &str, text: &str| std::fs::write(templates.join(name), text).unwrap();
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME, namespace: default}\n";
    write("a.j2", &object.replace("NAME", "{{ 'x' ~ 1 }}"));
    write("b.j2", &object.replace("NAME", "[[ 'y' ~ 1 ]]"));
    write("none.j2", "# nothing\n");
    let mut world = World::new();
    world.search_path = vec![directory.path().to_owned()];
    let run = |args: Json| result(&world.run(&K8s, args));
    let made = run(
        json!({"template": ["a.j2", {"path": "b.j2", "variable_start_string": "[[", "variable_end_string": "]]"}]}),
    );
    let names: Vec<&Json> =
        made["result"]["results"].as_array().unwrap().iter().map(|item| &item["result"]["metadata"]["name"]).collect();
    assert_eq!(names, ["x1", "y1"], "{made}");
    let none = run(json!({"template": "none.j2"}));
    assert_eq!((&none["changed"], &none["failed"]), (&json!(false), &json!(false)));
    assert_eq!(run(json!({"template": {"trim_blocks": true}}))["msg"], "Please specify path for template.");
    assert!(
        run(json!({"template": "missing.j2"}))["msg"]
            .as_str()
            .unwrap()
            .contains("Could not find or access 'missing.j2'")
    );
    assert_eq!(
        run(json!({"template": "a.j2", "definition": {}}))["msg"],
        "parameters are mutually exclusive: template|resource_definition"
    );
}

#[test]
fn reviews_are_answered() {
    let world = World::new();
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}});
    let made = result(&world.run(&K8s, json!({"definition": review})));
    assert_eq!((&made["changed"], &made["result"]["status"]["allowed"]), (&json!(true), &json!(true)), "{made}");
}

#[test]
fn everything_of_a_kind_goes() {
    let world = World::new();
    for name in ["one", "two"] {
        let definition =
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "default"}});
        world.run(&K8s, json!({"definition": definition}));
    }
    let gone = result(
        &world.run(&K8s, json!({"kind": "Secret", "namespace": "default", "state": "absent", "delete_all": true})),
    );
    assert_eq!(gone["result"]["results"].as_array().map(Vec::len), Some(2), "{gone}");
    let nowhere = result(&world.run(&K8s, json!({"kind": "Secret", "state": "absent", "delete_all": true})));
    assert_eq!((&nowhere["changed"], &nowhere["failed"]), (&json!(false), &json!(false)));
    let kindless = result(&world.run(&K8s, json!({"state": "absent", "delete_all": true})));
    assert_eq!(kindless["msg"], "'kind' option is required to specify the resource type.");
}

#[test]
fn generated_names_and_hashes() {
    let world = World::new();
    let definition =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default"}, "data": {"a": "1"}});
    let made = result(&world.run(&K8s, json!({"definition": definition, "generate_name": "gen-"})));
    assert!(made["result"]["metadata"]["name"].as_str().is_some_and(|name| name.starts_with("gen-")), "{made}");
    let run = || result(&world.run(&K8s, json!({"definition": definition, "name": "hashed", "append_hash": true})));
    let (first, second) = (run(), run());
    assert!(first["result"]["metadata"]["name"].as_str().is_some_and(|name| name.len() == "hashed-0123456789".len()));
    assert_eq!((&first["changed"], &second["changed"]), (&json!(true), &json!(false)), "{second}");
}
