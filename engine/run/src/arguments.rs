//! From a task's written arguments to those a module gets.
use crate::Args;
use crate::frame::Frame;
use rolewright_language::ast::Task;
use rolewright_template::{Context, Error, Tree, Value};
use std::sync::Arc;

/// Modules that belong to a `group/…` of `module_defaults` by their collection.
const GROUPS: &[(&str, &[&str])] = &[
    ("k8s", &["kubernetes.core.", "community.kubernetes.", "community.okd.", "redhat.openshift.", "kubevirt.core."]),
    ("kubernetes.core.k8s", &["kubernetes.core."]),
    ("community.kubernetes.k8s", &["kubernetes.core."]),
    ("community.okd.k8s", &["community.okd.", "kubernetes.core."]),
    ("community.okd.okd", &["community.okd.", "kubernetes.core."]),
    ("community.general.k8s", &["kubernetes.core."]),
];

/// Renders everything, drops `omit` at any depth, and puts `module_defaults` below.
pub(crate) fn render(task: &Task, frame: &Frame, cx: &Context<'_>) -> Result<Args, Error> {
    let written = &task.action.args;
    let mut args = Args { expressions: written.expressions.clone(), ..Args::default() };
    if let Some(whole) = &written.whole {
        splat(whole, cx, &mut args)?;
    }
    for (name, tree) in &written.map {
        put(&mut args, name, tree.render(cx)?);
    }
    if let Some(text) = &written.free_form {
        let value = text.render(cx)?.defined()?;
        args.free_form = (!value.is_omit()).then(|| value.to_string());
    }
    add_defaults(task, frame, cx, &mut args)?;
    Ok(args)
}

fn put(args: &mut Args, name: &Arc<str>, value: Value) {
    match value.without_omit() {
        Some(value) => {
            args.map.insert(Arc::clone(name), value);
        }
        None => {
            args.map.shift_remove(name);
        }
    }
}

/// `args: "{{ dict }}"`.
fn splat(whole: &Tree, cx: &Context<'_>, args: &mut Args) -> Result<(), Error> {
    let value = whole.render(cx)?;
    let Some(entries) = value.entries() else {
        return match value {
            Value::None | Value::Omit => Ok(()),
            other => Err(Error::failed(format!("invalid or malformed argument: '{other}'"))),
        };
    };
    for (key, value) in entries {
        put(args, &Arc::from(key.to_string()), value);
    }
    Ok(())
}

/// Inner `module_defaults` win over outer ones, those of a module over those of its groups.
fn add_defaults(task: &Task, frame: &Frame, cx: &Context<'_>, args: &mut Args) -> Result<(), Error> {
    let levels = frame.chain().filter_map(|frame| frame.level.keywords());
    let levels: Vec<_> = std::iter::once(&task.keywords)
        .chain(levels)
        .map(|keywords| &keywords.module_defaults)
        .filter(|defaults| !defaults.is_empty())
        .collect();
    for own in [true, false] {
        for defaults in &levels {
            let fitting = defaults.iter().rev().filter(|(name, _)| match name.strip_prefix("group/") {
                Some(group) => !own && in_group(&task.action.name, group),
                None => own && is_module(&task.action, name),
            });
            for (_, tree) in fitting {
                for (key, value) in tree.render(cx)?.entries().unwrap_or_default() {
                    let key: Arc<str> = key.to_string().into();
                    // An argument that is omitted keeps the default away as well.
                    let given = args.map.contains_key(&key) || task.action.args.map.iter().any(|(own, _)| *own == key);
                    if let (false, Some(value)) = (given, value.without_omit()) {
                        args.map.insert(key, value);
                    }
                }
            }
        }
    }
    Ok(())
}

fn is_module(action: &rolewright_language::ast::Action, name: &str) -> bool {
    let short =
        |full: &str| full.strip_prefix("ansible.builtin.").or(full.strip_prefix("ansible.legacy.")) == Some(name);
    *action.name == *name || *action.written == *name || short(&action.name)
}

fn in_group(module: &str, group: &str) -> bool {
    let known = GROUPS.iter().find(|(name, _)| *name == group);
    match known {
        Some((_, collections)) => collections.iter().any(|prefix| module.starts_with(prefix)),
        // `group/ns.collection.all` and the like.
        None => group
            .rsplit_once('.')
            .is_some_and(|(collection, _)| module.strip_prefix(collection).is_some_and(|rest| rest.starts_with('.'))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_belong_to_groups() {
        let rows = [
            ("kubernetes.core.k8s", "k8s", true),
            ("kubernetes.core.k8s_info", "kubernetes.core.k8s", true),
            ("community.okd.openshift_route", "k8s", true),
            ("ansible.builtin.debug", "k8s", false),
            ("my.own.thing", "my.own.all", true),
            ("my.owner.thing", "my.own.all", false),
        ];
        for (module, group, expected) in rows {
            assert_eq!(in_group(module, group), expected, "{module} in {group}");
        }
    }
}
