//! Answers.
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value as Json;

use super::accept::Media;
use crate::body::Body;
use crate::status::Failure;

pub(crate) type Response = http::Response<Body>;

pub(crate) fn bytes(code: u16, content_type: &str, bytes: impl Into<bytes::Bytes>) -> Response {
    let mut response = http::Response::new(Body::from(bytes.into()));
    *response.status_mut() = http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    header(&mut response, CONTENT_TYPE, content_type);
    header(&mut response, HeaderName::from_static("cache-control"), "no-cache, private");
    response
}

pub(crate) fn header(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

pub(crate) fn json(code: u16, value: &Json) -> Response {
    bytes(code, "application/json", value.to_string())
}

/// JSON text in the form the client reads.
pub(crate) fn encoded(code: u16, media: Media, json: Vec<u8>) -> Response {
    match media {
        Media::Json => bytes(code, "application/json", json),
        Media::Yaml => {
            let value: Json = serde_json::from_slice(&json).unwrap_or_default();
            bytes(code, "application/yaml", yaml(&value))
        }
    }
}

fn yaml(value: &Json) -> String {
    serde_yaml::to_string(&sorted(value)).unwrap_or_default()
}

/// With keys in order, as the API writes YAML.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(map) => {
            let mut pairs: Vec<_> = map.iter().collect();
            pairs.sort_by_key(|(k, _)| *k);
            Json::Object(pairs.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

pub(crate) fn text(code: u16, text: impl Into<bytes::Bytes>) -> Response {
    bytes(code, "text/plain; charset=utf-8", text.into())
}

pub(crate) fn failure(failure: &Failure, media: Media) -> Response {
    if failure.plain {
        return text(failure.code, failure.message.clone());
    }
    let mut response = encoded(failure.code, media, failure.to_json().to_string().into_bytes());
    if let Some(seconds) = failure.retry_after() {
        header(&mut response, http::header::RETRY_AFTER, &seconds.to_string());
    }
    response
}

/// One `Warning` header for each text.
pub(crate) fn warn(response: &mut Response, warnings: &[String]) {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append(http::header::WARNING, value);
        }
    }
}
