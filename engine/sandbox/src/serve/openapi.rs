//! OpenAPI documents, one for each group and version, written when they are first asked for.
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha512};

use super::discovery::Hex;
use super::{Request, Server};
use crate::known;
use crate::registry::{Resource, Served};
use crate::request::reply::{self, Response};
use crate::status::{Failure, Outcome};

/// Written documents, by their hash.
#[derive(Default)]
pub(crate) struct Documents(Mutex<HashMap<String, Bytes>>);

impl Server {
    pub(super) fn openapi_index(&self, request: &Request) -> Outcome<Response> {
        let served = self.api.registry.served();
        let mut paths = Map::new();
        for (group, versions) in served.groups() {
            for version in versions {
                let name = document_name(group, version);
                let url = format!("/openapi/v3/{name}?hash={}", hash(&served, group, version));
                paths.insert(name, json!({"serverRelativeURL": url}));
            }
        }
        let body = json!({"paths": paths}).to_string();
        let etag = format!("\"{:X}\"", Hex(&Sha512::digest(body.as_bytes())));
        let mut response = match request.header("if-none-match") == Some(etag.as_str()) {
            true => reply::bytes(304, "application/json", ""),
            false => reply::bytes(200, "application/json", body),
        };
        reply::header(&mut response, http::header::ETAG, &etag);
        Ok(response)
    }

    pub(super) fn openapi_document(&self, request: &Request, name: &str) -> Outcome<Response> {
        let served = self.api.registry.served();
        let parts: Vec<&str> = name.split('/').collect();
        let (group, version) = match parts.as_slice() {
            ["api", version] => ("", *version),
            ["apis", group, version] => (*group, *version),
            _ => return Err(Failure::page_not_found()),
        };
        if served.group_version(group, version).next().is_none() {
            return Err(Failure::page_not_found());
        }
        let hash = hash(&served, group, version);
        let asked = request.query.get("hash");
        if asked.is_some_and(|h| h != hash) {
            let mut response = reply::bytes(301, "text/html; charset=utf-8", "");
            let url = format!("/openapi/v3/{name}?hash={hash}");
            reply::header(&mut response, http::header::LOCATION, &url);
            return Ok(response);
        }
        let mut response = reply::bytes(200, "application/json", self.document(&served, group, version, &hash));
        reply::header(&mut response, http::header::ETAG, &format!("\"{hash}\""));
        reply::header(&mut response, http::header::VARY, "Accept");
        if asked.is_some() {
            reply::header(&mut response, http::header::CACHE_CONTROL, "public, immutable");
        }
        Ok(response)
    }

    fn document(&self, served: &Served, group: &str, version: &str, hash: &str) -> Bytes {
        if let Some(bytes) = self.documents.0.lock().get(hash) {
            return bytes.clone();
        }
        let bytes = Bytes::from(document(served, group, version).to_string());
        self.documents.0.lock().insert(hash.to_owned(), bytes.clone());
        bytes
    }

    /// An older document that knows no kind: kubectl asks for it when it meets a kind that the newer ones lack, and
    /// then says that the kind is not installed. As protobuf it is one field, the version of the format.
    pub(super) fn openapi_v2(&self, request: &Request) -> Outcome<Response> {
        let accept = request.accept().unwrap_or("*/*");
        if accept.contains("proto-openapi.spec.v2") {
            let content_type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
            return Ok(reply::bytes(200, content_type, &b"\x0a\x032.0"[..]));
        }
        if !(accept.contains("json") || accept.contains("*/*")) {
            return Err(Failure::not_acceptable());
        }
        let value = json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": version()}, "paths": {},
            "definitions": {}});
        Ok(reply::json(200, &value))
    }
}

fn version() -> String {
    format!("v1.{}.0", super::info::MINOR)
}

