//! JSON merge, strategic merge, three-way merge.
use serde_json::Value as Json;

/// Strategic merge of `patch` into `live` with the merge keys of a built-in kind (`$patch`, `$setElementOrder`,
/// `$deleteFromPrimitiveList`, `$retainKeys`); None when the kind is not built in (use a JSON merge).
pub fn strategic(
    _group: &str,
    _version: &str,
    _kind: &str,
    _live: &Json,
    _patch: &Json,
) -> Option<Result<Json, String>> {
    unimplemented!()
}

/// RFC 7386.
pub fn json_merge(_live: &Json, _patch: &Json) -> Json {
    unimplemented!()
}

/// Whether `live` already holds everything `desired` asks for: maps by key, lists by merge key where the kind is
/// built in, quantities and int-or-string compared by meaning. Decides that nothing needs to be written.
pub fn contains(_group: &str, _version: &str, _kind: &str, _live: &Json, _desired: &Json) -> bool {
    unimplemented!()
}
