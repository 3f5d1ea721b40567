//! `setup`: facts of this machine, as far as a container can know them without Python.
mod hardware;
mod network;
mod system;
mod time;

use super::with_options;
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::sync::Arc;

pub(super) struct Setup;
pub(super) struct GatherFacts;

const SPEC: Spec = Spec {
    module: "setup",
    options: &[
        Opt::new("fact_path", Kind::Path),
        Opt::new("filter", Kind::Texts),
        Opt::new("gather_subset", Kind::Texts),
        Opt::new("gather_timeout", Kind::Int),
    ],
    rules: &[],
};

/// Facts of one subset, without the prefix `ansible_`.
type Facts = Vec<(&'static str, Value)>;
type Collect = fn(&TaskContext<'_>) -> Facts;

/// Each collector under the names of the subsets that it belongs to. The first name alone is its own.
const COLLECTORS: &[(&[&str], Collect)] = &[
    (&["date_time", "min"], time::date_time),
    (&["env", "min"], system::environment),
    (&["python", "min"], system::python),
    (&["user", "min"], system::user),
    (&["platform", "min"], system::platform),
    (&["distribution", "min"], system::distribution),
    (&["pkg_mgr", "min"], system::package_manager),
    (&["service_mgr", "min"], system::service_manager),
    (&["cmdline", "min"], system::command_line),
    (&["local", "min"], system::fixed),
    (&["dns", "min"], network::dns),
    (&["hardware"], hardware::hardware),
    (&["loadavg"], hardware::load),
    (&["mounts", "hardware"], hardware::mounts),
    (&["network"], network::network),
    (&["virtual"], hardware::virtualization),
];

impl Module for Setup {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.setup", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| gather(cx, options))
    }
}

impl Module for GatherFacts {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.gather_facts", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        let mut args = args.clone();
        args.map.shift_remove("parallel");
        Setup.run(cx, &args)
    }
}

fn gather(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, String> {
    let subset = options.texts("gather_subset");
    let chosen = chosen(&subset)?;
    let filters = options.texts("filter");
    let mut facts: Vec<(Arc<str>, Value)> = Vec::new();
    for ((_, collect), _) in COLLECTORS.iter().zip(chosen).filter(|(_, chosen)| *chosen) {
        for (name, value) in collect(cx) {
            let name = format!("ansible_{name}");
            if is_wanted(&name, &filters)? {
                facts.push((name.into(), value));
            }
        }
    }
    let subset = if subset.is_empty() { vec!["all".to_owned()] } else { subset };
    facts.push(("gather_subset".into(), Value::list(subset.into_iter().map(Value::from))));
    facts.push(("module_setup".into(), Value::Bool(true)));
    Ok(Outcome { facts, host_facts: true, ..Outcome::default() })
}

/// Which collectors run: `min` always does, unless it is excluded by name.
fn chosen(subset: &[String]) -> Result<Vec<bool>, String> {
    let known = |name: &str| name == "all" || COLLECTORS.iter().any(|(names, _)| names.contains(&name));
    // Names of Ansible's collectors whose facts other collectors give, or that a container has no facts for.
    const OTHERS: &[&str] = &[
        "all_ipv4_addresses",
        "all_ipv6_addresses",
        "apparmor",
        "architecture",
        "caps",
        "chroot",
        "default_ipv4",
        "default_ipv6",
        "devices",
        "distribution_major_version",
        "distribution_release",
        "distribution_version",
        "effective_group_ids",
        "effective_user_id",
        "facter",
        "fibre_channel_wwn",
        "fips",
        "interfaces",
        "is_chroot",
        "iscsi",
        "kernel",
        "kernel_version",
        "lsb",
        "machine",
        "machine_id",
        "ohai",
        "os_family",
        "processor",
        "processor_cores",
        "processor_count",
        "python",
        "python_version",
        "real_user_id",
        "selinux",
        "ssh_host_pub_keys",
        "ssh_pub_keys",
        "system",
        "system_capabilities",
        "systemd",
        "user_dir",
        "user_gecos",
        "user_gid",
        "user_id",
        "user_shell",
        "user_uid",
        "virtualization_role",
        "virtualization_type",
    ];
    for name in subset.iter().map(|name| name.trim_start_matches('!')) {
        if !known(name) && !OTHERS.contains(&name) {
            let mut all: Vec<&str> = COLLECTORS.iter().flat_map(|(names, _)| names.iter().copied()).collect();
            all.extend(OTHERS);
            all.push("all");
            all.sort_unstable();
            all.dedup();
            return Err(format!(
                "Bad subset '{name}' given to Ansible. gather_subset options allowed: {}",
                all.join(", ")
            ));
        }
    }
    let has = |name: &str| subset.iter().any(|given| given == name);
    let only_excludes = subset.iter().all(|name| name.starts_with('!'));
    let excludes = |name: &str| has(&format!("!{name}"));
    Ok(COLLECTORS
        .iter()
        .map(|(names, _)| {
            let minimal = names.contains(&"min");
            let named = names.iter().any(|name| has(name));
            let excluded = names.iter().any(|name| *name != "min" && excludes(name));
            // What is named is gathered, `!all` leaves the minimum, and `!min` drops that too.
            let by_default = if minimal { !excludes("min") } else { !excludes("all") && (only_excludes || has("all")) };
            !excluded && (named || by_default)
        })
        .collect())
}

/// Filters are shell patterns, with or without the prefix.
fn is_wanted(name: &str, filters: &[String]) -> Result<bool, String> {
    if filters.iter().all(|filter| filter.is_empty() || filter == "*") {
        return Ok(true);
    }
    for filter in filters {
        let glob = globset::Glob::new(filter).map_err(|error| format!("filter: {error}"))?.compile_matcher();
        if glob.is_match(name) || name.strip_prefix("ansible_").is_some_and(|short| glob.is_match(short)) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    fn names(args: serde_json::Value) -> Vec<String> {
        let outcome = Machine::new().run(&Setup, &args);
        assert!(!outcome.failed && outcome.host_facts, "{:?}", outcome.result);
        outcome.facts.iter().map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn subsets() {
        for (args, name, there) in [
            (json!({}), "ansible_date_time", true),
            (json!({}), "ansible_memtotal_mb", true),
            (json!({"gather_subset": "min"}), "ansible_memtotal_mb", false),
            (json!({"gather_subset": ["!all"]}), "ansible_date_time", true),
            (json!({"gather_subset": ["!all"]}), "ansible_memtotal_mb", false),
            (json!({"gather_subset": ["!all", "!min"]}), "ansible_date_time", false),
            (json!({"gather_subset": ["!all", "!min", "date_time"]}), "ansible_date_time", true),
            (json!({"gather_subset": ["!hardware"]}), "ansible_memtotal_mb", false),
            (json!({"gather_subset": ["hardware"]}), "ansible_memtotal_mb", true),
            (json!({"gather_subset": ["hardware"]}), "ansible_env", true),
            (json!({"filter": "ansible_user*"}), "ansible_user_id", true),
            (json!({"filter": ["user_*"]}), "ansible_user_id", true),
            (json!({"filter": "ansible_user*"}), "ansible_env", false),
            (json!({"filter": "ansible_user*"}), "module_setup", true),
        ] {
            assert_eq!(names(args.clone()).iter().any(|known| known == name), there, "{args} {name}");
        }
        let result = Machine::new().result(&Setup, json!({"gather_subset": "nope"}));
        assert!(result["msg"].as_str().unwrap().starts_with("Bad subset 'nope' given to Ansible."));
    }
}
