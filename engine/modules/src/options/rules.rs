//! Rules between options.
use super::Options;

/// A rule between options of a module.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "the checker knows all of Ansible's rules, those that no module here has yet too")]
pub(crate) enum Rule {
    /// At most one of these.
    Exclusive(&'static [&'static str]),
    /// At least one of these.
    OneOf(&'static [&'static str]),
    /// All or none of these.
    Together(&'static [&'static str]),
    /// When the option has that value, all of these.
    If(&'static str, &'static str, &'static [&'static str]),
}

/// Ansible looks at exclusive options first, before anything is missing or of a wrong type.
pub(super) fn exclusive(rules: &[Rule], is_given: &dyn Fn(&str) -> bool) -> Result<(), String> {
    for rule in rules {
        if let Rule::Exclusive(names) = rule
            && names.iter().filter(|name| is_given(name)).count() > 1
        {
            return Err(format!("parameters are mutually exclusive: {}", names.join("|")));
        }
    }
    Ok(())
}

pub(super) fn check(rules: &[Rule], options: &Options) -> Result<(), String> {
    rules.iter().try_for_each(|rule| one(rule, options))
}

fn one(rule: &Rule, options: &Options) -> Result<(), String> {
    match rule {
        Rule::Exclusive(_) => Ok(()),
        Rule::OneOf(names) if names.iter().any(|name| options.has(name)) => Ok(()),
        Rule::OneOf(names) => Err(format!("one of the following is required: {}", names.join(", "))),
        Rule::Together(names) => {
            let given = names.iter().filter(|name| options.has(name)).count();
            if given == 0 || given == names.len() {
                return Ok(());
            }
            Err(format!("parameters are required together: {}", names.join(", ")))
        }
        Rule::If(name, value, needed) => {
            if options.text(name).as_deref() != Some(*value) {
                return Ok(());
            }
            let missing: Vec<&str> = needed.iter().copied().filter(|needed| !options.has(needed)).collect();
            if missing.is_empty() {
                return Ok(());
            }
            Err(format!("{name} is {value} but all of the following are missing: {}", missing.join(", ")))
        }
    }
}
