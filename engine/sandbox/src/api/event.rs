//! Events: one store, seen as `v1` and as `events.k8s.io/v1`.
use serde_json::Value as Json;

use crate::json::JsonExt;

/// Fields of `v1` with their names in `events.k8s.io/v1`.
const RENAMED: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

/// From the stored form to that of `events.k8s.io`.
pub(crate) fn modern(value: &Json) -> Json {
    let mut value = rename(value, RENAMED.iter().copied());
    if let Some(component) = value.drop_field(&["reportingComponent"]) {
        value.put(&["reportingController"], component);
    }
    value
}

/// From the form of `events.k8s.io` to the stored one.
pub(crate) fn stored(value: &Json) -> Json {
    let mut value = rename(value, RENAMED.iter().map(|(old, new)| (*new, *old)));
    if let Some(controller) = value.drop_field(&["reportingController"]) {
        value.put(&["reportingComponent"], controller);
    }
    value
}

fn rename<'a>(value: &Json, pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Json {
    let fields = value.as_object().into_iter().flatten();
    let renamed = fields.map(|(key, field)| {
        let name = pairs.clone().find(|(old, _)| old == key).map_or(key.as_str(), |(_, new)| new);
        (name.to_owned(), field.clone())
    });
    Json::Object(renamed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_views_hold_the_same() {
        let event = json!({"involvedObject": {"name": "x"}, "message": "m", "count": 1, "reportingComponent": "c"});
        let modern = modern(&event);
        assert_eq!(
            modern,
            json!({"regarding": {"name": "x"}, "note": "m", "deprecatedCount": 1, "reportingController": "c"})
        );
        assert_eq!(stored(&modern), event);
    }
}
