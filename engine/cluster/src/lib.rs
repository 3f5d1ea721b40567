//! The one door to a Kubernetes API: discovery, names to resources, owner injection on every creating write,
//! watches, check mode, retries, counts. The only crate that names kube.

mod cluster;
mod connect;
mod counts;
mod discovery;
mod error;
mod exec;
mod options;
mod owner;
mod path;
mod requests;
mod resource;
mod retry;
mod send;
#[cfg(test)]
mod tests;
mod watch;

pub use cluster::{Cluster, Connection, DependentHook};
pub use connect::{Connect, Environment};
pub use counts::Counts;
pub use error::{Error, Result};
pub use exec::ExecOutput;
pub use options::{DeleteOptions, ListOptions, ObjectList, PatchKind, WatchEvent, WatchOptions, WriteOptions};
pub use owner::{Owner, PRIMARY_RESOURCE, PRIMARY_RESOURCE_TYPE};
pub use resource::{Gvk, Resource};
