//! Which resource a name means.
use crate::Resource;

pub(super) enum Found<'a> {
    One(&'a Resource),
    None,
    Many(Vec<&'a Resource>),
}

type Test = fn(&Resource, &str) -> bool;

/// How a name is tried, best first.
const BY: [Test; 4] = [
    |r, name| r.gvk.kind == name,
    |r, name| r.plural == name,
    |r, name| r.singular == name,
    |r, name| r.short_names.iter().any(|short| short == name),
];

pub(super) fn find<'a>(table: &'a [Resource], api_version: &str, name: &str) -> Found<'a> {
    if name.is_empty() {
        return Found::None;
    }
    for scope in scopes(api_version) {
        for by in BY {
            let hits: Vec<&Resource> = table.iter().filter(|r| scope(r, api_version) && by(r, name)).collect();
            if !hits.is_empty() {
                return choose(hits);
            }
        }
    }
    Found::None
}

fn scopes(api_version: &str) -> &'static [Test] {
    match api_version {
        "" => &[|r, _| r.gvk.group.is_empty(), |_, _| true],
        "v1" => &[|r, version| r.gvk.is_api_version(version), |r, version| r.gvk.version == version],
        exact if exact.contains('/') => &[|r, version| r.gvk.is_api_version(version)],
        _ => &[|r, version| r.gvk.version == version],
    }
}

/// Several hits: versions of one kind give the preferred one, resources of one kind the one with most verbs.
fn choose(mut hits: Vec<&Resource>) -> Found<'_> {
    let (first, others) = (hits[0], &hits[1..]);
    let same_kind = |r: &&Resource| r.gvk.group == first.gvk.group && r.gvk.kind == first.gvk.kind;
    if !others.iter().all(same_kind) {
        return Found::Many(hits);
    }
    hits.sort_by_key(|r| (!r.preferred, std::cmp::Reverse(r.verbs.len())));
    Found::One(hits[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Gvk;

    fn resource(api_version: &str, kind: &str, plural: &str, short: &[&str], preferred: bool) -> Resource {
        Resource {
            plural: plural.into(),
            singular: kind.to_lowercase(),
            short_names: short.iter().map(|s| (*s).to_owned()).collect(),
            preferred,
            ..Resource::named(Gvk::from_api_version(api_version, kind))
        }
    }

    #[test]
    fn names() {
        let table = [
            resource("v1", "Event", "events", &["ev"], true),
            resource("v1", "ConfigMap", "configmaps", &["cm"], true),
            resource("events.k8s.io/v1", "Event", "events", &["ev"], true),
            resource("apps/v1", "Deployment", "deployments", &["deploy"], true),
            resource("batch/v1", "CronJob", "cronjobs", &["cj"], true),
            resource("batch/v1beta1", "CronJob", "cronjobs", &["cj"], false),
            resource("a.example/v1", "Foo", "foos", &[], true),
            resource("b.example/v1", "Foo", "foos", &[], true),
        ];
        let rows = [
            ("v1", "Event", "v1"),
            ("events.k8s.io/v1", "Event", "events.k8s.io/v1"),
            ("v1", "Deployment", "apps/v1"),
            ("v1", "deploy", "apps/v1"),
            ("apps/v1", "deployments", "apps/v1"),
            ("apps/v1", "deployment", "apps/v1"),
            ("apps/v1", "DEPLOYMENT", "none"),
            ("apps", "Deployment", "none"),
            ("v1", "cm", "v1"),
            ("v1beta1", "CronJob", "batch/v1beta1"),
            ("", "CronJob", "batch/v1"),
            ("", "Event", "v1"),
            ("v1", "Foo", "several"),
            ("b.example/v1", "Foo", "b.example/v1"),
            ("v1", "", "none"),
        ];
        for (api_version, name, wanted) in rows {
            let found = match find(&table, api_version, name) {
                Found::One(r) => r.gvk.api_version(),
                Found::None => "none".into(),
                Found::Many(_) => "several".into(),
            };
            assert_eq!(found, wanted, "{api_version} {name}");
        }
    }
}
