//! The rules by which a CR's `status.conditions` change: pure functions from a status to the next one.
//!
//! Texts, reasons and the kept-or-rewritten rules are the Ansible Operator's. Where it differs on purpose: conditions
//! of others are kept whole, the order is stable, and `lastTransitionTime` moves whenever `status` does.
use serde_json::{Map, Value as Json, json};

/// Counters and end of one run, as they stand in `ansibleResult`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnsibleResult {
    pub ok: u64,
    pub changed: u64,
    pub skipped: u64,
    pub failures: u64,
    /// `YYYY-MM-DDTHH:MM:SS.f+00:00`, UTC.
    pub completion: String,
}

impl AnsibleResult {
    fn to_json(&self) -> Json {
        json!({
            "ok": self.ok,
            "changed": self.changed,
            "skipped": self.skipped,
            "failures": self.failures,
            "completion": self.completion,
        })
    }
}

/// The reference's format, Go's `2006-01-02T15:04:05.99999999+00:00`: a fraction without trailing zeros, or none.
pub fn completion(time: jiff::Timestamp) -> String {
    let text = time.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string();
    let shown = text.trim_end_matches('0').trim_end_matches('.');
    format!("{shown}+00:00")
}

/// RFC 3339 in whole seconds, as every `lastTransitionTime` is written.
pub fn transition_time(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A run begins: `Running`; an earlier `Successful` no longer holds.
pub fn mark_running(status: &Json, now: jiff::Timestamp) -> Json {
    edit(status, |conditions| {
        if find(conditions, "Successful").is_some() {
            set(conditions, Condition::kept("Successful", "False"), now);
        }
        set(conditions, Condition::new("Running", "True", "Running", "Running reconciliation"), now);
    })
}

/// A run succeeded.
pub fn mark_succeeded(status: &Json, result: &AnsibleResult, now: jiff::Timestamp) -> Json {
    edit(status, |conditions| {
        let running = Condition::new("Running", "True", "Successful", "Awaiting next reconciliation");
        set(conditions, running.with(result), now);
        set(conditions, Condition::new("Successful", "True", "Successful", "Last reconciliation succeeded"), now);
        set(conditions, Condition::new("Failure", "False", "", ""), now);
    })
}

/// A run failed, or could not start (`result` is `None` then).
pub fn mark_failed(status: &Json, message: &str, result: Option<&AnsibleResult>, now: jiff::Timestamp) -> Json {
    edit(status, |conditions| {
        if find(conditions, "Running").is_some() {
            set(conditions, Condition::kept("Running", "False"), now);
        }
        let failure = Condition::new("Failure", "True", "Failed", message);
        set(conditions, Condition { result, ..failure }, now);
        set(conditions, Condition::new("Successful", "False", "", ""), now);
    })
}

/// The operator stops in the middle of a run: nothing runs any more, and nothing was found out.
pub fn mark_interrupted(status: &Json, now: jiff::Timestamp) -> Json {
    edit(status, |conditions| {
        let message = "The operator stopped during the run, and runs it again when it is back";
        set(conditions, Condition::new("Running", "False", "Interrupted", message), now);
    })
}

struct Condition<'a> {
    kind: &'a str,
    status: &'a str,
    /// `None` keeps what the condition said.
    text: Option<(&'a str, &'a str)>,
    result: Option<&'a AnsibleResult>,
}

impl<'a> Condition<'a> {
    fn new(kind: &'a str, status: &'a str, reason: &'a str, message: &'a str) -> Self {
        Self { kind, status, text: Some((reason, message)), result: None }
    }
    fn kept(kind: &'a str, status: &'a str) -> Self {
        Self { kind, status, text: None, result: None }
    }
    fn with(mut self, result: &'a AnsibleResult) -> Self {
        self.result = Some(result);
        self
    }
}

/// Gives `change` the list of conditions; the rest of the status stays as it is.
fn edit(status: &Json, change: impl FnOnce(&mut Vec<Json>)) -> Json {
    let mut status = status.as_object().cloned().unwrap_or_default();
    let mut conditions = status.get("conditions").and_then(Json::as_array).cloned().unwrap_or_default();
    change(&mut conditions);
    status.insert("conditions".into(), Json::Array(conditions));
    Json::Object(status)
}

fn find(conditions: &[Json], kind: &str) -> Option<usize> {
    conditions.iter().position(|condition| condition["type"] == kind)
}

/// Replaces the condition in its place, or appends it.
fn set(conditions: &mut Vec<Json>, condition: Condition<'_>, now: jiff::Timestamp) {
    let at = find(conditions, condition.kind);
    let old = at.and_then(|at| conditions.get(at)).cloned().unwrap_or(Json::Null);
    let next = Json::Object(next_condition(&old, &condition, now));
    match at.and_then(|at| conditions.get_mut(at)) {
        Some(place) => *place = next,
        None => conditions.push(next),
    }
}

