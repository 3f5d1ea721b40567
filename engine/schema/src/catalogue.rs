//! Built-in kinds: names, scope, verbs, fields, merge keys.
//!
//! Both tables are text in `data/`. The index over them is made at the first look-up; a type's fields are parsed when
//! that type is first asked for, since a process touches a few dozen of the 862.

mod resources;
mod types;

pub use resources::{Kind, Subresource, find, find_plural, kinds, subresource};
pub use types::{Field, ListType, Shape, Type, definition, field_at, type_names, type_of};

/// The Kubernetes version the tables describe.
pub const KUBERNETES_VERSION: &str = "v1.37.0";
