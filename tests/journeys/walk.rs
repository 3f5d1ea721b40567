//! The walk of the README, with the objects that it leaves.
use crate::stage::{MCROUTER, Stage, condition_of, eventually, manifest, root};
use rolewright_cluster::{PatchKind, WriteOptions};
use serde_json::{Value as Json, json};

const SET: (&str, &str) = ("apps/v1", "StatefulSet");
const DEPLOYMENT: (&str, &str) = ("apps/v1", "Deployment");
const SERVICE: (&str, &str) = ("v1", "Service");

fn set_size(object: &Json) -> Option<u64> {
    object["spec"]["replicas"].as_u64()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mcrouter_lives() {
    let stage = Stage::new("walk").await;
    let other = format!("{}-other", stage.namespace);
    stage.make_namespace(&other).await;
    let mut operator = stage.operator(&root(), &[&other]);

    stage.create(&manifest("deploy/samples/mcrouter.yaml")).await.unwrap();
    let first = operator.report("mcrouter").await;
    assert!(first.succeeded, "{:?}", first.failures);
    assert_eq!((first.stats.ok, first.stats.changed, first.stats.failed), (4, 3, 0));
    let done = stage.until_condition(MCROUTER, "mcrouter", ("Successful", "True", "Successful")).await;
    let running = condition_of(&done, "Running").unwrap();
    assert_eq!(running["message"], "Awaiting next reconciliation");
    assert_eq!(running["ansibleResult"]["failures"], 0);
    assert_eq!(condition_of(&done, "Failure").unwrap()["status"], "False");
    ready(&stage, 3).await;
    objects_are_as_recorded(&stage).await;

    // Bigger, and with another route.
    let spec = json!({"spec": {"memcached_pool_size": 5, "pool_setup": "sharded"}});
    stage.merge(MCROUTER, "mcrouter", spec).await.unwrap();
    ready(&stage, 5).await;
    eventually("Mcrouter is rolled", || async {
        let deployment = stage.get(DEPLOYMENT, "mcrouter").await?;
        deployment["spec"]["template"]["spec"]["containers"][0]["args"].to_string().contains("PoolRoute").then_some(())
    })
    .await;

    // Damage is healed.
    stage.delete(DEPLOYMENT, "mcrouter").await;
    ready(&stage, 5).await;
    let set = stage.resource(SET).await;
    let scale = WriteOptions { subresource: Some("scale".into()), ..WriteOptions::default() };
    let patch = json!({"spec": {"replicas": 1}});
    let name = "mcrouter-memcached";
    stage.cluster.patch(&set, Some(&stage.namespace), name, PatchKind::Merge, &patch, &scale).await.unwrap();
    eventually("the StatefulSet is put right", || async {
        (set_size(&stage.get(SET, name).await?)? == 5).then_some(())
    })
    .await;

    // What kubectl expose makes gets a node port.
    let exposed = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "exposed"}, "spec": {
        "type": "NodePort", "selector": {"app.kubernetes.io/name": "mcrouter"},
        "ports": [{"port": 5000, "targetPort": 5000}]}});
    let exposed = stage.create(&exposed).await.unwrap();
    assert!((30000..32768).contains(&exposed["spec"]["ports"][0]["nodePort"].as_u64().unwrap()));

    // Another one elsewhere is another one.
    let kind = stage.resource(MCROUTER).await;
    let sample = manifest("deploy/samples/mcrouter.yaml");
    stage.cluster.create(&kind, Some(&other), &sample, &WriteOptions::default()).await.unwrap();
    eventually("the second CR's StatefulSet", || async {
        (set_size(&stage.get_in(&other, SET, name).await?)? == 3).then_some(())
    })
    .await;
    assert_eq!(set_size(&stage.get(SET, name).await.unwrap()), Some(5));

    // Deleting it deletes what it made.
    stage.delete(MCROUTER, "mcrouter").await;
    for (kind, name) in [(SET, name), (DEPLOYMENT, "mcrouter"), (SERVICE, "mcrouter"), (SERVICE, name)] {
        eventually(&format!("{} {name} goes", kind.1), || async {
            stage.get(kind, name).await.is_none().then_some(())
        })
        .await;
    }
    operator.stop().await;
    stage.clear().await;
}

async fn ready(stage: &Stage, size: u64) {
    eventually(&format!("{size} members and Mcrouter are ready"), || async {
        let set = stage.get(SET, "mcrouter-memcached").await?;
        let deployment = stage.get(DEPLOYMENT, "mcrouter").await?;
        let there = set_size(&set) == Some(size) && set["status"]["readyReplicas"] == size;
        (there && deployment["status"]["readyReplicas"] == 1).then_some(())
    })
    .await;
}

/// The same on the sandbox and on a real cluster, but for names, times and addresses.
async fn objects_are_as_recorded(stage: &Stage) {
    let mut objects = Vec::new();
    for (kind, name) in
        [(SET, "mcrouter-memcached"), (DEPLOYMENT, "mcrouter"), (SERVICE, "mcrouter"), (SERVICE, "mcrouter-memcached")]
    {
        objects.push(comparable(stage.get(kind, name).await.unwrap(), &stage.namespace));
    }
    insta::with_settings!({sort_maps => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
        insta::assert_json_snapshot!("mcrouter", objects);
    });
}

fn comparable(object: Json, namespace: &str) -> Json {
    let metadata = &object["metadata"];
    let mut spec = object["spec"].clone();
    if let Some(spec) = spec.as_object_mut() {
        let headless = spec.get("clusterIP").is_some_and(|address| address == "None");
        if !headless {
            spec.remove("clusterIP");
            spec.remove("clusterIPs");
        }
    }
    let owner = &metadata["ownerReferences"][0];
    let text = json!({
        "kind": object["kind"],
        "name": metadata["name"],
        "labels": metadata["labels"],
        "owner": {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["name"]},
        "spec": spec,
    })
    .to_string()
    .replace(namespace, "NAMESPACE");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steady_run_changes_nothing() {
    let stage = Stage::new("steady").await;
    let mut operator = stage.operator(&root(), &[]);
    stage.create(&manifest("deploy/samples/mcrouter.yaml")).await.unwrap();
    operator.report("mcrouter").await;
    ready(&stage, 3).await;
    let note = json!({"metadata": {"annotations": {"example.com/looked-at": "yes"}}});
    stage.merge(SET, "mcrouter-memcached", note).await.unwrap();
    loop {
        let report = operator.report("mcrouter").await;
        assert!(report.succeeded, "{:?}", report.failures);
        if report.stats.changed == 0 {
            assert_eq!((report.stats.ok, report.stats.skipped, report.stats.failed), (4, 0, 0));
            break;
        }
    }
    let cr = stage.until_condition(MCROUTER, "mcrouter", ("Successful", "True", "Successful")).await;
    let result = &condition_of(&cr, "Running").unwrap()["ansibleResult"];
    assert_eq!((&result["ok"], &result["changed"]), (&json!(4), &json!(0)), "{result}");
    operator.stop().await;
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_come_from_a_handlebars_template() {
    let stage = Stage::new("notes").await;
    let operator = stage.operator(&root(), &[]);
    stage.create(&manifest("deploy/samples/notes.yaml")).await.unwrap();
    let notes = eventually("the ConfigMap with the notes", || stage.get(("v1", "ConfigMap"), "mcrouter-notes")).await;
    assert_eq!(notes["data"]["host"], format!("mcrouter.{}.svc.cluster.local", stage.namespace));
    assert_eq!(notes["data"]["clients"], "- web\n- worker\n");
    operator.stop().await;
    stage.clear().await;
}
