//! Faults for tests: refused and delayed requests, cut watches, and counts of what was asked.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::status::Failure;

/// Which requests are meant; what is not set matches all.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    verb: Option<String>,
    resource: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
}

impl Matcher {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }
    /// Requests with this verb: get, list, watch, create, update, patch, delete, deletecollection.
    pub fn verb(mut self, verb: &str) -> Self {
        self.verb = Some(verb.to_owned());
        self
    }
    /// Requests for this resource, by its plural and subresource: `pods`, `foos/status`.
    pub fn resource(mut self, resource: &str) -> Self {
        self.resource = Some(resource.to_owned());
        self
    }
    /// Requests in this namespace.
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }
    /// Requests for the object of this name.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    fn matches(&self, asked: &Asked) -> bool {
        let fits = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
        fits(&self.verb, &asked.verb)
            && fits(&self.resource, &asked.resource)
            && fits(&self.namespace, &asked.namespace)
            && fits(&self.name, &asked.name)
    }
}

/// A request, as matchers and counters see it. Requests that name no resource have their path as resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    pub verb: String,
    pub resource: String,
    pub namespace: String,
    pub name: String,
}

#[derive(Clone, Debug)]
enum Effect {
    Fail(u16),
    Answer(Box<Failure>),
    Delay(Duration),
    Drop,
}

#[derive(Debug)]
struct Rule {
    matcher: Matcher,
    effect: Effect,
    skip: usize,
    left: usize,
}

/// What happens to a request before it is looked at.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    pub(crate) delay: Option<Duration>,
    pub(crate) failure: Option<Box<Failure>>,
    /// The connection breaks without an answer.
    pub(crate) dropped: bool,
}

struct Inner {
    rules: Mutex<Vec<Rule>>,
    counts: Mutex<BTreeMap<(String, String), u64>>,
    paused: watch::Sender<bool>,
    cuts: watch::Sender<(u64, Matcher)>,
}

/// Faults to come; clones share them.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

impl Faults {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            rules: Mutex::default(),
            counts: Mutex::default(),
            paused: watch::Sender::new(false),
            cuts: watch::Sender::new((0, Matcher::any())),
        }))
    }

    fn add(&self, matcher: Matcher, effect: Effect, skip: usize, count: usize) {
        self.0.rules.lock().push(Rule { matcher, effect, skip, left: count });
    }

    /// The next `count` matching requests fail with this HTTP status and the usual `Status` for it.
    pub fn fail_next(&self, matcher: Matcher, status: u16, count: usize) {
        self.add(matcher, Effect::Fail(status), 0, count);
    }

    /// The `nth` matching request from now (1 is the next) fails with this HTTP status.
    pub fn fail_nth(&self, matcher: Matcher, nth: usize, status: u16) {
        self.add(matcher, Effect::Fail(status), nth.saturating_sub(1), 1);
    }

    /// The next `count` matching requests are refused as overload, with `Retry-After`.
    pub fn throttle_next(&self, matcher: Matcher, retry_after: u64, count: usize) {
        let message = "The server has received too many requests and has asked us to try again later";
        let failure =
            Failure::new(429, "TooManyRequests", message).with(serde_json::json!({"retryAfterSeconds": retry_after}));
        self.add(matcher, Effect::Answer(failure), 0, count);
    }

    /// The next `count` matching requests wait before they are served.
    pub fn delay_next(&self, matcher: Matcher, delay: Duration, count: usize) {
        self.add(matcher, Effect::Delay(delay), 0, count);
    }

    /// The connections of the next `count` matching requests break without an answer.
    pub fn drop_next(&self, matcher: Matcher, count: usize) {
        self.add(matcher, Effect::Drop, 0, count);
    }

    /// Ends the running watches that match.
    pub fn cut_watches(&self, matcher: Matcher) {
        self.0.cuts.send_modify(|(epoch, m)| {
            *epoch += 1;
            *m = matcher;
        });
    }

    /// Forgets all faults that have not happened.
    pub fn clear(&self) {
        self.0.rules.lock().clear();
    }

    pub(crate) fn pause(&self, paused: bool) {
        self.0.paused.send_replace(paused);
        if paused {
            self.cut_watches(Matcher::any());
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        *self.0.paused.borrow()
    }

    /// Counts a request and tells its fate.
    pub(crate) fn meet(&self, asked: &Asked) -> Fate {
        *self.0.counts.lock().entry((asked.verb.clone(), asked.resource.clone())).or_default() += 1;
        let mut fate = Fate { dropped: self.is_paused(), ..Fate::default() };
        let mut rules = self.0.rules.lock();
        for rule in rules.iter_mut().filter(|r| r.left > 0 && r.matcher.matches(asked)) {
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            match &rule.effect {
                Effect::Delay(delay) => fate.delay = Some(fate.delay.unwrap_or_default() + *delay),
                _ if fate.failure.is_some() || fate.dropped => continue,
                Effect::Fail(code) => fate.failure = Some(usual(*code, asked)),
                Effect::Answer(failure) => fate.failure = Some(failure.clone()),
                Effect::Drop => fate.dropped = true,
            }
            rule.left -= 1;
        }
        rules.retain(|r| r.left > 0);
        fate
    }

    /// Resolves when a watch like this one is cut.
    pub(crate) fn cut_signal(&self, asked: Asked) -> impl Future<Output = ()> + Send + use<> {
        let mut cuts = self.0.cuts.subscribe();
        async move {
            loop {
                if cuts.changed().await.is_err() || cuts.borrow().1.matches(&asked) {
                    return;
                }
            }
        }
    }

    pub(crate) fn counts(&self) -> Requests {
        Requests(self.0.counts.lock().clone())
    }

    pub(crate) fn reset_counts(&self) {
        self.0.counts.lock().clear();
    }
}

