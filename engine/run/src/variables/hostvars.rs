//! `hostvars`: what is known of each host outside of any play: inventory, facts, `set_fact`, `include_vars`, extra vars.
use super::magic;
use crate::execution::Execution;
use crate::frame::Frame;
use crate::hosts::HostId;
use rolewright_template::{Scope, Value, Var};
use std::sync::Arc;

/// The variables of one host.
struct HostScope<'a> {
    run: &'a Execution<'a>,
    host: HostId,
}

const NAMES: [&str; 8] = [
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_version",
    "group_names",
    "groups",
    "inventory_hostname",
    "inventory_hostname_short",
];

impl Scope for HostScope<'_> {
    fn get(&self, name: &str) -> Option<Var> {
        let host = self.run.host(self.host);
        let options = &self.run.options;
        let magic = match name {
            "ansible_facts" => Some(host.ansible_facts()),
            "groups" => Some(magic::groups(self.run)),
            "ansible_version" => Some(magic::version()),
            "ansible_check_mode" => Some(Value::Bool(options.check_mode)),
            "ansible_diff_mode" => Some(Value::Bool(options.diff)),
            "omit" => Some(Value::Omit),
            _ => None,
        };
        let lazy = |tree: &Arc<rolewright_template::Tree>| Var::Lazy(Arc::clone(tree));
        magic
            .map(Var::Data)
            .or_else(|| self.run.extra.get(name).cloned())
            .or_else(|| host.set.get(name).cloned().map(Var::Data))
            .or_else(|| host.included.get(name).map(lazy))
            .or_else(|| host.fact(name).map(Var::Data))
            .or_else(|| magic::of_host(self.run, self.host, name).map(Var::Data))
            .or_else(|| host.inventory.get(name).map(lazy))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let host = self.run.host(self.host);
        let mut names: Vec<Arc<str>> = NAMES.iter().map(|name| Arc::from(*name)).collect();
        names.extend(self.run.extra.keys().chain(host.set.keys()).cloned());
        names.extend(host.included.names().chain(host.facts.keys()).chain(host.inventory.names()).cloned());
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// All hosts. Project text is rendered now; what cannot be is undefined, so that only its readers fail.
pub(super) fn all(run: &Execution<'_>, asking: &Frame) -> Value {
    let surroundings = run.plain_surroundings(asking);
    let loader = |name: &str| surroundings.read_near(None, name);
    let hosts = run.host_ids().map(|host| {
        let scope = HostScope { run, host };
        let cx = run.context(&scope, &surroundings, &loader);
        let entries = scope.names().into_iter().filter_map(|name| {
            let value = match scope.get(&name)? {
                Var::Data(value) => value,
                Var::Lazy(tree) => match tree.render(&cx) {
                    Ok(value) => value,
                    Err(error) => Value::Undefined(error.message().into()),
                },
            };
            Some((name, value))
        });
        (Arc::clone(&run.host(host).name), Value::dict(entries.collect::<Vec<_>>()))
    });
    Value::dict(hosts.collect::<Vec<_>>())
}
