//! Subresources other than status.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value as Json, json};

use super::resource::Ask;
use super::{Request, Server};
use crate::api::delete::DeleteOptions;
use crate::api::patch::PatchType;
use crate::api::scale;
use crate::api::select::selects;
use crate::api::write::{Proposal, Written};
use crate::api::{Call, in_version, now};
use crate::json::JsonExt;
use crate::request::query::WriteOptions;
use crate::request::reply::{self, Response};
use crate::status::{Failure, Outcome};

impl Server {
    pub(super) fn subresource(&self, ask: &Ask<'_>, subresource: &str) -> Outcome<Response> {
        let name = ask.name()?;
        let first = subresource.split('/').next().unwrap_or_default();
        if !ask.resource.has(subresource) && !ask.resource.has(first) {
            // An object without such a subresource.
            return Err(Failure::not_found(&ask.resource.names(), name));
        }
        match (ask.resource.kind.as_str(), subresource, &ask.request.method) {
            (_, "scale", &Method::GET) => {
                let object = self.api.get(&ask.resource, ask.namespace(), name)?;
                shown(ask, 200, &scale::scale_of(&ask.resource, &object)?)
            }
            (_, "scale", &Method::PUT | &Method::PATCH) => self.scale(ask, name),
            ("Pod", "log", &Method::GET) => self.log(ask, name),
            ("Pod", "eviction", &Method::POST) => self.evict(ask, name),
            ("Pod", "binding", &Method::POST) => self.bind(ask, name),
            ("Pod", "ephemeralcontainers" | "resize", &Method::GET) => {
                ask.show(200, &*self.api.get(&ask.resource, ask.namespace(), name)?)
            }
            ("Pod", "ephemeralcontainers" | "resize", &Method::PATCH | &Method::PUT) => self.whole(ask, name),
            ("ServiceAccount", "token", &Method::POST) => self.token(ask, name),
            ("CertificateSigningRequest", "approval", &Method::PUT | &Method::PATCH) => self.whole(ask, name),
            ("Pod", "exec" | "attach" | "portforward", _) => {
                self.api.get(&ask.resource, ask.namespace(), name)?;
                Err(Failure::bad_request(format!("pods/{subresource} is not simulated by the sandbox")))
            }
            (_, _, &Method::GET) if first == "proxy" => {
                let message = "no endpoints available: the sandbox runs no containers to proxy to";
                Err(Failure::new(503, "ServiceUnavailable", message))
            }
            _ => Err(Failure::method_not_allowed()),
        }
    }

    fn scale(&self, ask: &Ask<'_>, name: &str) -> Outcome<Response> {
        let put = ask.request.method == Method::PUT;
        let options = ask.options(if put { "UpdateOptions" } else { "PatchOptions" })?;
        let mut call = Call::new(&ask.resource, ask.namespace(), &options).sub(Some("scale"));
        let scale = if put {
            let body = ask.body()?.value;
            self.api.write_scale(&mut call, name, &|_| Ok(body.clone()))?
        } else {
            let kind = PatchType::parse(ask.request.content_type(), true)?;
            self.api.write_scale(&mut call, name, &|live| scale::patched(kind, &ask.request.body, live))?
        };
        shown(ask, 200, &scale)
    }

    /// An update of the whole object through a side door.
    fn whole(&self, ask: &Ask<'_>, name: &str) -> Outcome<Response> {
        let options = ask.options("PatchOptions")?;
        let sub = ask.target.subresource.as_deref();
        let mut call = Call::new(&ask.resource, ask.namespace(), &options).sub(sub);
        let written: Written = if ask.request.method == Method::PUT {
            let value = ask.body()?.value;
            self.api.update(&mut call, name, &mut |_, _| Ok(Proposal::new(value.clone())))?
        } else {
            let kind = PatchType::parse(ask.request.content_type(), true)?;
            self.api.patch(&mut call, name, kind, &ask.request.body)?
        };
        ask.show(200, &written.object)
    }

    /// There are no containers; a line tells so.
    fn log(&self, ask: &Ask<'_>, name: &str) -> Outcome<Response> {
        let pod = self.api.get(&ask.resource, ask.namespace(), name)?;
        let containers: Vec<_> = ["containers", "initContainers", "ephemeralContainers"]
            .iter()
            .flat_map(|list| pod.value.items(&format!("/spec/{list}")))
            .map(|c| c.text("/name"))
            .collect();
        let asked = ask.request.query.get("container");
        if let Some(container) = asked.filter(|c| !containers.contains(c)) {
            return Err(Failure::bad_request(format!("container {container} is not valid for pod {name}")));
        }
        let main = pod.value.items("/spec/containers");
        if asked.is_none() && main.len() > 1 {
            let names = main.iter().map(|c| c.text("/name")).collect::<Vec<_>>().join(" ");
            let message = format!("a container name must be specified for pod {name}, choose one of: [{names}]");
            return Err(Failure::bad_request(message));
        }
        let container = asked.or(containers.first().copied()).unwrap_or_default();
        if pod.value.text("/status/phase") == "Pending" {
            let message = format!("container {container:?} in pod {name:?} is waiting to start: ContainerCreating");
            return Err(Failure::bad_request(message));
        }
        let stamp = if ask.request.query.flag("timestamps") { format!("{} ", now()) } else { String::new() };
        Ok(reply::text(200, format!("{stamp}sandbox: container {container} of pod {name} is simulated\n")))
    }

