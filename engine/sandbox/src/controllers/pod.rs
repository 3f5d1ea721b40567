//! Pods: a scheduler and a kubelet that pretend.
use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use super::bootstrap::NODE;
use super::conditions::{self, Condition};
use super::{Controllers, Task};
use crate::api::{names, now};
use crate::json::JsonExt;
use crate::store::{Object, Place, key_of};

/// On a pod: `never` leaves it in Pending.
const READY: &str = "/metadata/annotations/sandbox.rolewright.dev~1ready";
/// On a pod: the exit code its containers end with (pods of jobs).
const EXIT_CODE: &str = "/metadata/annotations/sandbox.rolewright.dev~1exit-code";

/// A step in the life of a pod that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    Run,
    Complete,
}

const KUBELET: &str = "kubelet";

impl Controllers {
    pub(super) fn pod(&self, pod: &Object) {
        if pod.deleting() {
            return self.stop_pod(pod);
        }
        if pod.value.text("/spec/nodeName").is_empty() {
            return self.schedule_pod(pod);
        }
        if pod.value.text("/status/phase") == "Pending" {
            self.start_pod(pod);
        }
    }

    /// Takes the next step of a pod's life when its time has come, or now if pods take no time.
    fn step_later(&self, pod: &Object, step: Step) {
        let place = Place { shard: "pods".into(), key: key_of(pod.namespace(), pod.name()) };
        let delay = self.api.pod_ready_after;
        if delay.is_zero() {
            return self.pod_step(&place, pod.uid(), step);
        }
        self.later(delay, Task::Pod(place, pod.uid().to_owned(), step));
    }

    pub(super) fn pod_step(&self, place: &Place, uid: &str, step: Step) {
        let found = self.api.store.get(&place.shard, &place.key);
        let Some(pod) = found.filter(|p| p.uid() == uid && !p.deleting()) else { return };
        match step {
            Step::Run if pod.value.text("/status/phase") == "Pending" => self.run_pod(&pod),
            Step::Complete => self.complete_pod(&pod),
            Step::Run => {}
        }
    }

    fn schedule_pod(&self, pod: &Object) {
        if let Some(message) = self.unfit(pod) {
            self.write(pod, "pods", Some("status"), "kube-scheduler", |value| {
                let reason = "Unschedulable";
                conditions::set(value, &Condition { kind: "PodScheduled", status: false, reason, message });
            });
            return self.event(pod, "Warning", "FailedScheduling", "default-scheduler", message);
        }
        let message = format!("Successfully assigned {}/{} to {NODE}", pod.namespace(), pod.name());
        let bound = self.write(pod, "pods", Some("binding"), "kube-scheduler", |value| {
            value.put(&["spec", "nodeName"], NODE);
            conditions::set(value, &Condition { kind: "PodScheduled", status: true, reason: "", message: "" });
        });
        if let Some(pod) = bound {
            self.normal(&pod, "Scheduled", "default-scheduler", &message);
        }
    }

    /// Why the one node does not take a pod.
    fn unfit(&self, pod: &Object) -> Option<&'static str> {
        let node = self.api.store.get("nodes", NODE);
        let node = node.as_ref().map_or(&Json::Null, |n| &n.value);
        let wanted = pod.value.pointer("/spec/nodeSelector").and_then(Json::as_object);
        let labels = node.pointer("/metadata/labels");
        if wanted.into_iter().flatten().any(|(key, value)| labels.and_then(|l| l.get(key)) != Some(value)) {
            return Some("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
        }
        let tolerated = |taint: &&Json| !pod.value.items("/spec/tolerations").iter().any(|t| tolerates(t, taint));
        let hard = |taint: &&Json| taint.text("/effect") != "PreferNoSchedule";
        let mut taints = node.items("/spec/taints").iter().filter(hard);
        match taints.find(tolerated).map(|t| t.text("/key")) {
            Some("node.kubernetes.io/unschedulable") => Some(
                "0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, preemption: \
                      0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
            ),
            Some(_) => Some("0/1 nodes are available: 1 node(s) had untolerated taint(s)."),
            None => {
                node.flag("/spec/unschedulable").then_some("0/1 nodes are available: 1 node(s) were unschedulable.")
            }
        }
    }

    /// Looks again at the pods that found no node.
    pub(super) fn reschedule(&self) {
        for pod in self.api.store.list("pods", None) {
            if pod.value.text("/spec/nodeName").is_empty() && !pod.deleting() && self.unfit(&pod).is_none() {
                self.schedule_pod(&pod);
            }
        }
    }

    fn start_pod(&self, pod: &Object) {
        if !pod.value.text("/status/startTime").is_empty() {
            return;
        }
        let started = self.kubelet(pod, |value| {
            value.put(&["status", "startTime"], now());
            value.put(&["status", "hostIP"], "10.0.0.1");
            value.put(&["status", "hostIPs"], json!([{"ip": "10.0.0.1"}]));
            let message = waiting_message(value);
            for (kind, status) in [
                ("PodReadyToStartContainers", false),
                ("Initialized", true),
                ("Ready", false),
                ("ContainersReady", false),
                ("PodScheduled", true),
            ] {
                let unready = kind.ends_with("Ready");
                let (reason, message) = if unready { ("ContainersNotReady", message.as_str()) } else { ("", "") };
                conditions::set(value, &Condition { kind, status, reason, message });
            }
            let statuses: Vec<_> = value.items("/spec/containers").iter().map(waiting).collect();
            value.put(&["status", "containerStatuses"], statuses);
        });
        if let Some(pod) = started.filter(|p| p.value.text(READY) != "never") {
            self.step_later(&pod, Step::Run);
        }
    }

