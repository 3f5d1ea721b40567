//! `getent`: entries of the machine's databases, read from `/etc` itself.
use super::with_options;
use crate::machine::text_of;
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;
use std::path::Path;

pub(super) struct Getent;

const SPEC: Spec = Spec {
    module: "getent",
    options: &[
        Opt::new("database", Kind::Str).required(),
        Opt::new("fail_key", Kind::Bool),
        Opt::new("key", Kind::Str),
        Opt::new("service", Kind::Str),
        Opt::new("split", Kind::Str),
    ],
    rules: &[],
};

const COLONS: [&str; 4] = ["passwd", "shadow", "group", "gshadow"];
const SPACES: [&str; 8] = ["aliases", "ethers", "hosts", "ahosts", "networks", "protocols", "rpc", "services"];
const MISSING: &str = "One or more supplied key could not be found in the database.";

impl Module for Getent {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.getent", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| getent(cx, options))
    }
}

fn getent(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, String> {
    let database = options.text_or("database", "");
    let colons = COLONS.contains(&database.as_str());
    if !colons && !SPACES.contains(&database.as_str()) {
        return Err("Missing arguments, or database unknown.".to_owned());
    }
    if options.text("service").is_some_and(|service| service != "files") {
        return Err("service: only `files` can be asked here, the databases are read from /etc".to_owned());
    }
    let file = format!("/etc/{}", if database == "ahosts" { "hosts" } else { &database });
    if !Path::new(&file).exists() {
        return Err(format!("{file} does not exist: there is no database {database} on this machine"));
    }
    let split = options.text("split").or_else(|| colons.then(|| ":".to_owned()));
    let key = options.text("key");
    let text = text_of(cx, &file);
    let lines = text.lines().map(|line| if colons { line } else { line.split('#').next().unwrap_or_default().trim() });
    let mut found: Vec<(String, Vec<Vec<Value>>)> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let own: Vec<&str> = if colons { line.split(':').collect() } else { line.split_whitespace().collect() };
        if key.as_deref().is_some_and(|key| !is_meant(key, &own, &database)) {
            continue;
        }
        let line = if colons { line.to_owned() } else { own.join(" ") };
        let mut record: Vec<Value> = match split.as_deref() {
            Some(split) if split != " " => line.split(split).map(Value::verbatim).collect(),
            _ => own_words(&line),
        };
        let name = if record.is_empty() { String::new() } else { record.remove(0).to_string() };
        match found.iter_mut().find(|(known, _)| *known == name) {
            Some((_, records)) => records.push(record),
            None => found.push((name, vec![record])),
        }
    }
    let fact = |entries: Value| {
        let facts = vec![(format!("getent_{database}").into(), entries)];
        Outcome { facts, host_facts: true, ..Outcome::default() }
    };
    match key {
        Some(key) if found.is_empty() => {
            if options.flag("fail_key", true) {
                return Err(MISSING.to_owned());
            }
            Ok(fact(Value::dict([(key, Value::None)])).with("msg", MISSING))
        }
        _ => Ok(fact(Value::dict(found.into_iter().map(|(name, records)| (name, entry(records)))))),
    }
}

fn own_words(line: &str) -> Vec<Value> {
    line.split_whitespace().map(Value::verbatim).collect()
}

/// Users and groups are found by name or number, hosts by any of their names.
fn is_meant(key: &str, fields: &[&str], database: &str) -> bool {
    match database {
        "passwd" | "group" => fields.first() == Some(&key) || fields.get(2) == Some(&key),
        "hosts" | "ahosts" => fields.contains(&key),
        _ => fields.first() == Some(&key),
    }
}

/// More than one record of a name make a list.
fn entry(mut records: Vec<Vec<Value>>) -> Value {
    if records.len() == 1 {
        return Value::list(records.remove(0));
    }
    Value::list(records.into_iter().map(Value::list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::testing::Machine;
    use serde_json::json;

    #[test]
    fn users_and_missing_keys() {
        let machine = Machine::new();
        let outcome = machine.run(&Getent, &json!({"database": "passwd", "key": "root"}));
        let (name, value) = &outcome.facts[0];
        assert_eq!((&**name, outcome.host_facts), ("getent_passwd", true));
        assert_eq!(value.at(&["root"]).unwrap().items().unwrap()[1], Value::from("0"));
        machine.fails(&Getent, json!({"database": "group", "key": "nosuchgroup"}), MISSING);
        machine.fails(&Getent, json!({"database": "zz"}), "Missing arguments, or database unknown.");
        let outcome = machine.run(&Getent, &json!({"database": "passwd", "key": "nosuch", "fail_key": false}));
        assert_eq!(outcome.facts[0].1.get("nosuch"), Some(Value::None));
    }
}
