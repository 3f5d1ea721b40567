//! Executes plays: variables and their precedence, loops, conditions, blocks, handlers, retries, results, recap.
//!
//! Synchronous: a run owns a (blocking) thread. What happens in it is one stream of typed events ([`Listener`]).
//! Knows no Kubernetes: modules get what they need through [`Extensions`].

mod engine;
mod event;
mod module;
mod system;

pub use engine::{Cancel, Engine, Recap, Request, RunOutcome, RunTarget, Stats};
pub use event::{Event, Listener, TaskRef, TaskResult, TaskStatus};
pub use module::{Args, Connection, Extensions, Module, Modules, Outcome, TaskContext};
pub use system::{DiskFiles, System, SystemWorld};
