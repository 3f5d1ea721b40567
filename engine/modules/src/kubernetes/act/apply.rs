//! `apply`: three ways over an annotation, or by the server.
use super::{Actor, Subject, Written};
use crate::kubernetes::common::failure::{Failure, Result};
use parking_lot::Mutex;
use rolewright_cluster::{Error, PatchKind, WriteOptions};
use rolewright_schema::merge;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

impl Actor<'_> {
    pub(super) async fn apply(&self, subject: &Subject, existing: Option<Json>) -> Result<Written> {
        let gvk = &subject.resource.gvk;
        if subject.name.is_none() {
            let message =
                format!("Failed to apply object: name is required to apply {}.{}", gvk.api_version(), gvk.kind);
            return Err(Failure::new(message));
        }
        match &self.plan.server_side {
            Some((manager, force)) => self.apply_by_server(subject, existing, manager, *force).await,
            None => self.apply_here(subject, existing).await,
        }
    }

    async fn apply_here(&self, subject: &Subject, existing: Option<Json>) -> Result<Written> {
        let desired = annotated(&subject.definition);
        let Some(live) = existing else { return self.create_as(subject, &desired, "apply").await };
        let patch = match last_applied(&live) {
            None => Some(desired),
            Some(last) => merge::last_applied_patch(&annotated(&last), &desired, &live)
                .map_err(|reason| Failure::new(format!("Failed to apply object: {reason}")))?,
        };
        // Lists are in the patch even when they are what is there already.
        let Some(patch) = patch.filter(|patch| !merge::contains_json(&live, patch)) else {
            return Ok(Written { method: "apply", before: Some(live.clone()), after: live, sent: false });
        };
        let after = self.send_apply(subject, PatchKind::Merge, &patch, &self.write_options()).await?;
        Ok(Written { method: "apply", before: Some(live), after, sent: true })
    }

    async fn apply_by_server(
        &self,
        subject: &Subject,
        existing: Option<Json>,
        manager: &str,
        force: bool,
    ) -> Result<Written> {
        let memory = Applied::of(self, subject, manager, force);
        if let Some(live) = existing.as_ref().filter(|live| memory.stands(live)) {
            return Ok(Written { method: "apply", before: existing.clone(), after: live.clone(), sent: false });
        }
        let options = WriteOptions { field_manager: Some(manager.to_owned()), force, ..self.write_options() };
        let after = self.send_apply(subject, PatchKind::Apply, &subject.definition, &options).await?;
        if !self.plan.check_mode {
            memory.keep(&after);
        }
        Ok(Written { method: "apply", before: existing, after, sent: true })
    }

    async fn send_apply(
        &self,
        subject: &Subject,
        kind: PatchKind,
        body: &Json,
        options: &WriteOptions,
    ) -> Result<Json> {
        let name = subject.name.as_deref().unwrap_or_default();
        let sent = self.cluster.patch(&subject.resource, subject.namespace.as_deref(), name, kind, body, options).await;
        sent.map_err(|error: Error| Failure::api("Failed to apply object: ", &error))
    }
}

/// The definition with itself in its annotation.
fn annotated(definition: &Json) -> Json {
    let text = merge::last_applied_text(definition);
    let mut desired = definition.clone();
    for key in ["metadata", "annotations"] {
        let parent = if key == "metadata" { &mut desired } else { &mut desired["metadata"] };
        if !parent[key].is_object() {
            parent[key] = json!({});
        }
    }
    desired["metadata"]["annotations"][merge::LAST_APPLIED] = text.into();
    desired
}

fn last_applied(live: &Json) -> Option<Json> {
    let text = live["metadata"]["annotations"][merge::LAST_APPLIED].as_str()?;
    serde_json::from_str(text).ok().filter(Json::is_object)
}

/// What was applied to which revision of an object. Applying the same to the same revision changes nothing, which only
/// the server could tell otherwise.
struct Applied {
    object: String,
    what: u64,
}

/// Objects remembered at once.
const REMEMBERED: usize = 4096;

static MEMORY: Mutex<Option<HashMap<String, (u64, String)>>> = Mutex::new(None);

impl Applied {
    fn of(actor: &Actor<'_>, subject: &Subject, manager: &str, force: bool) -> Self {
        let mut hasher = DefaultHasher::new();
        (subject.definition.to_string(), manager, force).hash(&mut hasher);
        let place = subject.namespace.as_deref().unwrap_or_default();
        let name = subject.name.as_deref().unwrap_or_default();
        let object = format!("{} {} {place}/{name} {manager}", actor.cluster.server(), subject.resource.gvk);
        Self { object, what: hasher.finish() }
    }
    fn stands(&self, live: &Json) -> bool {
        let memory = MEMORY.lock();
        let kept = memory.as_ref().and_then(|memory| memory.get(&self.object));
        kept.is_some_and(|(what, revision)| *what == self.what && *revision == revision_of(live))
    }
    fn keep(&self, after: &Json) {
        let mut memory = MEMORY.lock();
        let memory = memory.get_or_insert_default();
        if memory.len() >= REMEMBERED {
            memory.clear();
        }
        memory.insert(self.object.clone(), (self.what, revision_of(after)));
    }
}

/// Of this very object: a name may come back with another uid.
fn revision_of(object: &Json) -> String {
    format!("{} {}", object["metadata"]["uid"], object["metadata"]["resourceVersion"])
}
