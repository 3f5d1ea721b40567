//! Things go wrong: every cause ends in a clear status, and once it is gone the end state is right.
use crate::stage::{MCROUTER, Stage, condition_of, eventually, manifest, project, root};
use rolewright_operator::{Operator, Options};
use rolewright_sandbox::Matcher;
use serde_json::{Value as Json, json};
use std::time::Duration;

const WATCHES: &str = "
- version: v1alpha1
  group: mcrouter.example.com
  kind: Mcrouter
  role: broken
";

const CONFIG_MAP: (&str, &str) = ("v1", "ConfigMap");

fn role(tasks: &str) -> tempfile::TempDir {
    project(&[("watches.yaml", WATCHES), ("roles/broken/tasks/main.yml", tasks)])
}

fn sample() -> Json {
    manifest("deploy/samples/mcrouter.yaml")
}

async fn failure(stage: &Stage) -> String {
    let object = stage.until_condition(MCROUTER, "mcrouter", ("Failure", "True", "Failed")).await;
    let running = condition_of(&object, "Running").unwrap();
    assert_eq!(running["status"], "False", "a failed CR does not say that it runs: {running}");
    condition_of(&object, "Failure").unwrap()["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_task_says_where() {
    let rows = [
        ("undefined", "- debug: {msg: \"{{ nope }}\"}\n", "'nope' is undefined", "main.yml:1:15"),
        ("condition", "- debug: {msg: x}\n  when: nope\n", "The conditional check 'nope' failed", "main.yml:2:9"),
        ("asserted", "- assert: {that: [\"1 == 2\"], fail_msg: one is not two}\n", "one is not two", ""),
        ("template", "- debug: {msg: \"{{ 1 + 'a' }}\"}\n", "unsupported operand type(s) for +", "main.yml:1:15"),
    ];
    for (name, tasks, message, place) in rows {
        let stage = Stage::new(&format!("trouble-{name}")).await;
        let folder = role(tasks);
        let operator = stage.operator(folder.path(), &[]);
        stage.create(&sample()).await.unwrap();
        let failure = failure(&stage).await;
        assert!(failure.contains(message), "{name}: {failure}");
        let place = place.rsplit_once(':').map_or(place, |(line, _)| line);
        assert!(failure.contains(place), "{name} names {place}: {failure}");
        operator.stop().await;
        stage.clear().await;
    }
}

/// Does not run is not the same as runs for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_load_is_a_failure() {
    let rows = [
        ("yaml", "- debug: {msg: [}\n", "main.yml:1"),
        ("module", "- no_such_module: {a: 1}\n", "no_such_module"),
        ("keyword", "- debug: {msg: x}\n  whenn: true\n", "whenn"),
        ("syntax", "- debug: {msg: \"{{ 1 + }}\"}\n", "main.yml:1"),
    ];
    for (name, tasks, message) in rows {
        let stage = Stage::new(&format!("load-{name}")).await;
        let folder = role(tasks);
        let operator = stage.operator(folder.path(), &[]);
        stage.create(&sample()).await.unwrap();
        let failure = failure(&stage).await;
        assert!(failure.contains(message), "{name}: {failure}");
        operator.stop().await;
        stage.clear().await;
    }
}

