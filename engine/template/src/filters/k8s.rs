//! Filters of `kubernetes.core`.
use super::Table;
use super::hashes::hex;
use crate::dump::{JsonStyle, json};
use crate::python::sort_by_key;
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use sha2::{Digest, Sha256};

pub(super) const TABLE: Table = &[("k8s_config_resource_name", config_resource_name)];

/// The name with a hash of the content behind it, as `append_hash` gives it.
fn config_resource_name(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    if let Value::Undefined(message) = value {
        return Err(Error::undefined(&**message));
    }
    let name = value.at(&["metadata", "name"]);
    let name =
        name.ok_or_else(|| Error::failed("resource must have a metadata.name key to generate a resource name"))?;
    Ok(format!("{name}-{}", config_hash(value)?).into())
}

/// The hash of a ConfigMap's or Secret's content.
fn config_hash(resource: &Value) -> Result<String> {
    let kind = resource.get("kind").unwrap_or_default();
    let metadata = |key: &str| resource.at(&["metadata", key]).unwrap_or_else(|| "".into());
    let (name, generated) = (metadata("name"), metadata("generateName"));
    let (key, name) =
        if !name.is_truthy() && generated.is_truthy() { ("generateName", generated) } else { ("name", name) };
    let keys: &[&str] = match kind.as_str() {
        Some("ConfigMap") => &["data", "kind"],
        Some("Secret") => &["data", "kind", key, "type"],
        _ => return Err(Error::failed("only a ConfigMap or a Secret has a name with a hash")),
    };
    let mut content: Vec<(&str, Value)> = Vec::new();
    for wanted in keys {
        let found = if *wanted == key { name.clone() } else { resource.get(wanted).unwrap_or_else(|| "".into()) };
        content.push((wanted, sorted(&found)?));
    }
    if kind.as_str() == Some("ConfigMap") {
        content.push((key, name));
    }
    let style = JsonStyle { item: ",".into(), key: ":".into(), ..JsonStyle::default() };
    let text = json(&Value::dict(content), &style)?;
    let digest: String = hex(&Sha256::digest(text.as_bytes())).chars().take(10).collect();
    // Digits that could spell words are replaced.
    let replace = |c: char| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        c => c,
    };
    Ok(digest.chars().map(replace).collect())
}

/// Dicts inside dicts with their keys in order.
fn sorted(value: &Value) -> Result<Value> {
    let Value::Dict(dict) = value else { return Ok(value.clone()) };
    let keyed =
        dict.entries().into_iter().map(|(key, value)| (vec![key.clone()], Value::tuple([key, value]))).collect();
    let pairs = sort_by_key(keyed, false)?;
    let mut out = Vec::with_capacity(pairs.len());
    for pair in pairs {
        if let Some([key, value]) = pair.items().as_deref() {
            out.push((key.clone(), sorted(value)?));
        }
    }
    Ok(Value::dict(out))
}
