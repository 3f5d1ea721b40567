use super::*;

#[test]
fn repr_is_pythons() {
    let value =
        Value::dict([("a", Value::list([1.into(), Value::Float(1.0), Value::None, true.into(), "it's".into()]))]);
    assert_eq!(value.to_string(), r#"{'a': [1, 1.0, None, True, "it's"]}"#);
    for (number, text) in
        [(1e16, "1e+16"), (1e-7, "1e-07"), (0.0001, "0.0001"), (1.5, "1.5"), (-0.0, "-0.0"), (1e100, "1e+100")]
    {
        assert_eq!(float_repr(number), text);
    }
    assert_eq!(Value::tuple([1.into()]).to_string(), "(1,)");
    assert_eq!(Value::from("a\n\u{7f}").repr(), r"'a\n\x7f'");
}

#[test]
fn equal_numbers_are_one_key() {
    let dict =
        Value::dict([(Value::Int(1), "a".into()), (Value::Bool(true), "b".into()), (Value::Float(1.0), "c".into())]);
    assert_eq!(dict.to_string(), "{1: 'c'}");
}

#[test]
fn omit_is_dropped_at_any_depth() {
    let value = Value::dict([("a", Value::Omit), ("b", Value::list([Value::Omit, 1.into()]))]);
    assert_eq!(value.without_omit().unwrap().to_string(), "{'b': [1]}");
    assert!(Value::Omit.without_omit().is_none());
}

#[test]
fn json_goes_both_ways() {
    let json = serde_json::json!({"a": [1, 1.5, null, true, "x"], "b": u64::MAX});
    assert_eq!(Value::from_json(&json).to_json().unwrap(), json);
    assert!(Value::Float(f64::NAN).to_json().is_err());
    assert!(Value::list([Value::Undefined("x".into())]).to_json().is_err());
}

#[test]
fn values_are_shared_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Value>();
    check::<crate::Template>();
    check::<crate::Condition>();
}
