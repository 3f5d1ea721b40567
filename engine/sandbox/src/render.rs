//! Objects as clients want to read them: whole, as table rows, as metadata only.
use serde_json::{Value as Json, json};

use crate::api::in_version;
use crate::api::list::{Page, list_meta};
use crate::known;
use crate::registry::Resource;
use crate::request::accept::{Accept, Form};
use crate::request::query::Query;
use crate::status::{Failure, Outcome};
use crate::store::Object;

/// What a table row carries of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    Metadata,
    Object,
    None,
}

/// How objects of one resource are written for one request.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) form: Form,
    pub(crate) include: Include,
}

impl View {
    pub(crate) fn parse(accept: &Accept, query: &Query) -> Outcome<Self> {
        let include = match query.get("includeObject") {
            None | Some("Metadata") => Include::Metadata,
            Some("Object") => Include::Object,
            Some("None") => Include::None,
            Some(other) if matches!(accept.form, Form::Table(_)) => {
                return Err(Failure::bad_request(format!(
                    "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be \
                     'Metadata', 'Object', 'None', or empty"
                )));
            }
            Some(_) => Include::Metadata,
        };
        Ok(Self { form: accept.form.clone(), include })
    }

    /// One object; `first` tells whether a table needs its columns.
    pub(crate) fn object(&self, resource: &Resource, object: &Object, first: bool) -> Vec<u8> {
        match &self.form {
            Form::Table(version) => {
                let meta = json!({"resourceVersion": object.rv.to_string()});
                let rows = vec![self.row(resource, object, version)];
                table(resource, version, meta, rows, first).to_string().into_bytes()
            }
            Form::Partial(version) | Form::PartialList(version) => partial(object, version).to_string().into_bytes(),
            _ => whole(resource, object),
        }
    }

    /// A bookmark in this form.
    pub(crate) fn bookmark(&self, object: Json) -> Json {
        match &self.form {
            Form::Table(version) => {
                let meta = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
                let row = json!({"cells": [], "object": object});
                json!({"kind": "Table", "apiVersion": format!("meta.k8s.io/{version}"), "metadata": meta,
                    "columnDefinitions": [], "rows": [row]})
            }
            Form::Partial(version) | Form::PartialList(version) => {
                json!({"kind": "PartialObjectMetadata", "apiVersion": format!("meta.k8s.io/{version}"),
                    "metadata": object["metadata"]})
            }
            _ => object,
        }
    }

    fn row(&self, resource: &Resource, object: &Object, version: &str) -> Json {
        let value = in_version(resource, &object.value);
        let shown = match self.include {
            Include::Metadata => partial(object, version),
            Include::Object => value.clone(),
            Include::None => Json::Null,
        };
        let mut row = json!({"cells": known::cells(resource, &value)});
        if let Some(conditions) = known::conditions(resource, &value) {
            row["conditions"] = conditions;
        }
        row["object"] = shown;
        row
    }

    pub(crate) fn list(&self, resource: &Resource, page: &Page) -> Vec<u8> {
        let meta = list_meta(page, resource.custom.is_some());
        match &self.form {
            Form::Table(version) => {
                let rows = page.objects.iter().map(|o| self.row(resource, o, version)).collect();
                table(resource, version, meta, rows, true).to_string().into_bytes()
            }
            Form::Partial(version) | Form::PartialList(version) => {
                let items: Vec<_> = page.objects.iter().map(|o| partial(o, version)).collect();
                let list = json!({"kind": "PartialObjectMetadataList", "apiVersion": format!("meta.k8s.io/{version}"),
                    "metadata": meta, "items": items});
                list.to_string().into_bytes()
            }
            _ => whole_list(resource, page, &meta),
        }
    }
}

fn whole(resource: &Resource, object: &Object) -> Vec<u8> {
    if let Some(value) = crate::registry::converted(resource, object) {
        return value.to_string().into_bytes();
    }
    object.json(Some((&resource.api_version(), &resource.kind)))
}

fn whole_list(resource: &Resource, page: &Page, meta: &Json) -> Vec<u8> {
    let api_version = resource.api_version();
    let head = format!(r#"{{"kind":"{}","apiVersion":"{api_version}","metadata":{meta},"items":["#, resource.list_kind);
    let mut out = head.into_bytes();
    for (i, object) in page.objects.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        // Items of built-in lists do not repeat their type.
        let names = resource.custom.as_ref().map(|_| (api_version.as_str(), resource.kind.as_str()));
        match crate::registry::converted(resource, object) {
            Some(value) => out.extend_from_slice(value.to_string().as_bytes()),
            None => out.extend_from_slice(&object.json(names)),
        }
    }
    out.extend_from_slice(b"]}");
    out
}

fn table(resource: &Resource, version: &str, meta: Json, rows: Vec<Json>, columns: bool) -> Json {
    let definitions = if columns { known::columns(resource) } else { Vec::new() };
    json!({"kind": "Table", "apiVersion": format!("meta.k8s.io/{version}"), "metadata": meta,
        "columnDefinitions": definitions, "rows": rows})
}

fn partial(object: &Object, version: &str) -> Json {
    json!({"kind": "PartialObjectMetadata", "apiVersion": format!("meta.k8s.io/{version}"),
        "metadata": object.value.get("metadata").cloned().unwrap_or_default()})
}
