//! The columns kinds are listed with, and the cells of their objects.
mod access;
mod core;
mod custom;
mod format;
mod network;
mod pod;
mod storage;
mod workload;

use serde_json::{Value as Json, json};

pub(crate) use custom::{Printed, printed};

use crate::json::JsonExt;
use crate::registry::Resource;

/// Where a cell comes from.
enum Cell {
    /// The text at a pointer.
    Text(&'static str),
    /// The text at a pointer, or something that stands for its absence.
    TextOr(&'static str, &'static str),
    /// The number at a pointer, 0 if there is none.
    Int(&'static str),
    /// The time since the moment at a pointer.
    Since(&'static str),
    /// The number of elements at a pointer.
    Count(&'static str),
    /// One field of all elements of a list.
    Joined(&'static str, &'static str),
    Labels(&'static str),
    Selector(&'static str),
    Made(fn(&Json) -> Json),
}

struct Column {
    name: &'static str,
    kind: &'static str,
    wide: bool,
    cell: Cell,
}

const fn column(name: &'static str, kind: &'static str, cell: Cell) -> Column {
    Column { name, kind, wide: false, cell }
}

const fn text(name: &'static str, pointer: &'static str) -> Column {
    column(name, "string", Cell::Text(pointer))
}

const fn int(name: &'static str, pointer: &'static str) -> Column {
    column(name, "integer", Cell::Int(pointer))
}

const fn made(name: &'static str, cell: fn(&Json) -> Json) -> Column {
    column(name, "string", Cell::Made(cell))
}

/// Only with `-o wide`.
const fn wide(column: Column) -> Column {
    Column { wide: true, ..column }
}

const NAME: Column = text("Name", "/metadata/name");
const AGE: Column = column("Age", "string", Cell::Since("/metadata/creationTimestamp"));
const CREATED: Column = column("Created At", "date", Cell::Text("/metadata/creationTimestamp"));
const CONTAINERS: Column =
    wide(column("Containers", "string", Cell::Joined("/spec/template/spec/containers", "/name")));
const IMAGES: Column = wide(column("Images", "string", Cell::Joined("/spec/template/spec/containers", "/image")));
const SELECTOR: Column = wide(column("Selector", "string", Cell::Selector("/spec/selector")));

/// Kinds that say nothing of themselves.
static PLAIN: [Column; 2] = [NAME, CREATED];

const NAME_TEXT: &str = "Name must be unique within a namespace. Is required when creating resources, although some \
                         resources may allow a client to request the generation of an appropriate name automatically. \
                         Name is primarily intended for creation idempotence and configuration definition. Cannot be \
                         updated. More info: \
                         https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

fn columns_of(resource: &Resource) -> &'static [Column] {
    let (group, kind) = (resource.group.as_str(), resource.kind.as_str());
    workload::columns(group, kind)
        .or_else(|| core::columns(group, kind))
        .or_else(|| network::columns(group, kind))
        .or_else(|| storage::columns(group, kind))
        .or_else(|| access::columns(group, kind))
        .unwrap_or(&PLAIN)
}

/// The definitions of a table's columns.
pub(crate) fn columns(resource: &Resource) -> Vec<Json> {
    if let Some(custom) = &resource.custom {
        return custom::columns(&custom.columns);
    }
    columns_of(resource).iter().map(definition).collect()
}

fn definition(column: &Column) -> Json {
    let name = column.name == "Name";
    json!({"name": column.name, "type": column.kind, "format": if name { "name" } else { "" },
        "description": if name { NAME_TEXT } else { "" }, "priority": i32::from(column.wide)})
}

/// The cells of an object, in the order of the columns.
pub(crate) fn cells(resource: &Resource, object: &Json) -> Vec<Json> {
    if let Some(custom) = &resource.custom {
        return custom::cells(&custom.columns, object);
    }
    columns_of(resource).iter().map(|c| cell(&c.cell, object)).collect()
}

/// What a row says beside its cells: that a pod has ended.
pub(crate) fn conditions(resource: &Resource, object: &Json) -> Option<Json> {
    if resource.is("", "Pod") { pod::row_conditions(object) } else { None }
}

fn cell(cell: &Cell, object: &Json) -> Json {
    match cell {
        Cell::Text(pointer) => object.text(pointer).into(),
        Cell::TextOr(pointer, default) => format::or(object.text(pointer), default).into(),
        Cell::Int(pointer) => object.int(pointer).unwrap_or(0).into(),
        Cell::Since(pointer) => format::since(object.text(pointer)).into(),
        Cell::Count(pointer) => match object.pointer(pointer) {
            Some(Json::Array(items)) => items.len().into(),
            Some(Json::Object(map)) => map.len().into(),
            _ => 0.into(),
        },
        Cell::Joined(list, field) => format::joined(object.items(list), field).into(),
        Cell::Labels(pointer) => format::labels(object.pointer(pointer)).into(),
        Cell::Selector(pointer) => format::selector(object.pointer(pointer)).into(),
        Cell::Made(make) => make(object),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(group: &str, kind: &str, version: &str) -> String {
        let registry = crate::registry::Registry::new();
        let served = registry.served();
        let found = served.group_version(group, version).find(|r| r.kind == kind).unwrap().clone();
        let columns = columns_of(&found);
        columns
            .iter()
            .map(|c| if c.wide { format!("[{}]", c.name) } else { c.name.into() })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn kinds_have_the_columns_that_users_know() {
        for (group, version, kind, wanted) in [
            ("", "v1", "Pod", "Name Ready Status Restarts Age [IP] [Node] [Nominated Node] [Readiness Gates]"),
            ("", "v1", "Service", "Name Type Cluster-IP External-IP Port(s) Age [Selector]"),
            ("", "v1", "ConfigMap", "Name Data Age"),
            ("apps", "v1", "Deployment", "Name Ready Up-to-date Available Age [Containers] [Images] [Selector]"),
            ("apps", "v1", "StatefulSet", "Name Ready Age [Containers] [Images]"),
            ("batch", "v1", "Job", "Name Status Completions Duration Age [Containers] [Images] [Selector]"),
            ("rbac.authorization.k8s.io", "v1", "RoleBinding", "Name Role Age [Users] [Groups] [ServiceAccounts]"),
            ("rbac.authorization.k8s.io", "v1", "ClusterRole", "Name Created At"),
            ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "Name Created At"),
        ] {
            assert_eq!(headings(group, kind, version), wanted, "{kind}");
        }
    }

    #[test]
    fn every_kind_fills_as_many_cells_as_it_has_columns() {
        let registry = crate::registry::Registry::new();
        for resource in registry.served().all() {
            let object = json!({"metadata": {"name": "x"}});
            assert_eq!(cells(resource, &object).len(), columns(resource).len(), "{}", resource.kind);
        }
    }
}
