//! What resources there are, in the classic and the aggregated form.
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::{Request, Server};
use crate::registry::{Resource, Served, api_version};
use crate::request::accept::{self, Form};
use crate::request::reply::{self, Response};
use crate::status::{Failure, Outcome};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

impl Server {
    pub(super) fn core_versions(&self, request: &Request) -> Outcome<Response> {
        let served = self.api.registry.served();
        if aggregated(request)? {
            let items: Vec<_> = served.groups().into_iter().filter(|(g, _)| g.is_empty()).collect();
            return Ok(aggregate(request, &served, items));
        }
        let host = request.header("host").unwrap_or("127.0.0.1");
        let server = json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": host}]);
        let value = json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": server});
        Ok(reply::json(200, &value))
    }

    pub(super) fn groups(&self, request: &Request) -> Outcome<Response> {
        let served = self.api.registry.served();
        let named = served.groups().into_iter().filter(|(g, _)| !g.is_empty());
        if aggregated(request)? {
            return Ok(aggregate(request, &served, named.collect()));
        }
        let groups: Vec<_> = named.map(|(g, versions)| group(g, &versions)).collect();
        Ok(reply::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})))
    }

    pub(super) fn group(&self, name: &str) -> Outcome<Response> {
        let served = self.api.registry.served();
        let groups = served.groups();
        let versions = groups.get(name).filter(|_| !name.is_empty()).ok_or_else(Failure::page_not_found)?;
        let mut value = group(name, versions);
        value["kind"] = "APIGroup".into();
        value["apiVersion"] = "v1".into();
        Ok(reply::json(200, &value))
    }

    pub(super) fn group_version(&self, group: &str, version: &str) -> Outcome<Response> {
        let served = self.api.registry.served();
        let resources: Vec<_> = served.group_version(group, version).flat_map(|r| classic(r)).collect();
        if resources.is_empty() {
            return Err(Failure::page_not_found());
        }
        let value = json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version(group, version),
            "resources": resources});
        Ok(reply::json(200, &value))
    }
}

fn aggregated(request: &Request) -> Outcome<bool> {
    Ok(matches!(accept::negotiate(request.accept(), true)?.form, Form::Discovery(_)))
}

fn group(name: &str, versions: &[&str]) -> Json {
    let entry = |version: &&str| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let entries: Vec<_> = versions.iter().map(entry).collect();
    json!({"name": name, "versions": entries, "preferredVersion": entries.first()})
}

fn classic(resource: &Resource) -> Vec<Json> {
    let mut main = json!({"name": resource.plural, "singularName": resource.singular,
        "namespaced": resource.namespaced, "kind": resource.kind, "verbs": resource.verbs});
    if !resource.short_names.is_empty() {
        main["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        main["categories"] = resource.categories.clone().into();
    }
    if !resource.is_virtual() {
        main["storageVersionHash"] = storage_hash(resource).into();
    }
    let mut all = vec![main];
    for sub in &resource.subresources {
        let (kind, verbs) = (response_kind(resource, sub), subresource_verbs(resource, sub));
        let mut entry = json!({"name": format!("{}/{sub}", resource.plural), "singularName": "",
            "namespaced": resource.namespaced, "kind": kind.kind, "verbs": verbs});
        if (kind.group, kind.version) != (resource.group.as_str(), resource.version.as_str()) {
            entry["group"] = kind.group.into();
            entry["version"] = kind.version.into();
        }
        all.push(entry);
    }
    all
}

fn storage_hash(resource: &Resource) -> String {
    use base64::Engine;
    let text = format!("{}/{}/{}", resource.group, resource.stored_version, resource.kind);
    let digest = Sha256::digest(text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(digest.get(..8).unwrap_or_default())
}

struct Kind<'a> {
    group: &'a str,
    version: &'a str,
    kind: &'a str,
}

/// What a subresource answers with.
fn response_kind<'a>(resource: &'a Resource, subresource: &str) -> Kind<'a> {
    let (group, version, kind) = match (resource.kind.as_str(), subresource) {
        (_, "scale") => ("autoscaling", "v1", "Scale"),
        ("Pod", "eviction") => ("policy", "v1", "Eviction"),
        ("Pod", "binding") => ("", "v1", "Binding"),
        ("Pod", "exec") => ("", "v1", "PodExecOptions"),
        ("Pod", "attach") => ("", "v1", "PodAttachOptions"),
        ("Pod", "portforward") => ("", "v1", "PodPortForwardOptions"),
        ("Pod", "proxy") => ("", "v1", "PodProxyOptions"),
        ("Service", "proxy") => ("", "v1", "ServiceProxyOptions"),
        ("Node", "proxy") => ("", "v1", "NodeProxyOptions"),
        ("ServiceAccount", "token") => ("authentication.k8s.io", "v1", "TokenRequest"),
        _ => (resource.group.as_str(), resource.version.as_str(), resource.kind.as_str()),
    };
    Kind { group, version, kind }
}

