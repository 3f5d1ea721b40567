//! Jobs: pods until enough have succeeded.
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::conditions::{self, Condition};
use super::replicaset::{active, pod_of, ready};
use super::{Controllers, Task};
use crate::api::delete::Policy;
use crate::api::now;
use crate::json::JsonExt;
use crate::store::{Object, Place, key_of};

const SHARD: &str = "jobs.batch";
const COMPONENT: &str = "job-controller";

struct Tally {
    active: usize,
    ready: usize,
    succeeded: usize,
    failed: usize,
}

/// How a job ends: complete, or failed with a reason and a message.
enum End {
    Complete,
    Failed(&'static str, &'static str),
}

pub(super) fn finished(job: &Json) -> bool {
    conditions::is_true(job, "Complete") || conditions::is_true(job, "Failed")
}

impl Controllers {
    pub(super) fn job(&self, job: &Object) {
        if finished(&job.value) {
            return self.expire(job);
        }
        if job.deleting() {
            return;
        }
        self.adopt(job, "pods");
        let tally = self.tally(job);
        let end = end(job, &tally, self.past_deadline(job));
        if end.is_none() {
            self.work(job, &tally);
        } else {
            self.stop_work(job);
        }
        let tally = self.tally(job);
        self.job_status(job, &tally, end.as_ref());
        match end {
            Some(End::Complete) => self.normal(job, "Completed", COMPONENT, "Job completed"),
            Some(End::Failed(reason, message)) => self.event(job, "Warning", reason, COMPONENT, message),
            None => {}
        }
    }

    fn tally(&self, job: &Object) -> Tally {
        let pods = self.controlled(job, "pods");
        let phase = |phase: &str| pods.iter().filter(|p| p.value.text("/status/phase") == phase).count();
        let (succeeded, failed) = (phase("Succeeded"), phase("Failed"));
        let active = active(pods);
        Tally { active: active.len(), ready: active.iter().filter(|p| ready(p)).count(), succeeded, failed }
    }

    fn work(&self, job: &Object, tally: &Tally) {
        if job.value.flag("/spec/suspend") {
            return self.stop_work(job);
        }
        let parallel = job.value.int("/spec/parallelism").unwrap_or(1).max(0) as usize;
        let left = match job.value.int("/spec/completions") {
            Some(wanted) => (wanted.max(0) as usize).saturating_sub(tally.succeeded),
            // Without a number of completions the first success ends it.
            None if tally.succeeded > 0 => 0,
            None => parallel,
        };
        let indexed = job.value.text("/spec/completionMode") == "Indexed";
        for _ in tally.active..parallel.min(left) {
            let pod = if indexed { self.indexed_pod(job) } else { self.job_pod(job, None) };
            let Some(pod) = self.create("pods", job.namespace(), pod) else { return };
            self.normal(job, "SuccessfulCreate", COMPONENT, &format!("Created pod: {}", pod.name()));
        }
    }

    fn job_pod(&self, job: &Object, index: Option<usize>) -> Json {
        let infix = index.map(|i| format!("-{i}")).unwrap_or_default();
        let mut pod = pod_of(job, &job.value["spec"]["template"], &format!("{}{infix}-", job.name()));
        if let Some(index) = index {
            let key = "batch.kubernetes.io/job-completion-index";
            pod.put(&["metadata", "annotations", key], index.to_string());
            pod.put(&["metadata", "labels", key], index.to_string());
        }
        pod
    }

    fn indexed_pod(&self, job: &Object) -> Json {
        let pods = self.controlled(job, "pods");
        let key = "batch.kubernetes.io/job-completion-index";
        let taken = |index: &usize| {
            pods.iter()
                .filter(|p| p.value.text("/status/phase") != "Failed")
                .any(|p| p.meta_annotation(key) == index.to_string())
        };
        let index = (0..).find(|i| !taken(i)).unwrap_or(0);
        self.job_pod(job, Some(index))
    }

    fn stop_work(&self, job: &Object) {
        for pod in active(self.controlled(job, "pods")) {
            self.delete(&pod, "pods", None, None);
        }
    }

