//! Executes plays: variables and their precedence, loops, conditions, blocks, handlers, retries, results, recap.
//!
//! Synchronous: a run owns a (blocking) thread. What happens in it is one stream of typed events ([`Listener`]).
//! Knows no Kubernetes: modules get what they need through [`Extensions`].

mod args;
mod cache;
mod cancel;
mod engine;
mod event;
mod extensions;
mod files;
mod machine;
mod module;
mod process;
mod registry;
pub mod search_path;
mod surroundings;
mod system;

pub use args::Args;
pub use cache::FileCache;
pub use cancel::Cancel;
pub use engine::{Engine, Recap, Request, RunOutcome, RunTarget, Stats};
pub use event::{Event, Listener, TaskRef, TaskResult, TaskStatus};
pub use extensions::{Extensions, Signals};
pub use files::DiskFiles;
pub use module::{Connection, Local, Module, Outcome, TaskContext};
pub use process::{Process, ProcessOutput};
pub use registry::Modules;
pub use surroundings::{Overlay, Surroundings};
pub use system::{System, SystemWorld};