fn next_condition(old: &Json, condition: &Condition<'_>, now: jiff::Timestamp) -> Map<String, Json> {
    let old_text = |key: &str| old[key].as_str().unwrap_or_default().to_owned();
    let (reason, message) = match condition.text {
        Some((reason, message)) => (reason.to_owned(), message.to_owned()),
        None => (old_text("reason"), old_text("message")),
    };
    let since = match old["lastTransitionTime"].as_str() {
        Some(since) if old["status"] == condition.status => since.to_owned(),
        _ => transition_time(now),
    };
    let mut next = Map::new();
    for (key, text) in [
        ("type", condition.kind),
        ("status", condition.status),
        ("reason", &reason),
        ("message", &message),
        ("lastTransitionTime", &since),
    ] {
        next.insert(key.into(), text.into());
    }
    if let Some(result) = condition.result {
        next.insert("ansibleResult".into(), result.to_json());
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> jiff::Timestamp {
        jiff::Timestamp::from_second(second).unwrap()
    }

    fn result(ok: u64, failures: u64) -> AnsibleResult {
        AnsibleResult { ok, failures, completion: completion(at(0)), ..AnsibleResult::default() }
    }

    /// `Type Status Reason|Message@second`, `+N` for a result with N ok.
    fn shown(status: &Json) -> Vec<String> {
        let conditions = status["conditions"].as_array().unwrap();
        let text = |condition: &Json, key: &str| condition[key].as_str().unwrap().to_owned();
        let show = |condition: &Json| {
            let since: jiff::Timestamp = text(condition, "lastTransitionTime").parse().unwrap();
            let ok = condition["ansibleResult"]["ok"].as_u64().map_or(String::new(), |ok| format!(" +{ok}"));
            let (kind, status) = (text(condition, "type"), text(condition, "status"));
            let (reason, message) = (text(condition, "reason"), text(condition, "message"));
            format!("{kind} {status} {reason}|{message}@{}{ok}", since.as_second())
        };
        conditions.iter().map(show).collect()
    }

    #[test]
    fn a_first_run_succeeds() {
        let started = mark_running(&Json::Null, at(1));
        assert_eq!(shown(&started), ["Running True Running|Running reconciliation@1"]);
        let done = mark_succeeded(&started, &result(4, 0), at(2));
        assert_eq!(
            shown(&done),
            [
                "Running True Successful|Awaiting next reconciliation@1 +4",
                "Successful True Successful|Last reconciliation succeeded@2",
                "Failure False |@2",
            ]
        );
    }

    #[test]
    fn failure_and_recovery_move_the_times_that_changed() {
        let done = mark_succeeded(&mark_running(&Json::Null, at(1)), &result(4, 0), at(2));
        let again = mark_running(&done, at(3));
        assert_eq!(
            shown(&again),
            [
                "Running True Running|Running reconciliation@1",
                "Successful False Successful|Last reconciliation succeeded@3",
                "Failure False |@2",
            ]
        );
        let failed = mark_failed(&again, "boom", Some(&result(1, 1)), at(4));
        assert_eq!(
            shown(&failed),
            ["Running False Running|Running reconciliation@4", "Successful False |@3", "Failure True Failed|boom@4 +1"]
        );
        let failed_anew = mark_failed(&mark_running(&failed, at(5)), "boom2", Some(&result(0, 1)), at(6));
        assert_eq!(
            shown(&failed_anew),
            [
                "Running False Running|Running reconciliation@6",
                "Successful False |@3",
                "Failure True Failed|boom2@4 +0"
            ]
        );
        let healed = mark_succeeded(&mark_running(&failed_anew, at(7)), &result(4, 0), at(8));
        assert_eq!(
            shown(&healed),
            [
                "Running True Successful|Awaiting next reconciliation@7 +4",
                "Successful True Successful|Last reconciliation succeeded@8",
                "Failure False |@8",
            ]
        );
    }

    #[test]
    fn a_run_that_cannot_start_fails_without_a_result() {
        let failed = mark_failed(&Json::Null, "Unable to run reconciliation", None, at(1));
        assert_eq!(shown(&failed), ["Failure True Failed|Unable to run reconciliation@1", "Successful False |@1"]);
    }

    #[test]
    fn an_interrupted_run_does_not_stay_running() {
        let stopped = mark_interrupted(&mark_running(&Json::Null, at(1)), at(2));
        assert_eq!(
            shown(&stopped),
            ["Running False Interrupted|The operator stopped during the run, and runs it again when it is back@2"]
        );
    }

    #[test]
    fn what_others_wrote_stays_whole_and_in_place() {
        let foreign = json!({"type": "Ready", "status": "True", "observedGeneration": 3, "custom": {"a": 1}});
        let status = json!({"phase": "Up", "conditions": [foreign, "odd"]});
        let done = mark_succeeded(&mark_running(&status, at(1)), &result(4, 0), at(2));
        assert_eq!(done["phase"], "Up");
        assert_eq!(done["conditions"][0], foreign);
        assert_eq!(done["conditions"][1], "odd");
    }

    #[test]
    fn a_status_of_another_shape_is_no_obstacle() {
        for status in [json!("text"), json!([1]), json!({"conditions": "none"}), json!({"conditions": null})] {
            assert_eq!(shown(&mark_running(&status, at(1))), ["Running True Running|Running reconciliation@1"]);
        }
    }

    #[test]
    fn completion_has_a_fraction_only_where_there_is_one() {
        for (nanos, expected) in [
            (123_456_000, "1970-01-01T00:00:10.123456+00:00"),
            (500_000_000, "1970-01-01T00:00:10.5+00:00"),
            (0, "1970-01-01T00:00:10+00:00"),
        ] {
            assert_eq!(completion(jiff::Timestamp::new(10, nanos).unwrap()), expected);
        }
    }
}
