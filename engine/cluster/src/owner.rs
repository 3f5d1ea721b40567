//! Marks on what an owner's run creates.
//!
//! A reference where Kubernetes allows one (same namespace, or a cluster-scoped owner); else the two annotations that
//! operator-sdk uses. Set when an object comes into being, and kept when it is written again; objects that exist
//! already are not adopted.
use crate::{Cluster, Gvk, Resource, Result};
use serde_json::{Map, Value as Json, json};

/// `<namespace>/<name>` of the owner.
pub const PRIMARY_RESOURCE: &str = "operator-sdk/primary-resource";
/// `<Kind>.<group>` of the owner.
pub const PRIMARY_RESOURCE_TYPE: &str = "operator-sdk/primary-resource-type";

/// The object that owns what a run creates.
#[derive(Clone, Debug)]
pub struct Owner {
    pub gvk: Gvk,
    pub name: String,
    pub namespace: Option<String>,
    pub uid: String,
}

impl Owner {
    fn resource(&self) -> String {
        format!("{}/{}", self.namespace.as_deref().unwrap_or_default(), self.name)
    }
    fn kind(&self) -> String {
        if self.gvk.group.is_empty() { self.gvk.kind.clone() } else { format!("{}.{}", self.gvk.kind, self.gvk.group) }
    }
    /// Kubernetes allows an owner reference: owners must be cluster-scoped or in the same namespace.
    fn can_be_referenced(&self, resource: &Resource, namespace: Option<&str>) -> bool {
        match self.namespace.as_deref().filter(|n| !n.is_empty()) {
            None => true,
            Some(own) => resource.namespaced && namespace == Some(own),
        }
    }
    /// Puts the mark on an object; one that is there already stays as it is.
    pub fn mark(&self, resource: &Resource, namespace: Option<&str>, object: &mut Json) {
        let Some(metadata) = object.as_object_mut().map(|o| o.entry("metadata").or_insert_with(|| json!({}))) else {
            return;
        };
        if metadata.is_null() {
            *metadata = json!({});
        }
        let Some(metadata) = metadata.as_object_mut() else { return };
        if self.can_be_referenced(resource, namespace) {
            self.refer(metadata);
        } else {
            self.annotate(metadata);
        }
    }
    fn refer(&self, metadata: &mut Map<String, Json>) {
        let references = metadata.entry("ownerReferences").or_insert_with(|| json!([]));
        if references.is_null() {
            *references = json!([]);
        }
        if let Some(references) = references.as_array_mut()
            && !references.iter().any(|r| r["uid"] == self.uid.as_str())
        {
            references.push(json!({"apiVersion": self.gvk.api_version(), "kind": self.gvk.kind,
                                   "name": self.name, "uid": self.uid}));
        }
    }
    fn annotate(&self, metadata: &mut Map<String, Json>) {
        let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
        if annotations.is_null() {
            *annotations = json!({});
        }
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.insert(PRIMARY_RESOURCE.into(), self.resource().into());
            annotations.insert(PRIMARY_RESOURCE_TYPE.into(), self.kind().into());
        }
    }
    /// The mark of exactly this owner is on the object.
    pub fn marked(&self, object: &Json) -> bool {
        let references = object["metadata"]["ownerReferences"].as_array();
        let annotations = &object["metadata"]["annotations"];
        references.into_iter().flatten().any(|r| r["uid"] == self.uid.as_str())
            || (annotations[PRIMARY_RESOURCE] == self.resource().as_str()
                && annotations[PRIMARY_RESOURCE_TYPE] == self.kind().as_str())
    }
    /// The mark of an owner of this kind is on the object.
    fn kind_marked(&self, object: &Json) -> bool {
        let references = object["metadata"]["ownerReferences"].as_array();
        let same = |r: &Json| {
            r["kind"] == self.gvk.kind.as_str()
                && r["apiVersion"].as_str().is_some_and(|version| self.gvk.is_api_version(version))
        };
        references.into_iter().flatten().any(same)
            || object["metadata"]["annotations"][PRIMARY_RESOURCE_TYPE].as_str().is_some_and(|text| text == self.kind())
    }
}

impl Cluster {
    /// Marks an object that is about to be created, and tells of it. Virtual kinds (reviews) pass untouched.
    pub(crate) fn own_created(&self, r: &Resource, namespace: Option<&str>, object: &mut Json) {
        let Some(owner) = self.owner.as_ref().filter(|_| r.is_stored()) else { return };
        owner.mark(r, namespace, object);
        self.tell(r, namespace);
    }

    /// Marks an object that is about to be written whole: when that creates it, or when it carries the mark already,
    /// which the write would drop otherwise.
    pub(crate) async fn own_written(
        &self,
        r: &Resource,
        namespace: Option<&str>,
        name: &str,
        object: &mut Json,
    ) -> Result<()> {
        let Some(owner) = self.owner.as_ref().filter(|_| r.is_stored()) else { return Ok(()) };
        match self.get(r, namespace, name).await? {
            None => self.own_created(r, namespace, object),
            Some(live) if owner.marked(&live) => owner.mark(r, namespace, object),
            Some(_) => {}
        }
        Ok(())
    }

    pub(crate) fn tell_if_owned(&self, r: &Resource, namespace: Option<&str>, object: &Json) {
        if self.on_dependent.is_some() && self.owner.as_ref().is_some_and(|owner| owner.kind_marked(object)) {
            self.tell(r, namespace);
        }
    }

    fn tell(&self, r: &Resource, namespace: Option<&str>) {
        if let Some(hook) = &self.on_dependent {
            hook(r, namespace.filter(|_| r.namespaced));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(namespaced: bool) -> Resource {
        Resource { namespaced, ..Resource::named(Gvk::from_api_version("v1", "ConfigMap")) }
    }

    #[test]
    fn references_and_annotations() {
        // Owner's namespace, kind is namespaced, namespace of the object, whether it gets a reference.
        let rows = [
            (Some("a"), true, Some("a"), true),
            (Some("a"), true, Some("b"), false),
            (Some("a"), false, None, false),
            (None, true, Some("b"), true),
            (None, false, None, true),
        ];
        for (namespace, namespaced, place, reference) in rows {
            let owner = Owner {
                gvk: Gvk::from_api_version("example.com/v1", "Foo"),
                name: "f".into(),
                namespace: namespace.map(str::to_owned),
                uid: "u".into(),
            };
            let mut object = json!({"metadata": {"name": "x", "annotations": null}});
            owner.mark(&resource(namespaced), place, &mut object);
            owner.mark(&resource(namespaced), place, &mut object);
            let wanted = if reference {
                json!({"name": "x", "annotations": null, "ownerReferences":
                       [{"apiVersion": "example.com/v1", "kind": "Foo", "name": "f", "uid": "u"}]})
            } else {
                json!({"name": "x", "annotations": {PRIMARY_RESOURCE: "a/f", PRIMARY_RESOURCE_TYPE: "Foo.example.com"}})
            };
            assert_eq!(object["metadata"], wanted, "{namespace:?} {place:?}");
            assert!(owner.marked(&object) && owner.kind_marked(&object));
        }
    }

    #[test]
    fn a_core_owner_is_named_by_its_kind() {
        let owner = Owner {
            gvk: Gvk::from_api_version("v1", "Namespace"),
            name: "n".into(),
            namespace: Some("a".into()),
            uid: "u".into(),
        };
        assert_eq!(owner.kind(), "Namespace");
    }
}
