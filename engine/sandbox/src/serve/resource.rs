//! The verbs on resources.
use std::sync::Arc;

use http::Method;
use serde_json::Value as Json;

use super::{Request, Server, review, verb, watch};
use crate::api::delete::{self, DeleteOptions};
use crate::api::patch::PatchType;
use crate::api::select::Selector;
use crate::api::write::{Proposal, Written, cannot_handle, check_fields};
use crate::api::{Call, list};
use crate::json::JsonExt;
use crate::known;
use crate::registry::Resource;
use crate::render::View;
use crate::request::accept::{self, Accept};
use crate::request::path::Target;
use crate::request::query::{FieldValidation, WriteOptions};
use crate::request::reply::{self, Response};
use crate::request::{accept::Form, decode};
use crate::status::{Cause, Failure, Outcome};
use crate::store::Object;

/// A request for a resource that is served.
pub(super) struct Ask<'a> {
    pub(super) request: &'a Request,
    pub(super) target: Target,
    pub(super) resource: Arc<Resource>,
    pub(super) accept: Accept,
}

impl Ask<'_> {
    pub(super) fn namespace(&self) -> &str {
        self.target.namespace.as_deref().unwrap_or_default()
    }

    pub(super) fn name(&self) -> Outcome<&str> {
        self.target.name.as_deref().ok_or_else(|| Failure::bad_request("name must be provided"))
    }

    pub(super) fn options(&self, kind: &str) -> Outcome<WriteOptions> {
        WriteOptions::parse(&self.request.query, self.request.agent(), kind)
    }

    /// The object in the form the client reads.
    pub(super) fn show(&self, code: u16, object: &Object) -> Outcome<Response> {
        let view = View::parse(&self.accept, &self.request.query)?;
        Ok(reply::encoded(code, self.accept.media, view.object(&self.resource, object, true)))
    }

    pub(super) fn body(&self) -> Outcome<decode::Decoded> {
        let content_type = self.request.content_type();
        if self.resource.custom.is_some() && decode::media_type(content_type) == "application/vnd.kubernetes.protobuf" {
            return Err(Failure::unsupported_media(&["application/json", "application/yaml"]));
        }
        decode::object(content_type, &self.request.body, &self.resource.kind)
    }
}

impl Server {
    pub(super) fn resource(&self, request: &Request, target: Target) -> Outcome<Response> {
        let served = self.api.registry.served();
        let found = served.find(&target.group, &target.version, &target.plural);
        let resource = found.ok_or_else(Failure::page_not_found)?;
        let accept = accept::negotiate(request.accept(), false)?;
        check_scope(&resource, &target, &request.method)?;
        let warning = resource.custom.as_ref().and_then(|c| c.deprecated.clone()).or_else(|| deprecated(&resource));
        let ask = Ask { request, target, resource, accept };
        let mut response = self.verb(&ask)?;
        reply::warn(&mut response, warning.as_slice());
        Ok(response)
    }

    fn verb(&self, ask: &Ask<'_>) -> Outcome<Response> {
        if ask.resource.is_virtual() {
            return review::answer(ask);
        }
        if let Some(subresource) = ask.target.subresource.as_deref().filter(|s| *s != "status" && *s != "finalize") {
            return self.subresource(ask, subresource);
        }
        if let Some(subresource) = ask.target.subresource.as_deref()
            && !ask.resource.has(subresource)
        {
            return Err(Failure::not_found(&ask.resource.names(), ask.name()?));
        }
        let verb = verb(&ask.request.method, &ask.target, &ask.request.query);
        if ask.target.subresource.is_some() && matches!(verb, "create" | "delete" | "watch") {
            return Err(Failure::method_not_allowed());
        }
        if verb == "create" && ask.target.name.is_some() {
            return Err(Failure::method_not_allowed());
        }
        match verb {
            "get" => self.read(ask),
            "list" => self.list(ask),
            "watch" => watch::stream(self, ask),
            "create" => self.create(ask),
            "update" => self.update(ask),
            "patch" => self.patch(ask),
            "delete" => self.delete(ask),
            "deletecollection" => self.delete_collection(ask),
            _ => Err(Failure::method_not_allowed()),
        }
    }

    fn read(&self, ask: &Ask<'_>) -> Outcome<Response> {
        if let Some(rv) = ask.request.query.get("resourceVersion") {
            let rv =
                list::parse_rv(rv).map_err(|why| Failure::bad_request(format!("invalid resource version: {why}")))?;
            let current = self.api.store.revision();
            if rv > current {
                return Err(Failure::too_large_version(rv, current));
            }
        }
        let object = self.api.get(&ask.resource, ask.namespace(), ask.name()?)?;
        ask.show(200, &object)
    }

    fn list(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let view = View::parse(&ask.accept, &ask.request.query)?;
        let page = self.api.list(&ask.resource, ask.target.namespace.as_deref(), &ask.request.query)?;
        Ok(reply::encoded(200, ask.accept.media, view.list(&ask.resource, &page)))
    }

    fn create(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let options = ask.options("CreateOptions")?;
        let decoded = ask.body()?;
        let mut call = Call::new(&ask.resource, ask.namespace(), &options);
        let value = checked(&mut call, decoded)?;
        let written = self.api.create(&mut call, Proposal::new(value))?;
        answer(ask, call, &written)
    }

