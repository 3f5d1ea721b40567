//! What a request may say beside its object.
use serde_json::Value as Json;

#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
    /// PartialObjectMetadata only.
    pub metadata_only: bool,
}

#[derive(Clone, Debug, Default)]
pub struct ObjectList {
    pub items: Vec<Json>,
    pub resource_version: String,
}

#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    pub dry_run: bool,
    pub field_manager: Option<String>,
    /// Server-side apply only: take over fields of other managers.
    pub force: bool,
    /// `Strict`, `Warn`, `Ignore`
    pub field_validation: Option<String>,
    pub subresource: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    Json,
    Merge,
    Strategic,
    Apply,
}

impl PatchKind {
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Apply => "application/apply-patch+yaml",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    pub propagation: Option<String>,
    pub grace_period_seconds: Option<i64>,
    pub precondition_uid: Option<String>,
    pub precondition_resource_version: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default)]
pub struct WatchOptions {
    pub label_selector: Option<String>,
    pub field_selector: Option<String>,
    /// PartialObjectMetadata only.
    pub metadata_only: bool,
}

/// A self-healing list+watch: after every (re)list, `Listed` carries the whole state.
#[derive(Clone, Debug)]
pub enum WatchEvent {
    Listed(Vec<Json>),
    Applied(Json),
    Deleted(Json),
    /// The watch is down and being retried (kind not installed, server away); data is the reason.
    Interrupted(String),
}
