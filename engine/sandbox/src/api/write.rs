//! Creating and updating: the one path every write takes.
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Api, Call, managed, meta, strategy};
use crate::json::JsonExt;
use crate::known;
use crate::request::decode::OBJECT_LIMIT;
use crate::request::query::FieldValidation;
use crate::status::{Failure, Outcome};
use crate::store::{Object, Refusal, State};

/// How often a change is computed again when the object moved meanwhile.
const ATTEMPTS: usize = 20;

/// What became of a write.
pub(crate) struct Written {
    pub(crate) object: Arc<Object>,
    /// 201 instead of 200.
    pub(crate) created: bool,
}

impl Written {
    fn updated(object: Arc<Object>) -> Self {
        Self { object, created: false }
    }
}

/// The next state of an object, and whether its unknown fields were treated already.
pub(crate) struct Proposal {
    pub(crate) value: Json,
    /// Set by server-side apply: the managed fields are computed already.
    pub(crate) managed: bool,
}

impl Proposal {
    pub(crate) fn new(value: Json) -> Self {
        Self { value, managed: false }
    }
}

impl Api {
    pub(crate) fn create(&self, call: &mut Call<'_>, proposal: Proposal) -> Outcome<Written> {
        let resource = call.resource.clone();
        let Proposal { mut value, managed: has_managed } = proposal;
        meta::check_type(&resource, &mut value)?;
        if resource.custom.as_ref().is_some_and(|c| c.terminating) {
            let why = "create not allowed while custom resource definition is terminating";
            return Err(Failure::forbidden(&resource.names(), value.text("/metadata/name"), why));
        }
        let generated = value.text("/metadata/name").is_empty();
        meta::prepare_create(call, &mut value)?;
        let name = value.text("/metadata/name").to_owned();
        self.check_namespace(call, &name)?;
        if resource.has("status") {
            value.drop_field(&["status"]);
        }
        known::default(&resource, &mut value);
        strategy::prepare_create(self, call, &mut value)?;
        let mut causes = meta::validate(&resource, &value, None);
        causes.extend(known::validate(&resource, &value, call.subresource));
        causes.extend(strategy::validate(&resource, &value));
        known::or_invalid(&resource, &name, causes)?;
        call.warnings.extend(meta::finalizer_warnings(&value));
        if !has_managed {
            managed::on_create(call, &mut value);
        }
        known::to_stored(&resource, &mut value);
        self.store_new(call, &name, value, generated)
    }

    fn store_new(&self, call: &mut Call<'_>, name: &str, mut value: Json, generated: bool) -> Outcome<Written> {
        let names = call.resource.names();
        check_size(&value)?;
        for _ in 0..8 {
            let name = value.text("/metadata/name").to_owned();
            let place = call.place(&name);
            let check = |state: &mut State, value: &mut Json| {
                live_namespace(state, call, &name)?;
                strategy::allocate(state, call, value, None)
            };
            if call.options.dry_run {
                return self.dry_create(call, &name, value, check);
            }
            match self.store.insert(&place, value.clone(), check) {
                Ok(object) => return Ok(Written { object, created: true }),
                Err(Refusal::Failed(failure)) => return Err(failure),
                Err(Refusal::Exists(there)) if there.deleting() && !generated => {
                    let mut failure = Failure::already_exists(&names, &name);
                    failure.message = format!("object is being deleted: {}", failure.message);
                    return Err(failure);
                }
                Err(_) if generated => {
                    let base = value.text("/metadata/generateName").to_owned();
                    value.put(&["metadata", "name"], super::names::generate(&base));
                }
                Err(_) => return Err(Failure::already_exists(&names, &name)),
            }
        }
        let mut failure = Failure::already_exists(&names, name);
        failure.message += ", the server was not able to generate a unique name for the object";
        Err(failure)
    }

    fn dry_create(
        &self,
        call: &Call<'_>,
        name: &str,
        mut value: Json,
        check: impl FnOnce(&mut State, &mut Json) -> Outcome<()>,
    ) -> Outcome<Written> {
        let place = call.place(name);
        if self.store.get(&place.shard, &place.key).is_some() {
            return Err(Failure::already_exists(&call.resource.names(), name));
        }
        self.store.view(|state| check(state, &mut value))?;
        Ok(Written { object: Arc::new(Object::unstored(value)), created: true })
    }

