//! How long tasks take; not a check, because machines differ: `cargo test --release speed -- --ignored --nocapture`.
use super::{engine, request};
use crate::{Event, Listener};

struct Deaf;

impl Listener for Deaf {
    fn event(&self, _: &Event) {}
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("play.yml");
    let tasks = "    - debug: {msg: plain}\n    - set_fact: {x: '{{ y }}'}\n      when: y == 1\n    - ping: {data: '{{ x }}'}\n      register: r\n";
    let text = format!("- hosts: localhost\n  gather_facts: false\n  vars: {{y: 1}}\n  tasks:\n{}", tasks.repeat(3000));
    std::fs::write(&path, text).unwrap();
    let engine = engine();
    let request = request(&engine, &path).unwrap();
    let started = std::time::Instant::now();
    let outcome = engine.run(request, &Deaf);
    let each = started.elapsed() / 9000;
    assert_eq!(outcome.recap.hosts[0].1.ok, 9000);
    std::io::Write::write_all(&mut std::io::stderr(), format!("{each:?} for each task\n").as_bytes()).unwrap();
}
