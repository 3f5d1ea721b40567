//! One entry of the file, read but not checked yet.
use super::fields::{Fields, Findings};
use super::selector::Selector;
use super::{Period, tree};
use crate::duration;
use rolewright_cluster::Gvk;
use rolewright_language::ast::Vars;
use rolewright_language::yaml::{Kind, Node};
use rolewright_template::Origin;
use std::sync::Arc;

const KEYS: &[&str] = &[
    "group",
    "version",
    "kind",
    "playbook",
    "role",
    "vars",
    "maxRunnerArtifacts",
    "reconcilePeriod",
    "manageStatus",
    "watchDependentResources",
    "watchClusterScopedResources",
    "watchDependentsStatus",
    "watchAnnotationsChanges",
    "snakeCaseParameters",
    "markUnsafe",
    "blacklist",
    "selector",
    "finalizer",
];

/// As written: paths are not looked up, required keys may be missing.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) origin: Origin,
    pub(super) gvk: Gvk,
    pub(super) source: Source,
    pub(super) vars: Vars,
    pub(super) max_runner_artifacts: i64,
    pub(super) reconcile_period: Period,
    pub(super) manage_status: bool,
    pub(super) watch_dependent_resources: bool,
    pub(super) watch_cluster_scoped_resources: bool,
    pub(super) watch_dependents_status: bool,
    pub(super) watch_annotations_changes: bool,
    pub(super) snake_case_parameters: bool,
    pub(super) mark_unsafe: bool,
    pub(super) blacklist: Vec<Gvk>,
    pub(super) selector: Option<Selector>,
    pub(super) finalizer: Option<FinalizerEntry>,
}

/// `playbook` and `role` as written, with the position to blame.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) playbook: Option<String>,
    pub(super) role: Option<String>,
}

#[derive(Debug)]
pub(super) struct FinalizerEntry {
    pub(super) origin: Origin,
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) vars: Vars,
}

pub(super) fn read(node: &Node, findings: &mut Findings) -> Option<Entry> {
    let fields = Fields::of(node, "a watch", KEYS, findings)?;
    let artifacts = fields.int("maxRunnerArtifacts", findings).filter(|count| *count != 0);
    let mut flag = |key: &str, default: bool| fields.flag(key, findings).unwrap_or(default);
    Some(Entry {
        manage_status: flag("manageStatus", true),
        watch_dependent_resources: flag("watchDependentResources", true),
        watch_cluster_scoped_resources: flag("watchClusterScopedResources", false),
        watch_dependents_status: flag("watchDependentsStatus", false),
        watch_annotations_changes: flag("watchAnnotationsChanges", false),
        snake_case_parameters: flag("snakeCaseParameters", true),
        mark_unsafe: flag("markUnsafe", true),
        origin: node.origin.clone(),
        gvk: gvk(&fields, findings),
        source: source(&fields, findings),
        vars: vars(&fields, findings),
        max_runner_artifacts: artifacts.unwrap_or(20),
        reconcile_period: period(&fields, findings),
        blacklist: blacklist(&fields, findings),
        selector: fields.get("selector").and_then(|node| Selector::read(node, findings)),
        finalizer: fields.get("finalizer").and_then(|node| finalizer(node, findings)),
    })
}

fn gvk(fields: &Fields<'_>, findings: &mut Findings) -> Gvk {
    let mut text = |key| fields.text(key, findings).unwrap_or_default();
    Gvk { group: text("group"), version: text("version"), kind: text("kind") }
}

fn source(fields: &Fields<'_>, findings: &mut Findings) -> Source {
    let playbook = fields.text("playbook", findings).filter(|text| !text.is_empty());
    let role = fields.text("role", findings).filter(|text| !text.is_empty());
    let key = if playbook.is_some() { "playbook" } else { "role" };
    let origin = fields.get(key).map_or(fields.origin, |node| &node.origin);
    if let (Some(_), Some(node)) = (&playbook, fields.get("role").filter(|_| role.is_some())) {
        let message = "role is ignored, because playbook is given too".to_owned();
        findings.warn(&node.origin, "role-and-playbook", message, None);
    }
    Source { origin: origin.clone(), playbook, role }
}

fn vars(fields: &Fields<'_>, findings: &mut Findings) -> Vars {
    match fields.get("vars") {
        None => Vars::new(),
        Some(Node { kind: Kind::Map(entries), .. }) => {
            let read = |(key, value): &(Node, Node)| -> (Arc<str>, _) {
                (super::fields::key_text(key).into(), Arc::new(tree::of(value)))
            };
            entries.iter().map(read).collect()
        }
        Some(node) => {
            findings.wrong(node, "vars", "a mapping");
            Vars::new()
        }
    }
}

fn period(fields: &Fields<'_>, findings: &mut Findings) -> Period {
    let Some(node) = fields.get("reconcilePeriod") else { return Period::Default };
    let Kind::Str(text) = &node.kind else {
        findings.wrong(node, "reconcilePeriod", "a duration with a unit (\"30s\", \"1h2m\") or \"never\"");
        return Period::Default;
    };
    if text == "never" {
        return Period::Never;
    }
    match duration::parse(text) {
        Ok(period) if period.is_zero() => Period::Default,
        Ok(period) => Period::Every(period),
        Err(error) => {
            let message = format!("Failed to unmarshal config: reconcilePeriod: {error}");
            findings.error(&node.origin, "watches-type", message);
            Period::Default
        }
    }
}

fn blacklist(fields: &Fields<'_>, findings: &mut Findings) -> Vec<Gvk> {
    let mut all = Vec::new();
    for node in fields.list("blacklist", findings) {
        if let Some(fields) = Fields::of(node, "a blacklist entry", &["group", "version", "kind"], findings) {
            all.push(gvk(&fields, findings));
        }
    }
    all
}

fn finalizer(node: &Node, findings: &mut Findings) -> Option<FinalizerEntry> {
    let fields = Fields::of(node, "finalizer", &["name", "role", "playbook", "vars"], findings)?;
    Some(FinalizerEntry {
        origin: node.origin.clone(),
        name: fields.text("name", findings).unwrap_or_default(),
        source: source(&fields, findings),
        vars: vars(&fields, findings),
    })
}
