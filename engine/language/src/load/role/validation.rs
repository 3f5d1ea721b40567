//! The task that checks a role's arguments, before all others.
use super::RoleCall;
use crate::ast::{Action, Arguments, Keywords, LoopControl, Role, Task};
use crate::load::session::Session;
use rolewright_template::{Tree, Value};
use std::sync::Arc;

const MODULE: &str = "ansible.builtin.validate_argument_spec";

impl Session<'_> {
    /// The check of the entry point that is called, if the role describes it.
    pub(super) fn validation(&self, role: &Arc<Role>, call: &RoleCall) -> Option<Task> {
        let entry = call.from.tasks.as_deref().unwrap_or("main");
        let specs = role.argument_specs.as_ref()?;
        let spec = get(specs, entry)?;
        if is_empty(&spec) {
            return None;
        }
        let described = get(&spec, "short_description").and_then(|text| Some(text.as_data()?.to_string()));
        let name = match described {
            Some(text) => format!("Validating arguments against arg spec '{entry}' - {text}"),
            None => format!("Validating arguments against arg spec '{entry}'"),
        };
        let options = get(&spec, "options").unwrap_or(Tree::map(Vec::new()));
        let params = call.params.iter().map(|(key, value)| (data(key), Tree::clone(value))).collect();
        let context = [
            ("type", "role".to_owned()),
            ("name", short_name(&role.name).to_owned()),
            ("argument_spec_name", entry.to_owned()),
            ("path", role.path.to_string_lossy().into_owned()),
        ];
        let context = context.into_iter().map(|(key, value)| (data(key), data(&value))).collect();
        let map = vec![
            (Arc::from("argument_spec"), options),
            (Arc::from("provided_arguments"), Tree::map(params)),
            (Arc::from("validate_args_context"), Tree::map(context)),
        ];
        let args = Arguments { map, free_form: None, whole: None, expressions: Vec::new() };
        Some(task(name, args, role, call))
    }
}

fn task(name: String, args: Arguments, role: &Arc<Role>, call: &RoleCall) -> Task {
    Task {
        origin: call.origin.clone(),
        name: Some(data(&name)),
        action: Action { written: MODULE.into(), name: MODULE.into(), args },
        keywords: Keywords { tags: vec![data("always")], ..Keywords::default() },
        vars: Vec::new(),
        loop_: None,
        loop_control: LoopControl::default(),
        register: None,
        until: Vec::new(),
        retries: None,
        delay: None,
        changed_when: None,
        failed_when: None,
        notify: Vec::new(),
        listen: Vec::new(),
        async_: None,
        poll: None,
        apply: None,
        file: Arc::clone(&call.origin.file),
        role: Some(Arc::clone(role)),
    }
}

/// A role of a collection is called by its last part.
fn short_name(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((front, last)) if front.matches('.').count() == 1 && !front.contains('/') => last,
        _ => name,
    }
}

fn data(text: &str) -> Tree {
    Tree::Data(Value::from(text))
}

/// The value under a key of project data.
fn get(tree: &Tree, name: &str) -> Option<Tree> {
    match tree {
        Tree::Data(value) => value.get(name).map(Tree::Data),
        Tree::Map(entries) => {
            let found = entries.iter().find(|(key, _)| key.as_data().and_then(Value::as_str) == Some(name));
            found.map(|(_, value)| value.clone())
        }
        _ => None,
    }
}

/// True for an empty mapping, and for what is none.
fn is_empty(tree: &Tree) -> bool {
    match tree {
        Tree::Map(entries) => entries.is_empty(),
        Tree::Data(value) => !value.is_dict() || value.is_empty(),
        _ => true,
    }
}
