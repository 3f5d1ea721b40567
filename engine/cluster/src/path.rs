//! Paths and queries of the API.
use crate::Resource;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Write;

/// What may stand for itself; everything else is escaped, so that no name can leave its place in the path.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn push(path: &mut String, segment: &str) {
    path.push('/');
    // The two names that mean a place in a path are the only ones that escaping leaves alone.
    match segment {
        "." => path.push_str("%2E"),
        ".." => path.push_str("%2E%2E"),
        other => path.extend(utf8_percent_encode(other, ESCAPED)),
    }
}

/// `/apis/apps/v1/namespaces/x/deployments/web/status`; the namespace of cluster-scoped kinds is ignored.
pub(crate) fn of(resource: &Resource, namespace: Option<&str>, name: Option<&str>, sub: Option<&str>) -> String {
    let mut path = String::with_capacity(96);
    if resource.gvk.group.is_empty() {
        path.push_str("/api");
    } else {
        path.push_str("/apis");
        push(&mut path, &resource.gvk.group);
    }
    push(&mut path, &resource.gvk.version);
    if let Some(namespace) = namespace.filter(|n| resource.namespaced && !n.is_empty()) {
        path.push_str("/namespaces");
        push(&mut path, namespace);
    }
    push(&mut path, &resource.plural);
    for segment in [name, sub].into_iter().flatten() {
        push(&mut path, segment);
    }
    path
}

/// Parameters of a request, in the order they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(String);

impl Query {
    pub(crate) fn set(mut self, key: &str, value: &str) -> Self {
        let sign = if self.0.is_empty() { '?' } else { '&' };
        let _ = write!(self.0, "{sign}{key}={}", utf8_percent_encode(value, ESCAPED));
        self
    }
    pub(crate) fn set_some(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.set(key, value),
            None => self,
        }
    }
    pub(crate) fn set_if(self, condition: bool, key: &str, value: &str) -> Self {
        if condition { self.set(key, value) } else { self }
    }
    /// Behind a path.
    pub(crate) fn after(&self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gvk;

    fn resource(api_version: &str, plural: &str, namespaced: bool) -> Resource {
        Resource { namespaced, plural: plural.into(), ..Resource::named(Gvk::from_api_version(api_version, "X")) }
    }

    #[test]
    fn paths() {
        let pods = resource("v1", "pods", true);
        let nodes = resource("v1", "nodes", false);
        let deployments = resource("apps/v1", "deployments", true);
        let rows = [
            (of(&pods, Some("a"), Some("b"), None), "/api/v1/namespaces/a/pods/b"),
            (of(&pods, None, None, None), "/api/v1/pods"),
            (of(&nodes, Some("a"), Some("n"), None), "/api/v1/nodes/n"),
            (of(&deployments, Some("a"), Some("d"), Some("scale")), "/apis/apps/v1/namespaces/a/deployments/d/scale"),
            (of(&pods, Some("../kube-system"), Some(".."), None), "/api/v1/namespaces/..%2Fkube-system/pods/%2E%2E"),
            (of(&pods, Some("a"), Some("b?x=1#y"), None), "/api/v1/namespaces/a/pods/b%3Fx%3D1%23y"),
        ];
        for (made, wanted) in rows {
            assert_eq!(made, wanted);
        }
    }

    #[test]
    fn queries() {
        let query = Query::default().set("labelSelector", "a in (b, c)").set_if(true, "dryRun", "All");
        assert_eq!(query.set_some("x", None).after("/p"), "/p?labelSelector=a%20in%20%28b%2C%20c%29&dryRun=All");
    }
}
