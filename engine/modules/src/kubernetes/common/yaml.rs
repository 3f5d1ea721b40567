//! Definitions as text.
use serde_json::Value as Json;

/// Every document of a YAML 1.1 text, empty ones left out.
pub(crate) fn documents(text: &str, name: &str) -> Result<Vec<Json>, String> {
    let documents: Vec<Json> = serde_yaml::from_multiple(text).map_err(|error| format!("{name}: {error}"))?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}
