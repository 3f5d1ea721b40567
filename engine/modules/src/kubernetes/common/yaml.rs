//! Definitions as text.
use rolewright_language::yaml;
use serde_json::Value as Json;

/// Every document of a YAML 1.1 text as data, empty ones left out.
pub(crate) fn documents(text: &str, name: &str) -> Result<Vec<Json>, String> {
    let parsed = yaml::documents(&text.into(), &name.into()).map_err(|error| error.to_string())?;
    let values = parsed.documents.iter().filter(|node| !node.is_null()).map(|node| node.to_value());
    values.map(|value| value.to_json().map_err(|error| format!("{name}: {error}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        let text = "a: yes\nb: 017\nc: 1:30\nd: 1e3\ne: 2020-01-01\nf: '{{ x }}'\n---\n---\n<<: {g: 1}\n";
        let wanted =
            [json!({"a": true, "b": 15, "c": 90, "d": "1e3", "e": "2020-01-01", "f": "{{ x }}"}), json!({"g": 1})];
        assert_eq!(documents(text, "t").as_deref(), Ok(&wanted[..]));
        assert!(documents("a: [b", "t").is_err());
    }
}
