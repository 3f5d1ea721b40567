//! Label and field selectors of requests.
use rolewright_schema::selector::{Fields, Labels, supported_fields};

pub(crate) use rolewright_schema::selector::selects;

use crate::registry::Resource;
use crate::request::query::Query;
use crate::status::{Failure, Outcome};
use crate::store::Object;

/// Which objects a request is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selector {
    labels: Labels,
    fields: Fields,
}

impl Selector {
    pub(crate) fn parse(query: &Query, resource: &Resource) -> Outcome<Self> {
        let labels = Labels::parse(query.get("labelSelector").unwrap_or_default()).map_err(Failure::bad_request)?;
        let fields = Fields::parse(query.get("fieldSelector").unwrap_or_default()).map_err(Failure::bad_request)?;
        fields.names().try_for_each(|field| check_field(resource, field))?;
        Ok(Self { labels, fields })
    }

    pub(crate) fn with_name(mut self, name: &str) -> Self {
        self.fields = self.fields.and("metadata.name", name);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Object) -> bool {
        self.labels.matches(object.value.pointer("/metadata/labels")) && self.fields.matches(&object.value)
    }

    /// The one name the selector asks for, so that the object can be looked up.
    pub(crate) fn name(&self) -> Option<&str> {
        self.fields.exact("metadata.name")
    }
}

fn check_field(resource: &Resource, field: &str) -> Outcome<()> {
    if field == "metadata.name" || (field == "metadata.namespace" && resource.namespaced) {
        return Ok(());
    }
    if let Some(custom) = &resource.custom {
        let known = custom.selectable.iter().any(|s| s == field);
        return if known { Ok(()) } else { Err(unsupported(field)) };
    }
    match supported_fields(&resource.group, &resource.kind) {
        Some(fields) if fields.contains(&field) => Ok(()),
        Some(_) => Err(unsupported(field)),
        None => Err(Failure::bad_request(format!(
            "{field:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        ))),
    }
}

fn unsupported(field: &str) -> Box<Failure> {
    Failure::bad_request(format!("field label not supported: {field}"))
}
