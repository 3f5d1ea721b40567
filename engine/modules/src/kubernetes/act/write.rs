//! Creating, patching, replacing.
use super::{Actor, Subject, Written};
use crate::kubernetes::common::failure::{Failure, Result};
use rolewright_cluster::{Error, PatchKind};
use rolewright_schema::merge;
use serde_json::Value as Json;

/// A conditional write meets others who write: read again, this often.
const CONFLICTS: u32 = 5;

impl Actor<'_> {
    pub(super) async fn create(&self, subject: &Subject) -> Result<Written> {
        self.create_as(subject, &subject.definition, "create").await
    }

    /// Somebody may have created it meanwhile; then it is brought to what is wanted.
    pub(super) async fn create_as(&self, subject: &Subject, body: &Json, method: &'static str) -> Result<Written> {
        let prefix = if method == "apply" { "apply" } else { "create" };
        let namespace = subject.namespace.as_deref();
        let made = self.cluster.create(&subject.resource, namespace, body, &self.write_options()).await;
        match made {
            Ok(after) => Ok(Written { method, before: None, after, sent: true }),
            Err(error) if error.is_conflict() && subject.name.is_some() && method == "create" => {
                let live = self.live(subject).await?;
                match live {
                    Some(live) => self.patch(subject, live).await,
                    None => Err(Failure::api("Failed to create object: ", &error)),
                }
            }
            Err(error) => Err(Failure::api(&format!("Failed to {prefix} object: "), &error)),
        }
    }

    pub(super) async fn live(&self, subject: &Subject) -> Result<Option<Json>> {
        let name = subject.name.as_deref().unwrap_or_default();
        let found = self.cluster.get(&subject.resource, subject.namespace.as_deref(), name).await;
        found.map_err(|error| Failure::api("Failed to retrieve requested object: ", &error))
    }

    /// PUT of the definition. Kinds that refuse unconditional updates get the version that was just read.
    pub(super) async fn replace(&self, subject: &Subject, live: Json) -> Result<Written> {
        let mut before = live;
        for attempt in 0.. {
            let mut body = subject.definition.clone();
            let given = body["metadata"]["resourceVersion"].is_string();
            if !given {
                body["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            }
            let namespace = subject.namespace.as_deref();
            match self.cluster.replace(&subject.resource, namespace, &body, &self.write_options()).await {
                Ok(after) => return Ok(Written { method: "replace", before: Some(before), after, sent: true }),
                Err(error) if error.is_conflict() && !given && attempt < CONFLICTS => match self.live(subject).await? {
                    Some(live) => before = live,
                    None => return self.create(subject).await,
                },
                Err(error) => return Err(Failure::api("Failed to replace object: ", &error)),
            }
        }
        Err(Failure::new("Failed to replace object: it changes faster than it can be written"))
    }

    /// Nothing is sent when the live object holds the definition already.
    pub(super) async fn patch(&self, subject: &Subject, live: Json) -> Result<Written> {
        let kinds = self.patch_kinds(subject);
        if self.holds(subject, &live, &kinds) {
            return Ok(Written { method: "update", before: Some(live.clone()), after: live, sent: false });
        }
        let name = live["metadata"]["name"].as_str().or(subject.name.as_deref()).unwrap_or_default();
        let namespace = subject.namespace.as_deref();
        let options = self.write_options();
        let mut last: Option<Error> = None;
        for kind in kinds {
            let patched =
                self.cluster.patch(&subject.resource, namespace, name, kind, &subject.definition, &options).await;
            match patched {
                Ok(after) => return Ok(Written { method: "update", before: Some(live), after, sent: true }),
                Err(error) => last = Some(error),
            }
        }
        Err(match last {
            Some(error) => Failure::api("Failed to patch object: ", &error),
            None => Failure::new("Failed to patch object: no merge_type is given"),
        })
    }

    /// Which patches are tried. Strategic ones are for built-in kinds only: asking is saved where the answer is known.
    fn patch_kinds(&self, subject: &Subject) -> Vec<PatchKind> {
        let gvk = &subject.resource.gvk;
        let given = match self.plan.merge_types.as_slice() {
            [] => &[PatchKind::Strategic, PatchKind::Merge],
            given => given,
        };
        let custom = rolewright_schema::catalogue::type_of(&gvk.group, &gvk.version, &gvk.kind).is_none();
        let has_other = given.iter().any(|kind| *kind != PatchKind::Strategic);
        // Aggregated APIs that are not in the catalogue may take strategic patches; theirs are few, and merge works.
        given.iter().copied().filter(|kind| !(custom && has_other && *kind == PatchKind::Strategic)).collect()
    }

    fn holds(&self, subject: &Subject, live: &Json, kinds: &[PatchKind]) -> bool {
        let gvk = &subject.resource.gvk;
        match kinds.first() {
            Some(PatchKind::Strategic) => {
                merge::contains(&gvk.group, &gvk.version, &gvk.kind, live, &subject.definition)
            }
            Some(_) => merge::contains_json(live, &subject.definition),
            None => false,
        }
    }
}
