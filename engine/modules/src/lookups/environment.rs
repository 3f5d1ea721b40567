//! Lookups of the process: its environment and its settings.
use super::{Named, option};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value};

pub(super) fn env(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let default = option(options, "default").cloned().unwrap_or_else(|| "".into());
    let one = |term: &Value| {
        let name = term.to_string();
        let name = name.split_whitespace().next().unwrap_or_default();
        cx.world.env(name).map_or_else(|| default.clone().defined(), |value| Ok(Value::from(value)))
    };
    terms.iter().map(one).collect()
}

/// Settings of ansible-core that roles ask for, with its defaults; `ANSIBLE_*` variables come first.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("COLLECTIONS_PATHS", "ANSIBLE_COLLECTIONS_PATH", "~/.ansible/collections:/usr/share/ansible/collections"),
    ("DEFAULT_BECOME", "ANSIBLE_BECOME", "False"),
    ("DEFAULT_BECOME_METHOD", "ANSIBLE_BECOME_METHOD", "sudo"),
    ("DEFAULT_BECOME_USER", "ANSIBLE_BECOME_USER", "root"),
    ("DEFAULT_FORKS", "ANSIBLE_FORKS", "5"),
    ("DEFAULT_GATHERING", "ANSIBLE_GATHERING", "implicit"),
    ("DEFAULT_HASH_BEHAVIOUR", "ANSIBLE_HASH_BEHAVIOUR", "replace"),
    ("DEFAULT_JINJA2_NATIVE", "ANSIBLE_JINJA2_NATIVE", "False"),
    ("DEFAULT_LOCAL_TMP", "ANSIBLE_LOCAL_TEMP", "~/.ansible/tmp"),
    ("DEFAULT_POLL_INTERVAL", "ANSIBLE_POLL_INTERVAL", "15"),
    ("DEFAULT_REMOTE_USER", "ANSIBLE_REMOTE_USER", ""),
    ("DEFAULT_ROLES_PATH", "ANSIBLE_ROLES_PATH", "~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles"),
    ("DEFAULT_STRATEGY", "ANSIBLE_STRATEGY", "linear"),
    ("DEFAULT_TIMEOUT", "ANSIBLE_TIMEOUT", "10"),
    ("DEFAULT_TRANSPORT", "ANSIBLE_TRANSPORT", "ssh"),
];

/// A path list is a list; numbers and booleans are such.
pub(super) fn config(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let missing = super::text_option(options, "on_missing", "error");
    let mut out = Vec::new();
    for term in terms {
        let name = term.to_string();
        match SETTINGS.iter().find(|(known, ..)| *known == name) {
            Some((known, variable, default)) => {
                let configured = || configured(cx, variable);
                let text = cx.world.env(variable).or_else(configured).unwrap_or_else(|| (*default).to_owned());
                out.push(typed(cx, known, &text));
            }
            None if missing == "error" => return Err(Error::failed(format!("Unable to find setting {name}"))),
            None => {}
        }
    }
    Ok(out)
}

fn configured(cx: &Context<'_>, variable: &str) -> Option<String> {
    Surroundings::of(cx).ok()?.settings.configuration.get(variable).cloned()
}

fn typed(cx: &Context<'_>, name: &str, text: &str) -> Value {
    let env = |name: &str| cx.world.env(name);
    if name.ends_with("_PATH") || name.ends_with("_PATHS") {
        return Value::list(text.split(':').map(|path| Value::from(crate::options::expand_path(path, &env))));
    }
    match (text, text.parse::<i64>()) {
        (_, Ok(number)) => Value::from(number),
        ("False" | "false", _) => Value::from(false),
        ("True" | "true", _) => Value::from(true),
        _ => Value::from(crate::options::expand_path(text, &env)),
    }
}