    fn run_pod(&self, pod: &Object) {
        let ip = self.give_ip();
        let running = self.kubelet(pod, |value| {
            value.put(&["status", "phase"], "Running");
            value.put(&["status", "podIP"], ip.as_str());
            value.put(&["status", "podIPs"], json!([{"ip": ip}]));
            for kind in ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"] {
                conditions::set(value, &Condition { kind, status: true, reason: "", message: "" });
            }
            let statuses: Vec<_> = value.items("/spec/containers").iter().map(running).collect();
            value.put(&["status", "containerStatuses"], statuses);
            let done: Vec<_> = value.items("/spec/initContainers").iter().map(|c| terminated(c, 0)).collect();
            if !done.is_empty() {
                value.put(&["status", "initContainerStatuses"], done);
            }
        });
        let Some(pod) = running else { return };
        for container in pod.value.items("/spec/containers") {
            let (name, image) = (container.text("/name"), container.text("/image"));
            let pulled = format!("Container image {image:?} already present on machine");
            self.normal(&pod, "Pulled", KUBELET, &pulled);
            self.normal(&pod, "Created", KUBELET, &format!("Created container: {name}"));
            self.normal(&pod, "Started", KUBELET, &format!("Started container {name}"));
        }
        if completes(&pod) {
            self.step_later(&pod, Step::Complete);
        }
    }

    fn complete_pod(&self, pod: &Object) {
        let code = pod.value.text(EXIT_CODE).parse::<i64>().unwrap_or(0);
        self.kubelet(pod, |value| {
            value.put(&["status", "phase"], if code == 0 { "Succeeded" } else { "Failed" });
            let reason = if code == 0 { "PodCompleted" } else { "PodFailed" };
            for kind in ["Ready", "ContainersReady"] {
                conditions::set(value, &Condition { kind, status: false, reason, message: "" });
            }
            let statuses: Vec<_> = value.items("/spec/containers").iter().map(|c| terminated(c, code)).collect();
            value.put(&["status", "containerStatuses"], statuses);
        });
    }

    fn stop_pod(&self, pod: &Object) {
        if pod.value.text("/status/phase") == "Running" {
            for container in pod.value.items("/spec/containers") {
                let message = format!("Stopping container {}", container.text("/name"));
                self.normal(pod, "Killing", KUBELET, &message);
            }
        }
        if pod.value.int("/metadata/deletionGracePeriodSeconds").unwrap_or(0) > 0 || pod.finalizers().is_empty() {
            self.delete(pod, "pods", Some(0), None);
        }
    }

    fn kubelet(&self, pod: &Object, change: impl Fn(&mut Json)) -> Option<std::sync::Arc<Object>> {
        self.write(pod, "pods", Some("status"), KUBELET, change)
    }

    fn give_ip(&self) -> String {
        let number = self.next_ip.fetch_add(1, Ordering::Relaxed) % 65_000;
        Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 244, 0, 0)) + number).to_string()
    }
}

fn tolerates(toleration: &Json, taint: &Json) -> bool {
    let (key, effect) = (toleration.text("/key"), toleration.text("/effect"));
    let exists = toleration.text("/operator") == "Exists";
    (key.is_empty() && exists || key == taint.text("/key"))
        && (effect.is_empty() || effect == taint.text("/effect"))
        && (exists || toleration.text("/value") == taint.text("/value"))
}

/// Containers of jobs end by themselves.
fn completes(pod: &Object) -> bool {
    pod.controller("kind") == Some("Job")
}

fn waiting_message(value: &Json) -> String {
    let names: Vec<_> = value.items("/spec/containers").iter().map(|c| c.text("/name")).collect();
    format!("containers with unready status: [{}]", names.join(" "))
}

fn status(container: &Json, ready: bool, state: Json) -> Json {
    json!({"name": container["name"], "image": container["image"], "imageID": image_id(container), "ready": ready,
        "started": ready, "restartCount": 0, "lastState": {}, "state": state})
}

fn waiting(container: &Json) -> Json {
    let mut status = status(container, false, json!({"waiting": {"reason": "ContainerCreating"}}));
    status["imageID"] = "".into();
    status
}

fn running(container: &Json) -> Json {
    let mut status = status(container, true, json!({"running": {"startedAt": now()}}));
    status["containerID"] = container_id().into();
    status
}

fn terminated(container: &Json, code: i64) -> Json {
    let reason = if code == 0 { "Completed" } else { "Error" };
    let id = container_id();
    let mut status = status(
        container,
        false,
        json!({"terminated": {"exitCode": code, "reason": reason, "startedAt": now(), "finishedAt": now(),
            "containerID": id}}),
    );
    status["containerID"] = id.into();
    status
}

fn container_id() -> String {
    format!("sandbox://{}", uuid::Uuid::new_v4().simple())
}

fn image_id(container: &Json) -> String {
    let image = container.text("/image");
    format!("{}@sha256:{}", image.split('@').next().unwrap_or_default(), names::hash(image))
}
