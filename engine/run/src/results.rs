//! Results in Ansible's shape.
use crate::Outcome;
use indexmap::IndexMap;
use rolewright_template::Value;
use std::sync::{Arc, LazyLock};

/// The entries of one result.
pub(crate) type Fields = IndexMap<Arc<str>, Value>;

macro_rules! keys {
    ($($name:ident),* $(,)?) => {
        /// Names that every result has, shared instead of copied.
        pub(crate) struct Keys { $(pub(crate) $name: Arc<str>),* }
        static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys { $($name: Arc::from(stringify!($name))),* });
    };
}

keys!(
    ansible_facts,
    ansible_index_var,
    ansible_loop,
    ansible_loop_var,
    attempts,
    changed,
    failed,
    false_condition,
    item,
    msg,
    results,
    skip_reason,
    skipped,
    skipped_reason,
    unreachable,
    warnings,
    failed_when_result,
    changed_when_result,
);

pub(crate) fn keys() -> &'static Keys {
    &KEYS
}

/// The entries as a dict.
pub(crate) fn to_value(fields: &Fields) -> Value {
    Value::dict(fields.iter().map(|(key, value)| (Arc::clone(key), value.clone())))
}

/// What a module gave back, as Ansible would show it.
pub(crate) fn of_outcome(outcome: &Outcome) -> Fields {
    let keys = keys();
    let mut fields = Fields::with_capacity(outcome.result.len() + 4);
    fields.extend(outcome.result.iter().map(|(key, value)| (Arc::clone(key), value.clone())));
    fields.insert(Arc::clone(&keys.changed), Value::Bool(outcome.changed));
    fields.insert(Arc::clone(&keys.failed), Value::Bool(outcome.failed));
    if outcome.skipped {
        fields.insert(Arc::clone(&keys.skipped), Value::Bool(true));
    }
    if outcome.unreachable {
        fields.insert(Arc::clone(&keys.unreachable), Value::Bool(true));
    }
    if !outcome.facts.is_empty() {
        let facts = Value::dict(outcome.facts.iter().map(|(key, value)| (Arc::clone(key), value.clone())));
        fields.insert(Arc::clone(&keys.ansible_facts), facts);
    }
    if !outcome.warnings.is_empty() {
        fields.insert(Arc::clone(&keys.warnings), outcome.warnings.iter().map(Value::from).collect());
    }
    fields
}

/// A failure that is only a message.
pub(crate) fn failure(msg: impl Into<Value>) -> Fields {
    let keys = keys();
    let mut fields = Fields::with_capacity(3);
    fields.insert(Arc::clone(&keys.failed), Value::Bool(true));
    fields.insert(Arc::clone(&keys.msg), msg.into());
    fields.insert(Arc::clone(&keys.changed), Value::Bool(false));
    fields
}

/// A task that a condition kept from running.
pub(crate) fn skipped(condition: &str) -> Fields {
    let keys = keys();
    let mut fields = Fields::with_capacity(4);
    fields.insert(Arc::clone(&keys.changed), Value::Bool(false));
    fields.insert(Arc::clone(&keys.skipped), Value::Bool(true));
    fields.insert(Arc::clone(&keys.skip_reason), Value::from("Conditional result was False"));
    fields.insert(Arc::clone(&keys.false_condition), condition_value(condition));
    fields
}

/// `when: false` is a boolean in the result, everything else the text as written.
fn condition_value(source: &str) -> Value {
    match source {
        "False" | "false" => Value::Bool(false),
        other => Value::from(other),
    }
}

/// A loop over nothing.
pub(crate) fn no_items() -> Fields {
    let keys = keys();
    let mut fields = Fields::with_capacity(4);
    fields.insert(Arc::clone(&keys.changed), Value::Bool(false));
    fields.insert(Arc::clone(&keys.skipped), Value::Bool(true));
    fields.insert(Arc::clone(&keys.skipped_reason), Value::from("No items in the list"));
    fields.insert(Arc::clone(&keys.results), Value::list([]));
    fields
}

pub(crate) fn is_set(fields: &Fields, key: &Arc<str>) -> bool {
    fields.get(key).is_some_and(Value::is_truthy)
}

const CENSORED: &str = "the output has been hidden due to the fact that 'no_log: true' was specified for this result";

/// What may be shown of a result under `no_log`.
pub(crate) fn censor(fields: &Fields) -> Value {
    let mut shown = Fields::new();
    shown.insert("censored".into(), Value::from(CENSORED));
    for key in ["attempts", "changed", "retries"] {
        if let Some(value) = fields.get(key) {
            shown.insert(key.into(), value.clone());
        }
    }
    to_value(&shown)
}

/// The summary of a loop: any change, any failure, all skipped; warnings move up from the items.
pub(crate) fn of_items(mut items: Vec<Fields>) -> Fields {
    let keys = keys();
    let any = |key: &Arc<str>| items.iter().any(|item| is_set(item, key));
    let (changed, failed, unreachable) = (any(&keys.changed), any(&keys.failed), any(&keys.unreachable));
    let skipped = items.iter().all(|item| is_set(item, &keys.skipped));
    let msg = match (skipped, failed) {
        (true, _) => "All items skipped",
        (false, true) => "One or more items failed",
        (false, false) => "All items completed",
    };
    let mut warnings = Vec::new();
    for item in &mut items {
        if let Some(own) = item.shift_remove(&keys.warnings) {
            warnings.extend(own.items().unwrap_or_else(|| vec![own]));
        }
    }
    let mut fields = Fields::with_capacity(6);
    fields.insert(Arc::clone(&keys.results), items.iter().map(to_value).collect());
    fields.insert(Arc::clone(&keys.skipped), Value::Bool(skipped));
    if failed {
        fields.insert(Arc::clone(&keys.failed), Value::Bool(true));
    }
    if unreachable {
        fields.insert(Arc::clone(&keys.unreachable), Value::Bool(true));
    }
    if !warnings.is_empty() {
        fields.insert(Arc::clone(&keys.warnings), Value::list(warnings));
    }
    fields.insert(Arc::clone(&keys.msg), Value::from(msg));
    fields.insert(Arc::clone(&keys.changed), Value::Bool(changed));
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_is_summed_up() {
        let item = |failed: bool, skipped: bool, changed: bool| {
            let mut fields = Fields::new();
            for (key, value) in [("failed", failed), ("skipped", skipped), ("changed", changed)] {
                fields.insert(key.into(), value.into());
            }
            fields
        };
        let rows = [
            (vec![item(false, true, false), item(false, true, false)], "All items skipped", false, true),
            (vec![item(false, true, false), item(false, false, true)], "All items completed", true, false),
            (vec![item(true, false, false), item(false, false, true)], "One or more items failed", true, false),
        ];
        for (items, msg, changed, skipped) in rows {
            let fields = of_items(items);
            assert_eq!(fields["msg"], msg.into());
            assert_eq!(fields["changed"], changed.into(), "{msg}");
            assert_eq!(fields["skipped"], skipped.into(), "{msg}");
        }
    }
}
