//! `set_fact`: variables of the host.
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use rolewright_template::Value;

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
            if !is_identifier(name) {
                return Outcome::failed(format!(
                    "The variable name '{name}' is not valid. Variables must start with a letter or underscore \
                     character, and contain only letters, numbers and underscores."
                ));
            }
            facts.push((name.clone(), if cx.template.native { value.clone() } else { spelled_boolean(value) }));
        }
        if facts.is_empty() {
            return Outcome::failed("No key/value pairs provided, at least one is required for this action to succeed");
        }
        Outcome { facts, ..Outcome::ok(false) }
    }
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
fn is_identifier(name: &str) -> bool {
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
