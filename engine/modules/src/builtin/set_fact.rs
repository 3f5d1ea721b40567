//! `set_fact`: variables of the host.
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::{Origin, Template, Value};
use std::sync::Arc;

pub(super) struct SetFact;

impl Module for SetFact {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: "ansible.builtin.set_fact", free_form: FreeForm::No, expressions: &[] }
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        if let Err(message) = args.flag("cacheable", false) {
            return Outcome::failed(message);
        }
        let mut facts = Vec::with_capacity(args.map.len());
        for (name, value) in args.map.iter().filter(|(name, _)| &***name != "cacheable") {
            let name = match rendered_name(cx, name) {
                Ok(name) => name,
                Err(message) => return Outcome::failed(message),
            };
            if !is_identifier(&name) {
                return Outcome::failed(bad_name(&name));
            }
            facts.push((name, if cx.template.native { value.clone() } else { spelled_boolean(value) }));
        }
        if facts.is_empty() {
            return Outcome::failed("No key/value pairs provided, at least one is required for this action to succeed");
        }
        Outcome { facts, ..Outcome::ok(false) }
    }
}

/// Names may be templates.
fn rendered_name(cx: &TaskContext<'_>, name: &Arc<str>) -> Result<Arc<str>, String> {
    if !name.contains("{{") && !name.contains("{%") {
        return Ok(Arc::clone(name));
    }
    let rendered =
        Template::inline(name, &Origin::default()).and_then(|template| template.render(&cx.template)?.defined());
    rendered.map(|value| value.to_string().into()).map_err(|error| error.to_string())
}

pub(super) fn bad_name(name: &str) -> String {
    format!(
        "The variable name '{name}' is not valid. Variables must start with a letter or underscore character, and \
         contain only letters, numbers and underscores."
    )
}

/// Without native types, text that spells a boolean becomes one.
fn spelled_boolean(value: &Value) -> Value {
    match value.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("true" | "yes") => Value::from(true),
        Some("false" | "no") => Value::from(false),
        _ => value.clone(),
    }
}

/// Python's identifiers, keywords left out.
pub(super) fn is_identifier(name: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
        "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !KEYWORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_spelled_booleans() {
        for (name, good) in [("a_1", true), ("_x", true), ("a-b", false), ("1a", false), ("", false), ("class", false)]
        {
            assert_eq!(is_identifier(name), good, "{name}");
        }
        for (text, expected) in [("YES", Value::from(true)), ("no", Value::from(false)), ("on", Value::from("on"))] {
            assert_eq!(spelled_boolean(&Value::from(text)), expected, "{text}");
        }
    }
}
