//! Variables that the engine itself provides.
use super::TaskScope;
use crate::hosts::HostId;
use rolewright_template::{Context, Scope, Value, Var};
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
        "inventory_dir" | "inventory_file" | "ansible_config_file" => Value::None,
        "ansible_inventory_sources" => Value::list([]),
        "ansible_playbook_python" => Value::from("/usr/bin/python3"),
        "groups" => groups(scope),
        "hostvars" => hostvars(scope),
        "ansible_facts" => run.host(scope.host).ansible_facts(),
        "ansible_version" => version(),
        "ansible_check_mode" => Value::Bool(run.options.check_mode),
        "ansible_diff_mode" => Value::Bool(run.options.diff),
        "ansible_verbosity" => Value::Int(run.options.verbosity.into()),
        "ansible_forks" => Value::Int(5),
        "ansible_run_tags" if run.options.tags.is_empty() => Value::list([Value::from("all")]),
        "ansible_run_tags" => run.options.tags.iter().map(Value::from).collect(),
        "ansible_skip_tags" => run.options.skip_tags.iter().map(Value::from).collect(),
        "ansible_limit" => return None,
        "ansible_play_name" => Value::from(Arc::clone(&play.name)),
        "ansible_play_hosts_all" => names(scope, &play.all_hosts, |_| true),
        "ansible_play_hosts" => names(scope, &play.all_hosts, |host| !play.is_removed(host)),
        "ansible_play_batch" | "play_hosts" => names(scope, &play.batch, |host| !play.is_removed(host)),
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
pub(super) fn of_host(scope: &TaskScope<'_>, name: &str) -> Option<Value> {
    let host = &scope.run.host(scope.host).name;
    match name {
        "inventory_hostname" => Some(Value::from(Arc::clone(host))),
        "inventory_hostname_short" => Some(short(host)),
        "group_names" => Some(group_names(scope)),
        _ => None,
    }
}

fn short(name: &str) -> Value {
    Value::from(name.split('.').next().unwrap_or(name))
}

fn version() -> Value {
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

fn names(scope: &TaskScope<'_>, hosts: &[HostId], keep: impl Fn(HostId) -> bool) -> Value {
    let kept = hosts.iter().filter(|host| keep(**host));
    kept.map(|host| Value::from(Arc::clone(&scope.run.host(*host).name))).collect()
}

fn groups(scope: &TaskScope<'_>) -> Value {
    let entries = scope.run.groups.iter();
    Value::dict(entries.map(|(name, hosts)| (Arc::clone(name), hosts.iter().cloned().map(Value::from).collect())))
}

fn group_names(scope: &TaskScope<'_>) -> Value {
    let host = &scope.run.host(scope.host).name;
    let mut names: Vec<&Arc<str>> = scope
        .run
        .groups
        .iter()
        .filter(|(name, hosts)| &**name != "all" && hosts.contains(host))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.into_iter().map(|name| Value::from(Arc::clone(name))).collect()
}

fn search_path(scope: &TaskScope<'_>) -> Option<Value> {
    let task = scope.task?;
    let path = scope.run.search_path(task, scope.frame);
    Some(path.iter().map(|directory| Value::from(&*directory.to_string_lossy())).collect())
}

fn parents(scope: &TaskScope<'_>, show: impl Fn(&rolewright_language::ast::Role) -> Value) -> Option<Value> {
    if !scope.frame.has_includes {
        return None;
    }
    let outer: Vec<Value> = scope.frame.roles().skip(1).map(|role| show(&role.usage.role)).collect();
    (!outer.is_empty()).then(|| outer.into_iter().collect())
}

/// Every host's variables outside of any task. Project text is rendered here, when somebody asks for it; a variable
/// that fails becomes an undefined one, so that only its readers fail.
fn hostvars(scope: &TaskScope<'_>) -> Value {
    let run = scope.run;
    let locals = super::Locals::default();
    let entries = run.host_ids().map(|id| {
        let own = TaskScope { run, host: id, frame: &run.play.frame, task: None, locals: &locals };
        (Arc::clone(&run.host(id).name), variables(scope, &own))
    });
    Value::dict(entries)
}

fn variables(asking: &TaskScope<'_>, scope: &TaskScope<'_>) -> Value {
    let surroundings = scope.run.plain_surroundings(asking.frame);
    let loader = |name: &str| surroundings.read_near(None, name);
    let cx: Context<'_> = scope.run.context(scope, &surroundings, &loader);
    let names = scope.names().into_iter().filter(|name| !matches!(&**name, "hostvars" | "vars"));
    let shown = names.filter_map(|name| {
        let value = match scope.get(&name)? {
            Var::Data(value) => value,
            Var::Lazy(tree) => tree.render(&cx).unwrap_or_else(|error| Value::Undefined(error.message().into())),
        };
        Some((name, value))
    });
    Value::dict(shown)
}
