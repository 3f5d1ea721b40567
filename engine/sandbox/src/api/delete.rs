//! Deletion: preconditions, grace, finalizers, propagation.
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Api, Call, now, strategy};
use crate::json::JsonExt;
use crate::registry::Resource;
use crate::request::query::{self, Query};
use crate::status::{Cause, Failure, Outcome};
use crate::store::{Object, Refusal};

#[derive(Clone, Debug, Default)]
pub(crate) struct DeleteOptions {
    pub(crate) dry_run: bool,
    pub(crate) policy: Option<Policy>,
    pub(crate) grace: Option<i64>,
    pub(crate) uid: Option<String>,
    pub(crate) rv: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Background,
    Foreground,
    Orphan,
}

impl DeleteOptions {
    /// The body wins over the query.
    pub(crate) fn parse(query: &Query, body: &Json) -> Outcome<Self> {
        let text = |key: &str| body[key].as_str().or_else(|| query.get(key));
        let grace = match body["gracePeriodSeconds"].as_i64() {
            Some(grace) => Some(grace),
            None => query.int("gracePeriodSeconds")?,
        };
        let orphan = body["orphanDependents"]
            .as_bool()
            .or_else(|| query.has("orphanDependents").then(|| query.flag("orphanDependents")));
        let dry =
            body.items("/dryRun").iter().filter_map(Json::as_str).chain(query.all("dryRun").filter(|v| !v.is_empty()));
        Ok(Self {
            dry_run: query::dry_run(dry, "DeleteOptions")?,
            policy: policy(text("propagationPolicy"), orphan)?,
            grace,
            uid: body.pointer("/preconditions/uid").and_then(Json::as_str).map(str::to_owned),
            rv: body.pointer("/preconditions/resourceVersion").and_then(Json::as_str).map(str::to_owned),
        })
    }
}

fn policy(text: Option<&str>, orphan: Option<bool>) -> Outcome<Option<Policy>> {
    let refuse = |cause| Err(Failure::invalid_options("DeleteOptions", cause));
    let policy = match text {
        None => None,
        Some("Background") => Some(Policy::Background),
        Some("Foreground") => Some(Policy::Foreground),
        Some("Orphan") => Some(Policy::Orphan),
        Some(other) => {
            let supported = ["Foreground", "Background", "Orphan", "nil"];
            return refuse(Cause::unsupported("propagationPolicy", &other.into(), &supported));
        }
    };
    match (policy, orphan) {
        (Some(_), Some(_)) => refuse(Cause::invalid(
            "propagationPolicy",
            &text.unwrap_or_default().into(),
            "orphanDependents and deletionPropagation cannot be both set",
        )),
        (None, Some(true)) => Ok(Some(Policy::Orphan)),
        (policy, _) => Ok(policy),
    }
}

/// What a deletion answers.
pub(crate) struct Deleted {
    pub(crate) object: Arc<Object>,
    /// Removed at once; otherwise something holds it.
    pub(crate) gone: bool,
}

impl Api {
    pub(crate) fn delete(&self, call: &mut Call<'_>, name: &str, options: &DeleteOptions) -> Outcome<Deleted> {
        for _ in 0..20 {
            let before = self.get(call.resource, call.namespace, name)?;
            check_preconditions(call.resource, &before, options)?;
            strategy::check_delete(call, name)?;
            if let Some(deleted) = self.try_delete(call, &before, options)? {
                return Ok(deleted);
            }
        }
        Err(Failure::modified(&call.resource.names(), name))
    }

    fn try_delete(&self, call: &Call<'_>, before: &Arc<Object>, options: &DeleteOptions) -> Outcome<Option<Deleted>> {
        let place = call.place(before.name());
        let grace = strategy::grace_period(call.resource, before, options.grace);
        let mut value = before.value.clone();
        let mut finalizers = finalizers_for(&value, options.policy);
        if let Some(own) = strategy::deletion_finalizer(call.resource).filter(|_| !before.deleting()) {
            finalizers.push(own.to_owned());
        }
        let held = !finalizers.is_empty() || grace > 0 || has_content(call.resource, &value);
        if !held {
            if options.dry_run {
                return Ok(Some(Deleted { object: before.clone(), gone: true }));
            }
            let removed = self.store.remove(&place, before.rv);
            return Ok(removed.ok().map(|_| Deleted { object: final_state(call.resource, before), gone: true }));
        }
        mark(&mut value, before, finalizers, grace);
        strategy::on_deletion(call.resource, &mut value);
        if value == before.value || options.dry_run {
            let object = Arc::new(Object::new(before.rv, value));
            return Ok(Some(Deleted { object, gone: false }));
        }
        match self.store.replace(&place, before.rv, value, |_, _| Ok(())) {
            Ok(object) => Ok(Some(Deleted { object, gone: false })),
            Err(Refusal::Failed(failure)) => Err(failure),
            Err(_) => Ok(None),
        }
    }
}

