//! The table of resources: what discovery says.
use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../../data/resources.txt");
const ALL_VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const READ_WRITE: &[&str] = &["get", "patch", "update"];
const CONNECT: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];

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

impl Kind {
    /// `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether the resource has this subresource (`status`, `scale`, `log` …).
    pub fn has(&self, subresource: &str) -> bool {
        self.subresources.contains(&subresource)
    }
}

/// What discovery says of a subresource: its verbs and the kind it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subresource {
    pub name: &'static str,
    pub verbs: &'static [&'static str],
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
}

/// All of them, preferred versions first within a group.
pub fn kinds() -> &'static [Kind] {
    &index().kinds
}

struct Index {
    kinds: Vec<Kind>,
    by_kind: HashMap<Key, usize>,
    by_plural: HashMap<Key, usize>,
}

type Key = (&'static str, &'static str, &'static str);

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let kinds: Vec<Kind> = TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(parse).collect();
        let by_kind = kinds.iter().enumerate().map(|(at, k)| ((k.group, k.version, k.kind), at)).collect();
        let by_plural = kinds.iter().enumerate().map(|(at, k)| ((k.group, k.version, k.plural), at)).collect();
        Index { kinds, by_kind, by_plural }
    })
}

/// A resource by its kind.
pub fn find(group: &str, version: &str, kind: &str) -> Option<&'static Kind> {
    let index = index();
    index.by_kind.get(&(group, version, kind)).and_then(|at| index.kinds.get(*at))
}

/// A resource by the name in its URL.
pub fn find_plural(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    let index = index();
    index.by_plural.get(&(group, version, plural)).and_then(|at| index.kinds.get(*at))
}

/// What a resource's subresource speaks; None when it has no such subresource.
pub fn subresource(kind: &Kind, name: &str) -> Option<Subresource> {
    let name = kind.subresources.iter().copied().find(|s| *s == name)?;
    let (verbs, group, version, kind) = match name {
        "scale" => (READ_WRITE, "autoscaling", "v1", "Scale"),
        "finalize" => (&["update"][..], kind.group, kind.version, kind.kind),
        "log" => (&["get"][..], kind.group, kind.version, kind.kind),
        "binding" => (&["create"][..], "", "v1", "Binding"),
        "eviction" => (&["create"][..], "policy", "v1", "Eviction"),
        "token" => (&["create"][..], "authentication.k8s.io", "v1", "TokenRequest"),
        "attach" => (CONNECT, "", "v1", "PodAttachOptions"),
        "exec" => (CONNECT, "", "v1", "PodExecOptions"),
        "portforward" => (CONNECT, "", "v1", "PodPortForwardOptions"),
        "proxy" => (PROXY, "", "v1", proxy_options(kind.kind)),
        _ => (READ_WRITE, kind.group, kind.version, kind.kind),
    };
    Some(Subresource { name, verbs, group, version, kind })
}

fn proxy_options(kind: &str) -> &'static str {
    match kind {
        "Node" => "NodeProxyOptions",
        "Service" => "ServiceProxyOptions",
        _ => "PodProxyOptions",
    }
}

fn parse(line: &'static str) -> Option<Kind> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    let (group, version, kind, plural) = (next()?, next()?, next()?, next()?);
    let (short_names, categories, scope, verbs, subresources) = (next()?, next()?, next()?, next()?, next()?);
    Some(Kind {
        group: if group == "core" { "" } else { group },
        version,
        kind,
        plural,
        singular: String::leak(kind.to_lowercase()),
        short_names: list(short_names),
        categories: list(categories),
        namespaced: scope == "namespaced",
        verbs: if verbs == "*" { ALL_VERBS } else { list(verbs) },
        subresources: list(subresources),
    })
}

fn list(text: &'static str) -> &'static [&'static str] {
    if text == "-" { &[] } else { Vec::leak(text.split(',').collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_resources_by_kind_and_plural() {
        let deployment = find("apps", "v1", "Deployment").unwrap();
        assert_eq!(deployment.plural, "deployments");
        assert_eq!(deployment.short_names, ["deploy"]);
        assert_eq!(deployment.api_version(), "apps/v1");
        assert!(deployment.namespaced && deployment.has("scale") && !deployment.has("log"));
        assert_eq!(find_plural("", "v1", "endpoints").unwrap().singular, "endpoints");
        assert_eq!(find_plural("", "v1", "pods").unwrap().api_version(), "v1");
        assert!(find("apps", "v1", "Nope").is_none());
    }

    #[test]
    fn preferred_version_comes_first() {
        let hpa: Vec<_> = kinds().iter().filter(|k| k.group == "autoscaling").map(|k| k.version).collect();
        assert_eq!(hpa, ["v2", "v1"]);
    }

    #[test]
    fn every_resource_is_complete_and_has_a_type() {
        assert!(kinds().len() > 65);
        for kind in kinds() {
            assert!(!kind.verbs.is_empty(), "{kind:?}");
            assert!(super::super::type_of(kind.group, kind.version, kind.kind).is_some(), "{kind:?}");
            assert_eq!(find(kind.group, kind.version, kind.kind).map(|k| k.plural), Some(kind.plural));
            assert_eq!(find_plural(kind.group, kind.version, kind.plural).map(|k| k.kind), Some(kind.kind));
        }
    }

    #[test]
    fn subresources_name_their_kind() {
        let pods = find("", "v1", "Pod").unwrap();
        assert_eq!(subresource(pods, "eviction").unwrap().kind, "Eviction");
        assert_eq!(subresource(pods, "status").unwrap().kind, "Pod");
        assert_eq!(subresource(pods, "scale"), None);
    }
}
