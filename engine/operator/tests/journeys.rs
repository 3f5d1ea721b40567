//! Whole reconciles against the sandbox, in this process.
#[cfg(test)]
mod support;

use rolewright_sandbox::Matcher;
use serde_json::json;
use std::time::Duration;
use support::{NS, World, condition};

const FOO: &str = "- {group: example.com, version: v1, kind: Foo, role: foo";
/// A role that makes one child out of the spec.
const CHILD: (&str, &str) = (
    "roles/foo/tasks/main.yml",
    "- name: child\n  test.own.child:\n    name: '{{ ansible_operator_meta.name }}-child'\n    value: '{{ child_value }}'\n",
);

fn watches(more: &str) -> String {
    format!("{FOO}{more}}}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cr_is_reconciled_and_says_so() {
    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches("")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    let done = world.until_condition("Foo", "a", "Successful", "True").await;
    let running = condition(&done, "Running");
    assert_eq!((&running["status"], &running["reason"]), (&json!("True"), &json!("Successful")));
    assert_eq!(running["message"], "Awaiting next reconciliation");
    let result = &running["ansibleResult"];
    assert_eq!((&result["changed"], &result["failures"]), (&json!(1), &json!(0)));
    assert_eq!(condition(&done, "Failure")["status"], "False");
    let child = world.get("ConfigMap", "a-child").await.unwrap();
    assert_eq!(child["data"]["value"], "one");
    let owner = &child["metadata"]["ownerReferences"][0];
    assert_eq!((&owner["kind"], &owner["uid"]), (&json!("Foo"), &done["metadata"]["uid"]));

    world.patch("Foo", "a", json!({"spec": {"childValue": "two"}})).await;
    world.until("ConfigMap", "a-child", "two", |child| child.is_some_and(|c| c["data"]["value"] == "two")).await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_childs_change_and_loss_are_repaired() {
    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches("")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    // The watch on children begins with the run that makes the first one; give its list time to come through.
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.patch("ConfigMap", "a-child", json!({"data": {"value": "spoilt"}})).await;
    world.until("ConfigMap", "a-child", "repaired", |c| c.is_some_and(|c| c["data"]["value"] == "one")).await;
    world.delete("ConfigMap", "a-child").await;
    world.until("ConfigMap", "a-child", "back", |child| child.is_some()).await;
    assert!(world.is_quiet().await, "the operator's own repair is no reason for ever more runs");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_and_tried_again() {
    let mut world = World::new().await;
    let role = ("roles/foo/tasks/main.yml", "- ansible.builtin.fail:\n    msg: boom\n");
    world.start(&[("watches.yaml", &watches("")), role], |_| {});
    world.create("Foo", "a", json!({})).await;
    let failed = world.until_condition("Foo", "a", "Failure", "True").await;
    let failure = condition(&failed, "Failure");
    assert_eq!((&failure["reason"], &failure["message"]), (&json!("Failed"), &json!("boom")));
    assert_eq!(failure["ansibleResult"]["failures"], 1);
    let reports = world.until_reports(3).await;
    assert!(reports.iter().all(|report| !report.succeeded && report.failures == ["boom"]));
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_load_is_a_failure_with_its_place() {
    let mut world = World::new().await;
    let role = ("roles/foo/tasks/main.yml", "- name: x\n  no.such.module:\n");
    world.start(&[("watches.yaml", &watches("")), role], |_| {});
    world.create("Foo", "a", json!({})).await;
    let failed = world.until_condition("Foo", "a", "Failure", "True").await;
    let message = condition(&failed, "Failure")["message"].as_str().unwrap().to_owned();
    assert!(message.contains("no.such.module") && message.contains("main.yml:"), "{message}");
    assert_ne!(condition(&failed, "Running")["status"], "True");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_finalizer_runs_before_a_cr_goes() {
    let mut world = World::new().await;
    let more = ", finalizer: {name: example.com/f, vars: {child_value: gone}}";
    world.start(&[("watches.yaml", &watches(more)), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    let done = world.until_condition("Foo", "a", "Successful", "True").await;
    assert_eq!(done["metadata"]["finalizers"], json!(["example.com/f"]));
    // The child outlives its owner here, to be looked at.
    world.patch("ConfigMap", "a-child", json!({"metadata": {"ownerReferences": null}})).await;
    world.delete("Foo", "a").await;
    world.until("Foo", "a", "gone", |object| object.is_none()).await;
    assert_eq!(world.get("ConfigMap", "a-child").await.unwrap()["data"]["value"], "gone");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_spec_stops_the_run_in_progress() {
    let mut world = World::new().await;
    let role = (
        "roles/foo/tasks/main.yml",
        "- test.own.hold:\n- test.own.child:\n    name: 'made-by-{{ child_value }}'\n    value: x\n",
    );
    world.start(&[("watches.yaml", &watches("")), role], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.gate.until_came(1).await;
    world.patch("Foo", "a", json!({"spec": {"childValue": "two"}})).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    world.gate.open();
    world.until("ConfigMap", "made-by-two", "there", |child| child.is_some()).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    assert!(world.get("ConfigMap", "made-by-one").await.is_none(), "the outdated run went on");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_leaves_no_cr_running() {
    let mut world = World::new().await;
    let role = ("roles/foo/tasks/main.yml", "- test.own.hold:\n- test.own.child: {name: never, value: x}\n");
    world.start(&[("watches.yaml", &watches("")), role], |options| {
        options.graceful_shutdown_timeout = Duration::from_millis(500);
    });
    world.create("Foo", "a", json!({})).await;
    world.gate.until_came(1).await;
    world.stop().await.unwrap();
    let stopped = world.get("Foo", "a").await.unwrap();
    let running = condition(&stopped, "Running");
    assert_eq!((&running["status"], &running["reason"]), (&json!("False"), &json!("Interrupted")));
    world.gate.open();
}

#[tokio::test(flavor = "multi_thread")]
async fn requeue_after_and_the_period_start_runs() {
    let mut world = World::new().await;
    let role = ("roles/foo/tasks/main.yml", "- test.own.later: {time: 20ms}\n");
    world.start(&[("watches.yaml", &watches("")), role], |_| {});
    world.create("Foo", "a", json!({})).await;
    world.until_reports(3).await;
    assert_eq!(condition(&world.get("Foo", "a").await.unwrap(), "Failure")["status"], "False", "status is written");
    world.stop().await.unwrap();

    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches(", reconcilePeriod: 20ms")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    let reports = world.until_reports(4).await;
    assert!(reports[1..].iter().all(|report| report.stats.changed == 0), "the second run changes nothing");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_kind_holds_up_nobody_else() {
    let mut world = World::new().await;
    let late = "- {group: example.com, version: v1, kind: Late, role: foo}\n";
    world.start(&[("watches.yaml", &format!("{late}{}", watches(""))), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    world.install("Late", true).await;
    world.create("Late", "b", json!({"childValue": "two"})).await;
    world.until_condition("Late", "b", "Successful", "True").await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_without_a_status_run_all_the_same() {
    let mut world = World::new().await;
    let bare = "- {group: example.com, version: v1, kind: Bare, role: foo}\n";
    world.start(&[("watches.yaml", bare), CHILD], |_| {});
    world.create("Bare", "a", json!({"childValue": "one"})).await;
    world.until("ConfigMap", "a-child", "there", |child| child.is_some()).await;
    assert!(world.get("Bare", "a").await.unwrap()["status"].is_null());
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_no_template_unless_the_watch_says_so() {
    for (more, expected) in [("", "{{ 6 * 7 }}"), (", markUnsafe: false", "42")] {
        let mut world = World::new().await;
        world.start(&[("watches.yaml", &watches(more)), CHILD], |_| {});
        world.create("Foo", "a", json!({"childValue": "{{ 6 * 7 }}"})).await;
        world.until_condition("Foo", "a", "Successful", "True").await;
        assert_eq!(world.get("ConfigMap", "a-child").await.unwrap()["data"]["value"], expected, "{more}");
        world.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn selectors_and_namespaces_limit_what_is_seen() {
    let mut world = World::new().await;
    let more = ", selector: {matchLabels: {ours: 'yes'}}";
    world.start(&[("watches.yaml", &watches(more)), CHILD], |options| {
        options.watch_namespaces = vec!["default".into(), "other".into()];
    });
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    assert!(world.is_quiet().await && world.get("Foo", "a").await.unwrap()["status"].is_null());
    world.patch("Foo", "a", json!({"metadata": {"labels": {"ours": "yes"}}})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_cr_waits() {
    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches("")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    world.patch("Foo", "a", json!({"metadata": {"annotations": {"rolewright.dev/paused": "true"}}})).await;
    world.patch("Foo", "a", json!({"spec": {"childValue": "two"}})).await;
    assert!(world.is_quiet().await);
    world.patch("Foo", "a", json!({"metadata": {"annotations": {"rolewright.dev/paused": null}}})).await;
    world.until("ConfigMap", "a-child", "two", |child| child.is_some_and(|c| c["data"]["value"] == "two")).await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_leader_reconciles() {
    let mut first = World::new().await;
    let elect = |options: &mut rolewright_operator::Options| {
        options.leader_elect = true;
        options.leader_election_id = Some("lock".into());
    };
    let project = [("watches.yaml", watches("")), (CHILD.0, CHILD.1.to_owned())];
    let project: Vec<(&str, &str)> = project.iter().map(|(path, text)| (*path, text.as_str())).collect();
    first.start(&project, elect);
    first.create("Foo", "a", json!({"childValue": "one"})).await;
    first.until_condition("Foo", "a", "Successful", "True").await;
    let lease = first.cluster.resolve("coordination.k8s.io/v1", "Lease").await.unwrap();
    let held = first.cluster.get(&lease, NS, "lock").await.unwrap().unwrap();
    assert!(!held["spec"]["holderIdentity"].as_str().unwrap().is_empty());
    first.stop().await.unwrap();
    let free = first.cluster.get(&lease, NS, "lock").await.unwrap().unwrap();
    assert_eq!(free["spec"]["holderIdentity"], "", "a leader that stops gives its lease up");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_writes_into_the_status_stays() {
    let mut world = World::new().await;
    let role = ("roles/foo/tasks/main.yml", "- test.own.status:\n    name: '{{ ansible_operator_meta.name }}'\n");
    world.start(&[("watches.yaml", &watches("")), role], |_| {});
    world.create("Foo", "a", json!({})).await;
    let done = world.until_condition("Foo", "a", "Successful", "True").await;
    assert_eq!(done["status"]["test"], "hello world");
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_and_broken_connections_are_survived() {
    let mut world = World::new().await;
    let status = || Matcher::any().verb("update").resource("foos/status");
    world.sandbox.faults().fail_next(status(), 409, 3);
    world.sandbox.faults().cut_watches(Matcher::any());
    world.start(&[("watches.yaml", &watches("")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    assert_eq!(world.reports().len(), 1, "a conflict is no reason for another run");
    world.sandbox.faults().cut_watches(Matcher::any());
    world.sandbox.compact();
    world.patch("Foo", "a", json!({"spec": {"childValue": "two"}})).await;
    world.until("ConfigMap", "a-child", "two", |child| child.is_some_and(|c| c["data"]["value"] == "two")).await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_that_comes_back_repairs_and_watches_again() {
    let mut world = World::new().await;
    let project = [("watches.yaml", watches("")), (CHILD.0, CHILD.1.to_owned())];
    let project: Vec<(&str, &str)> = project.iter().map(|(path, text)| (*path, text.as_str())).collect();
    world.start(&project, |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    world.stop().await.unwrap();
    world.patch("ConfigMap", "a-child", json!({"data": {"value": "spoilt"}})).await;
    world.start(&project, |_| {});
    world.until("ConfigMap", "a-child", "repaired", |c| c.is_some_and(|c| c["data"]["value"] == "one")).await;
    assert!(world.is_quiet().await);
    // Nothing was created this time: the watch on children began with a read.
    world.delete("ConfigMap", "a-child").await;
    world.until("ConfigMap", "a-child", "back", |child| child.is_some()).await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steady_state_costs_two_writes_and_the_roles_reads() {
    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches(", reconcilePeriod: 100ms")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    let reports = world.until_reports(4).await;
    assert_eq!(reports[3].requests, 3, "Running, the child, Done: {:?}", reports[3]);
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cleaning_run_that_asks_for_another_keeps_the_cr() {
    let mut world = World::new().await;
    let role = (
        "roles/foo/tasks/main.yml",
        "- test.own.later: {time: 30ms}\n  when: state | default('') == 'absent' and not done | default(false)\n",
    );
    let more = ", finalizer: {name: example.com/f, vars: {state: absent}}";
    world.start(&[("watches.yaml", &watches(more)), role], |_| {});
    world.create("Foo", "a", json!({})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    world.delete("Foo", "a").await;
    world.until_reports(4).await;
    assert!(world.get("Foo", "a").await.is_some(), "it asked to run again: it is not done");
    world.patch("Foo", "a", json!({"spec": {"done": true}})).await;
    world.until("Foo", "a", "gone", |object| object.is_none()).await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_annotation_sets_the_period_and_a_bad_one_is_a_failure() {
    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches(", watchAnnotationsChanges: true")), CHILD], |_| {});
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    let annotate = |value: &str| {
        json!({"metadata": {"annotations":
        {"ansible.sdk.operatorframework.io/reconcile-period": value}}})
    };
    world.patch("Foo", "a", annotate("soon")).await;
    let failed = world.until_condition("Foo", "a", "Failure", "True").await;
    assert_eq!(
        condition(&failed, "Failure")["message"],
        "Unable to parse reconcile period annotation: time: invalid duration \"soon\""
    );
    let before = world.reports().len();
    world.patch("Foo", "a", annotate("30ms")).await;
    world.until_reports(before + 3).await;
    world.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_and_metrics_are_served() {
    let port = |listener: std::net::TcpListener| listener.local_addr().unwrap().port();
    let free = || port(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    let (health, metrics) = (free(), free());
    let mut world = World::new().await;
    world.start(&[("watches.yaml", &watches("")), CHILD], |options| {
        options.health_probe_bind_address = Some(format!("127.0.0.1:{health}"));
        options.metrics_bind_address = Some(format!("127.0.0.1:{metrics}"));
    });
    world.create("Foo", "a", json!({"childValue": "one"})).await;
    world.until_condition("Foo", "a", "Successful", "True").await;
    world.until_reports(1).await;
    for path in ["/healthz", "/readyz"] {
        assert!(support::http_get(health, path).await.ends_with("\r\n\r\nok"), "{path}");
    }
    let text = support::http_get(metrics, "/metrics").await;
    for line in [
        "ansible_operator_reconcile_result{GVK=\"example.com/v1, Kind=Foo\",result=\"succeeded\"} 1",
        "rolewright_watch_connected{GVK=\"example.com/v1, Kind=Foo\"} 1",
        "rolewright_resources{GVK=\"example.com/v1, Kind=Foo\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.contains("resource_created_at_seconds{group=\"example.com\",kind=\"Foo\",name=\"a\""), "{text}");
    world.stop().await.unwrap();
}
