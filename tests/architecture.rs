//! The dependency rules of ARCHITECTURE.md, read off `cargo metadata`.
#![expect(clippy::expect_used, reason = "a test that cannot go on ends")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crate, and the crates of ours that it may name.
const EDGES: &[(&str, &[&str])] = &[
    ("template", &[]),
    ("schema", &[]),
    ("language", &["template"]),
    ("run", &["language", "template"]),
    ("cluster", &["schema"]),
    ("sandbox", &["schema"]),
    ("modules", &["cluster", "language", "run", "schema", "template"]),
    ("operator", &["cluster", "language", "modules", "run", "schema", "template"]),
    ("rolewright", &["cluster", "language", "modules", "operator", "run", "sandbox", "schema", "template"]),
];

/// Foreign crates that only one of ours may name, and the one.
const OWNED: &[(&str, &str)] = &[
    ("kube", "cluster"),
    ("k8s-openapi", "cluster"),
    ("handlebars", "template"),
    ("granit-parser", "language template"),
    ("clap", "rolewright"),
    ("indicatif", "rolewright"),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

fn short(name: &str) -> &str {
    name.strip_prefix("rolewright-").unwrap_or(name)
}

/// Name of each workspace crate to what it depends on, dev-dependencies left out.
fn dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| package["id"].as_str().is_some_and(|id| members.contains(id)))
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let names = dependencies
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
                .collect();
            (short(package["name"].as_str().unwrap_or_default()).to_owned(), names)
        })
        .collect()
}

#[test]
fn crates_depend_only_on_those_below_them() {
    let actual = dependencies(&metadata());
    let known: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    assert_eq!(actual.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "every crate has its line in EDGES");
    for (name, allowed) in EDGES {
        for dependency in actual[*name].iter().filter(|d| d.starts_with("rolewright")) {
            assert!(
                allowed.contains(&short(dependency)),
                "`{name}` must not depend on `{}`: see ARCHITECTURE.md",
                short(dependency)
            );
        }
    }
}

#[test]
fn foreign_crates_stay_behind_their_door() {
    for (name, dependencies) in dependencies(&metadata()) {
        for (foreign, owners) in OWNED {
            let allowed = owners.split(' ').any(|owner| owner == name);
            assert!(
                allowed || !dependencies.contains(*foreign),
                "`{name}` must not name `{foreign}`: only {owners} may"
            );
        }
    }
}

/// With it on, numbers reach serde consumers as a private map; one careless dependency is enough.
#[test]
fn serde_json_arbitrary_precision_stays_off() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    for node in nodes.filter(|node| node["id"].as_str().is_some_and(|id| id.contains("#serde_json@"))) {
        let features = node["features"].to_string();
        assert!(!features.contains("arbitrary_precision"), "serde_json has {features}");
    }
}