    fn check_namespace(&self, call: &Call<'_>, name: &str) -> Outcome<()> {
        self.store.view(|state| live_namespace(state, call, name))
    }

    /// Changes an object. `change` proposes its next state and is asked again when the object moved meanwhile.
    pub(crate) fn update(
        &self,
        call: &mut Call<'_>,
        name: &str,
        change: &mut dyn FnMut(&Object, &mut Vec<String>) -> Outcome<Proposal>,
    ) -> Outcome<Written> {
        for _ in 0..ATTEMPTS {
            let before = self.get(call.resource, call.namespace, name)?;
            let mut warnings = Vec::new();
            let proposal = change(&before, &mut warnings)?;
            let outcome = self.try_update(call, &before, proposal, &mut warnings)?;
            if let Some(written) = outcome {
                call.warnings.append(&mut warnings);
                return Ok(written);
            }
        }
        Err(Failure::modified(&call.resource.names(), name))
    }

    /// None when the object moved.
    fn try_update(
        &self,
        call: &mut Call<'_>,
        before: &Arc<Object>,
        proposal: Proposal,
        warnings: &mut Vec<String>,
    ) -> Outcome<Option<Written>> {
        let value = self.next_state(call, before, proposal, warnings)?;
        if unchanged(&before.value, &value) {
            return Ok(Some(Written::updated(before.clone())));
        }
        check_size(&value)?;
        let place = call.place(before.name());
        let gone = is_finished(&value);
        if call.options.dry_run {
            return Ok(Some(Written::updated(Arc::new(Object::new(before.rv, value)))));
        }
        let written = if gone {
            self.store.remove(&place, before.rv).map(|_| Arc::new(Object::new(before.rv, value)))
        } else {
            self.store
                .replace(&place, before.rv, value, |state, value| strategy::allocate(state, call, value, Some(before)))
        };
        match written {
            Ok(object) => Ok(Some(Written::updated(object))),
            Err(Refusal::Failed(failure)) => Err(failure),
            Err(_) => Ok(None),
        }
    }

    fn next_state(
        &self,
        call: &mut Call<'_>,
        before: &Arc<Object>,
        proposal: Proposal,
        warnings: &mut Vec<String>,
    ) -> Outcome<Json> {
        let resource = call.resource.clone();
        let Proposal { mut value, managed: has_managed } = proposal;
        meta::check_type(&resource, &mut value)?;
        meta::prepare_update(call, before, &mut value)?;
        let old = super::in_version(&resource, &before.value);
        keep_other_half(call, &old, &mut value);
        known::default(&resource, &mut value);
        strategy::prepare_update(self, call, before, &mut value)?;
        let mut causes = meta::validate(&resource, &value, Some(before));
        causes.extend(known::validate(&resource, &value, call.subresource));
        if call.subresource.is_none() {
            causes.extend(strategy::validate(&resource, &value));
        }
        causes.extend(strategy::validate_update(call, before, &old, &value));
        known::or_invalid(&resource, before.name(), causes)?;
        warnings.extend(meta::finalizer_warnings(&value));
        meta::bump_generation(&resource, before, &mut value);
        if !has_managed {
            managed::on_update(call, before, &mut value);
        }
        known::to_stored(&resource, &mut value);
        Ok(value)
    }
}

/// The main door leaves the status alone, the status door everything else.
fn keep_other_half(call: &Call<'_>, old: &Json, value: &mut Json) {
    let keep = |value: &mut Json, field: &str| match old.get(field) {
        Some(old) => value.put(&[field], old.clone()),
        None => drop(value.drop_field(&[field])),
    };
    match call.subresource {
        None if call.resource.has("status") => keep(value, "status"),
        Some("status") => {
            let managed = value.pointer("/metadata/managedFields").cloned();
            let status = value.get("status").cloned();
            *value = old.clone();
            match status {
                Some(status) => value.put(&["status"], status),
                None => drop(value.drop_field(&["status"])),
            }
            if let Some(managed) = managed {
                value.put(&["metadata", "managedFields"], managed);
            }
        }
        Some("finalize") => {
            let finalizers = value.pointer("/spec/finalizers").cloned();
            *value = old.clone();
            match finalizers {
                Some(finalizers) => value.put(&["spec", "finalizers"], finalizers),
                None => drop(value.drop_field(&["spec", "finalizers"])),
            }
        }
        _ => {}
    }
}

