//! Checks values against argument specs, those of roles and of modules alike.
mod module;
mod relations;
mod types;

pub(crate) use module::ValidateArgumentSpec;

use rolewright_template::Value;
use std::sync::Arc;

/// What a check came to.
#[derive(Debug, Default)]
pub struct Checked {
    /// In Ansible's words and order; empty when all is well.
    pub errors: Vec<String>,
    /// The values, converted to their types, with defaults filled in.
    pub values: Vec<(Arc<str>, Value)>,
}

/// Checks `values` against `options`: a dict of option names to `type`, `required`, `choices`, `default`, `elements`,
/// `options`, `aliases` and the relations between them.
pub fn check(options: &Value, values: &[(Arc<str>, Value)]) -> Checked {
    let mut level = Level::new(options, values.to_vec(), "", "");
    level.run(None);
    Checked { errors: level.errors, values: level.values }
}

/// Options at one depth: those of the whole, or of a dict inside.
struct Level {
    options: Vec<(String, Value)>,
    values: Vec<(Arc<str>, Value)>,
    errors: Vec<String>,
    /// `a.b.`, for names in messages about unknown parameters.
    prefix: String,
    /// `a -> b`, for messages about what is missing.
    path: String,
}

impl Level {
    fn new(spec: &Value, values: Vec<(Arc<str>, Value)>, prefix: &str, path: &str) -> Self {
        let options = spec.entries().unwrap_or_default();
        let options = options.into_iter().map(|(name, option)| (name.to_string(), option)).collect();
        Self { options, values, errors: Vec::new(), prefix: prefix.into(), path: path.into() }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.values.iter_mut().find(|(key, _)| &**key == name) {
            Some((_, old)) => *old = value,
            None => self.values.push((name.into(), value)),
        }
    }

    /// ` found in a -> b`, where a message is about an inner dict.
    fn place(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" found in {}", self.path) }
    }

    /// `relations` are those the parent option declares for the dict inside of it.
    fn run(&mut self, relations: Option<&Value>) {
        self.take_aliases();
        let unknown = self.unknown();
        if let Some(relations) = relations {
            relations::exclusive(self, relations);
        }
        self.required();
        self.types();
        self.choices();
        if let Some(relations) = relations {
            relations::others(self, relations);
        }
        self.defaults();
        self.inner();
        if !unknown.is_empty() {
            let mut known: Vec<&str> = self.options.iter().map(|(name, _)| name.as_str()).collect();
            known.sort_unstable();
            let (unknown, known) = (unknown.join(", "), known.join(", "));
            self.errors.push(format!("{unknown}. Supported parameters include: {known}."));
        }
    }

    fn take_aliases(&mut self) {
        for (name, option) in self.options.clone() {
            for alias in option.get("aliases").and_then(|aliases| aliases.items()).unwrap_or_default() {
                let alias = alias.to_string();
                if let Some(value) = self.get(&alias).cloned() {
                    self.values.retain(|(key, _)| **key != *alias);
                    self.set(&name, value);
                }
            }
        }
    }

    fn unknown(&self) -> Vec<String> {
        let known = |name: &str| self.options.iter().any(|(option, _)| option == name);
        let unknown = self.values.iter().filter(|(name, _)| !known(name));
        let mut names: Vec<String> = unknown.map(|(name, _)| format!("{}{name}", self.prefix)).collect();
        names.sort_unstable();
        names
    }

    fn required(&mut self) {
        let is_missing = |(name, option): &&(String, Value)| flag(option, "required") && self.get(name).is_none();
        let mut missing: Vec<&str> = self.options.iter().filter(is_missing).map(|(name, _)| name.as_str()).collect();
        missing.sort_unstable();
        if !missing.is_empty() {
            let message = format!("missing required arguments: {}{}", missing.join(", "), self.place());
            self.errors.push(message);
        }
    }

    fn types(&mut self) {
        for (name, option) in self.options.clone() {
            let required = flag(&option, "required");
            let Some(value) = self.get(&name).cloned().filter(|value| required || !value.is_none()) else { continue };
            let wanted = text(&option, "type").unwrap_or_else(|| "str".into());
            match types::convert(&value, &wanted) {
                Ok(converted) => {
                    let converted = self.elements(&name, &option, converted);
                    self.set(&name, converted);
                }
                Err(reason) => {
                    let class = types::class(&value);
                    let place = self.place();
                    self.errors.push(format!(
                        "argument '{name}' is of type {class}{place} and we were unable to convert to {wanted}: {reason}"
                    ));
                }
            }
        }
    }

    fn elements(&mut self, name: &str, option: &Value, value: Value) -> Value {
        let (Some(wanted), Value::List(list)) = (text(option, "elements"), &value) else { return value };
        let mut converted = Vec::new();
        for item in list.to_vec() {
            match types::convert(&item, &wanted) {
                Ok(item) => converted.push(item),
                Err(reason) => {
                    let class = types::class(&item);
                    let place = self.place();
                    self.errors.push(format!(
                        "Elements value for option '{name}' is of type {class}{place} and we were unable to convert to \
                         {wanted}: {reason}"
                    ));
                    converted.push(item);
                }
            }
        }
        Value::list(converted)
    }

    fn choices(&mut self) {
        for (name, option) in self.options.clone() {
            let Some(choices) = option.get("choices").and_then(|choices| choices.items()) else { continue };
            let Some(value) = self.get(&name).cloned().filter(|value| !value.is_none()) else { continue };
            let shown = choices.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
            let place = self.place();
            if let Value::List(list) = &value {
                let odd: Vec<String> =
                    list.to_vec().iter().filter(|item| !choices.contains(item)).map(Value::to_string).collect();
                if !odd.is_empty() {
                    let odd = odd.join(", ");
                    self.errors.push(format!(
                        "value of {name} must be one or more of: {shown}. Got no match for: {odd}{place}"
                    ));
                }
            } else if !choices.contains(&value) {
                self.errors.push(format!("value of {name} must be one of: {shown}, got: {value}{place}"));
            }
        }
    }

    fn defaults(&mut self) {
        for (name, option) in self.options.clone() {
            if self.get(&name).is_none()
                && let Some(default) = option.get("default")
            {
                self.set(&name, default);
            }
        }
    }

    /// Dicts, and lists of dicts, that have options of their own.
    fn inner(&mut self) {
        for (name, option) in self.options.clone() {
            let Some(spec) = option.get("options").filter(Value::is_dict) else { continue };
            let Some(value) = self.get(&name).cloned() else { continue };
            let prefix = format!("{}{name}.", self.prefix);
            let path = if self.path.is_empty() { name.clone() } else { format!("{} -> {name}", self.path) };
            let mut check = |value: &Value| {
                let values = value.entries()?.into_iter().map(|(key, value)| (Arc::from(key.to_string()), value));
                let mut level = Level::new(&spec, values.collect(), &prefix, &path);
                level.run(Some(&option));
                self.errors.append(&mut level.errors);
                Some(Value::dict(level.values))
            };
            let checked = match &value {
                Value::Dict(_) => check(&value),
                Value::List(list) => {
                    Some(list.to_vec().iter().map(|item| check(item).unwrap_or_else(|| item.clone())).collect())
                }
                _ => None,
            };
            if let Some(checked) = checked {
                self.set(&name, checked);
            }
        }
    }
}

fn flag(option: &Value, name: &str) -> bool {
    option.get(name).is_some_and(|value| value.to_bool() == Some(true))
}

fn text(option: &Value, name: &str) -> Option<String> {
    option.get(name).filter(|value| !value.is_none()).map(|value| value.to_string())
}

#[cfg(test)]
mod tests;
