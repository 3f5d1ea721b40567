//! Lookups of variables and of the inventory.
use super::{Named, option};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value, Var};
use std::sync::Arc;

pub(super) fn vars(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let one = |term: &Value| {
        let name = term.as_str().ok_or_else(|| {
            Error::failed(format!(
                "Invalid setting identifier, \"{term}\" is not a string, its a <class '{}'>",
                term.type_name()
            ))
        })?;
        match cx.scope.get(name) {
            Some(Var::Data(value)) => Ok(value),
            Some(Var::Lazy(tree)) => tree.render(cx),
            None => match option(options, "default") {
                Some(default) => Ok(default.clone()),
                None => Err(Error::undefined(format!("No variable found with this name: {name}"))),
            },
        }
    };
    terms.iter().map(one).collect()
}

pub(super) fn varnames(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let names = cx.scope.names();
    let mut found = Vec::new();
    for term in terms {
        let text = term.as_str().ok_or_else(|| {
            Error::failed(format!(
                "Invalid setting identifier, \"{term}\" is not a string, it is a <class '{}'>",
                term.type_name()
            ))
        })?;
        let pattern = regex::Regex::new(text);
        let pattern = pattern.map_err(|error| {
            let reason = match text.starts_with(['*', '+', '?']) {
                true => "nothing to repeat at position 0".to_owned(),
                false => error.to_string(),
            };
            Error::failed(format!("Unable to use \"{text}\" as a search parameter: {reason}"))
        })?;
        found.extend(names.iter().filter(|name| pattern.is_match(name)).map(|name| Value::from(Arc::clone(name))));
    }
    Ok(found)
}

/// Hosts that patterns name: groups, hosts, `all`, `*`, with `!` and `&` as in `hosts:`.
pub(super) fn inventory_hostnames(cx: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let mut hosts: Vec<Arc<str>> = Vec::new();
    for term in terms.iter().flat_map(|term| term.items().unwrap_or_else(|| vec![term.clone()])) {
        for part in term.to_string().split([',', ':']).map(str::trim).filter(|part| !part.is_empty()) {
            let (sign, name) = match part.chars().next() {
                Some(sign @ ('!' | '&')) => (sign, &part[1..]),
                _ => ('+', part),
            };
            let named = members(around, name);
            match sign {
                '!' => hosts.retain(|host| !named.contains(host)),
                '&' => hosts.retain(|host| named.contains(host)),
                _ => hosts.extend(named.into_iter().filter(|host| !hosts.contains(host)).collect::<Vec<_>>()),
            }
        }
    }
    Ok(hosts.into_iter().map(Value::from).collect())
}

fn members(around: &Surroundings, pattern: &str) -> Vec<Arc<str>> {
    let pattern = if pattern == "all" { "*" } else { pattern };
    if let Some((_, hosts)) = around.groups.iter().find(|(group, _)| &**group == pattern) {
        return hosts.clone();
    }
    let Ok(glob) = globset::Glob::new(pattern) else { return Vec::new() };
    let matcher = glob.compile_matcher();
    let mut hosts: Vec<Arc<str>> = Vec::new();
    for (group, members) in around.groups.iter() {
        let whole_group = matcher.is_match(&**group);
        for host in members.iter().filter(|host| whole_group || matcher.is_match(&***host)) {
            if !hosts.contains(host) {
                hosts.push(Arc::clone(host));
            }
        }
    }
    hosts
}
