//! `metadata.managedFields`: reading it, writing it, and taking fields from their owners.
use serde_json::{Map, Value as Json};

use super::Schemas;
use super::compare::{Comparison, compare};
use super::set::FieldSet;

/// How an owner came to its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Apply,
    Update,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// An owner and its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub manager: String,
    pub operation: Operation,
    pub api_version: String,
    pub subresource: String,
    /// In UTC, to the second; empty when no change was made.
    pub time: String,
    pub fields: FieldSet,
}

/// All owners of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managed {
    pub entries: Vec<Entry>,
}

/// Who writes, and through which door.
#[derive(Clone, Debug)]
pub struct Writer<'a> {
    /// The name of the manager.
    pub manager: &'a str,
    /// The version written in, as `apps/v1`.
    pub api_version: &'a str,
    /// `status`, `scale` …, or "" for the main door.
    pub subresource: &'a str,
    /// The time of the write, as `2026-01-02T03:04:05Z`.
    pub time: &'a str,
    /// Which fields can be owned through this door.
    pub scope: Scope,
}

/// The fields a door can write.
#[derive(Clone, Debug, Default)]
pub enum Scope {
    #[default]
    Everything,
    /// All but these and what is under them: `status`, for the main door of a kind with a status of its own.
    Except(FieldSet),
    /// These and what is under them: `status`, for the door of that name.
    Only(FieldSet),
}

impl Scope {
    /// The scope of the main door (`subresource` "") or another of a kind that has a status subresource or not.
    pub fn of(subresource: &str, has_status: bool) -> Self {
        let status = || FieldSet::of_names(&[&["status"]]);
        match subresource {
            "status" => Self::Only(status()),
            _ if has_status => Self::Except(status()),
            _ => Self::Everything,
        }
    }

    pub(super) fn filter(&self, set: &FieldSet) -> FieldSet {
        match self {
            Self::Everything => set.clone(),
            Self::Except(fields) => set.recursive_difference(fields),
            Self::Only(fields) => set.under(fields),
        }
    }
}

/// More update managers than this are merged.
const MOST_UPDATERS: usize = 10;
const ANCIENT: &str = "ancient-changes";

impl Managed {
    /// Reads the managed fields of an object; Err says what is malformed.
    pub fn of(object: &Json) -> Result<Self, String> {
        let entries = object.pointer("/metadata/managedFields").and_then(Json::as_array);
        let entries = entries.into_iter().flatten().enumerate().map(|(at, entry)| read(at, entry));
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// Writes the managed fields of an object, in order; removes the field when there are none.
    pub fn write(mut self, object: &mut Json) {
        let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) else { return };
        if self.entries.is_empty() {
            metadata.shift_remove("managedFields");
            return;
        }
        self.entries.sort_by(|a, b| {
            let key = |e: &Entry| (e.operation, e.time.clone(), e.manager.clone(), e.api_version.clone());
            key(a).cmp(&key(b)).then_with(|| a.subresource.cmp(&b.subresource))
        });
        let entries = self.entries.iter().map(encode).collect();
        metadata.insert("managedFields".to_owned(), Json::Array(entries));
    }

    pub(super) fn find(&self, writer: &Writer<'_>, operation: Operation) -> Option<usize> {
        let same = |e: &Entry| {
            e.operation == operation
                && e.manager == writer.manager
                && e.subresource == writer.subresource
                && (operation == Operation::Apply || e.api_version == writer.api_version)
        };
        self.entries.iter().position(same)
    }

    /// The fields that changed and are owned by others than the entry at `but`, by entry.
    pub(super) fn conflicts(&self, changes: &mut Changes<'_, '_>, but: Option<usize>) -> Vec<(usize, FieldSet)> {
        let others = self.entries.iter().enumerate().filter(|(at, _)| Some(*at) != but);
        others
            .filter_map(|(at, entry)| {
                let lost = entry.fields.intersection(&changes.at(&entry.api_version)?.changed());
                (!lost.is_empty()).then_some((at, lost))
            })
            .collect()
    }

    /// Takes what changed and what was removed from all but the entry at `but`; owners of nothing go.
    pub(super) fn take(&mut self, changes: &mut Changes<'_, '_>, but: Option<usize>) {
        let mut at = 0;
        self.entries.retain_mut(|entry| {
            let own = Some(at) == but;
            at += 1;
            if own {
                return !entry.fields.is_empty();
            }
            // A version that is gone takes its owners along.
            let Some(change) = changes.at(&entry.api_version) else { return false };
            entry.fields = entry.fields.difference(&change.changed()).difference(&change.removed);
            !entry.fields.is_empty()
        });
    }

