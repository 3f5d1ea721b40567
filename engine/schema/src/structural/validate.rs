//! Checking values against a schema.
use serde_json::{Map, Value as Json};

use super::{Additional, Structural, formats};
use crate::field_error::FieldError;
use crate::go;

/// What is wrong, before it is worded for a Status.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    path: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Required,
    Unsupported(Json, Vec<String>),
    TooLong(i64),
    TooMany(usize, i64),
    Invalid(Json, String),
    Type(Json, String),
}

impl Failure {
    fn new(path: &str, what: What) -> Self {
        Self { path: path.to_owned(), what }
    }

    pub(super) fn invalid(path: &str, value: Json, text: String) -> Self {
        Self::new(path, What::Invalid(value, text))
    }

    pub(super) fn typed(path: &str, value: Json, text: String) -> Self {
        Self::new(path, What::Type(value, text))
    }

    fn worded(self, root: &str) -> FieldError {
        let below = self.path.trim_start_matches('.');
        let field = match (root, below) {
            ("", "") => "<nil>".to_owned(),
            ("", below) => below.to_owned(),
            (root, "") => root.to_owned(),
            (root, below) => format!("{root}.{below}"),
        };
        match self.what {
            What::Required => FieldError::required(field, ""),
            What::Unsupported(value, supported) => FieldError::unsupported(field, &value, &supported),
            What::TooLong(most) => FieldError::too_long(field, most),
            What::TooMany(found, most) => FieldError::too_many(field, found, most),
            What::Invalid(value, text) => FieldError::invalid(field, &value, &text),
            What::Type(value, text) => FieldError::type_invalid(field, &value, &text),
        }
    }
}

impl Structural {
    /// What is wrong with an object of this schema, besides its metadata and rules in CEL. `field` is the path the
    /// value has in its object: "" for an object, `status` when only that is checked.
    pub fn validate(&self, value: &Json, field: &str) -> Vec<FieldError> {
        let mut failures = Vec::new();
        self.check(value, "", &mut failures);
        let mut errors: Vec<FieldError> = failures.into_iter().map(|f| f.worded(field)).collect();
        self.check_embedded(value, field, &mut errors);
        // Elements are compared only when they are what they should be.
        if !errors.iter().any(|e| e.reason == "FieldValueTypeInvalid") {
            self.check_lists(value, field, &mut errors);
        }
        errors
    }

    fn check(&self, value: &Json, path: &str, out: &mut Vec<Failure>) {
        if value.is_null() {
            if !self.nullable && !self.types().is_empty() {
                out.push(wrong_type(path, &self.types(), "null"));
            }
            return self.check_values(value, path, out);
        }
        self.check_type(value, path, out);
        self.check_combined(value, path, out);
        match value {
            Json::String(text) => self.check_text(text, path, out),
            Json::Number(number) => self.check_number(number, path, out),
            Json::Array(items) => self.check_items(items, path, out),
            _ => {}
        }
        self.check_values(value, path, out);
        if let Json::Object(map) = value {
            self.check_map(map, path, out);
        }
    }

    fn types(&self) -> String {
        if self.int_or_string { "integer,string".to_owned() } else { self.kind.clone() }
    }

    fn check_type(&self, value: &Json, path: &str, out: &mut Vec<Failure>) {
        let found = match value {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(n) if n.is_f64() => "number",
            Json::Number(_) => "integer",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        };
        let whole = value.as_f64().is_some_and(|f| f.fract() == 0.0);
        let fits = |wanted: &str| match wanted {
            "integer" => found == "integer" || found == "number" && whole,
            "number" => found == "number" || found == "integer",
            wanted => wanted == found,
        };
        let types = self.types();
        if !types.is_empty() && !types.split(',').any(fits) {
            out.push(wrong_type(path, &types, found));
        }
    }

    fn check_text(&self, text: &str, path: &str, out: &mut Vec<Failure>) {
        let limits = &self.limits;
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let fail = |text_: String| Failure::invalid(path, text.into(), format!("{path} in body should {text_}"));
        // Only the first is told.
        if let Some(most) = limits.max_length.filter(|most| length > *most) {
            out.push(Failure::new(path, What::TooLong(most)));
        } else if let Some(least) = limits.min_length.filter(|least| length < *least) {
            out.push(fail(format!("be at least {least} chars long")));
        } else if let Some((pattern, Ok(regex))) = &limits.pattern
            && !regex.is_match(text)
        {
            out.push(fail(format!("match '{pattern}'")));
        }
        if !formats::fits(&limits.format, text) {
            let format = &limits.format;
            let message = format!("{path} in body must be of type {format}: {}", go::quote(text));
            out.push(Failure::typed(path, text.into(), message));
        }
    }

    fn check_items(&self, items: &[Json], path: &str, out: &mut Vec<Failure>) {
        if let Some(schema) = &self.items {
            for (at, item) in items.iter().enumerate() {
                schema.check(item, &format!("{path}[{at}]"), out);
            }
        }
        let limits = &self.limits;
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        if let Some(least) = limits.min_items.filter(|least| length < *least) {
            let text = format!("{path} in body should have at least {least} items");
            out.push(Failure::invalid(path, length.into(), text));
        }
        if let Some(most) = limits.max_items.filter(|most| length > *most) {
            out.push(Failure::new(path, What::TooMany(items.len(), most)));
        }
        let repeated = || items.iter().enumerate().any(|(at, item)| items.iter().take(at).any(|i| i == item));
        if limits.unique_items && repeated() {
            out.push(Failure::invalid(path, "".into(), format!("{path} in body shouldn't contain duplicates")));
        }
    }

