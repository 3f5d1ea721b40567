//! `append_hash`: a suffix that follows the content of a ConfigMap or Secret.
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

/// The ten letters. What counts is data, kind, name and, for Secrets, the type.
pub(crate) fn suffix(definition: &Json) -> Result<String, String> {
    let kind = definition["kind"].as_str().unwrap_or_default();
    if !matches!(kind, "ConfigMap" | "Secret") {
        return Err(format!("append_hash works for ConfigMap and Secret only, not for {kind}"));
    }
    let metadata = &definition["metadata"];
    let mut counted = Map::new();
    counted.insert("data".into(), sorted(&definition["data"]));
    counted.insert("kind".into(), kind.into());
    match metadata.get("generateName").filter(|_| metadata.get("name").is_none()) {
        Some(prefix) => counted.insert("generateName".into(), prefix.clone()),
        None => counted.insert("name".into(), or_empty(&metadata["name"])),
    };
    if kind == "Secret" {
        counted.insert("type".into(), or_empty(&definition["type"]));
    }
    let text = ascii(&Json::Object(counted).to_string());
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    Ok(hex.chars().map(readable).collect())
}

/// Digits and vowels that could spell words become others.
fn readable(letter: char) -> char {
    match letter {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    }
}

fn or_empty(value: &Json) -> Json {
    if value.is_null() { json!("") } else { value.clone() }
}

/// Maps by key at every depth; lists stay.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Null => json!(""),
        Json::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            let inner = |value: &Json| if value.is_object() { sorted(value) } else { value.clone() };
            keys.into_iter().map(|key| (key.clone(), inner(&map[key]))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Beyond ASCII as Python's JSON writes it.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_vectors() {
        let map = |name: &str, data: Json| json!({"kind": "ConfigMap", "metadata": {"name": name}, "data": data});
        let rows = [
            (map("config-map-test", json!({"hello": "world"})), "5khcd6g5kk"),
            (map("h", json!({"hello": "world"})), "btmb5h29cb"),
            (json!({"kind": "ConfigMap", "metadata": {"name": "c"}}), "6gthmdffdd"),
            (map("c", json!({"b": "2", "a": "<é>&"})), "c95m4g866k"),
            (json!({"kind": "ConfigMap", "metadata": {"generateName": "gen-"}}), "52mfg7kh9d"),
            (
                json!({"kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque", "data": {"k": "dg=="}}),
                "f9fm229cgt",
            ),
            (json!({"kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "v"}}), "25g75kd9dt"),
        ];
        for (definition, wanted) in rows {
            assert_eq!(suffix(&definition).as_deref(), Ok(wanted), "{definition}");
        }
        assert!(suffix(&json!({"kind": "Pod"})).is_err());
    }
}
