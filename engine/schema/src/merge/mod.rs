//! Patches and merges: JSON merge, strategic merge with its directives, the three-way patches of client-side apply,
//! and the question that saves writes: does the live object hold the desired one already?
//!
//! A strategic merge needs to know the kind: which lists are merged, and by which key. Only built-in kinds have that;
//! functions that take a kind answer None for others, whose objects are merged as plain JSON.

mod contains;
mod last_applied;
mod lists;
mod place;
mod strategic;
mod three_way;

use serde_json::{Map, Value as Json};

pub use contains::{contains, contains_json};
pub use last_applied::{ANNOTATION as LAST_APPLIED, last_applied_patch, last_applied_text};
pub use three_way::{three_way_json_merge, three_way_strategic};

use place::Place;

/// A strategic merge of `patch` into `live` as the API server does it, with its words for what it refuses; None when
/// the kind is not built in.
///
/// Directives: `$patch: replace|delete`, `$setElementOrder/FIELD`, `$deleteFromPrimitiveList/FIELD`, `$retainKeys`.
pub fn strategic(group: &str, version: &str, kind: &str, live: &Json, patch: &Json) -> Option<Result<Json, String>> {
    let place = Place::of_kind(group, version, kind)?;
    Some(match (live, patch) {
        (Json::Object(live), Json::Object(patch)) => {
            strategic::merge(live.clone(), patch.clone(), place, strategic::Mode::Object).map(Json::Object)
        }
        _ => Err("expected a map".to_owned()),
    })
}

/// RFC 7386: maps are merged, null removes, everything else replaces.
pub fn json_merge(live: &Json, patch: &Json) -> Json {
    let mut value = live.clone();
    merge_into(&mut value, patch);
    value
}

fn merge_into(value: &mut Json, patch: &Json) {
    let Json::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Json::Object(Map::new());
    }
    let Json::Object(map) = value else { return };
    for (key, change) in patch {
        if change.is_null() {
            map.shift_remove(key);
        } else {
            merge_into(map.entry(key.clone()).or_insert(Json::Null), change);
        }
    }
}

/// The JSON merge patch that turns `from` into `to`.
pub fn json_diff(from: &Json, to: &Json) -> Json {
    let (Json::Object(from), Json::Object(to)) = (from, to) else { return to.clone() };
    let mut patch = Map::new();
    for (key, new) in to {
        match from.get(key) {
            Some(old) if old == new => {}
            Some(old @ Json::Object(_)) if new.is_object() => {
                patch.insert(key.clone(), json_diff(old, new));
            }
            _ => {
                patch.insert(key.clone(), new.clone());
            }
        }
    }
    let gone = from.keys().filter(|k| !to.contains_key(*k));
    patch.extend(gone.map(|k| (k.clone(), Json::Null)));
    Json::Object(patch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_merge_follows_the_rfc() {
        for (live, patch, wanted) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a"]), json!(["c"]), json!(["c"])),
            (json!({"a": "b"}), json!(null), json!(null)),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            assert_eq!(json_merge(&live, &patch), wanted, "{live} + {patch}");
        }
    }

    #[test]
    fn a_diff_leads_from_one_to_the_other() {
        let (from, to) = (json!({"a": {"b": 1, "c": 2}, "d": [1], "e": 1}), json!({"a": {"b": 1}, "d": [2], "f": {}}));
        let patch = json_diff(&from, &to);
        assert_eq!(patch, json!({"a": {"c": null}, "d": [2], "f": {}, "e": null}));
        assert_eq!(json_merge(&from, &patch), to);
    }
}