#[test]
fn watches_that_do_not_load_end_the_start() {
    type Row = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);
    let rows: &[Row] = &[
        ("missing file", &[], &["watches.yaml"]),
        ("not YAML", &[("watches.yaml", "- version: [\n")], &["watches.yaml:"]),
        ("missing role", &[("watches.yaml", WATCHES)], &["role", "broken", "not found", "watches.yaml:5"]),
        ("no content", &[("watches.yaml", "- {version: v1, kind: Secret}\n")], &["must specify Role or Playbook"]),
        ("no version", &[("watches.yaml", "- {kind: Secret, role: x}\n")], &["version must not be empty"]),
    ];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    for (name, files, expected) in rows {
        let folder = project(files);
        let sandbox = rolewright_sandbox::Sandbox::start(rolewright_sandbox::Options::default());
        let cluster = rolewright_cluster::Cluster::in_process(sandbox.service(), "default");
        let options = Options {
            working_dir: folder.path().into(),
            ansible_roles_path: Some(String::new()),
            ..Options::default()
        };
        let error = match Operator::load(options, crate::stage::engine(), cluster) {
            Ok(_) => panic!("{name}: loaded"),
            Err(error) => error,
        };
        for part in *expected {
            assert!(error.contains(part), "{name} says {part:?}: {error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_that_breaks_the_schema_is_refused() {
    let stage = Stage::new("schema").await;
    let mut cr = sample();
    cr["spec"] = json!({"memcached_pool_size": 0, "pool_setup": "mirrored"});
    let error = stage.create(&cr).await.unwrap_err().to_string();
    for part in [
        "spec.memcached_pool_size: Invalid value: 0: spec.memcached_pool_size in body should be greater than or equal to 1",
        "spec.pool_setup: Unsupported value: \"mirrored\": supported values: \"replicated\", \"sharded\"",
    ] {
        assert!(error.contains(part), "{error}");
    }
    stage.clear().await;
}

/// One kind is not installed: its watch waits, the others work; once it is there, it works too.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_kind_degrades_only_its_watch() {
    let stage = Stage::new("missing").await;
    let group = format!("{}.example.com", stage.namespace);
    let watches = format!("{WATCHES}- {{group: {group}, version: v1, kind: Late, role: broken}}\n");
    let task = "- k8s:\n    definition:\n      apiVersion: v1\n      kind: ConfigMap\n      metadata: {name: \"{{ ansible_operator_meta.name }}\", namespace: \"{{ ansible_operator_meta.namespace }}\"}\n";
    let folder = project(&[("watches.yaml", &watches), ("roles/broken/tasks/main.yml", task)]);
    let operator = stage.operator(folder.path(), &[]);
    stage.create(&sample()).await.unwrap();
    eventually("the first kind works", || stage.get(CONFIG_MAP, "mcrouter")).await;
    let mut definition = manifest("deploy/crds/mcrouters.yaml");
    definition["metadata"]["name"] = format!("lates.{group}").into();
    definition["spec"]["group"] = group.as_str().into();
    definition["spec"]["names"] =
        json!({"kind": "Late", "plural": "lates", "singular": "late", "listKind": "LateList"});
    definition["spec"]["versions"][0]["name"] = "v1".into();
    stage.define(&definition).await;
    let late = json!({"apiVersion": format!("{group}/v1"), "kind": "Late", "metadata": {"name": "late"}, "spec": {}});
    stage.create(&late).await.unwrap();
    eventually("the late kind works", || stage.get(CONFIG_MAP, "late")).await;
    operator.stop().await;
    let definitions = stage.resource(("apiextensions.k8s.io/v1", "CustomResourceDefinition")).await;
    let name = format!("lates.{group}");
    stage.cluster.delete(&definitions, None, &name, &Default::default()).await.unwrap();
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_and_errors_of_the_server_pass() {
    let rows = [
        ("status conflicts", Matcher::any().verb("update").resource("mcrouters/status"), 409, 6),
        ("writes conflict", Matcher::any().verb("create").resource("statefulsets"), 409, 2),
        ("the server is away", Matcher::any(), 503, 12),
        ("too many requests", Matcher::any().verb("get"), 429, 4),
    ];
    for (name, matcher, status, count) in rows {
        let stage = Stage::in_sandbox("faults").await;
        let faults = stage.sandbox.as_ref().unwrap().faults();
        let operator = stage.operator(&root(), &[]);
        stage.create(&sample()).await.unwrap();
        faults.fail_next(matcher, status, count);
        let cr = stage.merge(MCROUTER, "mcrouter", json!({"spec": {"memcached_pool_size": 4}}));
        // The patch itself may meet the fault.
        if cr.await.is_err() {
            eventually("the patch goes through", || async {
                stage.merge(MCROUTER, "mcrouter", json!({"spec": {"memcached_pool_size": 4}})).await.ok()
            })
            .await;
        }
        eventually(&format!("{name}: the end state is right"), || async {
            let resource = stage.cluster.resolve("apps/v1", "StatefulSet").await.ok()?;
            let set = stage.cluster.get(&resource, Some(&stage.namespace), "mcrouter-memcached").await.ok()??;
            let kind = stage.cluster.resolve(MCROUTER.0, MCROUTER.1).await.ok()?;
            let cr = stage.cluster.get(&kind, Some(&stage.namespace), "mcrouter").await.ok()??;
            let awaits = condition_of(&cr, "Running")?["reason"] == "Successful";
            (set["spec"]["replicas"] == 4 && awaits).then_some(())
        })
        .await;
        operator.stop().await;
    }
}

/// No answer at all when the operator starts: it waits, and works once there is one.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_at_the_start_is_waited_for() {
    let stage = Stage::in_sandbox("away").await;
    stage.create(&sample()).await.unwrap();
    stage.sandbox.as_ref().unwrap().faults().fail_next(Matcher::any(), 503, 25);
    let operator = stage.operator(&root(), &[]);
    eventually("the CR is reconciled", || async {
        let kind = stage.cluster.resolve(MCROUTER.0, MCROUTER.1).await.ok()?;
        let cr = stage.cluster.get(&kind, Some(&stage.namespace), "mcrouter").await.ok()??;
        (condition_of(&cr, "Running")?["reason"] == "Successful").then_some(())
    })
    .await;
    operator.stop().await;
}

/// The operator dies in the middle of a run; the next one puts everything right.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_operator_leaves_nothing_running() {
    let stage = Stage::new("killed").await;
    let tasks = "- pause: {seconds: 3}\n  when: slow | default(false)\n- debug: {msg: done}\n";
    let slow = project(&[
        ("watches.yaml", &format!("{WATCHES}  vars: {{slow: true}}\n")),
        ("roles/broken/tasks/main.yml", tasks),
    ]);
    let operator = stage.operator(slow.path(), &[]);
    stage.create(&sample()).await.unwrap();
    stage.until_condition(MCROUTER, "mcrouter", ("Running", "True", "Running")).await;
    operator.abort();
    let quick = role(tasks);
    let operator = stage.operator(quick.path(), &[]);
    stage.until_condition(MCROUTER, "mcrouter", ("Running", "True", "Successful")).await;
    operator.stop().await;
    stage.clear().await;
}

/// A stop during a run waits for the task, writes the status and ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_drains() {
    let stage = Stage::new("drain").await;
    let folder = role("- pause: {seconds: 600}\n- debug: {msg: never}\n");
    let operator = stage.operator_with(folder.path(), &[], |options| {
        options.graceful_shutdown_timeout = Duration::from_secs(10);
    });
    stage.create(&sample()).await.unwrap();
    stage.until_condition(MCROUTER, "mcrouter", ("Running", "True", "Running")).await;
    tokio::time::timeout(Duration::from_secs(20), operator.stop()).await.expect("the pause ends with the operator");
    stage.clear().await;
}
