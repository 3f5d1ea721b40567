//! Variables of a task: where they are kept and which one wins.
mod hostvars;
mod layers;
mod magic;
mod merge;
mod scope;

pub(crate) use layers::{Layer, VarMap};
pub(crate) use merge::merge;
pub(crate) use scope::{Locals, TaskScope};
