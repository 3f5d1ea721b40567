//! A list and a watch that heal themselves.
use crate::path::{self, Query};
use crate::requests::{accept, asked, text};
use crate::retry::backoff;
use crate::send::Call;
use crate::{Cluster, Error, ListOptions, Resource, WatchEvent, WatchOptions};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value as Json;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// How long the server is asked to keep a watch; spread, so that not all end at once.
const SHORTEST: u64 = 240;
const SPREAD: Duration = Duration::from_secs(60);
/// What the server may take longer than it was asked to, before the connection counts as dead.
const GRACE: u64 = 15;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Cluster {
    /// Never ends. A kind that is not installed, or a server that is away, is told once as `Interrupted` and tried
    /// again, ever more slowly.
    pub fn watch(&self, r: &Resource, ns: Option<&str>, o: &WatchOptions) -> BoxStream<'static, WatchEvent> {
        let watcher = Watcher {
            cluster: self.clone(),
            resource: r.clone(),
            namespace: ns.filter(|n| !n.is_empty()).map(str::to_owned),
            options: o.clone(),
            version: None,
            open: None,
            failures: 0,
            told: None,
        };
        futures::stream::unfold(watcher, |mut watcher| async move { Some((watcher.next().await, watcher)) }).boxed()
    }
}

struct Watcher {
    cluster: Cluster,
    resource: Resource,
    namespace: Option<String>,
    options: WatchOptions,
    /// Where to go on; None = list first.
    version: Option<String>,
    open: Option<Lines>,
    failures: u32,
    /// The reason of the interruption that was told last, until all is well again.
    told: Option<String>,
}

/// What became of a step.
enum Step {
    Event(WatchEvent),
    /// Go on with the next step.
    Next,
}

impl Watcher {
    async fn next(&mut self) -> WatchEvent {
        loop {
            let step = match (self.open.is_some(), self.version.is_some()) {
                (true, _) => self.read().await,
                (false, true) => self.connect().await,
                (false, false) => self.list().await,
            };
            match step {
                Ok(Step::Event(event)) => return event,
                Ok(Step::Next) => {}
                Err(error) => {
                    if let Some(event) = self.failed(&error).await {
                        return event;
                    }
                }
            }
        }
    }

    async fn list(&mut self) -> Result<Step, Error> {
        let options = ListOptions {
            label_selector: self.options.label_selector.clone(),
            field_selector: self.options.field_selector.clone(),
            metadata_only: self.options.metadata_only,
        };
        let list = self.cluster.list(&self.resource, self.namespace.as_deref(), &options).await?;
        self.version = Some(list.resource_version);
        self.recovered();
        Ok(Step::Event(WatchEvent::Listed(list.items)))
    }

    async fn connect(&mut self) -> Result<Step, Error> {
        let seconds = SHORTEST + crate::retry::jitter(SPREAD).as_secs();
        let query = Query::default()
            .set("watch", "true")
            .set("allowWatchBookmarks", "true")
            .set("timeoutSeconds", &seconds.to_string())
            .set_some("labelSelector", self.options.label_selector.as_deref())
            .set_some("fieldSelector", self.options.field_selector.as_deref())
            .set_some("resourceVersion", self.version.as_deref());
        let call = Call {
            accept: accept(self.options.metadata_only, false),
            asked: asked("watch", &self.resource, self.namespace.as_deref()),
            ..Call::get("watch", query.after(&path::of(&self.resource, self.namespace.as_deref(), None, None)))
        };
        let end = Instant::now() + Duration::from_secs(seconds + GRACE);
        let response = match timeout_at(end, self.cluster.open(&call)).await {
            Ok(opened) => opened.map_err(|failed| failed.error)?,
            Err(_) => return Err(self.silent()),
        };
        self.open = Some(Lines { body: response.into_body(), buffer: BytesMut::new(), end, seen: false });
        Ok(Step::Next)
    }

    async fn read(&mut self) -> Result<Step, Error> {
        let Some(lines) = &mut self.open else { return Ok(Step::Next) };
        let line = match timeout_at(lines.end, lines.next()).await {
            Ok(line) => line,
            Err(_) => return Err(self.silent()),
        };
        match line {
            Ok(Some(line)) => self.event(&line),
            Ok(None) => {
                // The server ends watches in the ordinary course of things. One that ends at once, time and again,
                // is a fault and must not be reopened in a tight loop.
                let fruitful = lines.seen;
                self.open = None;
                if !fruitful {
                    self.failures += 1;
                    self.rest().await;
                }
                Ok(Step::Next)
            }
            Err(error) => Err(self.cluster.broken(&error).error),
        }
    }

    fn event(&mut self, line: &[u8]) -> Result<Step, Error> {
        let mut event: Json = serde_json::from_slice(line)
            .map_err(|error| Error::Other(format!("a watch event is not JSON: {error}")))?;
        let object = event["object"].take();
        let what = event["type"].as_str().unwrap_or_default();
        if what == "ERROR" {
            return Err(Error::from_status(object, 500, ""));
        }
        let version = text(&object, &["metadata", "resourceVersion"]);
        if !version.is_empty() {
            self.version = Some(version);
        }
        self.recovered();
        if let Some(lines) = &mut self.open {
            lines.seen = true;
        }
        Ok(match what {
            "ADDED" | "MODIFIED" => Step::Event(WatchEvent::Applied(object)),
            "DELETED" => Step::Event(WatchEvent::Deleted(object)),
            _ => Step::Next,
        })
    }

    fn recovered(&mut self) {
        self.failures = 0;
        self.told = None;
    }

    fn silent(&self) -> Error {
        Error::Unreachable { server: self.cluster.server().to_owned(), reason: "the watch fell silent".into() }
    }

    /// Decides where to go on, tells of an interruption that is news, and rests.
    async fn failed(&mut self, error: &Error) -> Option<WatchEvent> {
        self.open = None;
        let too_old = error.is_gone();
        // What is gone from discovery may come back as another kind of the same name: its state is to be read anew.
        if too_old || error.is_not_found() || matches!(error.code(), Some(400 | 403 | 422)) {
            self.version = None;
        }
        if too_old && self.failures == 0 {
            self.failures = 1;
            return None;
        }
        self.failures += 1;
        let reason = error.to_string();
        // A single cut is healed without a word.
        let news = self.told.as_ref() != Some(&reason) && (self.failures > 1 || error.code().is_some());
        if news {
            self.told = Some(reason.clone());
            return Some(WatchEvent::Interrupted(reason));
        }
        self.rest().await;
        None
    }

    fn rest(&self) -> tokio::time::Sleep {
        sleep(backoff(FIRST_PAUSE, LONGEST_PAUSE, self.failures.saturating_sub(1)))
    }
}

/// Lines of an answer that is still being written.
struct Lines {
    body: Body,
    buffer: BytesMut,
    end: Instant,
    /// An event or bookmark came.
    seen: bool,
}

impl Lines {
    /// None at the end; a line that was cut short is dropped, since its event comes again.
    async fn next(&mut self) -> Result<Option<Bytes>, kube::Error> {
        let mut scanned = 0;
        loop {
            if let Some(end) = self.buffer[scanned..].iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(scanned + end + 1).freeze();
                if line.iter().all(u8::is_ascii_whitespace) {
                    scanned = 0;
                    continue;
                }
                return Ok(Some(line));
            }
            scanned = self.buffer.len();
            match self.body.frame().await {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                None => return Ok(None),
            }
        }
    }
}
