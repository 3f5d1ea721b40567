//! The informers of one watch: from the API's events to the queue.
use crate::kind::Kind;
use crate::predicate;
use crate::queue::{Key, Reason};
use crate::shared::Shared;
use crate::store::{Name, name_of};
use futures::StreamExt;
use rolewright_cluster::{Resource, WatchEvent, WatchOptions};
use serde_json::Value as Json;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks for a kind that is not installed: at first, and at most.
const LOOK_AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Watches the kind until the operator stops. A kind that is missing holds up nobody else.
pub(crate) async fn run(shared: Arc<Shared>, index: usize) {
    let stopping = shared.stopping.clone();
    tokio::select! {
        () = stopping.cancelled() => {}
        () = watch_kind(shared, index) => {}
    }
}

async fn watch_kind(shared: Arc<Shared>, index: usize) {
    let Some(kind) = shared.kinds.get(index) else { return };
    let resource = Arc::new(resolve(&shared, kind).await);
    *kind.resource.write() = Some(Arc::clone(&resource));
    if kind.watch.manage_status && !crate::status::is_supported(&resource) {
        shared.warn_once(index, "the kind has no status subresource: its status is not managed");
    }
    let namespaces: Vec<Option<String>> = match shared.options.watch_namespaces.as_slice() {
        some @ [_, ..] if resource.namespaced => some.iter().cloned().map(Some).collect(),
        _ => vec![None],
    };
    let informers = namespaces.into_iter().map(|namespace| {
        let informer = Informer { shared: &shared, kind, index, namespace, started: false };
        informer.run(&resource)
    });
    futures::future::join_all(informers).await;
}

async fn resolve(shared: &Shared, kind: &Kind) -> Resource {
    let gvk = &kind.watch.gvk;
    let mut wait = LOOK_AGAIN.0;
    let mut told = None;
    loop {
        match shared.cluster.resolve(&gvk.api_version(), &gvk.kind).await {
            Ok(resource) => return resource,
            Err(error) => {
                let reason = error.to_string();
                if told.as_ref() != Some(&reason) {
                    tracing::warn!(%gvk, error = %reason, "the kind cannot be watched yet; the others are");
                    told = Some(reason);
                }
                shared.metrics.watch_connected(gvk, false);
            }
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LOOK_AGAIN.1);
    }
}

/// One list and watch: of a namespace, or of all.
struct Informer<'a> {
    shared: &'a Arc<Shared>,
    kind: &'a Kind,
    index: usize,
    namespace: Option<String>,
    /// The first list is through.
    started: bool,
}

impl Informer<'_> {
    async fn run(mut self, resource: &Resource) {
        // Objects that leave the selector while they carry our finalizer must still be seen.
        let selector = self.kind.watch.selector.as_ref().filter(|_| self.kind.watch.finalizer.is_none());
        let options = WatchOptions { label_selector: selector.map(ToString::to_string), ..WatchOptions::default() };
        let mut events = self.shared.cluster.watch(resource, self.namespace.as_deref(), &options);
        tracing::info!(gvk = %self.kind.watch.gvk, namespace = self.namespace.as_deref().unwrap_or("*"), "Watching");
        while let Some(event) = events.next().await {
            match event {
                WatchEvent::Listed(objects) => self.listed(objects),
                WatchEvent::Applied(object) => {
                    self.connected(true);
                    self.applied(object, None);
                }
                WatchEvent::Deleted(object) => {
                    self.connected(true);
                    self.gone(&name_of(&object));
                }
                WatchEvent::Interrupted(reason) => {
                    self.connected(false);
                    tracing::warn!(gvk = %self.kind.watch.gvk, %reason, "the watch is interrupted and being retried");
                }
            }
        }
    }

    fn connected(&self, connected: bool) {
        self.shared.metrics.watch_connected(&self.kind.watch.gvk, connected);
    }

    /// The whole state: the first one is where the operator starts, later ones close a gap.
    fn listed(&mut self, objects: Vec<Json>) {
        self.connected(true);
        let present: HashSet<Name> = objects.iter().map(name_of).collect();
        for name in self.kind.store.names(self.namespace.as_deref()) {
            if !present.contains(&name) {
                self.gone(&name);
            }
        }
        let more_than_can_run = objects.len() > self.kind.watch.max_concurrent_reconciles;
        let spread = (!self.started && more_than_can_run).then_some(self.shared.options.start_jitter);
        let first = !std::mem::replace(&mut self.started, true);
        for object in objects {
            self.applied(object, first.then_some(spread.unwrap_or_default()));
        }
    }

    /// `start` is given for what the first list holds: the time over which it is spread.
    fn applied(&self, object: Json, start: Option<Duration>) {
        let name = name_of(&object);
        if !predicate::is_selected(&self.kind.watch, &object) {
            self.gone(&name);
            return;
        }
        let object = Arc::new(object);
        let created = object["metadata"]["creationTimestamp"].as_str();
        self.shared.metrics.resource_seen(&self.kind.watch.gvk, &name.0, &name.1, created);
        let old = self.kind.store.insert(name.clone(), Arc::clone(&object));
        let Some(reason) = predicate::reason(&self.kind.watch, old.as_deref(), &object) else { return };
        let key = self.key(name);
        match start {
            Some(spread) if !spread.is_zero() => {
                let millis = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX).max(1);
                let delay = Duration::from_millis(self.shared.engine.system.random() % millis);
                self.shared.queue.add_after(key, Reason::Started, delay);
            }
            Some(_) => self.shared.queue.add(key, Reason::Started),
            None => self.shared.changed(key, reason, &object),
        }
    }

    fn gone(&self, name: &Name) {
        if self.kind.store.remove(name).is_none() {
            return;
        }
        self.shared.metrics.resource_gone(&self.kind.watch.gvk, &name.0, &name.1);
        let key = self.key(name.clone());
        self.shared.queue.forget(&key);
        self.shared.running.cancel(&key);
    }

    fn key(&self, (namespace, name): Name) -> Key {
        Key { watch: self.index, namespace, name }
    }
}
