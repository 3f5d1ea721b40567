//! ControllerRevisions: the versions of a StatefulSet's or DaemonSet's template.
use serde_json::{Value as Json, json};

use super::Controllers;
use super::client::reference;
use crate::api::names;
use crate::json::JsonExt;
use crate::store::{Object, key_of};

const SHARD: &str = "controllerrevisions.apps";

impl Controllers {
    /// The hash of the template, with a revision object that holds it.
    pub(super) fn revision_of(&self, owner: &Object) -> String {
        let template = &owner.value["spec"]["template"];
        let hash = names::hash(&template.to_string());
        let name = format!("{}-{hash}", owner.name());
        let known = self.controlled(owner, SHARD);
        let last = known.iter().filter_map(|r| r.value.int("/revision")).max().unwrap_or(0);
        match self.api.store.get(SHARD, &key_of(owner.namespace(), &name)) {
            None => {
                let labels = revision_labels(owner, &hash);
                let revision = json!({"metadata": {"name": name, "labels": labels,
                    "ownerReferences": [reference(owner)]}, "revision": last + 1,
                    "data": {"spec": {"template": with_replace(template)}}});
                self.create(SHARD, owner.namespace(), revision);
            }
            Some(found) if found.value.int("/revision") != Some(last) => {
                self.modify(&found, SHARD, |value| value["revision"] = (last + 1).into());
            }
            Some(_) => {}
        }
        hash
    }
}

fn revision_labels(owner: &Object, hash: &str) -> Json {
    let mut labels = owner.value.pointer("/spec/template/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    let key =
        if owner.value["kind"] == "StatefulSet" { "controller.kubernetes.io/hash" } else { "controller-revision-hash" };
    labels.put(&[key], hash);
    labels
}

fn with_replace(template: &Json) -> Json {
    let mut template = template.clone();
    template.put(&["$patch"], "replace");
    template
}