    fn check_values(&self, value: &Json, path: &str, out: &mut Vec<Failure>) {
        let Some(values) = &self.limits.values else { return };
        if values.contains(value) || (value.is_null() && self.nullable) {
            return;
        }
        let supported = values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
        out.push(Failure::new(path, What::Unsupported(value.clone(), supported)));
    }

    fn check_map(&self, map: &Map<String, Json>, path: &str, out: &mut Vec<Failure>) {
        let limits = &self.limits;
        let length = i64::try_from(map.len()).unwrap_or(i64::MAX);
        if let Some(least) = limits.min_properties.filter(|least| length < *least) {
            let text = format!("{path} in body should have at least {least} properties");
            out.push(Failure::invalid(path, length.into(), text));
        }
        if let Some(most) = limits.max_properties.filter(|most| length > *most) {
            out.push(Failure::new(path, What::TooMany(map.len(), most)));
        }
        let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        for (key, value) in map.iter().filter(|(key, _)| !self.properties.contains_key(*key)) {
            match &self.additional {
                Additional::Schema(schema) => schema.check(value, &at(key), out),
                Additional::Allowed(false) => {
                    let text = format!("{path}.{key} in body is a forbidden property");
                    out.push(Failure::invalid(path, "".into(), text));
                }
                _ => {}
            }
        }
        let mut known: Vec<_> = self.properties.iter().filter_map(|(k, s)| map.get(k).map(|v| (k, s, v))).collect();
        known.sort_by_key(|(key, ..)| *key);
        for (key, schema, value) in known {
            schema.check(value, &at(key), out);
        }
        let missing = limits.required.iter().filter(|key| !map.contains_key(*key));
        out.extend(missing.map(|key| Failure::new(&at(key), What::Required)));
    }

    fn check_combined(&self, value: &Json, path: &str, out: &mut Vec<Failure>) {
        let failures = |schema: &Self| {
            let mut found = Vec::new();
            schema.check(value, path, &mut found);
            found
        };
        let mut fail = |text: String, best: Vec<Failure>| {
            out.push(Failure::invalid(path, "".into(), format!("{path:?} {text}")));
            out.extend(best);
        };
        if !self.any_of.is_empty() {
            let all: Vec<_> = self.any_of.iter().map(failures).collect();
            if all.iter().all(|f| !f.is_empty()) {
                fail("must validate at least one schema (anyOf)".into(), fewest(all));
            }
        }
        if !self.one_of.is_empty() {
            let all: Vec<_> = self.one_of.iter().map(failures).collect();
            match all.iter().filter(|f| f.is_empty()).count() {
                1 => {}
                0 => fail("must validate one and only one schema (oneOf). Found none valid".into(), fewest(all)),
                n => fail(
                    format!("must validate one and only one schema (oneOf). Found {n} valid alternatives"),
                    Vec::new(),
                ),
            }
        }
        if !self.all_of.is_empty() {
            let all: Vec<_> = self.all_of.iter().map(failures).collect();
            let good = all.iter().filter(|f| f.is_empty()).count();
            out.extend(all.into_iter().flatten());
            if good < self.all_of.len() {
                let none = if good == 0 { ". None validated" } else { "" };
                let text = format!("{path:?} must validate all the schemas (allOf){none}");
                out.push(Failure::invalid(path, "".into(), text));
            }
        }
        if self.not.as_ref().is_some_and(|schema| failures(schema).is_empty()) {
            out.push(Failure::invalid(path, "".into(), format!("{path:?} must not validate the schema (not)")));
        }
    }

    /// Objects within objects say what they are.
    fn check_embedded(&self, value: &Json, path: &str, out: &mut Vec<FieldError>) {
        let at = |key: &str| super::prune::join(path, key);
        match value {
            Json::Object(map) => {
                for (key, value) in map {
                    let schema = self.properties.get(key).or_else(|| self.additional.schema());
                    let Some(schema) = schema else { continue };
                    if schema.embedded && value.is_object() {
                        for field in ["apiVersion", "kind"] {
                            let text = value.get(field).and_then(Json::as_str).unwrap_or_default();
                            if text.is_empty() {
                                out.push(FieldError::required(format!("{}.{field}", at(key)), ""));
                            }
                        }
                    }
                    schema.check_embedded(value, &at(key), out);
                }
            }
            Json::Array(items) => {
                if let Some(schema) = &self.items {
                    for (at, item) in items.iter().enumerate() {
                        schema.check_embedded(item, &format!("{path}[{at}]"), out);
                    }
                }
            }
            _ => {}
        }
    }
}

fn fewest(all: Vec<Vec<Failure>>) -> Vec<Failure> {
    all.into_iter().min_by_key(Vec::len).unwrap_or_default()
}

fn wrong_type(path: &str, wanted: &str, found: &str) -> Failure {
    Failure::typed(path, found.into(), format!("{path} in body must be of type {wanted}: {found:?}"))
}
