//! Executes plays: variables and their precedence, loops, conditions, blocks, handlers, retries, results, recap.
//!
//! Synchronous: a run owns a (blocking) thread. What happens in it is one stream of typed events ([`Listener`]).
//! Knows no Kubernetes: modules get what they need through [`Extensions`].

mod args;
mod argument_specs;
mod arguments;
mod asynchronous;
mod attempts;
mod cache;
mod cancel;
mod conditions;
mod configuration;
mod delegation;
mod engine;
mod event;
mod execution;
mod extensions;
mod facts;
mod failures;
mod files;
mod frame;
mod handlers;
mod hosts;
mod include;
mod inventory;
mod item;
mod keywords;
mod loops;
mod machine;
mod meta;
mod module;
mod passwords;
mod play;
mod preparation;
mod process;
mod registry;
mod results;
mod roles;
pub mod search_path;
mod settle;
mod stats;
mod strategy;
mod surroundings;
mod system;
mod tags;
mod task;
#[cfg(test)]
mod tests;
mod variables;

pub use args::Args;
pub use argument_specs::{Checked, check as check_arguments};
pub use cache::FileCache;
pub use cancel::Cancel;
pub use configuration::Configuration;
pub use engine::{Choices, Engine, Recap, Request, RunOutcome, RunTarget, Stats};
pub use event::{Event, Listener, TaskRef, TaskResult, TaskStatus};
pub use extensions::{Extensions, Signals};
pub use failures::{at as with_place, source as tree_source};
pub use files::{DiskFiles, VaultFiles};
pub use inventory::{
    Around as InventorySources, Group, Groups, Inventory, InventoryHost, Loaded as LoadedInventory, VarsFiles,
};
pub use module::{Connection, Local, Module, Outcome, TaskContext};
pub use passwords::Passwords;
pub use process::{Process, ProcessOutput};
pub use registry::Modules;
pub use surroundings::{Overlay, Surroundings};
pub use system::{System, SystemWorld};
pub use tags::selected as is_selected;
