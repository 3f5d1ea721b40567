//! Which labels a selector takes.
use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value as Json;

use super::parse;
use crate::field_error::FieldError;
use crate::go;
use crate::names;

/// A label selector: all requirements hold. Without any, everything is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Exists,
    Absent,
    Equal(String),
    Unequal(String),
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Above(String),
    Below(String),
}

impl Requirement {
    /// Err is the API's text.
    pub(super) fn new(key: &str, test: Test) -> Result<Self, String> {
        check_key(key)?;
        let values: Vec<&String> = match &test {
            Test::Exists | Test::Absent => Vec::new(),
            Test::Equal(v) | Test::Unequal(v) | Test::Above(v) | Test::Below(v) => vec![v],
            Test::In(values) | Test::NotIn(values) => values.iter().collect(),
        };
        let mut errors = Vec::new();
        match &test {
            Test::In(values) | Test::NotIn(values) if values.is_empty() => {
                let why = "for 'in', 'notin' operators, values set can't be empty";
                errors.push(FieldError::invalid("values", &Json::Array(Vec::new()), why));
            }
            Test::Above(bound) | Test::Below(bound) if bound.parse::<i64>().is_err() => {
                let why = "for 'Gt', 'Lt' operators, the value must be an integer";
                errors.push(FieldError::invalid("values[0]", &bound.as_str().into(), why));
            }
            _ => {}
        }
        for (at, value) in values.into_iter().enumerate() {
            let wrong = names::check_label_value(value);
            if !wrong.is_empty() {
                let field = format!("values[{at}][{key}]");
                errors.push(FieldError::invalid(field, &value.as_str().into(), &wrong.join("; ")));
            }
        }
        let texts: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
        match texts.as_slice() {
            [] => Ok(Self { key: key.to_owned(), test }),
            [one] => Err(one.clone()),
            many => Err(format!("[{}]", many.join(", "))),
        }
    }

    fn matches(&self, value: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = |bound: &str, holds: fn(&i64, &i64) -> bool| {
            value.and_then(number).zip(number(bound)).is_some_and(|(value, bound)| holds(&value, &bound))
        };
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::Equal(wanted) => value == Some(wanted),
            Test::Unequal(wanted) => value != Some(wanted),
            Test::In(values) => value.is_some_and(|v| values.contains(v)),
            Test::NotIn(values) => value.is_none_or(|v| !values.contains(v)),
            Test::Above(bound) => compare(bound, i64::gt),
            Test::Below(bound) => compare(bound, i64::lt),
        }
    }
}

pub(super) fn check_key(key: &str) -> Result<(), String> {
    let wrong = names::check_qualified(key);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("<nil>: Invalid value: {}: {}", go::quote(key), wrong.join("; ")))
}

impl Labels {
    /// Reads `a=b,c in (d,e),!f`; Err is the API's text.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text).map(Self)
    }

    /// Reads a `LabelSelector` object; Err is the API's text. An empty one selects everything.
    pub fn of_object(selector: &Json) -> Result<Self, String> {
        let mut requirements = Vec::new();
        for (key, value) in selector.get("matchLabels").and_then(Json::as_object).into_iter().flatten() {
            let value = value.as_str().unwrap_or_default().to_owned();
            requirements.push(Requirement::new(key, Test::Equal(value))?);
        }
        for expression in selector.get("matchExpressions").and_then(Json::as_array).into_iter().flatten() {
            let text = |key: &str| expression.get(key).and_then(Json::as_str).unwrap_or_default();
            let values = expression.get("values").and_then(Json::as_array).into_iter().flatten();
            let values: BTreeSet<String> = values.filter_map(Json::as_str).map(str::to_owned).collect();
            let test = match text("operator") {
                "In" => Test::In(values),
                "NotIn" => Test::NotIn(values),
                operator @ ("Exists" | "DoesNotExist") => {
                    if !values.is_empty() {
                        let values: Vec<_> = values.into_iter().map(Json::from).collect();
                        let why = "values set must be empty for exists and does not exist";
                        let error = FieldError::invalid("values", &Json::Array(values), why);
                        return Err(format!("{}: {}", error.field, error.message));
                    }
                    if operator == "Exists" { Test::Exists } else { Test::Absent }
                }
                other => return Err(format!("{} is not a valid label selector operator", go::quote(other))),
            };
            requirements.push(Requirement::new(text("key"), test)?);
        }
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(Self(requirements))
    }

    /// Reads a selector in whichever form objects have it: text, a map of labels, or a `LabelSelector`.
    pub fn of_any(selector: &Json) -> Result<Self, String> {
        match selector {
            Json::String(text) => Self::parse(text),
            Json::Object(map) if !map.contains_key("matchLabels") && !map.contains_key("matchExpressions") => {
                Self::of_object(&serde_json::json!({"matchLabels": map}))
            }
            other => Self::of_object(other),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these labels, the map of an object, are selected.
    pub fn matches(&self, labels: Option<&Json>) -> bool {
        let label = |key: &str| labels.and_then(|l| l.get(key)).and_then(Json::as_str);
        self.0.iter().all(|requirement| requirement.matches(label(&requirement.key)))
    }
}

/// As the API writes selectors.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Requirement { key, test }) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            let set = |values: &BTreeSet<String>| values.iter().map(String::as_str).collect::<Vec<_>>().join(",");
            match test {
                Test::Exists => write!(f, "{key}"),
                Test::Absent => write!(f, "!{key}"),
                Test::Equal(value) => write!(f, "{key}={value}"),
                Test::Unequal(value) => write!(f, "{key}!={value}"),
                Test::In(values) => write!(f, "{key} in ({})", set(values)),
                Test::NotIn(values) => write!(f, "{key} notin ({})", set(values)),
                Test::Above(bound) => write!(f, "{key}>{bound}"),
                Test::Below(bound) => write!(f, "{key}<{bound}"),
            }?;
        }
        Ok(())
    }
}

