//! `user`: accounts of this machine, looked at but never changed.
use super::with_options;
use crate::machine::text_of;
use crate::options::{Kind, Opt, Options, Spec};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;

pub(super) struct User;

const SPEC: Spec = Spec {
    module: "user",
    options: &[
        Opt::new("name", Kind::Str).required().aliases(&["user"]),
        Opt::new("state", Kind::Str).choices(&["absent", "present"]),
        Opt::new("uid", Kind::Int),
        Opt::new("home", Kind::Path),
        Opt::new("shell", Kind::Path),
        Opt::new("create_home", Kind::Bool).aliases(&["createhome"]),
        Opt::new("system", Kind::Bool),
    ],
    rules: &[],
};

impl Module for User {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.user", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        with_options(&SPEC, cx, args, |options| user(cx, options))
    }
}

/// An account that is as asked is fine; one that would have to change is an error, never a silent nothing.
fn user(cx: &TaskContext<'_>, options: &Options) -> Result<Outcome, String> {
    let name = options.text_or("name", "");
    let state = options.text_or("state", "present");
    let text = text_of(cx, "/etc/passwd");
    let account = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|own| own.first() == Some(&&*name));
    let shown = |outcome: Outcome| outcome.with("name", name.as_str()).with("state", state.as_str());
    let refused = |what: &str| Err(format!("user {name}: {what}; accounts of this machine are not changed from here"));
    match (account, &*state) {
        (None, "absent") => Ok(shown(Outcome::ok(false))),
        (None, _) => refused("there is no such account"),
        (Some(_), "absent") => refused("the account exists"),
        (Some(account), _) => {
            let field = |index: usize| account.get(index).copied().unwrap_or_default();
            for (option, index) in [("uid", 2), ("home", 5), ("shell", 6)] {
                if options.text(option).is_some_and(|wanted| wanted != field(index)) {
                    return refused(&format!("{option} is {}", field(index)));
                }
            }
            let number = |index: usize| field(index).parse::<i64>().map_or(Value::None, Value::from);
            let outcome = shown(Outcome::ok(false)).with("uid", number(2)).with("group", number(3));
            let outcome = outcome.with("comment", field(4)).with("home", field(5)).with("shell", field(6));
            Ok(outcome.with("append", false).with("move_home", false))
        }
    }
}
