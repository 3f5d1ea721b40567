//! Watches: the log of a resource, streamed.
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::resource::Ask;
use super::{Server, asked};
use crate::api::Api;
use crate::api::list::parse_rv;
use crate::api::select::Selector;
use crate::body::Body;
use crate::registry::Resource;
use crate::render::View;
use crate::request::query::Query;
use crate::request::reply::Response;
use crate::status::{Cause, Failure, Outcome};
use crate::store::{Change, Event, Object, Read};

const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(45 * 60);

pub(super) fn stream(server: &Server, ask: &Ask<'_>) -> Outcome<Response> {
    let query = &ask.request.query;
    let view = View::parse(&ask.accept, query)?;
    let mut selector = Selector::parse(query, &ask.resource)?;
    if let Some(name) = &ask.target.name {
        selector = selector.with_name(name);
    }
    let start = Start::parse(query)?;
    let timeout = query.int("timeoutSeconds")?.filter(|t| *t > 0).map_or(LONGEST, |t| Duration::from_secs(t as u64));
    let cut = server.faults.cut_signal(asked(&ask.request.method, &ask.request.path, query));
    let alive = server.alive.subscribe();
    let mut watcher = Watcher::new(server.api.clone(), ask, selector, view, start.bookmarks);
    watcher.deadline = Instant::now() + timeout;
    watcher.begin(&start);
    watcher.stop = Box::pin(async move {
        let mut alive = alive;
        tokio::select! {
            () = cut => {}
            _ = alive.changed() => {}
        }
    });
    let frames = futures::stream::unfold(watcher, |mut w| async move { w.next().await.map(|frame| (Ok(frame), w)) });
    let mut response = http::Response::new(Body::stream(frames));
    crate::request::reply::header(&mut response, http::header::CONTENT_TYPE, "application/json");
    crate::request::reply::header(&mut response, http::header::CACHE_CONTROL, "no-cache, private");
    Ok(response)
}

/// Where a watch starts.
struct Start {
    /// None: from the current state.
    rv: Option<u64>,
    /// Begin with the current state as ADDED events.
    state: bool,
    /// Mark the end of the current state.
    mark: bool,
    bookmarks: bool,
}

impl Start {
    fn parse(query: &Query) -> Outcome<Self> {
        let rv = query.get("resourceVersion").map(parse_rv).transpose().map_err(Failure::internal)?;
        let rv = rv.filter(|rv| *rv > 0);
        let bookmarks = query.flag("allowWatchBookmarks");
        let initial = query.has("sendInitialEvents").then(|| query.flag("sendInitialEvents"));
        let matching = query.get("resourceVersionMatch");
        let refuse =
            |why: &str| Err(Failure::invalid_options("ListOptions", Cause::forbidden("resourceVersionMatch", why)));
        match (initial, matching) {
            (Some(_), Some("NotOlderThan")) | (None, None) => {}
            (Some(_), _) => return refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
            (None, Some(_)) => {
                return refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
            }
        }
        let state = initial.unwrap_or(rv.is_none());
        Ok(Self { rv, state, mark: initial == Some(true) && bookmarks, bookmarks })
    }
}

struct Watcher {
    api: Arc<Api>,
    resource: Arc<Resource>,
    namespace: Option<String>,
    selector: Selector,
    view: View,
    bookmarks: bool,
    /// Changes up to here were told.
    cursor: u64,
    /// No object was told yet: tables need their columns.
    first: bool,
    ready: VecDeque<Bytes>,
    signal: watch::Receiver<u64>,
    deadline: Instant,
    next_bookmark: Instant,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    over: bool,
}

impl Watcher {
    fn new(api: Arc<Api>, ask: &Ask<'_>, selector: Selector, view: View, bookmarks: bool) -> Self {
        let signal = api.store.view(|s| s.shard(&ask.resource.shard).subscribe());
        let now = Instant::now();
        Self {
            api,
            resource: ask.resource.clone(),
            namespace: ask.target.namespace.clone(),
            selector,
            view,
            bookmarks,
            cursor: 0,
            first: true,
            ready: VecDeque::new(),
            signal,
            deadline: now + LONGEST,
            next_bookmark: now + BOOKMARK_EVERY,
            stop: Box::pin(std::future::pending()),
            over: false,
        }
    }