fn subresource_verbs(resource: &Resource, subresource: &str) -> &'static [&'static str] {
    match (resource.kind.as_str(), subresource) {
        ("Pod", "log") => &["get"],
        ("Pod", "eviction" | "binding") | ("ServiceAccount", "token") => &["create"],
        ("Namespace", "finalize") => &["update"],
        ("Pod", "exec" | "attach" | "portforward") => &["create", "get"],
        (_, "proxy") => &["create", "delete", "get", "patch", "update"],
        _ => &["get", "patch", "update"],
    }
}

fn aggregate(request: &Request, served: &Served, groups: Vec<(&str, Vec<&str>)>) -> Response {
    let items: Vec<_> = groups.iter().map(|(g, versions)| aggregated_group(served, g, versions)).collect();
    let value = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {},
        "items": items});
    let body = value.to_string();
    let etag = format!("\"{:X}\"", Hex(&Sha256::digest(body.as_bytes())));
    let mut response = match request.header("if-none-match") == Some(etag.as_str()) {
        true => reply::bytes(304, AGGREGATED, ""),
        false => reply::bytes(200, AGGREGATED, body),
    };
    reply::header(&mut response, http::header::ETAG, &etag);
    reply::header(&mut response, http::header::VARY, "Accept");
    response
}

/// Bytes as upper case hexadecimal digits.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl std::fmt::UpperHex for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02X}"))
    }
}

fn aggregated_group(served: &Served, group: &str, versions: &[&str]) -> Json {
    let mut metadata = json!({"creationTimestamp": null});
    if !group.is_empty() {
        metadata["name"] = group.into();
    }
    let versions: Vec<_> = versions
        .iter()
        .map(|version| {
            let resources: Vec<_> = served.group_version(group, version).map(|r| aggregated_resource(r)).collect();
            json!({"version": version, "resources": resources, "freshness": "Current"})
        })
        .collect();
    json!({"metadata": metadata, "versions": versions})
}

fn aggregated_resource(resource: &Resource) -> Json {
    let kind = |k: Kind<'_>| json!({"group": k.group, "version": k.version, "kind": k.kind});
    let scope = if resource.namespaced { "Namespaced" } else { "Cluster" };
    let own = Kind { group: &resource.group, version: &resource.version, kind: &resource.kind };
    let mut entry = json!({"resource": resource.plural, "responseKind": kind(own), "scope": scope,
        "singularResource": resource.singular, "verbs": resource.verbs});
    if !resource.short_names.is_empty() {
        entry["shortNames"] = resource.short_names.clone().into();
    }
    if !resource.categories.is_empty() {
        entry["categories"] = resource.categories.clone().into();
    }
    let subs = resource.subresources.iter().map(|sub| {
        json!({"subresource": sub, "responseKind": kind(response_kind(resource, sub)),
            "verbs": subresource_verbs(resource, sub)})
    });
    let subs: Vec<_> = subs.collect();
    if !subs.is_empty() {
        entry["subresources"] = subs.into();
    }
    entry
}
