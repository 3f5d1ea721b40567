//! `state: absent`.
use super::{Actor, Done, Existing, Subject, timed_out, unchanged};
use crate::kubernetes::common::failure::{Failure, Result};
use crate::kubernetes::common::joined;
use crate::kubernetes::common::wait::{Target, Want, wait_for};
use rolewright_cluster::DeleteOptions;
use serde_json::{Map, Value as Json, json};

impl Actor<'_> {
    pub(super) async fn absent(&self, subject: &Subject, existing: Existing) -> Result<Done> {
        let (objects, many) = match existing {
            Existing::None => (Vec::new(), false),
            Existing::One(object) => (vec![object], false),
            Existing::Many(objects) => (objects, true),
        };
        let mut item = Map::new();
        let mut answers = Vec::new();
        for object in &objects {
            answers.extend(self.delete(subject, object).await?);
        }
        let changed = !objects.is_empty();
        if !changed && !many {
            let method = Map::from_iter([("method".to_owned(), Json::from("delete"))]);
            return Ok(unchanged(method));
        }
        let result = if many { Json::from(answers) } else { answers.into_iter().next().unwrap_or(json!({})) };
        item.insert("changed".into(), changed.into());
        item.insert("result".into(), result);
        item.insert("method".into(), "delete".into());
        if let Some(wait) = self.plan.wait.as_ref().filter(|_| changed && !self.plan.check_mode) {
            let target = Target {
                cluster: self.cluster,
                resource: &subject.resource,
                namespace: subject.namespace.as_deref(),
                name: subject.name.as_deref().filter(|_| !many),
                label_selector: if many { joined(&self.plan.label_selectors) } else { None },
                field_selector: None,
            };
            let waited = wait_for(&target, wait, Want::Absent, None, self.cancel).await;
            item.insert("duration".into(), waited.duration.into());
            if !waited.done {
                return Err(timed_out(subject, item));
            }
        }
        Ok(Done { item, wrote: changed && !self.plan.check_mode })
    }

    /// None when it was gone already.
    async fn delete(&self, subject: &Subject, object: &Json) -> Result<Option<Json>> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let namespace = object["metadata"]["namespace"].as_str().or(subject.namespace.as_deref());
        let options = if self.plan.check_mode {
            DeleteOptions { dry_run: true, ..DeleteOptions::default() }
        } else {
            self.plan.delete.clone()
        };
        match self.cluster.delete(&subject.resource, namespace, name, &options).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(Failure::api("Failed to delete object: ", &error)),
        }
    }
}
