//! Which changes of a CR start a run.
use crate::annotations::is_paused;
use crate::queue::Reason;
use crate::watches::Watch;
use serde_json::Value as Json;

/// `metadata.generation`; 0 for kinds that have none.
pub(crate) fn generation(object: &Json) -> i64 {
    object["metadata"]["generation"].as_i64().unwrap_or_default()
}

/// Somebody asked for its deletion.
pub(crate) fn is_deleting(object: &Json) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

pub(crate) fn has_finalizer(object: &Json, name: &str) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|all| all.iter().any(|finalizer| finalizer == name))
}

/// Whether this watch looks after the object at all. One that left the selector but waits for our finalizer is ours
/// to the end.
pub(crate) fn is_selected(watch: &Watch, object: &Json) -> bool {
    let waits = || {
        let ours = watch.finalizer.as_ref().is_some_and(|finalizer| has_finalizer(object, &finalizer.name));
        is_deleting(object) && ours
    };
    watch.selector.as_ref().is_none_or(|selector| selector.matches(object)) || waits()
}

/// The reason to run, if the change from `old` to `new` is one.
pub(crate) fn reason(watch: &Watch, old: Option<&Json>, new: &Json) -> Option<Reason> {
    let Some(old) = old else { return Some(if is_deleting(new) { Reason::Deleted } else { Reason::Created }) };
    if old["metadata"]["uid"] != new["metadata"]["uid"] {
        return Some(Reason::Created);
    }
    if is_deleting(new) && !is_deleting(old) {
        return Some(Reason::Deleted);
    }
    let (before, after) = (generation(old), generation(new));
    if before != after || (after == 0 && content_differs(old, new)) {
        return Some(Reason::SpecChanged);
    }
    let resumed = is_paused(old) && !is_paused(new);
    let annotations =
        watch.watch_annotations_changes && old["metadata"]["annotations"] != new["metadata"]["annotations"];
    (annotations || resumed).then_some(Reason::AnnotationsChanged)
}

/// For kinds without generation (Secret, ConfigMap): any change but those of the status and of bookkeeping, which our
/// own writes make.
fn content_differs(old: &Json, new: &Json) -> bool {
    stripped(old) != stripped(new)
}

fn stripped(object: &Json) -> Json {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        metadata.remove("resourceVersion");
        metadata.remove("managedFields");
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watches::{Finalizer, test_watch};
    use serde_json::json;

    fn object(metadata: Json) -> Json {
        let mut object = json!({"metadata": {"uid": "u", "generation": 1, "resourceVersion": "1"}});
        for (key, value) in metadata.as_object().unwrap() {
            object["metadata"][key] = value.clone();
        }
        object
    }

    #[test]
    fn changes_that_start_a_run() {
        let plain = test_watch("g/v1", "K");
        let annotations = Watch { watch_annotations_changes: true, ..plain.clone() };
        let base = object(json!({}));
        let annotated = object(json!({"annotations": {"a": "b"}, "resourceVersion": "2"}));
        let paused = object(json!({"annotations": {"rolewright.dev/paused": "true"}}));
        let deleting = object(json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "generation": 2}));
        let rows = [
            ("created", &plain, None, &base, Some(Reason::Created)),
            ("found in deletion", &plain, None, &deleting, Some(Reason::Deleted)),
            ("resync", &plain, Some(&base), &base, None),
            ("spec", &plain, Some(&base), &object(json!({"generation": 2})), Some(Reason::SpecChanged)),
            ("labels", &plain, Some(&base), &object(json!({"labels": {"a": "b"}})), None),
            ("finalizers", &plain, Some(&base), &object(json!({"finalizers": ["f"]})), None),
            ("annotations", &plain, Some(&base), &annotated, None),
            ("annotations, wanted", &annotations, Some(&base), &annotated, Some(Reason::AnnotationsChanged)),
            ("resumed", &plain, Some(&paused), &base, Some(Reason::AnnotationsChanged)),
            ("paused", &plain, Some(&base), &paused, None),
            ("deletion", &plain, Some(&base), &deleting, Some(Reason::Deleted)),
            ("deletion seen before", &plain, Some(&deleting), &deleting, None),
            ("made anew", &plain, Some(&base), &object(json!({"uid": "other"})), Some(Reason::Created)),
        ];
        for (what, watch, old, new, expected) in rows {
            assert_eq!(reason(watch, old, new), expected, "{what}");
        }
    }

    #[test]
    fn kinds_without_generation_run_on_content() {
        let watch = test_watch("v1", "Secret");
        let with = |key: &str, value: Json| {
            let mut object = object(json!({"generation": null, "resourceVersion": key}));
            object[key] = value;
            object
        };
        let old = with("data", json!({"a": "1"}));
        assert_eq!(reason(&watch, Some(&old), &with("data", json!({"a": "2"}))), Some(Reason::SpecChanged));
        let labelled = |mut object: Json| {
            object["metadata"]["labels"] = json!({"x": "y"});
            object
        };
        assert_eq!(reason(&watch, Some(&old), &labelled(old.clone())), Some(Reason::SpecChanged));
        let written = |mut object: Json| {
            object["status"] = json!({"phase": "x"});
            object["metadata"]["resourceVersion"] = json!("9");
            object
        };
        assert_eq!(reason(&watch, Some(&old), &written(old.clone())), None, "our own status is no reason");
    }

    #[test]
    fn a_cr_with_our_finalizer_stays_ours_to_the_end() {
        let selector = crate::watches::Selector::of_label("a", "b");
        let finalizer = Finalizer { name: "f".into(), content: None, vars: Vec::new() };
        let watch = Watch { selector: Some(selector), finalizer: Some(finalizer), ..test_watch("g/v1", "K") };
        let deleted = "2026-01-01T00:00:00Z";
        for (metadata, expected) in [
            (json!({"labels": {"a": "b"}}), true),
            (json!({"labels": {"a": "c"}}), false),
            (json!({"finalizers": ["f"]}), false),
            (json!({"finalizers": ["f"], "deletionTimestamp": deleted}), true),
            (json!({"finalizers": ["x"], "deletionTimestamp": deleted}), false),
        ] {
            assert_eq!(is_selected(&watch, &object(metadata.clone())), expected, "{metadata}");
        }
    }
}
