//! Ownership after a create, update or patch.
use serde_json::Value as Json;

use super::Schemas;
use super::managed::{Changes, Entry, Managed, Operation, Writer, strip, without_managed};

/// Records in `new` who owns its fields now: the writer what differs from `live`, the others what they had and still
/// is there. `live` is the object as it was, or `{}` for one that is created. A request that sends an empty list of
/// managed fields (or one empty entry) resets them; from then on nobody is recorded until the next apply.
pub fn track(live: &Json, new: &mut Json, writer: &Writer<'_>, schemas: Schemas<'_>) {
    let mut managed = current(live, new, writer);
    let created = live.pointer("/metadata/uid").and_then(Json::as_str).unwrap_or_default().is_empty();
    if !managed.entries.is_empty() || created {
        record(&mut managed, &without_managed(live), &without_managed(new), writer, schemas);
        managed.cap();
    }
    managed.write(new);
}

pub(super) fn record(managed: &mut Managed, live: &Json, new: &Json, writer: &Writer<'_>, schemas: Schemas<'_>) {
    let mut changes = Changes::new(live, new, schemas, &writer.scope);
    let Some(change) = changes.at(writer.api_version) else { return };
    managed.take(&mut changes, None);
    let fields = strip(&change.changed());
    if fields.is_empty() {
        return;
    }
    let time = writer.time.to_owned();
    match managed.find(writer, Operation::Update).and_then(|at| managed.entries.get_mut(at)) {
        Some(entry) => {
            entry.fields = entry.fields.union(&fields);
            entry.time = time;
        }
        None => managed.entries.push(Entry {
            manager: writer.manager.to_owned(),
            operation: Operation::Update,
            api_version: writer.api_version.to_owned(),
            subresource: writer.subresource.to_owned(),
            time,
            fields,
        }),
    }
}

/// The owners before the write: what the request says, or what the live object says where it says nothing.
fn current(live: &Json, new: &Json, writer: &Writer<'_>) -> Managed {
    let of_live = || Managed::of(live).unwrap_or_default();
    let sent = new.pointer("/metadata/managedFields").and_then(Json::as_array);
    match sent {
        _ if !writer.subresource.is_empty() => of_live(),
        Some(entries) if is_reset(entries) => Managed::default(),
        Some(_) => Managed::of(new).ok().filter(|m| !m.entries.is_empty()).unwrap_or_else(of_live),
        None => of_live(),
    }
}

fn is_reset(entries: &[Json]) -> bool {
    match entries {
        [] => true,
        [one] => one.as_object().is_some_and(serde_json::Map::is_empty),
        _ => false,
    }
}