/// Whether a selector of an object (a `LabelSelector` or a map of labels) takes these labels. One that cannot be read
/// takes none.
pub fn selects(selector: &Json, labels: Option<&Json>) -> bool {
    Labels::of_any(selector).is_ok_and(|selector| selector.matches(labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn selects_as_the_api_does() {
        let objects = [json!({"i": "0", "par": "even"}), json!({"i": "3", "par": "odd"}), json!({"i": "2"})];
        for (selector, expected) in [
            ("par=even", vec![0]),
            ("par==even", vec![0]),
            ("par in (even,odd),i notin (3)", vec![0]),
            ("par in (even , odd)", vec![0, 1]),
            ("!par", vec![2]),
            ("par", vec![0, 1]),
            ("par!=odd", vec![0, 2]),
            ("par notin (odd)", vec![0, 2]),
            ("i>2", vec![1]),
            ("i<1", vec![0]),
            ("par=", vec![]),
            ("par in (,even)", vec![0]),
            ("in in (x)", vec![]),
            ("", vec![0, 1, 2]),
        ] {
            let labels = Labels::parse(selector).unwrap();
            let found: Vec<_> = (0..3).filter(|i| labels.matches(Some(&objects[*i]))).collect();
            assert_eq!(found, expected, "{selector}");
        }
    }

    #[test]
    fn refuses_as_the_api_does() {
        for (selector, message) in [
            ("a===b", "unable to parse requirement: found '=', expected: identifier"),
            ("in (", "unable to parse requirement: found '(', expected: in, notin, =, ==, !=, gt, lt"),
            ("a in", "unable to parse requirement: found '' expected: '('"),
            ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
            (
                "a in ()",
                "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
            ),
            ("a in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
            ("a,", "found '', expected: identifier after ','"),
            ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("=a", "found '=', expected: !, identifier, or 'end of string'"),
            (
                "a>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
        ] {
            assert_eq!(Labels::parse(selector).unwrap_err(), message, "{selector}");
        }
        let error = Labels::parse("a=-").unwrap_err();
        assert!(error.starts_with("unable to parse requirement: values[0][a]: Invalid value: \"-\": a valid label"));
        let error = Labels::parse("a/b/c").unwrap_err();
        assert!(error.starts_with("unable to parse requirement: <nil>: Invalid value: \"a/b/c\": "), "{error}");
    }

    #[test]
    fn label_selector_objects_select() {
        let labels = json!({"a": "1"});
        for (selector, expected) in [
            (json!({"a": "1"}), true),
            (json!("a in (1,2)"), true),
            (json!({}), true),
            (json!({"matchLabels": {"a": "1"}}), true),
            (json!({"matchLabels": {"a": "2"}}), false),
            (json!({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}), true),
            (json!({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}), false),
            (json!({"matchExpressions": [{"key": "a", "operator": "Like", "values": ["1"]}]}), false),
        ] {
            assert_eq!(selects(&selector, Some(&labels)), expected, "{selector}");
        }
        let wrong = json!({"matchExpressions": [{"key": "a", "operator": "Like"}]});
        assert_eq!(Labels::of_object(&wrong).unwrap_err(), "\"Like\" is not a valid label selector operator");
    }

    #[test]
    fn writes_what_it_reads() {
        let text = "a=b,!c,d in (x,y),e>1,f";
        assert_eq!(Labels::parse(text).unwrap().to_string(), text);
        let object = json!({"matchLabels": {"x": "y", "a": "b"}, "matchExpressions": [{"key": "k", "operator": "In",
            "values": ["2", "1"]}]});
        assert_eq!(Labels::of_object(&object).unwrap().to_string(), "a=b,k in (1,2),x=y");
    }

    proptest! {
        #[test]
        fn never_fails_badly(text in "\\PC{0,30}") {
            if let Ok(labels) = Labels::parse(&text) {
                prop_assert_eq!(Labels::parse(&labels.to_string()), Ok(labels));
            }
        }
    }
}
