//! The resources that are served: built in, and defined by CustomResourceDefinitions.
mod custom;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;
use rolewright_schema::catalogue;
use serde_json::Value as Json;

pub(crate) use custom::{Custom, custom_resources};

use crate::status::{Names, qualify};
use crate::store::{Object, ShardId};

/// One served resource in one version.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<String>,
    pub(crate) subresources: Vec<String>,
    /// Where its objects are stored, shared by all versions.
    pub(crate) shard: ShardId,
    /// The version objects are stored in.
    pub(crate) stored_version: String,
    /// What a CustomResourceDefinition says of it.
    pub(crate) custom: Option<Custom>,
}

impl Resource {
    pub(crate) fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    pub(crate) fn names(&self) -> Names<'_> {
        Names { group: &self.group, plural: &self.plural, kind: &self.kind }
    }

    pub(crate) fn has(&self, subresource: &str) -> bool {
        self.subresources.iter().any(|s| s == subresource)
    }

    pub(crate) fn allows(&self, verb: &str) -> bool {
        self.verbs.iter().any(|v| v == verb)
    }

    /// `Deployment` in any version of `apps`.
    pub(crate) fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }

    /// Answered without being stored (`SubjectAccessReview` and the like).
    pub(crate) fn is_virtual(&self) -> bool {
        self.custom.is_none() && !self.allows("get") && !self.allows("list")
    }
}

/// The object as its resource shows it, where that takes more than a new `apiVersion`.
pub(crate) fn converted(resource: &Resource, object: &Object) -> Option<Json> {
    if let Some(custom) = &resource.custom {
        // What was written under this very schema has everything it fills in.
        let same = resource.version == resource.stored_version && object.rv > custom.since;
        return (!same).then(|| {
            let mut value = crate::api::in_version(resource, &object.value);
            custom.structural.prune(&mut value);
            custom.structural.default(&mut value);
            value
        });
    }
    let autoscaler = resource.is("autoscaling", "HorizontalPodAutoscaler") && resource.version == "v1";
    let other = resource.group == "events.k8s.io" || autoscaler;
    other.then(|| crate::api::in_version(resource, &object.value))
}

pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// What is served at one moment; replaced as a whole when a definition changes.
#[derive(Debug, Default)]
pub(crate) struct Served {
    resources: Vec<Arc<Resource>>,
    by_path: HashMap<(String, String, String), usize>,
    /// Distinguishes this state from others, for caches and ETags.
    pub(crate) revision: u64,
}

impl Served {
    fn new(resources: Vec<Arc<Resource>>, revision: u64) -> Self {
        let key = |r: &Resource| (r.group.clone(), r.version.clone(), r.plural.clone());
        let by_path = resources.iter().enumerate().map(|(i, r)| (key(r), i)).collect();
        Self { resources, by_path, revision }
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        let key = (group.to_owned(), version.to_owned(), plural.to_owned());
        self.by_path.get(&key).and_then(|i| self.resources.get(*i)).cloned()
    }

    /// By `apiVersion` and `kind`.
    pub(crate) fn kind(&self, api_version: &str, kind: &str) -> Option<Arc<Resource>> {
        self.resources.iter().find(|r| r.kind == kind && r.api_version() == api_version).cloned()
    }

    /// The resource whose objects lie in `shard`, in the version they are stored in.
    pub(crate) fn stored(&self, shard: &str) -> Option<Arc<Resource>> {
        let mut versions = self.resources.iter().filter(|r| *r.shard == *shard);
        let first = versions.next()?;
        let stored = std::iter::once(first).chain(versions).find(|r| r.version == r.stored_version);
        Some(stored.unwrap_or(first).clone())
    }

    pub(crate) fn group_version(&self, group: &str, version: &str) -> impl Iterator<Item = &Arc<Resource>> {
        self.resources.iter().filter(move |r| r.group == group && r.version == version)
    }

    /// Groups in name order, the core group first, each with its versions, preferred first.
    pub(crate) fn groups(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for resource in &self.resources {
            let versions = groups.entry(&resource.group).or_default();
            if !versions.contains(&resource.version.as_str()) {
                versions.push(&resource.version);
            }
        }
        groups.values_mut().for_each(|v| v.sort_by_key(|version| std::cmp::Reverse(priority(version))));
        groups
    }
}

/// GA before beta before alpha, newer before older.
fn priority(version: &str) -> (u8, u32, u32) {
    let digits = |text: &str| text.parse::<u32>().unwrap_or(0);
    let rest = version.strip_prefix('v').unwrap_or(version);
    for (level, word) in [(1, "beta"), (0, "alpha")] {
        if let Some((major, minor)) = rest.split_once(word) {
            return (level, digits(major), digits(minor));
        }
    }
    (2, digits(rest), 0)
}

pub(crate) struct Registry {
    builtin: Vec<Arc<Resource>>,
    served: RwLock<Arc<Served>>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        let builtin: Vec<_> = catalogue::kinds().iter().map(|k| Arc::new(built_in(k))).collect();
        let served = RwLock::new(Arc::new(Served::new(builtin.clone(), 0)));
        Self { builtin, served }
    }

    pub(crate) fn served(&self) -> Arc<Served> {
        self.served.read().clone()
    }

    /// Serves these custom resources and the built-in ones.
    pub(crate) fn set_custom(&self, custom: Vec<Resource>) {
        let mut all = self.builtin.clone();
        all.extend(custom.into_iter().map(Arc::new));
        let mut served = self.served.write();
        *served = Arc::new(Served::new(all, served.revision + 1));
    }
}

fn built_in(kind: &'static catalogue::Kind) -> Resource {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    Resource {
        group: kind.group.into(),
        version: kind.version.into(),
        kind: kind.kind.into(),
        list_kind: format!("{}List", kind.kind),
        plural: kind.plural.into(),
        singular: kind.singular.into(),
        short_names: words(kind.short_names),
        categories: words(kind.categories),
        namespaced: kind.namespaced,
        verbs: words(kind.verbs),
        subresources: words(kind.subresources),
        shard: shard_of(kind),
        stored_version: stored_version(kind).into(),
        custom: None,
    }
}

/// Events are one store under two groups.
fn shard_of(kind: &catalogue::Kind) -> ShardId {
    if (kind.group, kind.plural) == ("events.k8s.io", "events") {
        return "events".into();
    }
    qualify(kind.plural, kind.group).into()
}

fn stored_version(kind: &catalogue::Kind) -> &'static str {
    let same = |k: &&catalogue::Kind| k.group == kind.group && k.plural == kind.plural;
    let best = catalogue::kinds().iter().filter(same).max_by_key(|k| priority(k.version));
    best.map_or(kind.version, |k| k.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_and_stabler_versions_come_first() {
        let mut versions = ["v1alpha1", "v1beta2", "v2", "v1", "v1beta10", "other"];
        versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
        assert_eq!(versions, ["v2", "v1", "other", "v1beta10", "v1beta2", "v1alpha1"]);
    }
}