    fn update(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let name = ask.name()?;
        let options = ask.options("UpdateOptions")?;
        let decoded = ask.body()?;
        let mut call = Call::new(&ask.resource, ask.namespace(), &options).sub(ask.target.subresource.as_deref());
        let value = checked(&mut call, decoded)?;
        if creates_on_update(&ask.resource) && self.api.get(&ask.resource, ask.namespace(), name).is_err() {
            let mut value = value;
            value.put_default(&["metadata", "name"], name);
            value.drop_field(&["metadata", "resourceVersion"]);
            let written = self.api.create(&mut call, Proposal::new(value))?;
            return answer(ask, call, &written);
        }
        let written = self.api.update(&mut call, name, &mut |_, _| Ok(Proposal::new(value.clone())))?;
        answer(ask, call, &written)
    }

    fn patch(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let name = ask.name()?;
        let kind = PatchType::parse(ask.request.content_type(), ask.resource.custom.is_none())?;
        if kind == PatchType::Apply && ask.request.query.get("fieldManager").is_none() {
            let cause = Cause::required("fieldManager", "is required for apply patch");
            return Err(Failure::invalid_options("PatchOptions", cause));
        }
        let options = ask.options("PatchOptions")?;
        let mut call = Call::new(&ask.resource, ask.namespace(), &options).sub(ask.target.subresource.as_deref());
        let written = self.api.patch(&mut call, name, kind, &ask.request.body)?;
        answer(ask, call, &written)
    }

    fn delete_options(&self, ask: &Ask<'_>) -> Outcome<DeleteOptions> {
        let body = if ask.request.body.is_empty() {
            Json::Null
        } else {
            decode::object(ask.request.content_type(), &ask.request.body, "DeleteOptions")?.value
        };
        DeleteOptions::parse(&ask.request.query, &body)
    }

    fn delete(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let options = self.delete_options(ask)?;
        let write = WriteOptions::internal("");
        let mut call = Call::new(&ask.resource, ask.namespace(), &write);
        let deleted = self.api.delete(&mut call, ask.name()?, &options)?;
        let answer = delete::answer(&ask.resource, &deleted);
        Ok(reply::encoded(200, ask.accept.media, answer.to_string().into_bytes()))
    }

    fn delete_collection(&self, ask: &Ask<'_>) -> Outcome<Response> {
        let options = self.delete_options(ask)?;
        if ask.resource.namespaced && ask.target.namespace.is_none() || !ask.resource.allows("deletecollection") {
            return Err(Failure::method_not_allowed());
        }
        let query = ask.request.query.filtered(&["labelSelector", "fieldSelector"]);
        Selector::parse(&query, &ask.resource)?;
        let page = self.api.list(&ask.resource, ask.target.namespace.as_deref(), &query)?;
        let write = WriteOptions::internal("");
        for object in &page.objects {
            let mut call = Call::new(&ask.resource, object.namespace(), &write);
            match self.api.delete(&mut call, object.name(), &options) {
                Err(failure) if failure.code != 404 => return Err(failure),
                _ => {}
            }
        }
        let view = View { form: Form::Plain, include: crate::render::Include::Metadata };
        Ok(reply::encoded(200, ask.accept.media, view.list(&ask.resource, &page)))
    }
}

/// The body with its unknown fields treated as asked for.
fn checked(call: &mut Call<'_>, decoded: decode::Decoded) -> Outcome<Json> {
    let mut value = decoded.value;
    if !value.is_object() {
        let message = format!(
            "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: \
             json: cannot unmarshal into Go value of type struct",
            call.resource.kind
        );
        return Err(Failure::bad_request(message));
    }
    crate::api::meta::check_type(call.resource, &mut value)?;
    let mut warnings = Vec::new();
    check_fields(call, &mut value, &decoded.duplicates, &mut warnings, |_, why| cannot_handle(call, &why))?;
    known::check_types(call.resource, &value).map_err(|why| cannot_handle(call, &why))?;
    if call.options.validation == FieldValidation::Warn {
        call.warnings.append(&mut warnings);
    }
    Ok(value)
}

fn answer(ask: &Ask<'_>, call: Call<'_>, written: &Written) -> Outcome<Response> {
    let mut response = ask.show(if written.created { 201 } else { 200 }, &written.object)?;
    reply::warn(&mut response, &call.warnings);
    Ok(response)
}

/// Namespaced objects live in namespaces, the others do not.
fn check_scope(resource: &Resource, target: &Target, method: &Method) -> Outcome<()> {
    let wrong = match (resource.namespaced, &target.namespace) {
        (false, Some(_)) => true,
        (true, None) => target.name.is_some() || method == Method::POST && !resource.is_virtual(),
        _ => false,
    };
    if wrong { Err(Failure::page_not_found()) } else { Ok(()) }
}

/// Kinds that a PUT creates.
fn creates_on_update(resource: &Resource) -> bool {
    let kinds = [
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
        "Lease",
        "Event",
        "Endpoints",
        "Service",
        "LimitRange",
        "RuntimeClass",
    ];
    resource.custom.is_none() && kinds.contains(&resource.kind.as_str())
}

fn deprecated(resource: &Resource) -> Option<String> {
    resource
        .is("", "Endpoints")
        .then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned())
}
