//! Options that need or exclude each other.
use super::Level;
use rolewright_template::Value;

/// Lists of names under a key of the spec.
fn lists(relations: &Value, key: &str) -> Vec<Vec<String>> {
    let lists = relations.get(key).and_then(|lists| lists.items()).unwrap_or_default();
    let names = |list: &Value| list.items().map(|names| names.iter().map(Value::to_string).collect::<Vec<_>>());
    if lists.iter().all(|item| item.as_str().is_some()) && !lists.is_empty() {
        return vec![lists.iter().map(Value::to_string).collect()];
    }
    lists.iter().filter_map(names).collect()
}

fn given<'n>(level: &Level, names: &'n [String]) -> Vec<&'n str> {
    let is_given = |name: &&String| level.get(name).is_some_and(|value| !value.is_none());
    names.iter().filter(is_given).map(String::as_str).collect()
}

pub(super) fn exclusive(level: &mut Level, relations: &Value) {
    let clashes: Vec<String> = lists(relations, "mutually_exclusive")
        .iter()
        .filter(|names| given(level, names).len() > 1)
        .map(|names| names.join("|"))
        .collect();
    if !clashes.is_empty() {
        let message = format!("parameters are mutually exclusive: {}{}", clashes.join(", "), level.place());
        level.errors.push(message);
    }
}

pub(super) fn others(level: &mut Level, relations: &Value) {
    for names in lists(relations, "required_together") {
        let given = given(level, &names).len();
        if given > 0 && given < names.len() {
            let message = format!("parameters are required together: {}{}", names.join(", "), level.place());
            level.errors.push(message);
        }
    }
    for names in lists(relations, "required_one_of") {
        if given(level, &names).is_empty() {
            let message = format!("one of the following is required: {}{}", names.join(", "), level.place());
            level.errors.push(message);
        }
    }
    required_if(level, relations);
    required_by(level, relations);
}

fn required_if(level: &mut Level, relations: &Value) {
    for rule in relations.get("required_if").and_then(|rules| rules.items()).unwrap_or_default() {
        let parts = rule.items().unwrap_or_default();
        let (Some(key), Some(value), Some(names)) = (parts.first(), parts.get(1), parts.get(2)) else { continue };
        let key = key.to_string();
        if level.get(&key) != Some(value) {
            continue;
        }
        let names: Vec<String> = names.items().unwrap_or_default().iter().map(Value::to_string).collect();
        let any = parts.get(3).is_some_and(Value::is_truthy);
        let there = given(level, &names);
        let missing: Vec<&str> = names.iter().map(String::as_str).filter(|name| !there.contains(name)).collect();
        let fails = if any { there.is_empty() } else { !missing.is_empty() };
        if fails {
            let quantity = if any { "any" } else { "all" };
            let message = format!(
                "{key} is {value} but {quantity} of the following are missing: {}{}",
                missing.join(", "),
                level.place()
            );
            level.errors.push(message);
        }
    }
}

fn required_by(level: &mut Level, relations: &Value) {
    for (key, names) in relations.get("required_by").and_then(|rules| rules.entries()).unwrap_or_default() {
        let key = key.to_string();
        if level.get(&key).is_none_or(Value::is_none) {
            continue;
        }
        let names = names.items().unwrap_or_else(|| vec![names]);
        let names: Vec<String> = names.iter().map(Value::to_string).collect();
        let there = given(level, &names);
        let missing: Vec<&str> = names.iter().map(String::as_str).filter(|name| !there.contains(name)).collect();
        if !missing.is_empty() {
            let message = format!("missing parameter(s) required by '{key}': {}{}", missing.join(", "), level.place());
            level.errors.push(message);
        }
    }
}
