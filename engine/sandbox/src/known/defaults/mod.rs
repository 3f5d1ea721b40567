//! What the API fills in for built-in kinds.
mod code;
mod normal;
mod rules;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value as Json;

use crate::registry::Resource;

pub(crate) use normal::normalize;

/// One step of the path of a default.
#[derive(Debug)]
enum Step {
    Field(&'static str),
    /// Every element of a list.
    Each,
    /// Only where a field has this text.
    Where(&'static str, &'static str),
}

#[derive(Debug)]
struct Rule {
    path: Vec<Step>,
    value: Json,
}

type Rules = HashMap<(&'static str, &'static str), Vec<Rule>>;

/// Fills in the defaults of a built-in kind.
pub(crate) fn apply(resource: &Resource, value: &mut Json) {
    let (group, kind) = (resource.group.as_str(), resource.kind.as_str());
    for rule in rules().get(&(group, kind)).into_iter().flatten() {
        fill(value, &rule.path, &rule.value);
    }
    code::apply(group, kind, value);
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules = Rules::new();
        for (group, kind, paths) in rules::KINDS {
            let own = paths.iter().flat_map(|(path, value)| expand(path, value));
            rules.entry((group, kind)).or_default().extend(own);
        }
        rules
    })
}

/// A path that ends in `@pod` stands for all the defaults of a pod's spec at that place.
fn expand(path: &'static str, value: &'static str) -> Vec<Rule> {
    let Some(prefix) = path.strip_suffix("@pod") else { return vec![rule(&[path], value)] };
    let mut all: Vec<_> = rules::POD.iter().map(|(inner, value)| rule(&[prefix, inner], value)).collect();
    for list in ["containers[].", "initContainers[].", "ephemeralContainers[]."] {
        all.extend(rules::CONTAINER.iter().map(|(inner, value)| rule(&[prefix, list, inner], value)));
        for probe in ["livenessProbe.", "readinessProbe.", "startupProbe."] {
            all.extend(rules::PROBE.iter().map(|(inner, value)| rule(&[prefix, list, probe, inner], value)));
        }
    }
    all
}

fn rule(parts: &[&'static str], value: &'static str) -> Rule {
    let path = parts.iter().flat_map(|p| p.split('.')).filter(|p| !p.is_empty()).flat_map(steps).collect();
    // The table is ours and a test reads all of it.
    Rule { path, value: serde_json::from_str(value).unwrap_or_default() }
}

/// `name`, `name[]`, `name[key=value]`, `name[][key=value]`.
fn steps(part: &'static str) -> Vec<Step> {
    let mut pieces = part.split('[');
    let mut steps: Vec<Step> = pieces.next().map(Step::Field).into_iter().collect();
    steps.extend(pieces.map(|piece| match piece.trim_end_matches(']').split_once('=') {
        Some((key, value)) => Step::Where(key, value),
        None => Step::Each,
    }));
    steps
}

/// Sets the last field of a path where everything before it is there and it is not.
fn fill(at: &mut Json, path: &[Step], default: &Json) {
    match path {
        [] => {}
        [Step::Field(name)] => {
            if let Some(map) = at.as_object_mut() {
                let field = map.entry(*name).or_insert(Json::Null);
                if field.is_null() {
                    *field = default.clone();
                }
            }
        }
        [Step::Field(name), rest @ ..] => {
            if let Some(next) = at.get_mut(*name) {
                fill(next, rest, default);
            }
        }
        [Step::Each, rest @ ..] => at.as_array_mut().into_iter().flatten().for_each(|item| fill(item, rest, default)),
        [Step::Where(key, value), rest @ ..] => {
            if at.get(*key).and_then(Json::as_str) == Some(*value) {
                fill(at, rest, default);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_table_is_readable_and_names_kinds_that_exist() {
        for (group, kind, paths) in rules::KINDS {
            assert!(
                rolewright_schema::catalogue::kinds().iter().any(|k| k.group == *group && k.kind == *kind),
                "{kind}"
            );
            for (path, value) in *paths {
                assert!(path.ends_with("@pod") || serde_json::from_str::<Json>(value).is_ok(), "{kind} {path}");
            }
        }
        for (path, value) in rules::POD.iter().chain(rules::CONTAINER).chain(rules::PROBE) {
            assert!(serde_json::from_str::<Json>(value).is_ok(), "{path}");
        }
    }

    #[test]
    fn defaults_fill_only_what_is_missing() {
        let mut value = json!({"spec": {"strategy": {"type": "Recreate"}, "replicas": 0, "template": {"spec": {
            "containers": [{"name": "c", "image": "i:1", "ports": [{"containerPort": 1}]}]}}}});
        let registry = crate::registry::Registry::new();
        apply(&registry.served().find("apps", "v1", "deployments").unwrap(), &mut value);
        assert_eq!(value["spec"]["strategy"], json!({"type": "Recreate"}));
        assert_eq!(value["spec"]["replicas"], 0);
        let container = &value["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(
            (&container["imagePullPolicy"], &container["ports"][0]["protocol"]),
            (&json!("IfNotPresent"), &json!("TCP"))
        );
    }
}
