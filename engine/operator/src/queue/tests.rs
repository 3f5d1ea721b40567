//! The decisions under a clock that the test moves, and the waiting once for real.
use super::*;

/// A queue and its time.
struct Rig {
    state: State,
    now: Instant,
}

impl Rig {
    fn add(&mut self, key: Key, reason: Reason) {
        self.state.add(key, reason);
    }
    fn add_after(&mut self, key: Key, reason: Reason, delay: Duration) {
        self.state.add_at(key, reason, self.now + delay);
    }
    fn done(&mut self, key: &Key, done: Done) -> Option<Duration> {
        self.state.done(key, done, self.now)
    }
    fn advance(&mut self, by: Duration) {
        self.now += by;
    }
    /// What is given out without waiting.
    fn now(&mut self) -> Option<(String, Reason)> {
        let ticket = self.state.pop(self.now)?;
        Some((ticket.key.name, ticket.reason))
    }
    /// What is given out next, after the time that takes.
    fn next(&mut self) -> (Ticket, Duration) {
        let asked = self.now;
        loop {
            if let Some(ticket) = self.state.pop(self.now) {
                return (ticket, self.now - asked);
            }
            self.now = self.state.next_due().expect("something is planned");
        }
    }
}

fn backoff() -> Backoff {
    Backoff { base: Duration::from_secs(1), max: Duration::from_secs(1000) }
}

fn queue(global: usize, per_watch: &[usize]) -> Rig {
    let limits = Limits { global, per_watch: per_watch.to_vec() };
    Rig { state: State::new(limits, backoff()), now: Instant::now() }
}

fn key(watch: usize, name: &str) -> Key {
    Key { watch, namespace: "ns".into(), name: name.into() }
}

fn some(name: &str, reason: Reason) -> Option<(String, Reason)> {
    Some((name.to_owned(), reason))
}

#[test]
fn events_of_a_waiting_cr_are_one_run() {
    let mut queue = queue(8, &[8]);
    for reason in [Reason::Started, Reason::SpecChanged, Reason::Dependent("x".into())] {
        queue.add(key(0, "a"), reason);
    }
    assert_eq!(queue.state.depth(0), 1);
    assert_eq!(queue.now(), some("a", Reason::SpecChanged));
    assert_eq!(queue.now(), None);
}

#[test]
fn a_cr_never_runs_twice_at_once_and_exactly_once_more_after_events() {
    let mut queue = queue(8, &[8]);
    queue.add(key(0, "a"), Reason::Created);
    assert!(queue.now().is_some());
    queue.add(key(0, "a"), Reason::Dependent("x".into()));
    queue.add(key(0, "a"), Reason::SpecChanged);
    assert_eq!(queue.now(), None);
    assert_eq!(queue.done(&key(0, "a"), Done::Period(Duration::from_secs(60))), Some(Duration::ZERO));
    assert_eq!(queue.now(), some("a", Reason::SpecChanged));
    queue.done(&key(0, "a"), Done::Idle);
    assert_eq!(queue.now(), None);
}

#[test]
fn users_go_before_dependents_before_what_comes_by_itself() {
    let mut queue = queue(1, &[8]);
    queue.add(key(0, "period"), Reason::Period);
    queue.add(key(0, "child"), Reason::Dependent("x".into()));
    queue.add(key(0, "user"), Reason::SpecChanged);
    for name in ["user", "child", "period"] {
        assert_eq!(queue.now().map(|(name, _)| name).as_deref(), Some(name));
        queue.done(&key(0, name), Done::Idle);
    }
}

#[test]
fn limits_hold_per_kind_and_in_all() {
    let mut queue = queue(3, &[1, 8]);
    for name in ["a", "b"] {
        queue.add(key(0, name), Reason::Created);
    }
    for name in ["c", "d", "e"] {
        queue.add(key(1, name), Reason::Created);
    }
    let mut given = Vec::new();
    while let Some((name, _)) = queue.now() {
        given.push(name);
    }
    assert_eq!(given, ["a", "c", "d"], "one of the first kind, three in all");
    assert_eq!(
        (queue.state.running(0), queue.state.running(1), queue.state.depth(0), queue.state.depth(1)),
        (1, 2, 1, 1)
    );
    queue.done(&key(0, "a"), Done::Idle);
    assert_eq!(queue.now().map(|(name, _)| name).as_deref(), Some("b"));
}

