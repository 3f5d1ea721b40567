//! `subelements`: pairs of an item, without the list inside it, and each element of that list.
use super::Named;
use rolewright_template::{Context, Error, Result, Value};

const USAGE: &str = "subelements lookup expects a list of two or three items, ";
const KINDS: &str = "first a dict or a list, second a string pointing to the subkey";

pub(super) fn subelements(_: &Context<'_>, terms: &[Value], _: &[Named]) -> Result<Vec<Value>> {
    pairs(terms)
}

fn pairs(terms: &[Value]) -> Result<Vec<Value>> {
    let usage = |more: &str| Err(Error::failed(format!("{USAGE}{more}")));
    let (elements, key, flags) = match terms {
        [elements, key] => (elements, key, None),
        [elements, key, flags] => (elements, key, Some(flags)),
        _ => return usage(""),
    };
    let Some(path) = key.as_str() else { return usage(KINDS) };
    if flags.is_some_and(|flags| !flags.is_dict()) {
        return usage("the optional third item must be a dict with flags skip_missing");
    }
    let skip_missing = flags.and_then(|flags| flags.get("skip_missing")?.to_bool()).unwrap_or(false);
    let elements = match (elements.items(), elements.entries()) {
        (Some(items), _) => items,
        (None, Some(_)) if is_skipped(elements) => return Ok(Vec::new()),
        (None, Some(entries)) => entries.into_iter().map(|(_, value)| value).collect(),
        (None, None) => vec![elements.clone()],
    };
    let keys: Vec<&str> = path.split('.').collect();
    let mut out = Vec::new();
    for element in elements.iter().filter(|element| !is_skipped(element)) {
        if !element.is_dict() {
            return Err(Error::failed(format!("subelements lookup expects a dictionary, got '{element}'")));
        }
        if let Some((items, rest)) = taken(element, &keys, skip_missing)? {
            out.extend(items.into_iter().map(|item| Value::list([rest.clone(), item])));
        }
    }
    Ok(out)
}

/// The result of a task that a condition kept from running.
fn is_skipped(element: &Value) -> bool {
    element.is_dict() && element.get("skipped").is_some_and(|skipped| skipped != Value::Bool(false))
}

/// The list at the end of `keys`, and the element without it. `None` where a part is missing and may be.
fn taken(element: &Value, keys: &[&str], skip_missing: bool) -> Result<Option<(Vec<Value>, Value)>> {
    let [key, inner @ ..] = keys else { return Ok(None) };
    let Some(found) = element.get(key) else {
        if skip_missing {
            return Ok(None);
        }
        return Err(Error::failed(format!("could not find '{key}' key in iterated item '{element}'")));
    };
    let others = || element.entries().unwrap_or_default().into_iter();
    if inner.is_empty() {
        let Some(items) = found.items() else {
            return Err(Error::failed(format!("the key {key} should point to a list, got '{found}'")));
        };
        let rest = Value::dict(others().filter(|(name, _)| name.as_str() != Some(*key)));
        return Ok(Some((items, rest)));
    }
    if !found.is_dict() {
        if skip_missing {
            return Ok(None);
        }
        return Err(Error::failed(format!("the key {key} should point to a dictionary, got '{found}'")));
    }
    let Some((items, rest)) = taken(&found, inner, skip_missing)? else { return Ok(None) };
    let whole = others().map(|(name, value)| match name.as_str() == Some(*key) {
        true => (name, rest.clone()),
        false => (name, value),
    });
    Ok(Some((items, Value::dict(whole))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Recorded from ansible-core 2.18.
    #[test]
    fn lists_inside_of_items() {
        let rows = [
            (vec![json!([{"a": {"b": [1]}}, {"skipped": true}]), json!("a.b")], Ok(json!([[{"a": {}}, 1]]))),
            (vec![json!({"x": {"a": [1, 2]}}), json!("a")], Ok(json!([[{}, 1], [{}, 2]]))),
            (vec![json!([{"a": [1]}]), json!("b")], Err("could not find 'b' key in iterated item '{'a': [1]}'")),
            (vec![json!("x"), json!("a")], Err("subelements lookup expects a dictionary, got 'x'")),
            (vec![json!([{"a": 1}]), json!("a")], Err("the key a should point to a list, got '1'")),
            (vec![json!([{"a": 1}]), json!("a.b")], Err("the key a should point to a dictionary, got '1'")),
            (vec![json!([{"a": null}]), json!("a.b"), json!({"skip_missing": true})], Ok(json!([]))),
            (
                vec![json!([{"a": [1]}]), json!("a"), json!("xx")],
                Err("subelements lookup expects a list of two or three items, the optional third item must be a dict \
                     with flags skip_missing"),
            ),
        ];
        for (given, expected) in rows {
            let terms: Vec<Value> = given.iter().map(Value::from_json).collect();
            let got = pairs(&terms).map(|found| Value::list(found).to_json().unwrap());
            let got = got.map_err(|error| error.message().to_owned());
            assert_eq!(got, expected.map_err(str::to_owned), "{given:?}");
        }
    }
}
