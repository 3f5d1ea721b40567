//! The one door to a Kubernetes API: discovery, names to resources, owner injection on every creating write,
//! watches, check mode, retries, counts. The only crate that names kube.

mod cluster;
mod error;
mod resource;

pub use cluster::{
    Cluster, Connect, Counts, DeleteOptions, ListOptions, ObjectList, Owner, PatchKind, WatchEvent, WatchOptions,
    WriteOptions,
};
pub use error::{Error, Result};
pub use resource::{Gvk, Resource};
