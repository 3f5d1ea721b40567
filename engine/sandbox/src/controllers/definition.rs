//! CustomResourceDefinitions: names, serving, and the end of their objects.
use serde_json::{Value as Json, json};

use super::Controllers;
use super::conditions::{self, Condition};
use crate::api::strategy::DEFINITION_FINALIZER;
use crate::json::JsonExt;
use crate::store::{Object, Place};

pub(super) const SHARD: &str = "customresourcedefinitions.apiextensions.k8s.io";

impl Controllers {
    pub(super) fn definition(&self, place: &Place) {
        let Some(object) = self.api.store.get(SHARD, &place.key) else {
            self.serve_definitions();
            self.api.store.cut(&place.key);
            return;
        };
        if object.deleting() {
            self.serve_definitions();
            return self.end_definition(&object);
        }
        let conflict = self.name_conflict(&object);
        self.write(&object, SHARD, Some("status"), "kube-apiserver", |value| match &conflict {
            Some((reason, message)) => refuse(value, reason, message),
            None => accept(value),
        });
        self.serve_definitions();
    }

    /// Names that another definition of the group has already; the last conflict is the one that is told.
    fn name_conflict(&self, object: &Object) -> Option<(&'static str, String)> {
        let names = &object.value["spec"]["names"];
        let group = object.value.text("/spec/group");
        let others: Vec<_> = self
            .api
            .store
            .list(SHARD, None)
            .into_iter()
            .filter(|o| o.uid() != object.uid() && o.value.text("/spec/group") == group)
            .filter(|o| conditions::is_true(&o.value, "NamesAccepted"))
            .collect();
        let taken = |fields: &[&str], name: &str| {
            others.iter().any(|o| {
                let accepted = &o.value["status"]["acceptedNames"];
                fields.iter().any(|f| accepted[*f] == name)
                    || (fields.contains(&"plural") && accepted.items("/shortNames").iter().any(|s| s == name))
            })
        };
        let resources = ["plural", "singular"];
        let kinds = ["kind", "listKind"];
        let mut conflict = None;
        let mut check = |fields: &[&str], name: &str, reason| {
            if !name.is_empty() && taken(fields, name) {
                conflict = Some((reason, format!("{name:?} is already in use")));
            }
        };
        check(&resources, names.text("/plural"), "PluralConflict");
        check(&resources, names.text("/singular"), "SingularConflict");
        for short in names.items("/shortNames").iter().filter_map(Json::as_str) {
            check(&resources, short, "ShortNamesConflict");
        }
        check(&kinds, names.text("/kind"), "KindConflict");
        check(&kinds, names.text("/listKind"), "ListKindConflict");
        conflict
    }

    fn end_definition(&self, object: &Object) {
        let shard = object.name();
        for instance in self.api.store.list(shard, None) {
            if !instance.deleting() {
                self.delete(&instance, shard, None, None);
            }
        }
        if self.api.store.list(shard, None).is_empty() {
            self.drop_finalizer(object, SHARD, DEFINITION_FINALIZER);
        }
    }
}

fn accept(value: &mut Json) {
    let mut names = value["spec"]["names"].clone();
    if names.items("/categories").is_empty() {
        names.drop_field(&["categories"]);
    }
    value.put(&["status", "acceptedNames"], names);
    value.put_default(&["status", "conditions"], json!([]));
    let message = "no conflicts found";
    conditions::set(value, &Condition { kind: "NamesAccepted", status: true, reason: "NoConflicts", message });
    let message = "the initial names have been accepted";
    conditions::set(value, &Condition { kind: "Established", status: true, reason: "InitialNamesAccepted", message });
}

fn refuse(value: &mut Json, reason: &str, message: &str) {
    value.put_default(&["status", "conditions"], json!([]));
    conditions::set(value, &Condition { kind: "NamesAccepted", status: false, reason, message });
    if conditions::is_true(value, "Established") {
        return;
    }
    let message = "not all names are accepted";
    conditions::set(value, &Condition { kind: "Established", status: false, reason: "NotAccepted", message });
}