/// Counts what is written to it.
struct Size(usize);

impl std::io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn check_size(value: &Json) -> Outcome<()> {
    let mut size = Size(0);
    // Counting cannot fail.
    let _ = serde_json::to_writer(&mut size, value);
    if size.0 > OBJECT_LIMIT { Err(Failure::internal("etcdserver: request is too large")) } else { Ok(()) }
}

/// Being deleted, and nothing holds it any more.
fn is_finished(value: &Json) -> bool {
    let held = !value.items("/metadata/finalizers").is_empty();
    let grace = value.int("/metadata/deletionGracePeriodSeconds").unwrap_or(0) > 0;
    let namespace = value["kind"] == "Namespace" && value["apiVersion"] == "v1";
    let content = namespace && !value.items("/spec/finalizers").is_empty();
    !value.text("/metadata/deletionTimestamp").is_empty() && !held && !grace && !content
}

fn live_namespace(state: &mut State, call: &Call<'_>, name: &str) -> Outcome<()> {
    if !call.resource.namespaced {
        return Ok(());
    }
    let namespace = call.namespace;
    let names = crate::status::Names { group: "", plural: "namespaces", kind: "Namespace" };
    let found = state.get("namespaces", namespace).ok_or_else(|| Failure::not_found(&names, namespace))?;
    if !found.deleting() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
    let mut failure = Failure::forbidden(&call.resource.names(), name, &why);
    if let Some(details) = &mut failure.details {
        details["causes"] = serde_json::json!([{"reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"), "field": "metadata.namespace"}]);
    }
    Err(failure)
}

/// Equal but for the times of managed fields.
fn unchanged(old: &Json, new: &Json) -> bool {
    same_fields(old, new, |key, old, new| match key {
        "metadata" => same_fields(old, new, |key, old, new| match (key, old, new) {
            ("managedFields", Json::Array(old), Json::Array(new)) => {
                let same = |(old, new)| same_fields(old, new, |key, old, new| key == "time" || old == new);
                old.len() == new.len() && old.iter().zip(new).all(same)
            }
            _ => old == new,
        }),
        _ => old == new,
    })
}

/// Two maps of the same keys whose values are the same, as `same` sees it.
fn same_fields(old: &Json, new: &Json, same: impl Fn(&str, &Json, &Json) -> bool) -> bool {
    match (old, new) {
        (Json::Object(old), Json::Object(new)) => {
            old.len() == new.len() && old.iter().all(|(key, old)| new.get(key).is_some_and(|new| same(key, old, new)))
        }
        _ => old == new,
    }
}

/// Unknown and repeated fields: refused, told, or silently dropped. They are always dropped from the value.
pub(crate) fn check_fields(
    call: &Call<'_>,
    value: &mut Json,
    duplicates: &[String],
    warnings: &mut Vec<String>,
    refuse: impl FnOnce(&Json, String) -> Box<Failure>,
) -> Outcome<()> {
    let shown = (call.options.validation == FieldValidation::Strict).then(|| value.clone());
    let mut texts: Vec<String> = duplicates.iter().map(|d| format!("duplicate field {d:?}")).collect();
    texts.extend(known::prune(call.resource, value).into_iter().map(|path| format!("unknown field {path:?}")));
    match call.options.validation {
        _ if texts.is_empty() => {}
        FieldValidation::Ignore => {}
        FieldValidation::Warn => warnings.extend(texts),
        FieldValidation::Strict => {
            let why = format!("strict decoding error: {}", texts.join(", "));
            return Err(refuse(&shown.unwrap_or_default(), why));
        }
    }
    Ok(())
}

/// 400 as for a body that does not fit its kind.
pub(crate) fn cannot_handle(call: &Call<'_>, why: &str) -> Box<Failure> {
    let (kind, version) = (&call.resource.kind, &call.resource.version);
    Failure::bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}"))
}