    fn begin(&mut self, start: &Start) {
        let namespace = self.namespace.clone();
        let (objects, rv) = self.api.store.view(|state| {
            let rv = state.rv();
            (state.shard(&self.resource.shard).list(namespace.as_deref()), rv)
        });
        if let (Some(from), false) = (start.rv, start.state) {
            self.cursor = from;
            return;
        }
        self.cursor = rv.max(start.rv.unwrap_or(0));
        if start.state {
            for object in objects {
                if self.selector.matches(&object) {
                    self.tell("ADDED", &object);
                }
            }
        }
        if start.mark {
            self.bookmark(rv, true);
        }
    }

    fn tell(&mut self, kind: &str, object: &Object) {
        let mut frame = format!(r#"{{"type":"{kind}","object":"#).into_bytes();
        frame.extend_from_slice(&self.view.object(&self.resource, object, self.first));
        frame.extend_from_slice(b"}\n");
        self.first = false;
        self.ready.push_back(frame.into());
    }

    fn bookmark(&mut self, rv: u64, initial: bool) {
        let mut metadata = json!({"resourceVersion": rv.to_string(), "creationTimestamp": null});
        if initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object =
            json!({"kind": self.resource.kind, "apiVersion": self.resource.api_version(), "metadata": metadata});
        let object = self.view.bookmark(object);
        self.ready.push_back(format!("{}\n", json!({"type": "BOOKMARK", "object": object})).into());
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            self.read();
            if self.ready.is_empty() && !self.over {
                self.wait().await;
            }
        }
    }

    /// Takes what the log has behind the cursor.
    fn read(&mut self) {
        match self.api.store.view(|s| s.shard(&self.resource.shard).since(self.cursor)) {
            Read::Events(events) => {
                for event in events {
                    self.cursor = event.rv();
                    self.judge(&event);
                }
            }
            Read::TooOld(oldest) => {
                let message = format!("too old resource version: {} ({oldest})", self.cursor);
                let status = Failure::expired(message).to_json();
                self.ready.push_back(format!("{}\n", json!({"type": "ERROR", "object": status})).into());
                self.over = true;
            }
        }
    }

    /// What a change means to those who see only some objects.
    fn judge(&mut self, event: &Event) {
        if self.namespace.as_deref().is_some_and(|n| n != event.object.namespace()) {
            return;
        }
        let was = event.before.as_ref().is_some_and(|b| self.selector.matches(b));
        let is = event.change != Change::Deleted && self.selector.matches(&event.object);
        match (was, is) {
            (false, true) => self.tell("ADDED", &event.object),
            (true, true) => self.tell("MODIFIED", &event.object),
            (true, false) if event.change == Change::Deleted => self.tell("DELETED", &event.object),
            (true, false) => {
                // The last state that was seen, at the revision at which it went out of sight.
                let before = event.before.as_ref().map(|b| b.value.clone()).unwrap_or_default();
                self.tell("DELETED", &Object::new(event.rv(), before));
            }
            (false, false) => {}
        }
    }

    async fn wait(&mut self) {
        let wake = if self.bookmarks { self.deadline.min(self.next_bookmark) } else { self.deadline };
        tokio::select! {
            changed = self.signal.changed() => if changed.is_err() {
                self.read();
                self.over = true;
            },
            () = &mut self.stop => self.over = true,
            () = tokio::time::sleep_until(wake) => {
                self.over = Instant::now() >= self.deadline;
                if self.bookmarks && !self.over {
                    self.next_bookmark += BOOKMARK_EVERY;
                    let rv = self.caught_up();
                    rv.into_iter().for_each(|rv| self.bookmark(rv, false));
                }
            }
        }
    }

    /// The current revision, if nothing is behind the cursor.
    fn caught_up(&mut self) -> Option<u64> {
        let (rv, pending) = self.api.store.view(|s| {
            let pending = !matches!(s.shard(&self.resource.shard).since(self.cursor), Read::Events(e) if e.is_empty());
            (s.rv(), pending)
        });
        (!pending && rv >= self.cursor).then(|| {
            self.cursor = rv;
            rv
        })
    }
}