/// Sets the deletion's fields; a later deletion may only shorten the grace.
fn mark(value: &mut Json, before: &Object, finalizers: Vec<String>, grace: i64) {
    if finalizers.is_empty() {
        value.drop_field(&["metadata", "finalizers"]);
    } else {
        value.put(&["metadata", "finalizers"], finalizers);
    }
    let earlier = before.value.int("/metadata/deletionGracePeriodSeconds");
    if before.deleting() && earlier.is_some_and(|earlier| earlier <= grace) {
        return;
    }
    let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(grace.clamp(0, 1_000_000_000));
    value.put(&["metadata", "deletionTimestamp"], at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    value.put(&["metadata", "deletionGracePeriodSeconds"], grace);
    if let (false, Some(generation)) = (before.deleting(), before.value.int("/metadata/generation")) {
        value.put(&["metadata", "generation"], generation + 1);
    }
}

/// Kinds that answer with the object show it as it was when it went.
fn final_state(resource: &Resource, before: &Arc<Object>) -> Arc<Object> {
    if !strategy::returns_deleted(resource) || resource.kind != "Pod" {
        return before.clone();
    }
    let mut value = before.value.clone();
    value.put_default(&["metadata", "deletionTimestamp"], now());
    value.put(&["metadata", "deletionGracePeriodSeconds"], 0);
    Arc::new(Object::new(before.rv, value))
}

/// A namespace is held by what lies in it.
fn has_content(resource: &Resource, value: &Json) -> bool {
    resource.is("", "Namespace") && !value.items("/spec/finalizers").is_empty()
}

fn finalizers_for(value: &Json, policy: Option<Policy>) -> Vec<String> {
    let present = value.items("/metadata/finalizers").iter().filter_map(Json::as_str).map(str::to_owned);
    let mut finalizers: Vec<String> = present.collect();
    let wanted = match policy {
        Some(Policy::Foreground) => Some("foregroundDeletion"),
        Some(Policy::Orphan) => Some("orphan"),
        _ => None,
    };
    if policy.is_some() {
        finalizers.retain(|f| (f != "orphan" && f != "foregroundDeletion") || Some(f.as_str()) == wanted);
    }
    if let Some(wanted) = wanted.filter(|w| !finalizers.iter().any(|f| f == w)) {
        finalizers.push(wanted.to_owned());
    }
    finalizers
}

fn check_preconditions(resource: &Resource, before: &Object, options: &DeleteOptions) -> Outcome<()> {
    let names = resource.names();
    let refuse = |why: String| {
        let message = format!("Operation cannot be fulfilled on {} {:?}: {why}", names.kind(), before.name());
        let mut details = json!({"name": before.name(), "group": names.group, "kind": names.kind});
        if names.group.is_empty() {
            details.drop_field(&["group"]);
        }
        Err(Failure::new(409, "Conflict", message).with(details))
    };
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != before.uid()) {
        let record = before.uid();
        return refuse(format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({record}). The object might have \
             been deleted and then recreated"
        ));
    }
    if let Some(rv) = options.rv.as_deref().filter(|rv| *rv != before.rv.to_string()) {
        let record = before.rv;
        return refuse(format!(
            "the ResourceVersion in the precondition ({rv}) does not match the ResourceVersion in record ({record}). \
             The object might have been modified"
        ));
    }
    Ok(())
}

/// The answer to a deletion: the object, or a `Status` that names it.
pub(crate) fn answer(resource: &Resource, deleted: &Deleted) -> Json {
    if !deleted.gone || strategy::returns_deleted(resource) {
        return super::in_version(resource, &deleted.object.value);
    }
    let mut details = json!({"name": deleted.object.name(), "group": resource.group, "kind": resource.plural,
        "uid": deleted.object.uid()});
    if resource.group.is_empty() {
        details.drop_field(&["group"]);
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