    fn past_deadline(&self, job: &Object) -> bool {
        let Some(limit) = job.value.int("/spec/activeDeadlineSeconds") else { return false };
        let started = job.value.text("/status/startTime").parse::<jiff::Timestamp>();
        let Ok(started) = started else {
            self.look_again(job, limit);
            return false;
        };
        let left = limit - jiff::Timestamp::now().duration_since(started).as_secs();
        if left > 0 {
            self.look_again(job, left);
        }
        left <= 0
    }

    fn look_again(&self, job: &Object, seconds: i64) {
        let place = Place { shard: SHARD.into(), key: key_of(job.namespace(), job.name()) };
        self.later(Duration::from_secs(seconds.max(0) as u64), Task::Object(place));
    }

    fn expire(&self, job: &Object) {
        let Some(ttl) = job.value.int("/spec/ttlSecondsAfterFinished").filter(|_| !job.deleting()) else { return };
        let done = conditions::get(&job.value, "Complete").or_else(|| conditions::get(&job.value, "Failed"));
        let since = done.and_then(|c| c.text("/lastTransitionTime").parse::<jiff::Timestamp>().ok());
        let age = since.map_or(0, |at| jiff::Timestamp::now().duration_since(at).as_secs());
        if age >= ttl {
            self.delete(job, SHARD, None, Some(Policy::Foreground));
        } else {
            self.look_again(job, ttl - age);
        }
    }

    fn job_status(&self, job: &Object, tally: &Tally, end: Option<&End>) {
        let suspended = job.value.flag("/spec/suspend");
        self.set_status(job, SHARD, |value| {
            if !suspended {
                value.put_default(&["status", "startTime"], now());
            }
            value.put(&["status", "uncountedTerminatedPods"], json!({}));
            value.put(&["status", "terminating"], 0);
            value.put(&["status", "ready"], tally.ready);
            for (field, count) in [("active", tally.active), ("succeeded", tally.succeeded), ("failed", tally.failed)] {
                match count {
                    0 => drop(value.drop_field(&["status", field])),
                    count => value.put(&["status", field], count),
                }
            }
            tell_suspension(value, suspended);
            match end {
                Some(End::Complete) => complete(value),
                Some(End::Failed(reason, message)) => {
                    for kind in ["FailureTarget", "Failed"] {
                        conditions::set(value, &Condition { kind, status: true, reason, message });
                    }
                }
                None => {}
            }
        });
    }
}

fn tell_suspension(value: &mut Json, suspended: bool) {
    let known = conditions::get(value, "Suspended").is_some();
    if suspended || known {
        let (reason, message) = match suspended {
            true => ("JobSuspended", "Job suspended"),
            false => ("JobResumed", "Job resumed"),
        };
        conditions::set(value, &Condition { kind: "Suspended", status: suspended, reason, message });
    }
}

fn complete(value: &mut Json) {
    let (reason, message) = ("CompletionsReached", "Reached expected number of succeeded pods");
    for kind in ["SuccessCriteriaMet", "Complete"] {
        conditions::set(value, &Condition { kind, status: true, reason, message });
    }
    value.put_default(&["status", "completionTime"], now());
    if value.text("/spec/completionMode") == "Indexed" {
        let last = value.int("/spec/completions").unwrap_or(1) - 1;
        value.put(&["status", "completedIndexes"], if last > 0 { format!("0-{last}") } else { "0".into() });
    }
}

fn end(job: &Object, tally: &Tally, late: bool) -> Option<End> {
    let enough = match job.value.int("/spec/completions") {
        Some(wanted) => tally.succeeded as i64 >= wanted,
        None => tally.succeeded > 0 && tally.active == 0,
    };
    let limit = job.value.int("/spec/backoffLimit").unwrap_or(6);
    match () {
        () if enough => Some(End::Complete),
        () if late => Some(End::Failed("DeadlineExceeded", "Job was active longer than specified deadline")),
        () if tally.failed as i64 > limit => {
            Some(End::Failed("BackoffLimitExceeded", "Job has reached the specified backoff limit"))
        }
        () => None,
    }
}

/// A job of a schedule, named after its minute.
pub(super) fn name_at(owner: &str, at: jiff::Timestamp) -> String {
    format!("{owner}-{}", at.as_second() / 60)
}

/// The oldest first.
pub(super) fn by_age(mut jobs: Vec<Arc<Object>>) -> Vec<Arc<Object>> {
    jobs.sort_by_key(|j| (j.meta("creationTimestamp").to_owned(), j.rv));
    jobs
}
