//! `subelements`: pairs of an item and each element of a list inside it.
use super::Named;
use rolewright_template::{Context, Error, Result, Value};

const USAGE: &str = "subelements lookup expects a list of two or three items, ";

pub(super) fn subelements(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    if !(2..=3).contains(&terms.len()) {
        return Err(Error::failed(format!("{USAGE}not {}", terms.len())));
    }
    let [elements, key, ..] = terms else { return Err(Error::failed(USAGE)) };
    let elements = match (elements.items(), elements.entries()) {
        (Some(items), _) => items,
        (None, Some(entries)) => entries.into_iter().map(|(_, value)| value).collect(),
        (None, None) => {
            return Err(Error::failed(format!(
                "{USAGE}first a dict or a list, second a string pointing to the subkey"
            )));
        }
    };
    let path = key.as_str().ok_or_else(|| {
        Error::failed(format!("{USAGE}first a dict or a list, second a string pointing to the subkey"))
    })?;
    let skip_missing =
        terms.get(2).and_then(|flags| flags.get("skip_missing")).and_then(|flag| flag.to_bool()).unwrap_or(false);
    let mut out = Vec::new();
    for element in &elements {
        if !element.is_dict() {
            return Err(Error::failed(format!("{USAGE}the elements must be dicts, got '{element}'")));
        }
        if element.get("skipped").is_some_and(|skipped| skipped.is_truthy()) {
            continue;
        }
        match inner(element, path)? {
            Some(items) => out.extend(items.into_iter().map(|item| Value::list([element.clone(), item]))),
            None if skip_missing => {}
            None => return Err(Error::failed(format!("could not find '{path}' key in iterated item '{element}'"))),
        }
    }
    Ok(out)
}

fn inner(element: &Value, path: &str) -> Result<Option<Vec<Value>>> {
    let mut value = element.clone();
    for key in path.split('.') {
        if !value.is_dict() {
            return Err(Error::failed(format!("the key {key} should point to a dictionary, got '{value}'")));
        }
        match value.get(key) {
            Some(next) => value = next,
            None => return Ok(None),
        }
    }
    match value.items() {
        Some(items) => Ok(Some(items)),
        None => Err(Error::failed(format!("the key {path} should point to a list, got '{value}'"))),
    }
}
