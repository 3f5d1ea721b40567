//! The modules of `kubernetes.core`: what a task can do with a cluster.
mod act;
pub(crate) mod common;
mod info;
mod json_patch;
mod k8s;
mod scale;
#[cfg(test)]
mod tests;
mod validate;

use rolewright_run::Module;
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    vec![Arc::new(k8s::K8s), Arc::new(info::K8sInfo), Arc::new(json_patch::K8sJsonPatch), Arc::new(scale::K8sScale)]
}