fn document_name(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// Changes when the document would; costs no document.
fn hash(served: &Served, group: &str, version: &str) -> String {
    let mut hasher = Sha512::new();
    hasher.update(format!("{} {group} {version}", super::info::MINOR));
    for custom in served.group_version(group, version).filter_map(|r| r.custom.as_ref().map(|c| (r, c))) {
        let (resource, custom) = custom;
        hasher.update(format!("{} {:?} {}", resource.plural, resource.subresources, custom.schema));
    }
    format!("{:X}", Hex(&hasher.finalize()))
}

fn document(served: &Served, group: &str, api_version: &str) -> Json {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for resource in served.group_version(group, api_version) {
        let name = known::definitions(resource, &mut schemas);
        add_paths(resource, &name, &mut paths);
    }
    known::patch_definition(&mut schemas);
    for name in ["DeleteOptions", "Status", "ListMeta", "ObjectMeta"] {
        known::meta_definition(name, &mut schemas);
    }
    json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": version()}, "paths": paths,
        "components": {"schemas": schemas}})
}

fn add_paths(resource: &Arc<Resource>, schema: &str, paths: &mut Map<String, Json>) {
    let base = format!("/{}", document_name(&resource.group, &resource.version));
    let collection = match resource.namespaced {
        true => format!("{base}/namespaces/{{namespace}}/{}", resource.plural),
        false => format!("{base}/{}", resource.plural),
    };
    let operation = |action: &str, verb: &str| operation(resource, schema, action, verb);
    let mut whole = Map::new();
    let mut item = Map::new();
    for (verb, method, action) in
        [("list", "get", "list"), ("create", "post", "post"), ("deletecollection", "delete", "deletecollection")]
    {
        if resource.allows(verb) {
            whole.insert(method.into(), operation(action, verb));
        }
    }
    for (verb, method) in [("get", "get"), ("update", "put"), ("patch", "patch"), ("delete", "delete")] {
        if resource.allows(verb) {
            item.insert(method.into(), operation(method, verb));
        }
    }
    if resource.namespaced && resource.allows("list") {
        paths.insert(format!("{base}/{}", resource.plural), json!({"get": operation("list", "list")}));
    }
    paths.insert(collection.clone(), Json::Object(whole));
    if !item.is_empty() {
        paths.insert(format!("{collection}/{{name}}"), Json::Object(item));
    }
    if resource.has("status") {
        let status = [("get", "get"), ("put", "update"), ("patch", "patch")];
        let status: Map<_, _> = status.iter().map(|(m, v)| ((*m).to_owned(), operation(m, v))).collect();
        paths.insert(format!("{collection}/{{name}}/status"), Json::Object(status));
    }
}

/// Parameters that kubectl looks for to know what the server checks itself.
fn parameters(verb: &str) -> Vec<Json> {
    let names: &[&str] = match verb {
        "create" | "update" => &["dryRun", "fieldManager", "fieldValidation"],
        "patch" => &["dryRun", "fieldManager", "fieldValidation", "force"],
        "delete" => &["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"],
        "list" => &[
            "allowWatchBookmarks",
            "continue",
            "fieldSelector",
            "labelSelector",
            "limit",
            "resourceVersion",
            "resourceVersionMatch",
            "sendInitialEvents",
            "timeoutSeconds",
            "watch",
        ],
        _ => &[],
    };
    let kind = |name: &str| match name {
        "force" | "watch" | "allowWatchBookmarks" | "sendInitialEvents" | "orphanDependents" => "boolean",
        "limit" | "timeoutSeconds" | "gracePeriodSeconds" => "integer",
        _ => "string",
    };
    names.iter().map(|n| json!({"name": n, "in": "query", "schema": {"type": kind(n), "uniqueItems": true}})).collect()
}

const PATCH: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

fn reference_to(schema: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

fn operation(resource: &Resource, schema: &str, action: &str, verb: &str) -> Json {
    let reference = reference_to(schema);
    let mut operation = json!({
        "tags": [format!("{}_{}", resource.group, resource.version)],
        "operationId": format!("{action}{}", resource.kind),
        "parameters": parameters(verb),
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
    });
    let media: &[&str] = match verb {
        "create" | "update" => &["application/json", "application/yaml"],
        "patch" if resource.custom.is_some() => {
            &["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"]
        }
        "patch" => &[
            "application/apply-patch+yaml",
            "application/json-patch+json",
            "application/merge-patch+json",
            "application/strategic-merge-patch+json",
        ],
        _ => &[],
    };
    if !media.is_empty() {
        let body = if verb == "patch" { reference_to(PATCH) } else { reference };
        let content: Map<_, _> = media.iter().map(|m| ((*m).to_owned(), json!({"schema": body}))).collect();
        operation["requestBody"] = json!({"content": content, "required": true});
    }
    operation
}
