//! Who owns which field: sets of fields, `metadata.managedFields`, and server-side apply.
//!
//! The model is that of Kubernetes' structured merge: a set names fields by path; elements of lists that are maps or
//! sets are named by key or value, everything else that is a list or is called atomic is one field. What a kind looks
//! like comes from a [`Schema`]: a built-in type, the schema of a definition, or nothing at all.
//!
//! A server calls [`track`] after every write but an apply, and [`apply`] for an apply; both read and write
//! `metadata.managedFields`. All else here is what these two are made of. Versions of a kind are taken to differ in
//! their schemas only, as with definitions that are not converted. Entries written before a field of a schema became
//! atomic stay as they are.

mod apply;
mod codec;
mod compare;
mod managed;
mod merge;
mod path;
mod remove;
mod schema;
mod set;
mod track;
mod walk;

pub use apply::{ApplyError, Conflict, apply};
pub use compare::{Comparison, compare};
pub use managed::{Entry, Managed, Operation, Scope, Writer};
pub use merge::merge;
pub use path::{PathElement, display};
pub use schema::Schema;
pub use set::FieldSet;
pub use track::track;
pub use walk::{to_set, validate};

/// The schema of a kind in each of its versions; None for a version that is not served.
pub type Schemas<'a> = &'a dyn Fn(&str) -> Option<Schema<'a>>;

#[cfg(test)]
mod tests;
