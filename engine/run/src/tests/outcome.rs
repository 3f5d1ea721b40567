//! What a run reports besides its events.
use super::run_text;
use std::time::Duration;

#[test]
fn failures_are_only_those_that_nobody_caught() {
    let (outcome, _) = run_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - block:\n        - fail: {msg: caught}\n      \
         rescue:\n        - debug:\n    - fail: {msg: ignored}\n      ignore_errors: true\n    - fail: {msg: told}\n",
        |_| {},
    );
    assert_eq!(outcome.failures, ["told"]);
    assert_eq!(outcome.exit_code, 2);
}

#[test]
fn a_cancelled_run_stops_at_the_next_task() {
    let (outcome, trace) =
        run_text("- hosts: localhost\n  gather_facts: false\n  tasks:\n    - debug: {msg: never}\n", |request| {
            request.cancel.cancel()
        });
    assert!(outcome.cancelled);
    assert!(!trace.contains("never"), "{trace}");
}

#[test]
fn a_retry_pause_is_cut_short_by_cancelling() {
    let started = std::time::Instant::now();
    let (outcome, _) = run_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - command: 'false'\n      register: r\n      until: \
         r.rc == 0\n      delay: 600\n    - debug:\n",
        |request| {
            let cancel = request.cancel.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(30));
                cancel.cancel();
            });
        },
    );
    assert!(outcome.cancelled);
    assert!(started.elapsed() < Duration::from_secs(30));
}