    /// Merges the oldest updates where there are too many.
    pub(super) fn cap(&mut self) {
        let mut updaters: Vec<Entry> = Vec::new();
        self.entries.retain(|e| {
            let keep = e.operation == Operation::Apply;
            if !keep {
                updaters.push(e.clone());
            }
            keep
        });
        updaters.sort_by(|a, b| (&a.time, &a.manager).cmp(&(&b.time, &b.manager)));
        let mut at = 1;
        while updaters.len() > MOST_UPDATERS && at < updaters.len() {
            let version = updaters[at].api_version.clone();
            match updaters[..at].iter().position(|e| e.api_version == version) {
                Some(first) => {
                    let merged = updaters.remove(at);
                    let bucket = &mut updaters[first];
                    bucket.manager = ANCIENT.to_owned();
                    bucket.subresource = String::new();
                    bucket.fields = bucket.fields.union(&merged.fields);
                    bucket.time = merged.time;
                }
                None => at += 1,
            }
        }
        self.entries.append(&mut updaters);
    }
}

fn read(at: usize, entry: &Json) -> Result<Entry, String> {
    let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let operation = match text("operation").as_str() {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return Err("operation must be `Apply` or `Update`".to_owned()),
    };
    if text("apiVersion").is_empty() {
        return Err("apiVersion must not be empty".to_owned());
    }
    match text("fieldsType").as_str() {
        "FieldsV1" => {}
        "" => return Err(format!("missing fieldsType in managed fields entry {at}")),
        other => return Err(format!("invalid fieldsType {other:?} in managed fields entry {at}")),
    }
    let fields = entry.get("fieldsV1").map_or_else(|| Ok(FieldSet::default()), FieldSet::decode)?;
    Ok(Entry {
        manager: text("manager"),
        operation,
        api_version: text("apiVersion"),
        subresource: text("subresource"),
        time: text("time"),
        fields,
    })
}

fn encode(entry: &Entry) -> Json {
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| drop(map.insert(key.to_owned(), value));
    put("manager", entry.manager.as_str().into());
    put("operation", entry.operation.name().into());
    put("apiVersion", entry.api_version.as_str().into());
    if !entry.time.is_empty() {
        put("time", entry.time.as_str().into());
    }
    put("fieldsType", "FieldsV1".into());
    put("fieldsV1", entry.fields.encode());
    if !entry.subresource.is_empty() {
        put("subresource", entry.subresource.as_str().into());
    }
    Json::Object(map)
}

/// What changed between two states of an object, in every version an owner wrote in.
pub(super) struct Changes<'a, 's> {
    old: &'a Json,
    new: &'a Json,
    schemas: Schemas<'s>,
    scope: &'a Scope,
    known: Vec<(String, Option<Comparison>)>,
}

impl<'a, 's> Changes<'a, 's> {
    pub(super) fn new(old: &'a Json, new: &'a Json, schemas: Schemas<'s>, scope: &'a Scope) -> Self {
        Self { old, new, schemas, scope, known: Vec::new() }
    }

    /// None when the version is not served any more.
    pub(super) fn at(&mut self, api_version: &str) -> Option<Comparison> {
        if let Some((_, known)) = self.known.iter().find(|(version, _)| version == api_version) {
            return known.clone();
        }
        let change = (self.schemas)(api_version)
            .map(|schema| compare(&schema, self.old, self.new).map(|set| self.scope.filter(set)));
        self.known.push((api_version.to_owned(), change.clone()));
        change
    }
}

/// Fields that only the server sets, or that say what the object is: nobody owns them.
pub(super) fn strip(fields: &FieldSet) -> FieldSet {
    let names = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    let paths: Vec<[&str; 2]> = names.iter().map(|name| ["metadata", name]).collect();
    let mut all: Vec<&[&str]> = vec![&["apiVersion"], &["kind"], &["metadata"]];
    all.extend(paths.iter().map(|path| path.as_slice()));
    fields.difference(&FieldSet::of_names(&all))
}

/// The object without its managed fields, which own nothing.
pub(super) fn without_managed(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    object
}
