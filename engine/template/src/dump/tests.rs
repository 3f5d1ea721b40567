//! What PyYAML and `json` wrote as Ansible calls them, for values and options that are hard to write.
use crate::Value;
use crate::golden::apply;
use crate::load;
use crate::render::Args;

#[test]
fn dumps_are_byte_for_byte_as_recorded() {
    let mut wrong = Vec::new();
    for line in include_str!("../../cases/dumps.jsonl").lines() {
        let case: Vec<serde_json::Value> = serde_json::from_str(line).unwrap();
        let [filter, value, options, expected] = case.as_slice() else { panic!("four parts") };
        // Numbers beyond 64 bits survive only our own reader.
        let value = match value {
            serde_json::Value::Number(_) => {
                load::json(line[line.find(", ").unwrap() + 2..].split(", {").next().unwrap()).unwrap()
            }
            other => Value::from_json(other),
        };
        let named =
            options.as_object().unwrap().iter().map(|(k, v)| (k.as_str().into(), Value::from_json(v))).collect();
        let got = apply(filter.as_str().unwrap(), &value, &Args { positional: Vec::new(), named });
        let got = got.map_or_else(|error| format!("! {error}"), |value| value.to_string());
        if got != expected.as_str().unwrap() {
            wrong.push(format!("{filter} {options} {}\n  want {expected}\n  got  {got:?}", value.repr()));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn what_is_dumped_reads_back() {
    for line in include_str!("../../cases/dumps.jsonl").lines() {
        let case: Vec<serde_json::Value> = serde_json::from_str(line).unwrap();
        // The line separators of YAML 1.1 are plain characters to the parser.
        if line.contains("\\u2028") {
            continue;
        }
        let (text, value) = (case[3].as_str().unwrap(), Value::from_json(&case[1]));
        let read = match case[0].as_str() {
            Some("to_json" | "to_nice_json") => load::json(text),
            _ => load::yaml(text),
        };
        let read = read.unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(read == value || case[1].is_number(), "{}\n{text}", read.repr());
    }
}
