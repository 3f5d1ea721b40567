//! Waiting for an object to become what is wanted: by a watch, so that it ends as soon as it may.
use super::ready::{Condition, is_ready};
use crate::kubernetes::common::options::Options;
use futures::StreamExt;
use rolewright_cluster::{Cluster, ListOptions, Resource, WatchEvent, WatchOptions};
use rolewright_run::Cancel;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// The `wait…` options.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    pub(crate) timeout: Duration,
    /// How often to look while a watch cannot be had.
    pub(crate) sleep: Duration,
    pub(crate) condition: Option<Condition>,
}

/// How often a wait looks whether the run was cancelled.
const ATTENTION: Duration = Duration::from_millis(200);

impl Wait {
    /// None when waiting is not asked for.
    pub(crate) fn read(options: &Options, default: bool, timeout: i64) -> Result<Option<Self>, String> {
        if !options.flag("wait", default) {
            return Ok(None);
        }
        let seconds = |name: &str, default: i64| options.int(name).unwrap_or(default).max(0).unsigned_abs();
        let condition = options.get("wait_condition").map(Condition::read).transpose()?.flatten();
        Ok(Some(Self {
            timeout: Duration::from_secs(seconds("wait_timeout", timeout)),
            sleep: Duration::from_secs(seconds("wait_sleep", 5).max(1)),
            condition,
        }))
    }
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// An object that is there and ready.
    Ready,
    /// At least one object.
    Present,
    /// No object.
    Absent,
}

/// Which objects are looked at.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) resource: &'a Resource,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) label_selector: Option<String>,
    pub(crate) field_selector: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Waited {
    pub(crate) done: bool,
    /// The objects when the wait ended.
    pub(crate) objects: Vec<Json>,
    /// Whole seconds.
    pub(crate) duration: u64,
}

impl Waited {
    pub(crate) fn object(&self) -> Option<&Json> {
        self.objects.first()
    }
}

type Objects = BTreeMap<(String, String), Json>;

fn key(object: &Json) -> (String, String) {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    (text("namespace"), text("name"))
}

/// Waits. `seen` is the state that is known already; when it is as wanted, nothing is asked.
pub(crate) async fn wait_for(
    target: &Target<'_>,
    wait: &Wait,
    want: Want,
    seen: Option<&[Json]>,
    cancel: &Cancel,
) -> Waited {
    let start = Instant::now();
    let mut objects: Objects = seen.unwrap_or_default().iter().map(|o| (key(o), o.clone())).collect();
    let is_done = |objects: &Objects| match want {
        Want::Ready => !objects.is_empty() && objects.values().all(|o| is_ready(o, wait.condition.as_ref())),
        Want::Present => !objects.is_empty(),
        Want::Absent => objects.is_empty(),
    };
    let mut done = seen.is_some() && is_done(&objects);
    if !done {
        done = follow(target, wait, &mut objects, start, &is_done, cancel).await;
    }
    Waited { done, objects: objects.into_values().collect(), duration: start.elapsed().as_secs() }
}

async fn follow(
    target: &Target<'_>,
    wait: &Wait,
    objects: &mut Objects,
    start: Instant,
    is_done: &impl Fn(&Objects) -> bool,
    cancel: &Cancel,
) -> bool {
    let name_selector = target.name.map(|name| format!("metadata.name={name}"));
    let selectors: Vec<String> = name_selector.into_iter().chain(target.field_selector.clone()).collect();
    let field_selector = (!selectors.is_empty()).then(|| selectors.join(","));
    let options = WatchOptions {
        label_selector: target.label_selector.clone(),
        field_selector: field_selector.clone(),
        metadata_only: false,
    };
    let list = ListOptions { label_selector: target.label_selector.clone(), field_selector, ..ListOptions::default() };
    let mut stream = target.cluster.watch(target.resource, target.namespace, &options);
    let end = start + wait.timeout;
    // A watch that is refused (no right to it) is made up for by looking now and then.
    let mut watching = true;
    let mut look = Instant::now() + wait.sleep;
    loop {
        if cancel.is_cancelled() {
            return false;
        }
        let now = Instant::now();
        if now >= end {
            return false;
        }
        let next_look = if watching { end } else { look };
        let until = end.min(next_look).min(now + ATTENTION);
        match tokio::time::timeout_at(until, stream.next()).await {
            Ok(Some(event)) => {
                watching = apply(event, objects).unwrap_or(watching);
                if watching && is_done(objects) {
                    return true;
                }
            }
            Ok(None) => return false,
            Err(_) if !watching && Instant::now() >= look => {
                look = Instant::now() + wait.sleep;
                let listed = target.cluster.list(target.resource, target.namespace, &list).await;
                if let Some(state) = list_or_get(target, listed).await {
                    *objects = state.into_iter().map(|o| (key(&o), o)).collect();
                    if is_done(objects) {
                        return true;
                    }
                }
            }
            Err(_) => {}
        }
    }
}

/// Those who may not list may still get.
async fn list_or_get(
    target: &Target<'_>,
    listed: rolewright_cluster::Result<rolewright_cluster::ObjectList>,
) -> Option<Vec<Json>> {
    match (listed, target.name) {
        (Ok(list), _) => Some(list.items),
        (Err(_), Some(name)) => {
            let object = target.cluster.get(target.resource, target.namespace, name).await.ok()?;
            Some(object.into_iter().collect())
        }
        (Err(_), None) => None,
    }
}

/// Whether the watch is up after this event; None when the event does not say.
fn apply(event: WatchEvent, objects: &mut Objects) -> Option<bool> {
    match event {
        WatchEvent::Listed(all) => {
            *objects = all.into_iter().map(|o| (key(&o), o)).collect();
            Some(true)
        }
        WatchEvent::Applied(object) => {
            objects.insert(key(&object), object);
            Some(true)
        }
        WatchEvent::Deleted(object) => {
            objects.remove(&key(&object));
            Some(true)
        }
        WatchEvent::Interrupted(_) => Some(false),
    }
}
