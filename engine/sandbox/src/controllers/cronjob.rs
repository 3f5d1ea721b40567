//! CronJobs: a job at each time of a schedule.
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::client::reference;
use super::conditions;
use super::cron::Schedule;
use super::job::{by_age, finished, name_at};
use super::{Controllers, Task};
use crate::json::JsonExt;
use crate::store::{Object, Place, key_of};

const SHARD: &str = "cronjobs.batch";
const JOBS: &str = "jobs.batch";
const COMPONENT: &str = "cronjob-controller";

impl Controllers {
    pub(super) fn cron_job(&self, cron: &Object) {
        if cron.deleting() {
            return;
        }
        let jobs = by_age(self.controlled(cron, JOBS));
        self.cron_status(cron, &jobs);
        self.trim(&jobs, "Complete", cron.value.int("/spec/successfulJobsHistoryLimit").unwrap_or(3));
        self.trim(&jobs, "Failed", cron.value.int("/spec/failedJobsHistoryLimit").unwrap_or(1));
        if cron.value.flag("/spec/suspend") {
            return;
        }
        let Some(schedule) = Schedule::parse(cron.value.text("/spec/schedule")) else {
            let message = format!("unparseable schedule: {}", cron.value.text("/spec/schedule"));
            return self.event(cron, "Warning", "UnparseableSchedule", COMPONENT, &message);
        };
        let zone = TimeZone::get(cron.value.text("/spec/timeZone")).unwrap_or(TimeZone::UTC);
        let last = cron.value.text("/status/lastScheduleTime").parse::<Timestamp>();
        let since = last.or_else(|_| cron.meta("creationTimestamp").parse()).unwrap_or_else(|_| Timestamp::now());
        let Some(mut due) = schedule.next(since, &zone) else { return };
        let now = Timestamp::now();
        if due <= now {
            // Only the latest of the times that were missed counts.
            while let Some(next) = schedule.next(due, &zone).filter(|n| *n <= now) {
                due = next;
            }
            self.fire(cron, due, &jobs);
        }
        if let Some(next) = schedule.next(now, &zone) {
            let wait = next.duration_since(now).as_millis().max(0) as u64 + 5;
            let place = Place { shard: SHARD.into(), key: key_of(cron.namespace(), cron.name()) };
            self.later(Duration::from_millis(wait), Task::Object(place));
        }
    }

    fn fire(&self, cron: &Object, at: Timestamp, jobs: &[Arc<Object>]) {
        let running: Vec<_> = jobs.iter().filter(|j| !finished(&j.value)).collect();
        match cron.value.text("/spec/concurrencyPolicy") {
            "Forbid" if !running.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                return self.normal(cron, "JobAlreadyActive", COMPONENT, message);
            }
            "Replace" => running.iter().for_each(|j| self.delete(j, JOBS, None, None)),
            _ => {}
        }
        let template = &cron.value["spec"]["jobTemplate"];
        let when = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut metadata = json!({"name": name_at(cron.name(), at), "ownerReferences": [reference(cron)]});
        for field in ["labels", "annotations"] {
            if let Some(value) = template.pointer(&format!("/metadata/{field}")) {
                metadata[field] = value.clone();
            }
        }
        metadata.put(&["annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp"], when.as_str());
        let job = self.create(JOBS, cron.namespace(), json!({"metadata": metadata, "spec": template["spec"]}));
        if let Some(job) = job {
            self.normal(cron, "SuccessfulCreate", COMPONENT, &format!("Created job {}", job.name()));
        }
        self.set_status(cron, SHARD, |value| value.put(&["status", "lastScheduleTime"], when.as_str()));
    }

    fn cron_status(&self, cron: &Object, jobs: &[Arc<Object>]) {
        let active: Vec<Json> = jobs
            .iter()
            .filter(|j| !finished(&j.value))
            .map(|j| {
                json!({"kind": "Job", "namespace": j.namespace(), "name": j.name(), "uid": j.uid(),
                    "apiVersion": "batch/v1", "resourceVersion": j.rv.to_string()})
            })
            .collect();
        let done = jobs.iter().rev().find_map(|j| j.value.pointer("/status/completionTime").cloned());
        self.set_status(cron, SHARD, |value| {
            match active.is_empty() {
                true => drop(value.drop_field(&["status", "active"])),
                false => value.put(&["status", "active"], active.clone()),
            }
            if let Some(done) = &done {
                value.put(&["status", "lastSuccessfulTime"], done.clone());
            }
        });
    }

    fn trim(&self, jobs: &[Arc<Object>], condition: &str, limit: i64) {
        let ended: Vec<_> = jobs.iter().filter(|j| conditions::is_true(&j.value, condition)).collect();
        for job in ended.iter().take(ended.len().saturating_sub(limit.max(0) as usize)) {
            self.delete(job, JOBS, None, None);
        }
    }
}
