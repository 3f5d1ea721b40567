//! Bodies of forms.
use crate::failure::Failure;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rolewright_template::Value;

/// What Python's `quote_plus` leaves alone.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');

fn quoted(text: &str) -> String {
    utf8_percent_encode(text, &PLAIN).to_string().replace(' ', "+")
}

/// `a=1&b=x+y`, of a dict or a list of pairs; a list of values repeats its name.
pub(super) fn urlencoded(body: &Value) -> Result<String, Failure> {
    let wrong = || {
        Failure::new(format!(
            "failed to parse body as form_urlencoded: a dict or a list of pairs is needed, not {}",
            body.type_name()
        ))
    };
    let pairs: Vec<(Value, Value)> = match body.entries() {
        Some(entries) => entries,
        None => {
            let items = body.items().ok_or_else(wrong)?;
            let pair = |item: &Value| match item.items().as_deref() {
                Some([name, value]) => Ok((name.clone(), value.clone())),
                _ => Err(wrong()),
            };
            items.iter().map(pair).collect::<Result<_, _>>()?
        }
    };
    let mut parts = Vec::new();
    for (name, value) in pairs {
        let values = value.items().unwrap_or_else(|| vec![value]);
        parts
            .extend(values.iter().map(|value| format!("{}={}", quoted(&name.to_string()), quoted(&value.to_string()))));
    }
    Ok(parts.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms() {
        for (body, expected) in [
            (json!({"a": 1, "b": [1, "x y"]}), "a=1&b=1&b=x+y"),
            (json!([["k", "ü&="], ["k", true]]), "k=%C3%BC%26%3D&k=True"),
        ] {
            assert_eq!(urlencoded(&Value::from_json(&body)).unwrap(), expected);
        }
        assert!(urlencoded(&Value::from(5)).is_err());
    }
}
