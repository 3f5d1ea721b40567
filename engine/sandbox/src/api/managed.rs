//! Who owns which field: `metadata.managedFields`.
use serde_json::Value as Json;

use super::{Call, in_version, now};
use crate::known;
use crate::registry::Resource;
use crate::request::query::WriteOptions;
use crate::status::Outcome;
use crate::store::Object;

/// The writer of a change, as an entry of managed fields names it.
pub(crate) struct Manager<'a> {
    pub(crate) name: &'a str,
    pub(crate) api_version: String,
    pub(crate) subresource: &'a str,
    pub(crate) time: String,
}

fn manager<'a>(resource: &Resource, subresource: Option<&'a str>, options: &'a WriteOptions) -> Manager<'a> {
    Manager {
        name: &options.manager,
        api_version: resource.api_version(),
        subresource: subresource.filter(|s| *s != "finalize").unwrap_or_default(),
        time: now(),
    }
}

pub(crate) fn on_create(call: &Call<'_>, value: &mut Json) {
    let manager = manager(call.resource, call.subresource, call.options);
    known::track(call.resource, None, value, &manager);
}

pub(crate) fn on_update(call: &Call<'_>, before: &Object, value: &mut Json) {
    let manager = manager(call.resource, call.subresource, call.options);
    let before = in_version(call.resource, &before.value);
    known::track(call.resource, Some(&before), value, &manager);
}

/// The object after server-side apply, with its managed fields.
pub(crate) fn apply(
    resource: &Resource,
    subresource: Option<&str>,
    options: &WriteOptions,
    live: &Json,
    applied: &Json,
) -> Outcome<Json> {
    let manager = manager(resource, subresource, options);
    known::apply(resource, live, applied, &manager, options.force == Some(true))
}
