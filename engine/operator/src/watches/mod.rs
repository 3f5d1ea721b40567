//! watches.yaml: which kinds are reconciled, by what, and how.
//!
//! The file is read once at start: environment expansion on the raw text, YAML 1.1 with positions, fields, then the
//! reference's checks in the reference's order. Texts of errors are the reference's, with file, line and column added.

mod entry;
mod expand;
mod fields;
mod load;
mod overrides;
mod paths;
mod selector;
mod tree;
mod validate;
mod yaml;

pub use load::{Loaded, Surroundings, load};
pub use paths::SearchPaths;
pub use selector::Selector;

#[cfg(test)]
mod tests;

use rolewright_cluster::Gvk;
use rolewright_language::ast::Vars;
use rolewright_template::Origin;
use std::path::PathBuf;
use std::time::Duration;

/// One entry of watches.yaml, checked and with every default filled in.
#[derive(Clone, Debug)]
pub struct Watch {
    pub origin: Origin,
    pub gvk: Gvk,
    pub content: Content,
    /// Project text: above everything a CR says.
    pub vars: Vars,
    /// Accepted for compatibility; runs leave no artifacts on disk.
    pub max_runner_artifacts: i64,
    pub reconcile_period: Period,
    pub manage_status: bool,
    pub watch_dependent_resources: bool,
    pub watch_cluster_scoped_resources: bool,
    /// Changes of a dependent's status trigger a run too. Ours; the reference never does.
    pub watch_dependents_status: bool,
    pub watch_annotations_changes: bool,
    pub snake_case_parameters: bool,
    /// Strings of the CR are data. Only an explicit `markUnsafe: false` makes them templates.
    pub mark_unsafe: bool,
    /// Kinds that are never watched as dependents of this one.
    pub blacklist: Vec<Gvk>,
    pub selector: Option<Selector>,
    pub finalizer: Option<Finalizer>,
    pub max_concurrent_reconciles: usize,
    pub ansible_verbosity: u8,
}

/// What a run executes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    Role(PathBuf),
    Playbook(PathBuf),
}

impl Content {
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::Role(path) | Self::Playbook(path) => path,
        }
    }
}

/// How long after a successful run the next one comes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// Absent, or `0s`: what `--reconcile-period` says.
    Default,
    Every(Duration),
    /// `never`: only events start runs. Ours.
    Never,
}

/// What happens before a CR may go.
#[derive(Clone, Debug)]
pub struct Finalizer {
    pub name: String,
    /// `None`: the watch's own content runs again, with `vars`.
    pub content: Option<Content>,
    pub vars: Vars,
}

/// A watch with every default, for tests of other files.
#[cfg(test)]
pub(crate) fn test_watch(api_version: &str, kind: &str) -> Watch {
    Watch {
        origin: Origin::default(),
        gvk: Gvk::from_api_version(api_version, kind),
        content: Content::Role("/role".into()),
        vars: Vars::new(),
        max_runner_artifacts: 20,
        reconcile_period: Period::Default,
        manage_status: true,
        watch_dependent_resources: true,
        watch_cluster_scoped_resources: false,
        watch_dependents_status: false,
        watch_annotations_changes: false,
        snake_case_parameters: true,
        mark_unsafe: true,
        blacklist: Vec::new(),
        selector: None,
        finalizer: None,
        max_concurrent_reconciles: 4,
        ansible_verbosity: 2,
    }
}