    fn evict(&self, ask: &Ask<'_>, name: &str) -> Outcome<Response> {
        let eviction = ask.body()?.value;
        let pod = self.api.get(&ask.resource, ask.namespace(), name)?;
        let labels = pod.value.pointer("/metadata/labels");
        for budget in self.api.store.list("poddisruptionbudgets.policy", Some(ask.namespace())) {
            let selected = budget.value.pointer("/spec/selector").is_some_and(|s| selects(s, labels));
            if selected && budget.value.int("/status/disruptionsAllowed").unwrap_or(0) < 1 {
                return Err(over_budget(budget.name()));
            }
        }
        let body = eviction.get("deleteOptions").cloned().unwrap_or_default();
        let options = DeleteOptions::parse(&ask.request.query, &body)?;
        let write = WriteOptions::internal("");
        self.api.delete(&mut Call::new(&ask.resource, ask.namespace(), &write), name, &options)?;
        shown(
            ask,
            201,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
        )
    }

    fn bind(&self, ask: &Ask<'_>, name: &str) -> Outcome<Response> {
        let node = ask.body()?.value.text("/target/name").to_owned();
        let options = WriteOptions::internal("scheduler");
        let resource = &ask.resource;
        self.api.update(&mut Call::new(resource, ask.namespace(), &options), name, &mut |before, _| {
            let bound = before.value.text("/spec/nodeName");
            if !bound.is_empty() {
                let why = format!("pod {name} is already assigned to node {bound:?}");
                let message = format!("Operation cannot be fulfilled on pods/binding {name:?}: {why}");
                let details = json!({"name": name, "kind": "pods/binding"});
                return Err(Failure::new(409, "Conflict", message).with(details));
            }
            let mut value = in_version(resource, &before.value);
            value.put(&["spec", "nodeName"], node.as_str());
            Ok(Proposal::new(value))
        })?;
        shown(
            ask,
            201,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}),
        )
    }

    fn token(&self, ask: &Ask<'_>, name: &str) -> Outcome<Response> {
        let account = self.api.get(&ask.resource, ask.namespace(), name)?;
        let mut token = ask.body()?.value;
        let seconds = token.int("/spec/expirationSeconds").unwrap_or(3600).clamp(600, 1 << 32);
        let now = jiff::Timestamp::now();
        let expires = now + jiff::SignedDuration::from_secs(seconds);
        let namespace = ask.namespace();
        let claims = json!({"aud": ["https://kubernetes.default.svc"], "exp": expires.as_second(),
            "iat": now.as_second(), "iss": "https://kubernetes.default.svc",
            "sub": format!("system:serviceaccount:{namespace}:{name}"),
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": account.uid()}}});
        let header = json!({"alg": "none", "typ": "JWT"});
        let text = format!("{}.{}.", encode(&header), encode(&claims));
        token.put(&["kind"], "TokenRequest");
        token.put(&["apiVersion"], "authentication.k8s.io/v1");
        token.put(&["metadata"], json!({"name": name, "namespace": namespace, "creationTimestamp": crate::api::now()}));
        token.put(&["spec", "expirationSeconds"], seconds);
        let expires = expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        token.put(&["status"], json!({"token": text, "expirationTimestamp": expires}));
        shown(ask, 201, &token)
    }
}

fn encode(value: &Json) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn over_budget(budget: &str) -> Box<Failure> {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let cause = format!("The disruption budget {budget} does not allow evicting pods currently");
    Failure::new(429, "TooManyRequests", message)
        .with(json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]}))
}

pub(super) fn shown(ask: &Ask<'_>, code: u16, value: &Json) -> Outcome<Response> {
    Ok(reply::encoded(code, ask.accept.media, value.to_string().into_bytes()))
}

/// The identity a request acts under.
pub(super) fn user(request: &Request) -> (String, Vec<String>) {
    let impersonated = request.headers.get("impersonate-user").and_then(|v| v.to_str().ok());
    if let Some(user) = impersonated {
        let groups = request.headers.get_all("impersonate-group").iter().filter_map(|g| g.to_str().ok());
        let mut groups: Vec<String> = groups.map(str::to_owned).collect();
        groups.push("system:authenticated".into());
        return (user.to_owned(), groups);
    }
    ("sandbox-admin".into(), vec!["system:masters".into(), "system:authenticated".into()])
}
