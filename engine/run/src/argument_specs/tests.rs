use super::*;
use serde_json::json;

fn errors(spec: serde_json::Value, values: serde_json::Value) -> Vec<String> {
    let values = Value::from(values).entries().unwrap();
    let values: Vec<_> = values.into_iter().map(|(key, value)| (Arc::from(key.to_string()), value)).collect();
    check(&Value::from(spec), &values).errors
}

#[test]
fn words_of_ansible() {
    let rows = [
        (json!({"a": {"required": true}, "b": {"required": true}}), json!({}), "missing required arguments: a, b"),
        (
            json!({"a": {"type": "int"}}),
            json!({"a": "x"}),
            "argument 'a' is of type <class 'str'> and we were unable to convert to int: \"'x'\" cannot be \
             converted to an int",
        ),
        (json!({"a": {"choices": ["x", "y"]}}), json!({"a": "z"}), "value of a must be one of: x, y, got: z"),
        (json!({"a": {}}), json!({"b": 1}), "b. Supported parameters include: a."),
        (
            json!({"a": {"type": "dict", "options": {"b": {"required": true}}}}),
            json!({"a": {}}),
            "missing required arguments: b found in a",
        ),
        (
            json!({"a": {"type": "list", "elements": "int"}}),
            json!({"a": [1, "x"]}),
            "Elements value for option 'a' is of type <class 'str'> and we were unable to convert to int: \"'x'\" \
             cannot be converted to an int",
        ),
        (
            json!({"a": {"type": "dict", "options": {"b": {}, "c": {}}, "mutually_exclusive": [["b", "c"]]}}),
            json!({"a": {"b": 1, "c": 2}}),
            "parameters are mutually exclusive: b|c found in a",
        ),
    ];
    for (spec, values, expected) in rows {
        assert_eq!(errors(spec.clone(), values), [expected], "{spec}");
    }
}

#[test]
fn what_fits_is_converted_and_completed() {
    let spec = json!({"n": {"type": "int"}, "l": {"type": "list"}, "d": {"default": 5}, "b": {"type": "bool"}});
    let values = [("n", "7"), ("l", "a,b"), ("b", "yes")].map(|(key, value)| (Arc::from(key), Value::from(value)));
    let checked = check(&Value::from(spec), &values);
    assert!(checked.errors.is_empty());
    let shown = Value::dict(checked.values).to_json().unwrap();
    assert_eq!(shown, json!({"n": 7, "l": ["a", "b"], "b": true, "d": 5}));
}
