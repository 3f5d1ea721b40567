//! Requests and their answers.
mod discovery;
mod info;
mod openapi;
mod resource;
mod review;
mod subresource;
mod watch;

use std::sync::Arc;

use bytes::Bytes;
use http::Method;

use crate::api::Api;
use crate::faults::{Asked, Faults};
use crate::request::accept::{self, Media};
use crate::request::path::{self, Route, Target};
use crate::request::query::Query;
use crate::request::reply::{self, Response};
use crate::status::{Failure, Outcome};

pub(crate) use openapi::Documents;

/// A request with its body read.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    fn accept(&self) -> Option<&str> {
        self.header("accept")
    }

    fn agent(&self) -> &str {
        self.header("user-agent").unwrap_or_default()
    }

    fn content_type(&self) -> Option<&str> {
        self.header("content-type")
    }
}

/// What requests are answered from.
pub(crate) struct Server {
    pub(crate) api: Arc<Api>,
    pub(crate) faults: Faults,
    pub(crate) documents: Documents,
    /// Ends when the sandbox does; watches listen to it.
    pub(crate) alive: tokio::sync::watch::Sender<()>,
}

impl Server {
    /// Answers, and tells whether the request may have changed something.
    pub(crate) fn handle(&self, request: &Request) -> (Response, bool) {
        let media = accept::negotiate(request.accept(), true).map_or(Media::Json, |a| a.media);
        let outcome = self.route(request);
        let response = outcome.unwrap_or_else(|failure| reply::failure(&failure, media));
        (response, request.method != Method::GET)
    }

    fn route(&self, request: &Request) -> Outcome<Response> {
        match path::route(&request.path) {
            Route::Resource(target) => self.resource(request, target),
            Route::Core | Route::Groups | Route::Group(_) | Route::Version { .. } if request.method != Method::GET => {
                Err(Failure::method_not_allowed())
            }
            Route::Core => self.core_versions(request),
            Route::Groups => self.groups(request),
            Route::Group(group) => self.group(&group),
            Route::Version { group, version } => self.group_version(&group, &version),
            Route::OpenApiIndex => self.openapi_index(request),
            Route::OpenApi(document) => self.openapi_document(request, &document),
            Route::OpenApiV2 => self.openapi_v2(request),
            Route::ServerVersion => Ok(info::version()),
            Route::Health(check) => Ok(info::health(&check, &request.query)),
            Route::Other => Ok(info::paths(&request.path, &self.api.registry.served())),
        }
    }
}

/// The request as faults and counters see it.
pub(crate) fn asked(method: &Method, path: &str, query: &Query) -> Asked {
    let Route::Resource(target) = path::route(path) else {
        let verb = method.as_str().to_lowercase();
        return Asked { verb, resource: path.to_owned(), ..Asked::default() };
    };
    let verb = verb(method, &target, query).to_owned();
    let (resource, name) = (target.resource(), target.name.unwrap_or_default());
    Asked { verb, resource, namespace: target.namespace.unwrap_or_default(), name }
}

fn verb(method: &Method, target: &Target, query: &Query) -> &'static str {
    let named = target.name.is_some();
    match method.as_str() {
        "GET" | "HEAD" if target.watch || (!named && query.flag("watch")) => "watch",
        "GET" | "HEAD" if named => "get",
        "GET" | "HEAD" => "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" if named => "delete",
        "DELETE" => "deletecollection",
        _ => "other",
    }
}
