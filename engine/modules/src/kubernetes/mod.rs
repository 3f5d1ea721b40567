//! The modules of `kubernetes.core`: what a task can do with a cluster.
mod act;
mod cluster_info;
pub(crate) mod common;
mod cp;
mod drain;
mod exec;
mod info;
mod json_patch;
mod k8s;
mod kubeconfig;
mod log;
mod rollback;
mod scale;
mod service;
mod taint;
#[cfg(test)]
mod tests;
mod validate;

pub(crate) use json_patch::missing;
use rolewright_run::Module;
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    vec![
        Arc::new(k8s::K8s),
        Arc::new(cluster_info::K8sClusterInfo),
        Arc::new(cp::K8sCp),
        Arc::new(drain::K8sDrain),
        Arc::new(exec::K8sExec),
        Arc::new(info::K8sInfo),
        Arc::new(json_patch::K8sJsonPatch),
        Arc::new(kubeconfig::KubeconfigModule),
        Arc::new(log::K8sLog),
        Arc::new(rollback::K8sRollback),
        Arc::new(scale::K8sScale),
        Arc::new(service::K8sService),
        Arc::new(taint::K8sTaint),
    ]
}
