//! Conversion of values to the types that specs name, by the rules and in the words of Ansible.
use rolewright_template::Value;
use std::sync::Arc;

pub(super) fn class(value: &Value) -> String {
    format!("<class '{}'>", value.type_name())
}

/// The value in the wanted type, or why it cannot be.
pub(super) fn convert(value: &Value, wanted: &str) -> Result<Value, String> {
    let cannot = |kind: &str| Err(format!("{} cannot be converted to {kind}", class(value)));
    match wanted {
        "str" | "path" if value.is_none() => Err("'None' is not a string and conversion is not allowed".to_owned()),
        "str" => Ok(if value.as_str().is_some() { value.clone() } else { Value::from(value.to_string()) }),
        "raw" => Ok(value.clone()),
        "path" => Ok(Value::from(expand(&value.to_string()))),
        "bool" => boolean(value),
        "int" => match value {
            Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
            Value::Bool(value) => Ok(Value::Int(i64::from(*value))),
            Value::Float(number) if number.fract() == 0.0 => Ok(Value::Int(*number as i64)),
            Value::Str(text) => match text.trim().parse::<i64>() {
                Ok(number) => Ok(Value::Int(number)),
                Err(_) => no_int(value),
            },
            _ => no_int(value),
        },
        "float" => match value {
            Value::Float(_) => Ok(value.clone()),
            Value::Int(number) => Ok(Value::Float(*number as f64)),
            Value::Str(text) => text.trim().parse().map(Value::Float).or_else(|_| cannot("a float")),
            _ => cannot("a float"),
        },
        "list" => match value {
            Value::List(_) => Ok(value.clone()),
            Value::Tuple(items) => Ok(items.iter().cloned().collect()),
            Value::Str(text) => Ok(text.split(',').map(Value::from).collect()),
            Value::Int(_) | Value::Float(_) => Ok(Value::list([Value::from(value.to_string())])),
            _ => cannot("a list"),
        },
        "dict" => match value {
            Value::Dict(_) => Ok(value.clone()),
            Value::Str(text) => dict(text),
            _ => cannot("a dict"),
        },
        "json" | "jsonarg" => match value {
            Value::Str(text) => Ok(Value::from(text.trim())),
            other => other.to_json().map(|json| Value::from(json.to_string())).map_err(|error| error.to_string()),
        },
        "bytes" | "bits" => size(value, wanted),
        _ => Ok(value.clone()),
    }
}

fn no_int(value: &Value) -> Result<Value, String> {
    let shown = Value::list([value.clone()]).to_string();
    let repr = shown.trim_start_matches('[').trim_end_matches(']');
    Err(format!("\"{repr}\" cannot be converted to an int"))
}

fn boolean(value: &Value) -> Result<Value, String> {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::Str(_) | Value::Int(_) | Value::Float(_) => value.to_bool().map(Value::Bool).ok_or_else(|| {
            format!(
                "The value '{value}' is not a valid boolean.  Valid booleans include: 0, 'off', 'n', '0', 'f', 'false', 1, \
                 'no', 'true', 'yes', 'on', 'y', '1', 't'"
            )
        }),
        other => Err(format!("{} cannot be converted to a bool", class(other))),
    }
}

/// JSON, or `key=value` pairs with commas or spaces between them.
fn dict(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return match serde_json::from_str::<serde_json::Value>(text) {
            Ok(json @ serde_json::Value::Object(_)) => Ok(Value::from(json)),
            _ => Err("unable to evaluate string as dictionary".to_owned()),
        };
    }
    if !text.contains('=') {
        return Err("dictionary requested, could not parse JSON or key=value".to_owned());
    }
    let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let pairs: Option<Vec<(Arc<str>, Value)>> =
        parts.map(|part| part.split_once('=').map(|(key, value)| (Arc::from(key), Value::from(value)))).collect();
    pairs
        .map(Value::dict)
        .ok_or_else(|| "unable to evaluate string in the \"key=value\" format as dictionary".to_owned())
}

fn size(value: &Value, wanted: &str) -> Result<Value, String> {
    let text = value.to_string();
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let power = match unit.trim().chars().next().map(|c| c.to_ascii_uppercase()) {
        None | Some('B') => Some(0),
        Some(letter) => "KMGTPEZY".find(letter).map(|index| index as i32 + 1),
    };
    let number: Option<f64> = number.parse().ok();
    match number.zip(power) {
        Some((number, power)) => Ok(Value::Int((number * 1024f64.powi(power)).round() as i64)),
        None => Err(format!(
            "{} cannot be converted to a {} value",
            class(value),
            if wanted == "bits" { "Bit" } else { "Byte" }
        )),
    }
}

fn expand(path: &str) -> String {
    match path.strip_prefix("~/").zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest).to_string_lossy().into_owned(),
        None => path.to_owned(),
    }
}
