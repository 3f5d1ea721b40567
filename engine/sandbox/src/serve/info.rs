//! What the server says of itself.
use serde_json::{Value as Json, json};

use crate::registry::Served;
use crate::request::query::Query;
use crate::request::reply::{self, Response};

/// The minor version of the API that is simulated.
pub(crate) const MINOR: u32 = 37;

pub(super) fn version() -> Response {
    reply::json(
        200,
        &json!({"major": "1", "minor": MINOR.to_string(), "emulationMajor": "1", "emulationMinor": MINOR.to_string(),
            "minCompatibilityMajor": "1", "minCompatibilityMinor": (MINOR - 1).to_string(),
            "gitVersion": format!("v1.{MINOR}.0"), "gitCommit": "0000000000000000000000000000000000000000",
            "gitTreeState": "clean", "buildDate": "2026-08-26T00:00:00Z", "goVersion": "go1.26.10", "compiler": "gc",
            "platform": "linux/amd64"}),
    )
}

pub(super) fn health(check: &str, query: &Query) -> Response {
    if query.has("verbose") {
        return reply::text(200, format!("[+]ping ok\n[+]log ok\n[+]etcd ok\n{check} check passed\n"));
    }
    reply::text(200, "ok")
}

/// `/` lists what there is; so does the 404 of everything unknown.
pub(super) fn paths(path: &str, served: &Served) -> Response {
    let mut paths = vec!["/api".to_owned(), "/api/v1".into(), "/apis".into(), "/apis/".into()];
    for (group, versions) in served.groups().iter().filter(|(g, _)| !g.is_empty()) {
        paths.push(format!("/apis/{group}"));
        paths.extend(versions.iter().map(|v| format!("/apis/{group}/{v}")));
    }
    paths.extend(["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"].map(String::from));
    let code = if path.is_empty() || path == "/" { 200 } else { 404 };
    reply::json(code, &json!({"paths": paths.into_iter().map(Json::from).collect::<Vec<_>>()}))
}
