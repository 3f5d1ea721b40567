//! Server-side apply.
use serde_json::{Map, Value as Json};

use super::Schemas;
use super::compare::same;
use super::managed::{Changes, Entry, Managed, Operation, Writer, strip, without_managed};
use super::path::{self, PathElement};
use super::remove::remove;
use super::schema::Schema;
use super::set::FieldSet;
use super::track::record;
use super::walk::{to_set, validate};
use crate::go;
use crate::merge::LAST_APPLIED;

const BEFORE_FIRST_APPLY: &str = "before-first-apply";
const KUBECTL: &str = "kubectl";

/// Why nothing was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// 409: fields that others own would change.
    Conflicts(Vec<Conflict>),
    /// 500: the applied configuration does not fit the schema. The text is what follows `failed to create typed patch
    /// object (NAMESPACE/NAME; GROUP/VERSION, Kind=KIND): `.
    Untyped(String),
    /// 500: the text as it is.
    Failed(String),
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// As messages name the manager: `"m"`, `"m" with subresource "status"`, `"m" using apps/v1`.
    pub manager: String,
    /// `.spec.replicas`.
    pub field: String,
}

impl ApplyError {
    /// The message of the Status.
    pub fn message(&self) -> String {
        match self {
            Self::Untyped(text) | Self::Failed(text) => text.clone(),
            Self::Conflicts(conflicts) => match conflicts.as_slice() {
                [one] => format!("Apply failed with 1 conflict: conflict with {}: {}", one.manager, one.field),
                many => {
                    let mut lines: Vec<String> = Vec::new();
                    let mut last = None;
                    for conflict in many {
                        if last != Some(&conflict.manager) {
                            lines.push(format!("conflicts with {}:", conflict.manager));
                            last = Some(&conflict.manager);
                        }
                        lines.push(format!("- {}", conflict.field));
                    }
                    format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
                }
            },
        }
    }
}

/// The object after applying a configuration to `live`, managed fields included. `live` is `{"apiVersion", "kind",
/// "metadata": {}}` for an object that is to be created. Defaults are the caller's to fill in afterwards.
///
/// Fields the writer applied before and does not any more are removed where nobody else owns them. With `force`,
/// fields are taken from their owners where there would be conflicts.
pub fn apply(
    live: &Json,
    applied: &Json,
    force: bool,
    writer: &Writer<'_>,
    schemas: Schemas<'_>,
) -> Result<Json, ApplyError> {
    let failed = |why: String| ApplyError::Failed(why);
    let schema = schemas(writer.api_version)
        .ok_or_else(|| failed(format!("no corresponding type for {}", writer.api_version)))?;
    validate(&schema, applied, false).map_err(ApplyError::Untyped)?;
    let mut managed = Managed::of(live).map_err(|why| failed(format!("failed to decode managed fields: {why}")))?;
    let live = without_managed(live);
    if managed.entries.is_empty() {
        let before = Writer { manager: BEFORE_FIRST_APPLY, ..writer.clone() };
        record(&mut managed, &Json::Object(Map::new()), &live, &before, schemas);
    }
    let call = Call { live: &live, applied, writer, schemas, schema };
    match call.run(managed.clone(), force) {
        Err(ApplyError::Conflicts(conflicts)) if writer.manager == KUBECTL => {
            let allowed = last_applied(&live, &schema);
            if conflicts.iter().all(|c| allowed.contains(&c.field)) {
                return call.run(managed, true);
            }
            Err(ApplyError::Conflicts(conflicts.into_iter().filter(|c| !allowed.contains(&c.field)).collect()))
        }
        other => other,
    }
}

struct Call<'a, 's> {
    live: &'a Json,
    applied: &'a Json,
    writer: &'a Writer<'a>,
    schemas: Schemas<'s>,
    schema: Schema<'s>,
}

impl Call<'_, '_> {
    fn run(&self, mut managed: Managed, force: bool) -> Result<Json, ApplyError> {
        let merged = super::merge(&self.schema, self.live, self.applied)
            .map_err(|why| ApplyError::Failed(format!("failed to merge config: {why}")))?;
        let own = self.own(&mut managed);
        let mut new = self.prune(&merged, &managed, own.1);
        let at = Some(own.0);
        let mut changes = Changes::new(self.live, &new, self.schemas, &self.writer.scope);
        let conflicts = managed.conflicts(&mut changes, at);
        if !force && !conflicts.is_empty() {
            return Err(ApplyError::Conflicts(told(&managed, conflicts)));
        }
        if let Some(entry) = managed.entries.get_mut(own.0) {
            entry.fields = strip(&entry.fields);
            if !same(self.live, &new) {
                entry.time = self.writer.time.to_owned();
            }
        }
        managed.take(&mut changes, at);
        if self.writer.manager == KUBECTL {
            refresh_last_applied(&mut new, self.applied);
        }
        if new.get("metadata").is_none_or(|m| !m.is_object()) {
            new["metadata"] = Json::Object(Map::new());
        }
        managed.write(&mut new);
        Ok(new)
    }

