//! `add_host` and `group_by`: hosts and groups that the rest of the run knows. The engine reads them off the result.
use super::with_options;
use crate::options::{Kind, Opt, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::sync::Arc;

pub(super) struct AddHost;
pub(super) struct GroupBy;

const NAMES: [&str; 3] = ["name", "hostname", "host"];
const GROUPS: [&str; 3] = ["groupname", "groups", "group"];

impl Module for AddHost {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.add_host", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, _: &TaskContext<'_>, args: &Args) -> Outcome {
        let Some(name) = NAMES.iter().find_map(|name| args.text(name)) else {
            return Outcome::failed("name, host or hostname needs to be provided");
        };
        let (name, port) = split_port(&name);
        let mut vars: Vec<(Arc<str>, Value)> = Vec::new();
        // `host` and `group` become variables as well, as in the reference.
        let own = |key: &str| matches!(key, "name" | "hostname" | "groupname" | "groups");
        vars.extend(args.map.iter().filter(|(key, _)| !own(key)).map(|(key, value)| (key.clone(), value.clone())));
        if let Some(port) = port {
            vars.push(("ansible_ssh_port".into(), Value::from(port)));
        }
        let mut groups: Vec<String> = Vec::new();
        for given in GROUPS.iter().find(|key| args.get(key).is_some()).map(|key| args.texts(key)).unwrap_or_default() {
            let given = given.trim().to_owned();
            if !given.is_empty() && !groups.contains(&given) {
                groups.push(given);
            }
        }
        let host = [
            ("host_name", Value::from(name)),
            ("groups", Value::list(groups.into_iter().map(Value::from))),
            ("host_vars", Value::dict(vars)),
        ];
        Outcome::ok(true).with("add_host", Value::dict(host))
    }
}

/// `h1:22`; an address of IPv6 has more than one colon.
fn split_port(name: &str) -> (String, Option<i64>) {
    match name.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || (host.starts_with('[') && host.ends_with(']')) => {
            match port.parse() {
                Ok(port) => (host.trim_matches(['[', ']']).to_owned(), Some(port)),
                Err(_) => (name.to_owned(), None),
            }
        }
        _ => (name.to_owned(), None),
    }
}

const SPEC: Spec =
    Spec { module: "group_by", options: &[Opt::new("key", Kind::Str), Opt::new("parents", Kind::Texts)], rules: &[] };

impl Module for GroupBy {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.group_by", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| {
            let key = options.text("key").ok_or("the 'key' param is required when using group_by")?;
            let parents = if options.has("parents") { options.texts("parents") } else { vec!["all".to_owned()] };
            let parents = parents.iter().map(|parent| Value::from(parent.replace(' ', "-")));
            Ok(Outcome::ok(true)
                .with("add_group", key.replace(' ', "-"))
                .with("parent_groups", Value::list(parents.collect::<Vec<_>>())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn what_the_inventory_gains() {
        let machine = Machine::new();
        for (args, expected) in [
            (
                json!({"name": "h1:22", "groups": "a,b", "foo": 1}),
                json!({"host_name": "h1", "groups": ["a", "b"], "host_vars": {"foo": 1, "ansible_ssh_port": 22}}),
            ),
            (
                json!({"hostname": "fe80::1", "group": ["a", "a"]}),
                json!({"host_name": "fe80::1", "groups": ["a"], "host_vars": {"group": ["a", "a"]}}),
            ),
        ] {
            assert_eq!(machine.fields(&AddHost, args, &["add_host"]), [expected]);
        }
        machine.fails(&AddHost, json!({"foo": 1}), "name, host or hostname needs to be provided");
        let names = ["changed", "add_group", "parent_groups"];
        let result = machine.fields(&GroupBy, json!({"key": "os x", "parents": ["a b"]}), &names);
        assert_eq!(result, [json!(true), json!("os-x"), json!(["a-b"])]);
        machine.fails(&GroupBy, json!({}), "the 'key' param is required when using group_by");
    }
}
