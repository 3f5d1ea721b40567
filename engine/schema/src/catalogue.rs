//! Built-in kinds: names, scope, verbs, fields, merge keys, printer columns.

/// A built-in resource.
#[derive(Clone, Debug)]
pub struct Kind {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub short_names: &'static [&'static str],
    pub categories: &'static [&'static str],
    pub namespaced: bool,
    pub verbs: &'static [&'static str],
    pub subresources: &'static [&'static str],
}

/// All of them, preferred versions first within a group.
pub fn kinds() -> &'static [Kind] {
    &[]
}

/// How a field of a built-in type merges, for strategic merge and server-side apply.
/// `type_name` is a key of the OpenAPI definitions (`io.k8s.api.apps.v1.Deployment`).
pub fn type_of(_group: &str, _version: &str, _kind: &str) -> Option<&'static str> {
    None
}
