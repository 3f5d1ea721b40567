//! Names of objects, and the syntax of labels and the like.
use rolewright_schema::names::{check_label_value, check_qualified};
use serde_json::Value as Json;

use crate::json::JsonExt;
use crate::status::Cause;

pub(crate) use rolewright_schema::names::check_name;

const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Random letters, as generated names end in.
pub(crate) fn suffix(length: usize) -> String {
    (0..length).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

/// A stable hash in the same letters.
pub(crate) fn hash(text: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(text.as_bytes());
    digest.iter().take(9).map(|b| char::from(ALPHABET[usize::from(*b) % ALPHABET.len()])).collect()
}

/// `generateName` and a suffix.
pub(crate) fn generate(base: &str) -> String {
    let base: String = base.chars().take(58).collect();
    format!("{base}{}", suffix(5))
}

/// Labels, annotations and finalizers of an object.
pub(crate) fn check_syntax(metadata: &Json) -> Vec<Cause> {
    let mut causes = Vec::new();
    let pairs = |field: &str| metadata.get(field).and_then(Json::as_object).into_iter().flatten();
    for (key, value) in pairs("labels") {
        qualified("metadata.labels", key, &mut causes);
        let value = value.as_str().unwrap_or_default();
        let wrong = check_label_value(value);
        causes.extend(wrong.iter().map(|why| Cause::invalid("metadata.labels", &value.into(), why)));
    }
    for (key, _) in pairs("annotations") {
        qualified("metadata.annotations", &key.to_lowercase(), &mut causes);
    }
    let size = |(k, v): (&String, &Json)| k.len() + v.as_str().map_or(0, str::len);
    if pairs("annotations").map(size).sum::<usize>() > 256 * 1024 {
        let message = "Too long: may not be more than 262144 bytes";
        causes.push(Cause::new("FieldValueTooLong", "metadata.annotations", message));
    }
    for finalizer in metadata.items("/finalizers").iter().filter_map(Json::as_str) {
        qualified("metadata.finalizers", finalizer, &mut causes);
    }
    causes
}

fn qualified(field: &str, key: &str, causes: &mut Vec<Cause>) {
    causes.extend(check_qualified(key).iter().map(|why| Cause::invalid(field, &key.into(), why)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn generated_names_are_short_enough() {
        let name = generate(&"x".repeat(80));
        assert_eq!(name.len(), 63);
        assert_eq!(hash("a"), hash("a"));
        assert_ne!(hash("a"), hash("b"));
    }

    #[test]
    fn labels_are_checked_in_the_words_of_the_api() {
        let causes = check_syntax(&json!({"labels": {"a b": "x"}, "annotations": {"A/b": "1"}}));
        assert_eq!(causes.len(), 1);
        assert!(causes[0].message.starts_with("Invalid value: \"a b\": name part must consist of alphanumeric"));
        let long = check_syntax(&json!({"annotations": {"a": "x".repeat(300_000)}}));
        assert_eq!(long[0].message, "Too long: may not be more than 262144 bytes");
        assert_eq!(check_syntax(&json!({"labels": {"a": "-"}})).len(), 1);
    }
}