/// The `Status` that real servers send with a code.
fn usual(code: u16, asked: &Asked) -> Box<Failure> {
    let (reason, message) = match code {
        400 => ("BadRequest", "injected fault".to_owned()),
        401 => ("Unauthorized", "Unauthorized".into()),
        403 => ("Forbidden", format!("{} {:?} is forbidden: injected fault", asked.resource, asked.name)),
        404 => ("NotFound", format!("{} {:?} not found", asked.resource, asked.name)),
        409 => (
            "Conflict",
            format!(
                "Operation cannot be fulfilled on {} {:?}: the object has been modified; please apply your changes to \
                 the latest version and try again",
                asked.resource, asked.name
            ),
        ),
        410 => ("Expired", "The resourceVersion for the provided list is too old.".into()),
        422 => ("Invalid", "injected fault".into()),
        429 => {
            let message = "The server has received too many requests and has asked us to try again later";
            let details = serde_json::json!({"retryAfterSeconds": 1});
            return Failure::new(429, "TooManyRequests", message).with(details);
        }
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request".into()),
        504 => ("Timeout", "Timeout: request did not complete within requested timeout".into()),
        _ => ("InternalError", "Internal error occurred: injected fault".into()),
    };
    Failure::new(code, reason, message)
}

/// How often what was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests(BTreeMap<(String, String), u64>);

impl Requests {
    /// Requests with this verb for this resource (`foos/status`).
    pub fn of(&self, verb: &str, resource: &str) -> u64 {
        self.0.get(&(verb.to_owned(), resource.to_owned())).copied().unwrap_or(0)
    }
    /// All requests.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
    /// Requests that change something.
    pub fn writes(&self) -> u64 {
        let writes = ["create", "update", "patch", "delete", "deletecollection"];
        self.0.iter().filter(|((verb, _), _)| writes.contains(&verb.as_str())).map(|(_, n)| n).sum()
    }
    /// Every verb and resource with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0.iter().map(|((verb, resource), n)| (verb.as_str(), resource.as_str(), *n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(verb: &str, resource: &str) -> Asked {
        Asked { verb: verb.into(), resource: resource.into(), ..Asked::default() }
    }

    #[test]
    fn faults_happen_as_often_as_told() {
        let faults = Faults::new();
        faults.fail_next(Matcher::any().verb("update").resource("foos"), 409, 2);
        assert!(faults.meet(&asked("get", "foos")).failure.is_none());
        for expected in [Some(409), Some(409), None] {
            assert_eq!(faults.meet(&asked("update", "foos")).failure.map(|f| f.code), expected);
        }
        assert_eq!((faults.counts().of("update", "foos"), faults.counts().total()), (3, 4));
        assert_eq!(faults.counts().writes(), 3);
    }

    #[test]
    fn the_nth_request_and_delays() {
        let faults = Faults::new();
        faults.fail_nth(Matcher::any(), 2, 500);
        faults.delay_next(Matcher::any(), Duration::from_secs(1), 1);
        let first = faults.meet(&asked("get", "x"));
        assert!(first.failure.is_none() && first.delay.is_some());
        let second = faults.meet(&asked("get", "x"));
        assert!(second.failure.is_some() && second.delay.is_none());
        faults.drop_next(Matcher::any(), 1);
        assert!(faults.meet(&asked("get", "x")).dropped);
    }
}
