//! Text to plays: YAML 1.1 with positions, then plays, blocks, tasks and roles, with every expression compiled.
//!
//! Synchronous, no I/O of its own: files come through [`Files`], module names through [`Catalog`].

pub mod ast;
mod diagnostic;
mod load;
pub mod suggest;
pub mod visit;
pub mod yaml;

pub use diagnostic::{Diagnostic, Severity};
pub use load::{Catalog, Files, FreeForm, Loader, ModuleInfo, OnWarning, RoleFrom, Settings};