#[test]
fn the_kind_that_runs_least_comes_next() {
    let mut queue = queue(2, &[8, 8]);
    for name in ["a", "b", "c"] {
        queue.add(key(0, name), Reason::Created);
    }
    queue.add(key(1, "other"), Reason::Created);
    assert_eq!(queue.now().map(|(name, _)| name).as_deref(), Some("a"));
    assert_eq!(queue.now().map(|(name, _)| name).as_deref(), Some("other"));
}

#[test]
fn failures_back_off_and_success_forgets_them() {
    let mut queue = queue(8, &[8]);
    queue.add(key(0, "a"), Reason::Created);
    queue.next();
    for seconds in [1, 2, 4, 8] {
        let wait = Duration::from_secs(seconds);
        assert_eq!(queue.done(&key(0, "a"), Done::Failed), Some(wait));
        let (ticket, waited) = queue.next();
        assert_eq!((ticket.reason, waited), (Reason::Retry, wait));
    }
    queue.done(&key(0, "a"), Done::Idle);
    queue.add(key(0, "a"), Reason::SpecChanged);
    queue.next();
    assert_eq!(queue.done(&key(0, "a"), Done::Failed), Some(Duration::from_secs(1)));
}

#[test]
fn an_event_comes_before_a_planned_run_and_replaces_it() {
    let mut queue = queue(8, &[8]);
    queue.add(key(0, "a"), Reason::Created);
    queue.next();
    queue.done(&key(0, "a"), Done::Period(Duration::from_secs(60)));
    queue.add(key(0, "a"), Reason::SpecChanged);
    assert_eq!(queue.now(), some("a", Reason::SpecChanged));
    queue.done(&key(0, "a"), Done::Idle);
    queue.advance(Duration::from_secs(120));
    assert_eq!(queue.now(), None, "the old plan is gone");
}

#[test]
fn of_two_plans_the_earlier_counts() {
    let mut queue = queue(8, &[8]);
    queue.add_after(key(0, "a"), Reason::Started, Duration::from_secs(5));
    queue.add_after(key(0, "a"), Reason::Period, Duration::from_secs(9));
    let (ticket, waited) = queue.next();
    assert_eq!((ticket.reason, waited), (Reason::Started, Duration::from_secs(5)));
}

#[test]
fn what_is_forgotten_does_not_come_back() {
    let mut queue = queue(8, &[8]);
    queue.add(key(0, "ready"), Reason::Created);
    queue.add_after(key(0, "waiting"), Reason::Period, Duration::from_secs(1));
    queue.state.forget(&key(0, "ready"));
    queue.state.forget(&key(0, "waiting"));
    queue.advance(Duration::from_secs(5));
    assert_eq!(queue.now(), None);
    queue.add(key(0, "running"), Reason::Created);
    queue.next();
    queue.state.forget(&key(0, "running"));
    assert_eq!(queue.done(&key(0, "running"), Done::Failed), None);
    queue.advance(Duration::from_secs(5));
    assert_eq!(queue.now(), None);
    assert_eq!(queue.state.running(0), 0);
}

#[test]
fn a_cr_made_anew_during_the_old_ones_run_runs_again() {
    let mut queue = queue(8, &[8]);
    queue.add(key(0, "a"), Reason::Created);
    queue.next();
    queue.state.forget(&key(0, "a"));
    queue.add(key(0, "a"), Reason::Created);
    queue.done(&key(0, "a"), Done::Idle);
    assert_eq!(queue.now(), some("a", Reason::Created));
}

#[tokio::test]
async fn a_waiter_is_woken_by_events_and_by_time() {
    let queue = Queue::new(Limits { global: 8, per_watch: vec![8] }, backoff());
    let waiter = tokio::spawn({
        let queue = queue.clone();
        async move { [queue.next().await.key.name, queue.next().await.key.name] }
    });
    tokio::task::yield_now().await;
    queue.add_after(key(0, "later"), Reason::Period, Duration::from_millis(20));
    queue.add(key(0, "at once"), Reason::Created);
    assert_eq!(waiter.await.unwrap(), ["at once", "later"]);
}
