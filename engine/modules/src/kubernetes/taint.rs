//! `kubernetes.core.k8s_taint`
use super::common::connection::{self, CONNECTION_OPTIONS};
use super::common::failure::{Failure, Result};
use super::common::options::{self, Kind, Opt, Options, Spec, options};
use super::common::{FIELD_MANAGER, at, outcome};
use rolewright_cluster::{Cluster, PatchKind, WriteOptions};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::{Map, Value as Json, json};

pub(crate) struct K8sTaint;

const OPTIONS: &[Opt] = &[
    Opt::new("name", Kind::Str).required(),
    Opt::new("taints", Kind::Dicts).required(),
    Opt::new("state", Kind::Str).choices(&["present", "absent"]),
    Opt::new("replace", Kind::Bool),
];

const SPEC: Spec =
    Spec { module: "kubernetes.core.k8s_taint", options: options!(OPTIONS, CONNECTION_OPTIONS), rules: &[] };

impl Module for K8sTaint {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["k8s_taint", "community.kubernetes.k8s_taint"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        run(cx, args).unwrap_or_else(|failure| failure.outcome())
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<Outcome> {
    let options = options::read(&SPEC, args).map_err(Failure::new)?;
    if let Some(taint) = options.maps("taints").iter().find(|taint| !taint["key"].is_string()) {
        return Err(Failure::new(format!("a taint needs a key: {taint}")));
    }
    let cluster = connection::cluster(cx, &options).map_err(Failure::new)?;
    cluster.block_on(taint(cx, &cluster, &options))
}

/// The same key, and the same effect where both have one.
fn is_same(a: &Json, b: &Json) -> bool {
    let effects = (a["effect"].as_str(), b["effect"].as_str());
    a["key"] == b["key"] && (effects.0.is_none() || effects.1.is_none() || effects.0 == effects.1)
}

/// The taints a node should have; None when it has them.
fn wanted(existing: &[Json], given: &[Json], absent: bool, replace: bool) -> Option<Vec<Json>> {
    let named = |taint: &Json| given.iter().any(|g| is_same(taint, g));
    let rest: Vec<Json> = existing.iter().filter(|taint| !named(taint)).cloned().collect();
    if absent {
        return (rest.len() < existing.len()).then_some(rest);
    }
    let there = |g: &Json| existing.iter().any(|e| is_same(e, g) && (g["value"].is_null() || e["value"] == g["value"]));
    if given.iter().all(there) {
        return None;
    }
    Some(if replace { given.to_vec() } else { rest.into_iter().chain(given.iter().cloned()).collect() })
}

async fn taint(cx: &TaskContext<'_>, cluster: &Cluster, options: &Options) -> Result<Outcome> {
    let name = options.text("name").unwrap_or_default();
    let fail = |error| Failure::api("", &error);
    let nodes = cluster.resolve("v1", "Node").await.map_err(fail)?;
    let node = cluster
        .get(&nodes, None, name)
        .await
        .map_err(|error| Failure::api(&format!("Exception raised while trying to retrieve node {name}: "), &error))?
        .ok_or_else(|| Failure::new(format!("Node '{name}' has not been found.")))?;
    let existing = at(&node, &["spec", "taints"]).as_array().cloned().unwrap_or_default();
    let absent = options.text("state") == Some("absent");
    let Some(taints) = wanted(&existing, options.maps("taints"), absent, options.flag("replace", false)) else {
        return Ok(done(false, shown(&node)));
    };
    if cx.check_mode {
        return Ok(done(true, json!({})));
    }
    let write = WriteOptions { field_manager: Some(FIELD_MANAGER.into()), ..WriteOptions::default() };
    // The list is replaced whole; the version holds off others who change it at the same time.
    let patch =
        json!({"metadata": {"resourceVersion": node["metadata"]["resourceVersion"]}, "spec": {"taints": taints}});
    let after = cluster
        .patch(&nodes, None, name, PatchKind::Merge, &patch, &write)
        .await
        .map_err(|error| Failure::api("Failed to patch object: ", &error))?;
    Ok(done(true, if absent { json!({}) } else { shown(&after) }))
}

fn done(changed: bool, result: Json) -> Outcome {
    outcome(Map::from_iter([("changed".to_owned(), changed.into()), ("result".to_owned(), result)]))
}

/// In the reference's form: Python's names. The fields it fills with nulls are left out.
fn shown(value: &Json) -> Json {
    match value {
        Json::Object(map) => map.iter().map(|(key, value)| (python_name(key), shown_inside(key, value))).collect(),
        Json::Array(items) => items.iter().map(shown).collect(),
        other => other.clone(),
    }
}

/// Keys of labels and annotations are data.
fn shown_inside(key: &str, value: &Json) -> Json {
    const DATA: [&str; 5] = ["labels", "annotations", "capacity", "allocatable", "fieldsV1"];
    if DATA.contains(&key) { value.clone() } else { shown(value) }
}

fn python_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    let letters: Vec<char> = key.chars().collect();
    for (index, letter) in letters.iter().enumerate() {
        let after_lower = index > 0 && !letters[index - 1].is_ascii_uppercase();
        let before_lower = index > 0 && letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_lower || before_lower) {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taints() {
        let a = json!({"key": "a", "value": "1", "effect": "NoSchedule"});
        let b = json!({"key": "b", "effect": "NoExecute"});
        let a2 = json!({"key": "a", "value": "2", "effect": "NoSchedule"});
        let other = json!({"key": "a", "effect": "NoExecute"});
        let rows = [
            (vec![], vec![&a], false, false, Some(vec![&a])),
            (vec![&a], vec![&a], false, true, None),
            (vec![&a], vec![&a2], false, false, Some(vec![&a2])),
            (vec![&a], vec![&b], false, false, Some(vec![&a, &b])),
            (vec![&a], vec![&b], false, true, Some(vec![&b])),
            (vec![&a], vec![&other], false, false, Some(vec![&a, &other])),
            (vec![&a, &b], vec![&a], true, false, Some(vec![&b])),
            (vec![&b], vec![&a], true, false, None),
        ];
        let owned = |list: &[&Json]| list.iter().map(|taint| (*taint).clone()).collect::<Vec<_>>();
        for (existing, given, absent, replace, result) in rows {
            assert_eq!(wanted(&owned(&existing), &owned(&given), absent, replace), result.map(|r| owned(&r)));
        }
    }

    #[test]
    fn names() {
        for (key, name) in
            [("apiVersion", "api_version"), ("podCIDR", "pod_cidr"), ("podCIDRs", "pod_cid_rs"), ("kind", "kind")]
        {
            assert_eq!(python_name(key), name);
        }
    }
}
