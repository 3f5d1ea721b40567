//! What is known of kinds: the catalogue of built-in ones as compact data, and pure functions over it:
//! strategic merge, field sets, pruning, defaulting, validation. Synchronous, no I/O, knows nobody.

pub mod catalogue;
pub mod check;
pub mod field_error;
pub mod fields;
mod go;
pub mod merge;
pub mod names;
pub mod quantity;
pub mod selector;
pub mod structural;