    /// Enters what is applied now as the writer's fields; where, and what they were.
    fn own(&self, managed: &mut Managed) -> (usize, Option<(String, FieldSet)>) {
        let fields = self.writer.scope.filter(&to_set(&self.schema, self.applied));
        let found = managed.find(self.writer, Operation::Apply);
        if let Some((at, entry)) = found.and_then(|at| managed.entries.get_mut(at).map(|e| (at, e))) {
            let last = (entry.api_version.clone(), std::mem::replace(&mut entry.fields, fields));
            entry.api_version = self.writer.api_version.to_owned();
            return (at, Some(last));
        }
        managed.entries.push(Entry {
            manager: self.writer.manager.to_owned(),
            operation: Operation::Apply,
            api_version: self.writer.api_version.to_owned(),
            subresource: self.writer.subresource.to_owned(),
            time: String::new(),
            fields,
        });
        (managed.entries.len() - 1, None)
    }

    /// Removes what the writer applied before, does not apply now, and nobody else owns.
    fn prune(&self, merged: &Json, managed: &Managed, last: Option<(String, FieldSet)>) -> Json {
        let Some((version, last)) = last.filter(|(_, last)| !last.is_empty()) else { return merged.clone() };
        let Some(schema) = (self.schemas)(&version) else { return merged.clone() };
        let last = last.with_named_parents(&schema);
        let mut pruned = remove(&schema, merged, &last);
        // What others own, or the writer's new configuration, comes back; the version pruned in first.
        let mut versions: Vec<&str> = managed.entries.iter().map(|e| e.api_version.as_str()).collect();
        versions.sort_by_key(|v| (*v != version, *v));
        versions.dedup();
        for version in versions {
            let Some(schema) = (self.schemas)(version) else { continue };
            let owned = managed.entries.iter().filter(|e| e.api_version == version);
            let owned = owned.fold(FieldSet::default(), |all, e| all.union(&e.fields)).with_named_parents(&schema);
            let all = to_set(&schema, merged).with_named_parents(&schema);
            let kept = to_set(&schema, &pruned).with_named_parents(&schema).union(&owned);
            pruned = remove(&schema, merged, &all.difference(&kept));
        }
        // What hung on a removed parent and was not the writer's stays.
        let kept = to_set(&schema, &pruned).with_named_parents(&schema);
        let all = to_set(&schema, merged).with_named_parents(&schema);
        let mut pruned = remove(&schema, merged, &all.difference(&kept).intersection(&last));
        drop_emptied(&mut pruned, merged);
        pruned
    }
}

/// Maps and lists that lost all they had go as well.
fn drop_emptied(value: &mut Json, before: &Json) {
    let Json::Object(map) = value else { return };
    map.retain(|key, value| !value.is_null() || before.get(key).is_none_or(Json::is_null));
    for (key, value) in map.iter_mut() {
        if let Some(before) = before.get(key) {
            drop_emptied(value, before);
        }
    }
}

fn told(managed: &Managed, conflicts: Vec<(usize, FieldSet)>) -> Vec<Conflict> {
    let mut told: Vec<Conflict> = Vec::new();
    for (at, fields) in conflicts {
        let Some(entry) = managed.entries.get(at) else { continue };
        let mut manager = go::quote(&entry.manager);
        if !entry.subresource.is_empty() {
            manager = format!("{manager} with subresource {}", go::quote(&entry.subresource));
        }
        if entry.operation == Operation::Update {
            manager = format!("{manager} using {}", entry.api_version);
        }
        let fields = fields.paths().into_iter();
        told.extend(fields.map(|p| Conflict { manager: manager.clone(), field: path::display(&p) }));
    }
    told.sort_by(|a, b| a.manager.cmp(&b.manager));
    told
}

/// The fields of the configuration that client-side apply left in the annotation, where the object still has them so:
/// kubectl may take these from itself.
fn last_applied(live: &Json, schema: &Schema<'_>) -> Vec<String> {
    let text = live.get("metadata").and_then(|m| m.get("annotations")?.get(LAST_APPLIED)?.as_str());
    let Some(last) = text.and_then(|t| serde_json::from_str::<Json>(t).ok()) else { return Vec::new() };
    if validate(schema, &last, true).is_err() {
        return Vec::new();
    }
    let change = super::compare(schema, &last, live);
    let same = to_set(schema, &last).difference(&change.changed()).difference(&change.removed);
    same.paths().iter().map(|p: &Vec<PathElement>| path::display(p)).collect()
}

fn refresh_last_applied(object: &mut Json, applied: &Json) {
    let Some(annotations) =
        object.get_mut("metadata").and_then(|m| m.get_mut("annotations")).and_then(Json::as_object_mut)
    else {
        return;
    };
    if annotations.get(LAST_APPLIED).and_then(Json::as_str).unwrap_or_default().is_empty() {
        return;
    }
    let mut applied = applied.clone();
    if let Some(own) = applied.pointer_mut("/metadata/annotations").and_then(Json::as_object_mut) {
        own.shift_remove(LAST_APPLIED);
    }
    annotations.insert(LAST_APPLIED.to_owned(), Json::from(format!("{applied}\n")));
}
