//! What a task can do: one file per module, one folder per collection.

pub mod builtin;
mod clock;
mod failure;
mod files;
mod fs;
mod http;
pub mod kubernetes;
pub mod lookups;
mod machine;
pub mod operator_sdk;
mod options;
#[cfg(test)]
mod testing;

use rolewright_run::Module;
use std::sync::Arc;

/// Every module of this build.
pub fn all() -> Vec<Arc<dyn Module>> {
    let mut all = builtin::all();
    all.extend(kubernetes::all());
    all.extend(operator_sdk::all());
    all
}
