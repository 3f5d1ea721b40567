//! The reference's checks, in its order.
use super::entry::Entry;
use super::fields::Findings;
use super::load::Surroundings;
use super::{Content, Finalizer, Watch, overrides, paths};
use rolewright_cluster::Gvk;
use std::collections::HashSet;

/// GVKs of all entries first, then entry by entry: duplicate, content, finalizer.
pub(super) fn check(entries: Vec<Entry>, around: &Surroundings<'_>, findings: &mut Findings) -> Vec<Watch> {
    for entry in &entries {
        check_gvk(entry, findings);
    }
    let mut seen = HashSet::new();
    entries.into_iter().filter_map(|entry| check_entry(entry, &mut seen, around, findings)).collect()
}

fn check_gvk(entry: &Entry, findings: &mut Findings) {
    for (value, what) in [(&entry.gvk.version, "version"), (&entry.gvk.kind, "kind")] {
        if value.is_empty() {
            let message = format!("invalid GVK: {}: {what} must not be empty", entry.gvk);
            findings.error(&entry.origin, "watches-gvk", message);
            return;
        }
    }
}

fn check_entry(
    entry: Entry,
    seen: &mut HashSet<Gvk>,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Watch> {
    if !seen.insert(entry.gvk.clone()) {
        findings.error(&entry.origin, "watches-gvk", format!("duplicate GVK: {}", entry.gvk));
    }
    let content = paths::resolve(&entry.source, &around.paths, around.files, findings);
    let finalizer = finalizer(&entry, around, findings);
    let warnings = &mut findings.warnings;
    let concurrent =
        overrides::max_concurrent_reconciles(&entry.gvk, around.env, around.max_concurrent_reconciles, warnings);
    let verbosity = overrides::ansible_verbosity(&entry.gvk, around.env, around.ansible_verbosity, warnings);
    Some(Watch {
        origin: entry.origin,
        gvk: entry.gvk,
        content: content?,
        vars: entry.vars,
        max_runner_artifacts: entry.max_runner_artifacts,
        reconcile_period: entry.reconcile_period,
        manage_status: entry.manage_status,
        watch_dependent_resources: entry.watch_dependent_resources,
        watch_cluster_scoped_resources: entry.watch_cluster_scoped_resources,
        watch_dependents_status: entry.watch_dependents_status,
        watch_annotations_changes: entry.watch_annotations_changes,
        snake_case_parameters: entry.snake_case_parameters,
        mark_unsafe: entry.mark_unsafe,
        blacklist: entry.blacklist,
        selector: entry.selector,
        finalizer,
        max_concurrent_reconciles: concurrent,
        ansible_verbosity: verbosity,
    })
}

fn finalizer(entry: &Entry, around: &Surroundings<'_>, findings: &mut Findings) -> Option<Finalizer> {
    let finalizer = entry.finalizer.as_ref()?;
    if finalizer.name.is_empty() {
        findings.error(&finalizer.origin, "watches-finalizer", "finalizer must have name");
    }
    let named = finalizer.source.playbook.is_some() || finalizer.source.role.is_some();
    // With vars alone the watch's own content runs again; with nothing at all there is nothing to do on deletion.
    let content: Option<Content> = match named || finalizer.vars.is_empty() {
        true => paths::resolve(&finalizer.source, &around.paths, around.files, findings),
        false => None,
    };
    Some(Finalizer { name: finalizer.name.clone(), content, vars: finalizer.vars.clone() })
}
