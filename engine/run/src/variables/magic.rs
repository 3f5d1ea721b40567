//! Variables that the engine itself provides.
use super::TaskScope;
use crate::execution::Execution;
use crate::hosts::HostId;
use rolewright_template::Value;
use std::sync::Arc;

/// All of them, for `vars` and hints.
pub(super) const NAMES: &[&str] = &[
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_name",
    "ansible_run_tags",
    "ansible_search_path",
    "ansible_skip_tags",
    "ansible_verbosity",
    "ansible_version",
    "environment",
    "group_names",
    "groups",
    "hostvars",
    "inventory_hostname",
    "inventory_hostname_short",
    "omit",
    "play_hosts",
    "playbook_dir",
];

/// The version whose language this engine speaks.
const VERSION: (i64, i64, i64) = (2, 18, 19);

pub(super) fn get(scope: &TaskScope<'_>, name: &str) -> Option<Value> {
    let run = scope.run;
    let play = &run.play;
    Some(match name {
        "omit" => Value::Omit,
        "playbook_dir" => Value::from(&*play.directory.to_string_lossy()),
        "ansible_config_file" => {
            run.engine.settings.configuration.get("ANSIBLE_CONFIG").map_or(Value::None, Value::from)
        }
        "ansible_inventory_sources" => run.inventory.sources.iter().cloned().map(Value::from).collect(),
        "ansible_playbook_python" => Value::from("/usr/bin/python3"),
        "groups" => groups(run),
        "hostvars" => super::hostvars::all(scope.run, scope.frame),
        "ansible_facts" => run.host(scope.host).ansible_facts(),
        "ansible_version" => version(),
        "ansible_check_mode" => Value::Bool(run.options.check_mode),
        "ansible_diff_mode" => Value::Bool(run.options.diff),
        "ansible_verbosity" => Value::Int(run.options.verbosity.into()),
        "ansible_forks" => Value::Int(5),
        "ansible_run_tags" if run.options.tags.is_empty() => Value::list([Value::from("all")]),
        "ansible_run_tags" => run.options.tags.iter().map(Value::from).collect(),
        "ansible_skip_tags" => run.options.skip_tags.iter().map(Value::from).collect(),
        "ansible_limit" => Value::from(run.options.limit.as_ref()?.join(",")),
        "ansible_play_name" => Value::from(Arc::clone(&play.name)),
        "ansible_play_hosts_all" => host_names(scope, &play.all_hosts, |_| true),
        "ansible_play_hosts" => host_names(scope, &play.all_hosts, |host| !play.is_removed(host)),
        "ansible_play_batch" | "play_hosts" => host_names(scope, &play.batch, |host| !play.is_removed(host)),
        "ansible_play_role_names" | "role_names" => play.role_names(false),
        "ansible_dependent_role_names" => play.dependency_names(),
        "ansible_role_names" => play.role_names(true),
        "ansible_search_path" => search_path(scope)?,
        "environment" => return scope.task.map(|_| Value::list([])),
        "role_path" => Value::from(&*scope.frame.roles().next()?.usage.role.path.to_string_lossy()),
        "role_name" => Value::from(crate::roles::short_name(&scope.frame.roles().next()?.usage.role.name)),
        "ansible_role_name" => Value::from(Arc::clone(&scope.frame.roles().next()?.usage.role.name)),
        "ansible_parent_role_names" => parents(scope, |role| Value::from(Arc::clone(&role.name)))?,
        "ansible_parent_role_paths" => parents(scope, |role| Value::from(&*role.path.to_string_lossy()))?,
        _ => return None,
    })
}

/// What a host knows of itself: at the rank of inventory variables, so that `set_fact` hides it.
pub(super) fn of_host(run: &Execution<'_>, id: HostId, name: &str) -> Option<Value> {
    let host = &run.host(id).name;
    match name {
        "inventory_hostname" => Some(Value::from(Arc::clone(host))),
        "inventory_hostname_short" => Some(short(host)),
        "group_names" => Some(group_names(run, host)),
        _ => None,
    }
}

fn short(name: &str) -> Value {
    Value::from(name.split('.').next().unwrap_or(name))
}

pub(super) fn version() -> Value {
    let (major, minor, revision) = VERSION;
    let full = format!("{major}.{minor}.{revision}");
    Value::dict([
        ("string", Value::from(&full)),
        ("full", Value::from(full)),
        ("major", Value::Int(major)),
        ("minor", Value::Int(minor)),
        ("revision", Value::Int(revision)),
    ])
}

fn host_names(scope: &TaskScope<'_>, hosts: &[HostId], keep: impl Fn(HostId) -> bool) -> Value {
    let kept = hosts.iter().filter(|host| keep(**host));
    kept.map(|host| Value::from(Arc::clone(&scope.run.host(*host).name))).collect()
}

pub(super) fn groups(run: &Execution<'_>) -> Value {
    let entries = run.groups.iter();
    Value::dict(entries.map(|(name, hosts)| (Arc::clone(name), hosts.iter().cloned().map(Value::from).collect())))
}

fn group_names(run: &Execution<'_>, host: &Arc<str>) -> Value {
    let own = run.groups.iter().filter(|(name, hosts)| &**name != "all" && hosts.contains(host));
    let mut names: Vec<&Arc<str>> = own.map(|(name, _)| name).collect();
    names.sort_unstable();
    names.into_iter().map(|name| Value::from(Arc::clone(name))).collect()
}

fn search_path(scope: &TaskScope<'_>) -> Option<Value> {
    let task = scope.task?;
    let path = scope.run.search_path(task, scope.frame);
    Some(path.iter().map(|directory| Value::from(&*directory.to_string_lossy())).collect())
}

fn parents(scope: &TaskScope<'_>, show: impl Fn(&rolewright_language::ast::Role) -> Value) -> Option<Value> {
    let roles: Vec<_> = scope.frame.roles().collect();
    // Whatever stands in `roles:`, and dependencies, was not brought in by a task.
    let inner = roles.windows(2).filter(|pair| !pair[0].listed);
    let outer: Vec<Value> = inner.map(|pair| show(&pair[1].usage.role)).collect();
    (!outer.is_empty()).then(|| outer.into_iter().collect())
}
