//! What a finished run means: success or failure, the text of the failure, the numbers of the status.
use crate::conditions::{self, AnsibleResult};
use rolewright_run::{RunOutcome, Stats};

/// The operator's host: its numbers are those of the status.
const HOST: &str = "localhost";

pub(crate) struct Verdict {
    /// The text of the Failure condition.
    pub(crate) failure: Option<String>,
    /// Of `localhost`; zeros when the play ran elsewhere.
    pub(crate) stats: Stats,
}

impl Verdict {
    pub(crate) fn succeeded(&self) -> bool {
        self.failure.is_none()
    }
    pub(crate) fn ansible_result(&self, now: jiff::Timestamp) -> AnsibleResult {
        let Stats { ok, changed, skipped, failed, .. } = self.stats;
        AnsibleResult { ok, changed, skipped, failures: failed, completion: conditions::completion(now) }
    }
}

/// Rescued and ignored failures are none. An error outside of any task is a failure, and so is a host that could not
/// be reached.
pub(crate) fn verdict(outcome: &RunOutcome) -> Verdict {
    let stats = outcome.recap.hosts.iter().find(|(host, _)| &**host == HOST);
    let unreachable = outcome.recap.hosts.iter().filter(|(_, stats)| stats.unreachable > 0);
    let mut messages = outcome.failures.clone();
    messages.extend(outcome.error.iter().map(ToString::to_string));
    if messages.is_empty() {
        messages.extend(unreachable.map(|(host, _)| format!("host {host} is unreachable")));
    }
    let failed = outcome.recap.hosts.iter().any(|(_, stats)| stats.failed > 0);
    if messages.is_empty() && failed {
        messages.push("unknown playbook failure".into());
    }
    Verdict {
        failure: (!messages.is_empty()).then(|| messages.join("\n")),
        stats: stats.map(|(_, stats)| stats.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolewright_language::Diagnostic;
    use rolewright_run::Recap;

    fn outcome(hosts: &[(&str, Stats)], failures: &[&str]) -> RunOutcome {
        RunOutcome {
            recap: Recap { hosts: hosts.iter().map(|(host, stats)| ((*host).into(), stats.clone())).collect() },
            exit_code: 0,
            failures: failures.iter().map(ToString::to_string).collect(),
            error: None,
            cancelled: false,
            requeue_after: None,
        }
    }

    #[test]
    fn verdicts() {
        let ok = Stats { ok: 3, changed: 1, ..Stats::default() };
        let rescued = Stats { ok: 3, rescued: 1, ignored: 1, ..Stats::default() };
        let failed = Stats { failed: 1, ..Stats::default() };
        let unreachable = Stats { unreachable: 1, ..Stats::default() };
        let rows = [
            ("clean", outcome(&[("localhost", ok.clone())], &[]), None, 3),
            ("rescued", outcome(&[("localhost", rescued)], &[]), None, 3),
            ("failed twice", outcome(&[("localhost", failed.clone())], &["a", "b"]), Some("a\nb"), 0),
            ("censored", outcome(&[("localhost", failed)], &[]), Some("unknown playbook failure"), 0),
            ("elsewhere", outcome(&[("other", ok)], &[]), None, 0),
            ("away", outcome(&[("h", unreachable)], &[]), Some("host h is unreachable"), 0),
            ("nothing ran", outcome(&[], &[]), None, 0),
        ];
        for (what, outcome, failure, ok) in rows {
            let verdict = verdict(&outcome);
            assert_eq!((verdict.failure.as_deref(), verdict.stats.ok), (failure, ok), "{what}");
        }
        let broken = RunOutcome { error: Some(Diagnostic::error("x", "no such role")), ..outcome(&[], &[]) };
        assert_eq!(verdict(&broken).failure.as_deref(), Some("no such role"));
    }
}
