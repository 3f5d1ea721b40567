//! Groups, patterns and what wins.
use super::*;
use serde_json::Value as Json;
use std::path::Path;

fn inventory() -> Inventory {
    let host = |name: &str| InventoryHost { name: name.into(), ..InventoryHost::default() };
    let group = |name: &str, hosts: &[&str], children: &[&str]| Group {
        name: name.into(),
        hosts: hosts.iter().map(|name| (*name).into()).collect(),
        children: children.iter().map(|name| (*name).into()).collect(),
        ..Group::default()
    };
    Inventory {
        hosts: ["a1", "a2", "b1", "c"].map(host).into(),
        groups: vec![group("a", &["a1", "a2"], &[]), group("b", &["b1", "a2"], &[]), group("top", &[], &["a", "b"])],
        ..Inventory::default()
    }
}

#[test]
fn patterns() {
    let rows: &[(&[&str], &[&str])] = &[
        (&["all"], &["c", "a1", "a2", "b1"]),
        (&["*"], &["c", "a1", "a2", "b1"]),
        (&["a"], &["a1", "a2"]),
        (&["top"], &["a1", "a2", "b1"]),
        (&["a:b"], &["a1", "a2", "b1"]),
        (&["a,b"], &["a1", "a2", "b1"]),
        (&["a:&b"], &["a2"]),
        (&["a:!b"], &["a1"]),
        (&["all", "!a"], &["c", "b1"]),
        (&["!a"], &["c", "b1"]),
        (&["a?"], &["a1", "a2"]),
        (&["ungrouped"], &["c"]),
        (&["a[0]"], &["a1"]),
        (&["all[1:2]"], &["a1", "a2"]),
        (&["all[-1]"], &["b1"]),
        (&["all[2:]"], &["a2", "b1"]),
        (&["localhost"], &["localhost"]),
        (&["127.0.0.1"], &["127.0.0.1"]),
        (&["nobody"], &[]),
    ];
    for (patterns, expected) in rows {
        let patterns: Vec<String> = patterns.iter().map(|text| (*text).to_owned()).collect();
        let found = inventory().matching(&patterns);
        assert_eq!(found.iter().map(|host| &**host).collect::<Vec<_>>(), *expected, "{patterns:?}");
    }
}

#[test]
fn deeper_groups_and_then_hosts_win() {
    let mut inventory = inventory();
    let var = |value: &str| vec![(Arc::from("x"), Tree::data(value))];
    inventory.vars = var("all");
    inventory.groups[0].vars = var("a");
    inventory.groups[1].vars = var("b");
    inventory.groups[2].vars = var("top");
    inventory.hosts[0].vars = var("host");
    let last = |host: &str| inventory.vars_of(host).pop().and_then(|(_, tree)| tree.as_data().cloned());
    assert_eq!(last("a1"), Some("host".into()));
    assert_eq!(last("a2"), Some("b".into()));
    assert_eq!(last("c"), Some("all".into()));
}

/// Groups two levels down come in no order of their own in Python.
fn in_order(case: &Json, mut hosts: Vec<String>) -> Vec<String> {
    if case["unordered"] == true {
        hosts.sort();
    }
    hosts
}

fn strings(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Writes the files of a recorded case and reads its sources.
fn load(case: &Json, root: &Path) -> Loaded {
    for (name, text) in case["files"].as_object().unwrap() {
        let (path, text) = (root.join(name), text.as_str().unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    }
    let around = Around { files: &crate::DiskFiles, settings: &Default::default(), directory: root };
    let mut loaded = Inventory::load(&strings(&case["sources"]), &around).unwrap();
    loaded.inventory.add_playbook(&root.join("project"), &around).unwrap();
    loaded
}

/// The variables of a host, without those that tell where it was met.
fn shown(inventory: &Inventory, host: &str) -> Json {
    let vars = inventory.vars_of(host).into_iter();
    let vars = vars.filter(|(name, _)| !matches!(&**name, "inventory_file" | "inventory_dir"));
    Json::Object(vars.map(|(name, tree)| (name.to_string(), tree.raw().to_json().unwrap())).collect())
}

#[test]
fn inventories_are_what_ansible_makes_of_them() {
    let cases: Vec<Json> = serde_json::from_str(include_str!("recorded/cases.json")).unwrap();
    for case in &cases {
        let (root, name) = (tempfile::tempdir().unwrap(), &case["name"]);
        let inventory = load(case, root.path()).inventory;
        let answer = &case["answer"];
        for (host, expected) in answer["hosts"].as_object().unwrap() {
            assert_eq!(shown(&inventory, host), *expected, "{name}: {host}");
        }
        let groups = inventory.groups_with_hosts();
        let hosts = |hosts: &[Arc<str>]| hosts.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (group, expected) in answer["groups"].as_object().unwrap() {
            let found = groups.iter().find(|(known, _)| **known == **group).map(|(_, members)| hosts(members));
            assert_eq!(
                found.map(|found| in_order(case, found)),
                Some(in_order(case, strings(expected))),
                "{name}: {group}"
            );
        }
        for (pattern, expected) in answer["patterns"].as_object().unwrap() {
            let found = hosts(&inventory.matching(std::slice::from_ref(pattern)));
            assert_eq!(in_order(case, found), in_order(case, strings(expected)), "{name}: {pattern}");
        }
        let limit = case["limit"].as_str().map_or_else(|| "all".to_owned(), str::to_owned);
        let mut left = inventory.matching(&["all".to_owned()]);
        let kept = inventory.matching(&[limit]);
        left.retain(|host| kept.contains(host));
        let found = in_order(case, hosts(&left));
        assert_eq!(found, in_order(case, strings(&answer["limited"])), "{name}: limited");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let rows = [
        ("[a:vars]\nx=1\n", "Section [a:vars] not valid for undefined group: a"),
        ("[a:children]\nb\n", "Section [a:children] includes undefined group: b"),
        ("[a:other]\n", "Section [a:other] has unknown type: other"),
        ("[a b]\n", "Invalid section entry: '[a b]'"),
        ("[a:vars]\nx\n[a]\n", "Expected key=value, got: x"),
        ("h x\n", "Expected key=value host variable assignment, got: x"),
        ("h x='\n", "Error parsing host definition 'h x='': No closing quotation"),
        ("h x=1\nh:\n", "ending in ':' is not allowed"),
        ("h[3:1:x]\n", "the step of a host range is a number"),
        ("[a]\n[b:children]\na\n[a:children]\nb\n", "creates a recursive dependency loop"),
        ("[a]\n[a:vars]\nansible_group_priority=x\n", "ansible_group_priority of a is no number"),
        ("plugin: kubernetes.core.k8s\n", "the inventory plugin kubernetes.core.k8s is not supported"),
        ("a: {hosts: [x]}\n", "Invalid \"hosts\" entry for \"a\" group, requires a dictionary"),
        ("#!/bin/sh\nexit 3\n", "had an execution error"),
        ("#!/bin/sh\necho '[]'\n", "needs to be a json dict"),
    ];
    for (text, expected) in rows {
        let root = tempfile::tempdir().unwrap();
        let name = if text.contains(": ") || text.starts_with("plugin") { "inv.yml" } else { "inv" };
        let case = serde_json::json!({"files": {name: text}, "sources": [name]});
        let failures = load(&case, root.path()).failures.join("\n");
        assert!(failures.contains(expected), "{text}: {failures}");
        assert!(failures.contains("as an inventory source"), "{text}: {failures}");
    }
}
