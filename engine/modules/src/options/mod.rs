//! Options of modules: what a module takes, checked and converted by Ansible's rules and in Ansible's words.
mod convert;
mod rules;

pub(crate) use convert::expand_path;
pub(crate) use rules::Rule;

use indexmap::IndexMap;
use rolewright_run::Args;
use rolewright_template::Value;

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Str,
    /// Text, with `~` and environment variables expanded.
    Path,
    Bool,
    Int,
    Float,
    Dict,
    /// A list, one text with commas, or one number.
    List,
    /// A list whose elements are text.
    Texts,
    /// A list whose elements are dicts.
    Dicts,
    /// As it came.
    Raw,
}

/// One option of a module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) choices: &'static [&'static str],
    pub(crate) required: bool,
}

impl Opt {
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, aliases: &[], choices: &[], required: false }
    }
    pub(crate) const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
    pub(crate) const fn choices(mut self, choices: &'static [&'static str]) -> Self {
        self.choices = choices;
        self
    }
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// Options of a module, and those that it shares with others.
pub(crate) const fn joined<const N: usize>(own: &[Opt], shared: &[Opt]) -> [Opt; N] {
    assert!(own.len() + shared.len() == N, "the length of the array is that of both parts");
    let mut all = [Opt::new("", Kind::Raw); N];
    let mut at = 0;
    while at < N {
        all[at] = if at < own.len() { own[at] } else { shared[at - own.len()] };
        at += 1;
    }
    all
}

/// What a module takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    /// The short name, as messages have it.
    pub(crate) module: &'static str,
    pub(crate) options: &'static [Opt],
    pub(crate) rules: &'static [Rule],
}

/// Options that were given, converted, under their own names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(IndexMap<&'static str, Value>);

impl Spec {
    /// Checks and converts; the error is Ansible's message.
    pub(crate) fn read(&self, args: &Args, env: &dyn Fn(&str) -> Option<String>) -> Result<Options, String> {
        let mut given = IndexMap::new();
        let mut unknown = Vec::new();
        for (name, value) in &args.map {
            match self.find(name) {
                Some(option) => _ = given.insert(option.name, value.clone()),
                None => unknown.push(name.to_string()),
            }
        }
        let is_given = |name: &str| given.get(name).is_some_and(|value| !value.is_none());
        rules::exclusive(self.rules, &is_given)?;
        self.required(&given)?;
        let mut options = IndexMap::new();
        for (name, value) in given {
            let Some(option) = self.find(name).filter(|_| !value.is_none()) else { continue };
            let value = convert::to_kind(option, &value, env)?;
            check_choices(option, &value)?;
            options.insert(name, value);
        }
        let options = Options(options);
        rules::check(self.rules, &options)?;
        if !unknown.is_empty() {
            return Err(self.unsupported(unknown));
        }
        Ok(options)
    }

    fn find(&self, name: &str) -> Option<&'static Opt> {
        self.options.iter().find(|option| option.name == name || option.aliases.contains(&name))
    }

    fn required(&self, given: &IndexMap<&'static str, Value>) -> Result<(), String> {
        let missing: Vec<&str> = self
            .options
            .iter()
            .filter(|option| option.required && given.get(option.name).is_none_or(Value::is_none))
            .map(|option| option.name)
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("missing required arguments: {}", missing.join(", "))) }
    }

    fn unsupported(&self, mut unknown: Vec<String>) -> String {
        unknown.sort();
        let mut known: Vec<&str> = self.options.iter().map(|option| option.name).collect();
        known.sort_unstable();
        let mut aliases: Vec<&str> = self.options.iter().flat_map(|option| option.aliases).copied().collect();
        aliases.sort_unstable();
        let aliases = if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
        format!(
            "Unsupported parameters for ({}) module: {}. Supported parameters include: {}{aliases}.",
            self.module,
            unknown.join(", "),
            known.join(", ")
        )
    }
}

fn check_choices(option: &Opt, value: &Value) -> Result<(), String> {
    if option.choices.is_empty() {
        return Ok(());
    }
    let all = value.items().unwrap_or_else(|| vec![value.clone()]);
    let wrong: Vec<String> =
        all.iter().map(Value::to_string).filter(|text| !option.choices.contains(&text.as_str())).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let some = if value.items().is_some() { "one or more of" } else { "one of" };
    Err(format!("value of {} must be {some}: {}, got: {}", option.name, option.choices.join(", "), wrong.join(", ")))
}

impl Options {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(Value::to_string)
    }
    pub(crate) fn text_or(&self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or_else(|| default.to_owned())
    }
    pub(crate) fn flag(&self, name: &str, default: bool) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(default)
    }
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::as_i64)
    }
    pub(crate) fn float(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_f64)
    }
    pub(crate) fn list(&self, name: &str) -> Vec<Value> {
        self.get(name).and_then(Value::items).unwrap_or_default()
    }
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().map(Value::to_string).collect()
    }
}

#[cfg(test)]
mod tests;
