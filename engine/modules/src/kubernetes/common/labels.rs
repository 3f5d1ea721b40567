//! `label_selectors` as a filter on a definition's own labels.
//!
//! It takes Kubernetes' own syntax. The reference's parser takes less and lets the rest match nothing; the one thing
//! kept is that a definition without labels never matches.
use serde_json::Value as Json;

#[derive(Debug, PartialEq)]
enum Rule<'a> {
    In(&'a str, Vec<&'a str>),
    NotIn(&'a str, Vec<&'a str>),
    Exists(&'a str),
    Absent(&'a str),
}

pub(crate) fn matches(definition: &Json, selectors: &[String]) -> bool {
    let labels = &definition["metadata"]["labels"];
    if labels.is_null() {
        return false;
    }
    let value = |key: &str| match &labels[key] {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    selectors.iter().flat_map(|selector| split(selector)).map(parse).all(|rule| match rule {
        Rule::In(key, values) => value(key).is_some_and(|v| values.contains(&v.as_str())),
        Rule::NotIn(key, values) => value(key).is_none_or(|v| !values.contains(&v.as_str())),
        Rule::Exists(key) => value(key).is_some(),
        Rule::Absent(key) => value(key).is_none(),
    })
}

/// At commas outside of parentheses.
fn split(selector: &str) -> Vec<&str> {
    let mut depth = 0;
    selector
        .split(|letter| {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            letter == ',' && depth == 0
        })
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn parse(text: &str) -> Rule<'_> {
    if let Some((key, rest)) = text.split_once('(') {
        let values = rest.trim_end().trim_end_matches(')').split(',').map(str::trim).collect();
        let key = key.trim_end();
        if let Some(key) = key.strip_suffix("notin") {
            return Rule::NotIn(key.trim(), values);
        }
        return Rule::In(key.strip_suffix("in").unwrap_or(key).trim(), values);
    }
    if let Some((key, value)) = text.split_once("!=") {
        return Rule::NotIn(key.trim(), vec![value.trim()]);
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Rule::In(key.trim(), vec![value.trim()]);
    }
    match text.strip_prefix('!') {
        Some(key) => Rule::Absent(key.trim()),
        None => Rule::Exists(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors() {
        let rows = [
            (json!({"a": "b"}), "a=b", true),
            (json!({"a": "b"}), "a = b", true),
            (json!({"a": "b"}), "a==b", true),
            (json!({"a": "b"}), "a!=b", false),
            (json!({}), "a!=b", true),
            (json!({}), "!a", true),
            (Json::Null, "!a", false),
            (json!({"aa": "q"}), "aa in (q)", true),
            (json!({"a": "c"}), "a in (b, c)", true),
            (json!({"x/y": "q"}), "x/y in (q)", true),
            (json!({"a": "b"}), "a notin (b)", false),
            (json!({"a": "b", "c": "d"}), "a=b,c=d", true),
            (json!({"a": "b"}), "a=b,c=d", false),
            (json!({"a": "b"}), "a", true),
        ];
        for (labels, selector, wanted) in rows {
            let definition = json!({"metadata": {"labels": labels}});
            assert_eq!(matches(&definition, &[selector.to_owned()]), wanted, "{labels} {selector}");
        }
    }
}
