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

#[test]
fn a_task_that_takes_too_long_is_ended() {
    let started = std::time::Instant::now();
    let (outcome, _) = run_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - command: sleep 600\n      timeout: 1\n",
        |_| {},
    );
    let expected = "The command action failed to execute in the expected time frame (1) and was terminated";
    assert_eq!(outcome.failures, [expected]);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn the_failure_names_file_and_line() {
    let (outcome, _) = run_text(
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - debug:\n        msg: '{{ nope }}'\n",
        |_| {},
    );
    let text = &outcome.failures[0];
    assert!(
        text.starts_with("The task includes an option with an undefined variable.. 'nope' is undefined\n\nThe error")
    );
    assert!(text.contains("play.yml': line 4, column 7, but may\nbe elsewhere"), "{text}");
    assert!(text.contains("play.yml:5:"), "{text}");
}

#[test]
fn another_user_is_refused() {
    let (outcome, _) = run_text(
        "- hosts: localhost\n  gather_facts: false\n  become: true\n  become_user: nobody-here\n  tasks:\n    - debug:\n    \
         - command: echo\n",
        |_| {},
    );
    assert!(outcome.failures[0].starts_with("become: this task wants to run as 'nobody-here'"));
    assert_eq!(outcome.recap.hosts[0].1.ok, 1);
}

#[test]
fn deep_recursion_is_fine_and_endless_recursion_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("play.yml");
    std::fs::write(&path, "- hosts: localhost\n  gather_facts: false\n  tasks:\n    - include_tasks: again.yml\n")
        .unwrap();
    std::fs::write(
        directory.path().join("again.yml"),
        "- set_fact: {n: '{{ n | default(0) | int + 1 }}'}\n- include_tasks: again.yml\n  when: n | int < 400\n",
    )
    .unwrap();
    let (outcome, _) = super::run_file(&path, |_| {});
    assert_eq!((outcome.exit_code, outcome.recap.hosts[0].1.ok), (0, 800));
    std::fs::write(directory.path().join("again.yml"), "- include_tasks: again.yml\n").unwrap();
    let (outcome, _) = super::run_file(&path, |_| {});
    assert!(outcome.error.unwrap().message.contains("nested too deeply"));
}

#[test]
fn dicts_merge_where_the_environment_says_so() {
    let text = "- hosts: localhost\n  gather_facts: false\n  vars: {d: {a: 1}}\n  tasks:\n    - debug: {msg: '{{ d }}'}\n      \
                vars: {d: {b: 2}}\n";
    let (_, trace) = run_text(text, |request| {
        request.environment.push(("ANSIBLE_HASH_BEHAVIOUR".into(), "merge".into()));
    });
    assert!(trace.contains("{'a': 1, 'b': 2}"), "{trace}");
    let (_, trace) = run_text(text, |_| {});
    assert!(trace.contains("{'b': 2}"), "{trace}");
}
