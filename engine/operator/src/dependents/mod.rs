//! Children of CRs: what runs create is watched, and what others do to it starts a run.
//!
//! One watch per kind and namespace, shared by all owners. It remembers no objects, only fingerprints and owners.

mod marks;
mod print;

use crate::queue::{Key, Reason};
use crate::shared::Shared;
use crate::store::{Name, name_of};
use futures::StreamExt;
use marks::Mark;
use parking_lot::Mutex;
use print::Print;
use rolewright_cluster::{Gvk, Resource, WatchEvent, WatchOptions};
use serde_json::Value as Json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Which children are watched already.
#[derive(Default)]
pub(crate) struct Dependents(Mutex<HashSet<(Gvk, Option<String>)>>);

impl Dependents {
    /// A run of watch `index` created a child of this kind, or met one of its own. Called on the run's thread, before
    /// the write is sent.
    pub(crate) fn found(
        &self,
        shared: &Arc<Shared>,
        index: usize,
        owner_is_cluster_scoped: bool,
        resource: &Resource,
        namespace: Option<&str>,
    ) {
        let Some(kind) = shared.kinds.get(index) else { return };
        let namespace = namespace.filter(|_| resource.namespaced);
        let allowed = &shared.options.watch_namespaces;
        let in_reach = allowed.is_empty() || namespace.is_some_and(|name| allowed.iter().any(|other| other == name));
        let by_annotation = !owner_is_cluster_scoped && !resource.namespaced;
        let wanted = !by_annotation || kind.watch.watch_cluster_scoped_resources;
        let can_watch = resource.verbs.iter().any(|verb| verb == "watch");
        if !in_reach || !wanted || !can_watch {
            return;
        }
        if kind.watch.blacklist.contains(&resource.gvk) {
            tracing::debug!(gvk = %resource.gvk, owner = %kind.watch.gvk, "Resource will not be watched/cached.");
            return;
        }
        let place = (resource.gvk.clone(), namespace.map(str::to_owned));
        if self.0.lock().insert(place) {
            let children = Children::new(Arc::clone(shared), resource.clone(), namespace.map(str::to_owned));
            shared.runtime.spawn(children.run());
        }
    }
}

/// One watch on children.
struct Children {
    shared: Arc<Shared>,
    resource: Resource,
    namespace: Option<String>,
    /// `None` until the first list.
    known: Option<HashMap<Name, Child>>,
}

struct Child {
    print: Print,
    owners: Vec<Mark>,
}

impl Children {
    fn new(shared: Arc<Shared>, resource: Resource, namespace: Option<String>) -> Self {
        Self { shared, resource, namespace, known: None }
    }

    async fn run(mut self) {
        tracing::info!(gvk = %self.resource.gvk, namespace = self.namespace.as_deref().unwrap_or("*"),
            "Watching child resource");
        let mut events = self.shared.cluster.watch(&self.resource, self.namespace.as_deref(), &WatchOptions::default());
        let stopping = self.shared.stopping.clone();
        loop {
            let event = tokio::select! {
                event = events.next() => event,
                () = stopping.cancelled() => return,
            };
            match event {
                Some(WatchEvent::Listed(objects)) => self.listed(&objects),
                Some(WatchEvent::Applied(object)) => self.applied(&object),
                Some(WatchEvent::Deleted(object)) => self.deleted(&name_of(&object), Some(&object)),
                Some(WatchEvent::Interrupted(reason)) => {
                    tracing::warn!(gvk = %self.resource.gvk, %reason, "the watch on children is being retried");
                }
                None => return,
            }
        }
    }

    fn listed(&mut self, objects: &[Json]) {
        let Some(known) = &self.known else {
            let child = |object: &Json| (name_of(object), Child::of(object));
            self.known = Some(objects.iter().map(child).collect());
            return;
        };
        let present: HashSet<Name> = objects.iter().map(name_of).collect();
        let missing: Vec<Name> = known.keys().filter(|name| !present.contains(*name)).cloned().collect();
        for name in missing {
            self.deleted(&name, None);
        }
        for object in objects {
            self.applied(object);
        }
    }

    /// What is new is our own doing; what changed is somebody's.
    fn applied(&mut self, object: &Json) {
        let name = name_of(object);
        let child = Child::of(object);
        let owners = child.owners.clone();
        let print = child.print;
        let Some(old) = self.known.get_or_insert_default().insert(name.clone(), child) else { return };
        let change = print.since(old.print);
        for mark in old.owners.iter().chain(owners.iter().filter(|mark| !old.owners.contains(mark))) {
            self.tell(mark, &name, |status_too| change.content || (status_too && change.status));
        }
    }

    fn deleted(&mut self, name: &Name, last: Option<&Json>) {
        let known = self.known.get_or_insert_default().remove(name).map(|child| child.owners);
        let owners = known.or_else(|| last.map(|object| Child::of(object).owners)).unwrap_or_default();
        for mark in &owners {
            self.tell(mark, name, |_| true);
        }
    }

    /// Enqueues the owner, if it is one of ours and its watch wants to know.
    fn tell(&self, mark: &Mark, child: &Name, matters: impl Fn(bool) -> bool) {
        for (index, kind) in self.shared.kinds.iter().enumerate() {
            let watch = &kind.watch;
            let by_annotation = mark.by_annotation && !self.resource.namespaced;
            let wanted = mark.is_kind(&watch.gvk)
                && watch.watch_dependent_resources
                && !watch.blacklist.contains(&self.resource.gvk)
                && (!by_annotation || watch.watch_cluster_scoped_resources)
                && matters(watch.watch_dependents_status);
            if !wanted {
                continue;
            }
            // An owner reference does not say whether its owner has a namespace.
            let namespaced = kind.resource().is_some_and(|resource| resource.namespaced);
            let namespace = if namespaced { mark.namespace.clone() } else { String::new() };
            if kind.store.get(&namespace, &mark.name).is_some() {
                let key = Key { watch: index, namespace, name: mark.name.clone() };
                let shown = format!("{} {}/{}", self.resource.gvk.kind, child.0, child.1);
                self.shared.queue.add(key, Reason::Dependent(shown));
            }
        }
    }
}

impl Child {
    fn of(object: &Json) -> Self {
        Self { print: Print::of(object), owners: marks::of(object) }
    }
}
