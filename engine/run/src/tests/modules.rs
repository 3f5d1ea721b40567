//! Just enough modules and lookups for playbooks that test the language.
use crate::{Args, Module, Modules, Outcome, TaskContext};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_template::{Context, Lookup, Result, Value};
use std::path::Path;
use std::sync::Arc;

type Run = fn(&TaskContext<'_>, &Args) -> Outcome;

struct Simple {
    info: ModuleInfo,
    run: Run,
}

impl Module for Simple {
    fn info(&self) -> ModuleInfo {
        self.info.clone()
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        (self.run)(cx, args)
    }
}

pub(super) fn all() -> Modules {
    let simple = |name: &'static str, free_form: FreeForm, expressions: &'static [&'static str], run: Run| {
        Arc::new(Simple { info: ModuleInfo { name, free_form, expressions }, run }) as Arc<dyn Module>
    };
    Modules::new(vec![
        simple("ansible.builtin.debug", FreeForm::No, &["var"], debug),
        simple("ansible.builtin.set_fact", FreeForm::Word(""), &[], set_fact),
        simple("ansible.builtin.fail", FreeForm::No, &[], |_, args| {
            Outcome::failed(args.text("msg").unwrap_or_else(|| "Failed as requested from task".into()))
        }),
        simple("ansible.builtin.assert", FreeForm::No, &["that"], assert),
        simple("ansible.builtin.include_vars", FreeForm::Word("file"), &[], include_vars),
        simple("ansible.builtin.command", FreeForm::Raw(&["chdir", "creates"]), &[], command),
        simple("ansible.builtin.ping", FreeForm::No, &[], |_, args| {
            Outcome::ok(false).with("ping", args.text("data").unwrap_or_else(|| "pong".into()))
        }),
        simple("ansible.builtin.add_host", FreeForm::Word(""), &[], add_host),
        simple("ansible.builtin.group_by", FreeForm::Word(""), &[], |_, args| {
            Outcome::ok(true)
                .with("add_group", args.text("key").unwrap_or_default().replace(' ', "-"))
                .with("parent_groups", Value::list([Value::from("all")]))
        }),
        simple("ansible.builtin.setup", FreeForm::No, &[], |_, _| Outcome {
            facts: vec![("ansible_system".into(), "Linux".into())],
            host_facts: true,
            ..Outcome::default()
        }),
    ])
}

fn debug(cx: &TaskContext<'_>, args: &Args) -> Outcome {
    let var = args.expressions.iter().find(|(name, _)| &**name == "var").and_then(|(_, list)| list.first());
    if let Some(var) = var {
        let value = var.value(&cx.template).and_then(Value::defined);
        let value = value.unwrap_or_else(|_| "VARIABLE IS NOT DEFINED!".into());
        return Outcome::ok(false).with(var.source(), value);
    }
    let msg = args.get("msg").cloned().unwrap_or_else(|| "Hello world!".into());
    Outcome::ok(false).with("msg", msg)
}

fn set_fact(_: &TaskContext<'_>, args: &Args) -> Outcome {
    let facts = args.map.iter().filter(|(name, _)| &***name != "cacheable");
    Outcome { facts: facts.map(|(name, value)| (name.clone(), value.clone())).collect(), ..Outcome::default() }
}

fn assert(cx: &TaskContext<'_>, args: &Args) -> Outcome {
    let conditions = args.expressions.iter().filter(|(name, _)| &**name == "that").flat_map(|(_, list)| list);
    for condition in conditions {
        match condition.is_true(&cx.template) {
            Ok(true) => {}
            Ok(false) => {
                let text = args.text("fail_msg").unwrap_or_else(|| "Assertion failed".into());
                return Outcome::failed(text).with("assertion", condition.source());
            }
            Err(error) => return Outcome::failed(error.to_string()),
        }
    }
    Outcome::ok(false).with("msg", args.text("success_msg").unwrap_or_else(|| "All assertions passed".into()))
}

fn include_vars(cx: &TaskContext<'_>, args: &Args) -> Outcome {
    let name = args.text("file").unwrap_or_default();
    let Some(path) = cx.find("vars", &name) else {
        return Outcome::failed(format!("Could not find or access '{name}'"));
    };
    match cx.load_vars(Path::new(&path)) {
        Ok(vars) => Outcome { vars, ..Outcome::default() },
        Err(error) => Outcome::failed(error.to_string()),
    }
}

/// `echo`, `true`, `false`, `printenv`, without any process.
fn command(cx: &TaskContext<'_>, args: &Args) -> Outcome {
    let text = args.free_form.clone().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    if cx.check_mode {
        let outcome = Outcome::skipped("Command would have run if not in check mode");
        return outcome.with("rc", Value::Int(0)).with("stdout", "");
    }
    let (code, stdout) = match words.as_slice() {
        ["false"] => (1, String::new()),
        ["sleep", seconds] => {
            let time = std::time::Duration::from_secs_f64(seconds.parse().unwrap());
            cx.system.sleep(time, cx.cancel);
            (0, String::new())
        }
        ["echo", rest @ ..] => (0, rest.join(" ")),
        ["printenv", name] => {
            let own = cx.environment.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
            (0, own.unwrap_or_default())
        }
        _ => (0, String::new()),
    };
    let outcome = if code == 0 { Outcome::ok(true) } else { Outcome::failed("non-zero return code") };
    Outcome { changed: true, ..outcome }.with("rc", Value::Int(code)).with("stdout", stdout)
}

fn add_host(_: &TaskContext<'_>, args: &Args) -> Outcome {
    let name = args.text("name").or(args.text("hostname")).unwrap_or_default();
    let groups: Vec<Value> = args.texts("groups").into_iter().map(Value::from).collect();
    let own = args.map.iter().filter(|(key, _)| !matches!(&***key, "name" | "hostname" | "groups"));
    let vars = Value::dict(own.map(|(key, value)| (key.clone(), value.clone())));
    let host = [("host_name", Value::from(name)), ("groups", Value::list(groups)), ("host_vars", vars)];
    Outcome::ok(true).with("add_host", Value::dict(host))
}

/// `items`, which `with_items` is.
struct Items;

impl Lookup for Items {
    fn run(&self, _: &Context<'_>, terms: &[Value], _: &[(Arc<str>, Value)]) -> Result<Vec<Value>> {
        Ok(terms.iter().flat_map(|term| term.items().unwrap_or_else(|| vec![term.clone()])).collect())
    }
}

/// `dict`, which `with_dict` is.
struct Dict;

impl Lookup for Dict {
    fn run(&self, _: &Context<'_>, terms: &[Value], _: &[(Arc<str>, Value)]) -> Result<Vec<Value>> {
        let entries = terms.iter().flat_map(|term| term.entries().unwrap_or_default());
        Ok(entries.map(|(key, value)| Value::dict([("key", key), ("value", value)])).collect())
    }
}

pub(super) fn lookup(name: &str) -> Option<Arc<dyn Lookup>> {
    match name {
        "items" | "list" => Some(Arc::new(Items)),
        "dict" => Some(Arc::new(Dict)),
        _ => None,
    }
}
