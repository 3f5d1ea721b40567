//! Reading a schema.
use regex::Regex;
use serde_json::Value as Json;

use super::{Additional, Limits, ListType, Structural};

impl Structural {
    /// Reads an `openAPIV3Schema`. What is not understood is left out; `check` tells what a server refuses.
    pub fn parse(schema: &Json) -> Self {
        let text = |key: &str| schema.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let flag = |key: &str| schema.get(key).and_then(Json::as_bool).unwrap_or(false);
        let list = |key: &str| -> Vec<Self> {
            schema.get(key).and_then(Json::as_array).into_iter().flatten().map(Self::parse).collect()
        };
        let properties = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
        Self {
            kind: text("type"),
            properties: properties.map(|(name, schema)| (name.clone(), Self::parse(schema))).collect(),
            additional: additional(schema.get("additionalProperties")),
            items: schema.get("items").filter(|i| i.is_object()).map(|i| Box::new(Self::parse(i))),
            default: schema.get("default").filter(|d| !d.is_null()).cloned(),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve_unknown: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            list_type: list_type(schema),
            atomic_map: text("x-kubernetes-map-type") == "atomic",
            limits: limits(schema),
            all_of: list("allOf"),
            any_of: list("anyOf"),
            one_of: list("oneOf"),
            not: schema.get("not").filter(|n| n.is_object()).map(|n| Box::new(Self::parse(n))),
            has_rules: schema.get("x-kubernetes-validations").and_then(Json::as_array).is_some_and(|r| !r.is_empty()),
        }
    }
}

fn additional(value: Option<&Json>) -> Additional {
    match value {
        Some(Json::Bool(allowed)) => Additional::Allowed(*allowed),
        Some(schema @ Json::Object(_)) => Additional::Schema(Box::new(Structural::parse(schema))),
        _ => Additional::Unset,
    }
}

fn list_type(schema: &Json) -> ListType {
    match schema.get("x-kubernetes-list-type").and_then(Json::as_str) {
        Some("set") => ListType::Set,
        Some("map") => ListType::Map(texts(schema.get("x-kubernetes-list-map-keys"))),
        _ => ListType::Atomic,
    }
}

fn texts(value: Option<&Json>) -> Vec<String> {
    value.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn limits(schema: &Json) -> Limits {
    let number = |key: &str| schema.get(key).filter(|v| v.is_number()).cloned();
    let whole = |key: &str| schema.get(key).and_then(Json::as_i64);
    let flag = |key: &str| schema.get(key).and_then(Json::as_bool).unwrap_or(false);
    let text = |key: &str| schema.get(key).and_then(Json::as_str).unwrap_or_default();
    let compile = |text: &str| (text.to_owned(), Regex::new(&in_rust(text)).map_err(|e| reason(&e)));
    Limits {
        format: text("format").to_owned(),
        pattern: Some(text("pattern")).filter(|p| !p.is_empty()).map(compile),
        values: schema.get("enum").and_then(Json::as_array).filter(|v| !v.is_empty()).cloned(),
        required: texts(schema.get("required")),
        maximum: number("maximum"),
        minimum: number("minimum"),
        exclusive_maximum: flag("exclusiveMaximum"),
        exclusive_minimum: flag("exclusiveMinimum"),
        multiple_of: number("multipleOf"),
        max_length: whole("maxLength"),
        min_length: whole("minLength"),
        max_items: whole("maxItems"),
        min_items: whole("minItems"),
        unique_items: flag("uniqueItems"),
        max_properties: whole("maxProperties"),
        min_properties: whole("minProperties"),
    }
}

/// Go's patterns are this crate's but for classes, which are ASCII there.
fn in_rust(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') if in_class => out.push_str("0-9"),
                Some('d') => out.push_str("[0-9]"),
                Some('w') if in_class => out.push_str("0-9A-Za-z_"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('s') if in_class => out.push_str(r"\t\n\f\r "),
                Some('s') => out.push_str(r"[\t\n\f\r ]"),
                Some('D') if !in_class => out.push_str("[^0-9]"),
                Some('W') if !in_class => out.push_str("[^0-9A-Za-z_]"),
                Some('S') if !in_class => out.push_str(r"[^\t\n\f\r ]"),
                Some('b') if !in_class => out.push_str(r"(?-u:\b)"),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            '[' if in_class && chars.as_str().starts_with(':') => out.push('['),
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
                // A bracket that closes at once is a member.
                if chars.as_str().starts_with('^') {
                    out.push('^');
                    chars.next();
                }
                if chars.as_str().starts_with(']') {
                    out.push_str(r"\]");
                    chars.next();
                }
            }
            ']' => {
                // The end of `[:alpha:]` is not the end of the class.
                in_class = in_class && out.ends_with(':');
                out.push(']');
            }
            // Set operations of this crate that Go does not know.
            '&' | '~' if in_class => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn reason(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, text, matches) in [
            (r"^\d+$", "12", true),
            (r"^\d+$", "١", false),
            (r"^[\w.-]+$", "a-b.c_1", true),
            (r"^[\w.-]+$", "é", false),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^[]a]+$", "]a", true),
            (r"^[^]]+$", "]", false),
            (r"^[a&&b]+$", "&", true),
            (r"^[a[]+$", "[", true),
            (r"^\S+\s\W$", "ab !", true),
            (
                r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
                "1.5Gi",
                true,
            ),
        ] {
            let regex = Regex::new(&in_rust(pattern)).unwrap();
            assert_eq!(regex.is_match(text), matches, "{pattern} {text}");
        }
    }
}
