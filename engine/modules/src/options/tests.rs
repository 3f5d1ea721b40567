use super::*;
use rolewright_template::Value;

const SPEC: Spec = Spec {
    module: "thing",
    options: &[
        Opt::new("path", Kind::Path).required().aliases(&["dest", "a"]),
        Opt::new("count", Kind::Int),
        Opt::new("on", Kind::Bool),
        Opt::new("state", Kind::Str).choices(&["present", "absent"]),
        Opt::new("tags", Kind::Texts),
        Opt::new("data", Kind::Dict),
    ],
    rules: &[
        Rule::Exclusive(&["count", "on"]),
        Rule::If("state", "absent", &["tags"]),
        Rule::Together(&["tags", "data"]),
    ],
};

fn read(json: serde_json::Value) -> Result<String, String> {
    let map = json.as_object().into_iter().flatten();
    let map = map.map(|(k, v)| (k.as_str().into(), Value::from_json(v))).collect();
    let args = Args { map, ..Args::default() };
    let env = |name: &str| (name == "HOME").then(|| "/home/u".to_owned());
    let options = SPEC.read(&args, &env)?;
    Ok(options.0.iter().map(|(k, v)| format!("{k}={}", v.repr())).collect::<Vec<_>>().join(" "))
}

#[test]
fn converts() {
    use serde_json::json;
    for (given, expected) in [
        (json!({"path": "~/x/$NO"}), "path='/home/u/x/$NO'"),
        (json!({"dest": "/a", "count": "5"}), "path='/a' count=5"),
        (json!({"a": 7, "on": "yes"}), "path='7' on=True"),
        (json!({"path": "x", "tags": "a, b", "data": "k=v l=w"}), "path='x' tags=['a', 'b'] data={'k': 'v', 'l': 'w'}"),
        (json!({"path": "x", "tags": [1, "b"], "data": "{\"k\": 1}"}), "path='x' tags=['1', 'b'] data={'k': 1}"),
        (json!({"path": "x", "count": null}), "path='x'"),
    ] {
        assert_eq!(read(given.clone()), Ok(expected.to_owned()), "{given}");
    }
}

#[test]
fn refuses_in_ansibles_words() {
    use serde_json::json;
    for (given, expected) in [
        (json!({}), "missing required arguments: path"),
        (json!({"path": "x", "count": 1, "on": true}), "parameters are mutually exclusive: count|on"),
        (
            json!({"path": "x", "count": "many"}),
            "argument 'count' is of type <class 'str'> and we were unable to convert to int: <class 'str'> cannot be converted to an int",
        ),
        (json!({"path": "x", "state": "gone"}), "value of state must be one of: present, absent, got: gone"),
        (json!({"path": "x", "state": "absent"}), "state is absent but all of the following are missing: tags"),
        (json!({"path": "x", "tags": "a"}), "parameters are required together: tags, data"),
        (
            json!({"path": "x", "zz": 1, "b": 2}),
            "Unsupported parameters for (thing) module: b, zz. Supported parameters include: count, data, on, path, state, tags (a, dest).",
        ),
    ] {
        assert_eq!(read(given.clone()), Err(expected.to_owned()), "{given}");
    }
}
