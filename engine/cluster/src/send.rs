//! One request: sent, answered, sent again where that is right.
use crate::error::chain;
use crate::retry::{self, Class, Failed, Repeat};
use crate::{Cluster, Error, Result};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use kube::client::Body;
use serde_json::Value as Json;
use std::time::Duration;

pub(crate) const JSON: &str = "application/json";

/// The API server itself gives up after a minute; what comes later comes from something in between.
pub(crate) const PATIENCE: Duration = Duration::from_secs(75);

/// A request before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Under which it is counted.
    pub(crate) verb: &'static str,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) uri: String,
    pub(crate) body: Option<Bytes>,
    pub(crate) content_type: &'static str,
    pub(crate) accept: &'static str,
    pub(crate) repeat: Repeat,
    pub(crate) patience: Duration,
    /// Verb, resource and namespace, for messages.
    pub(crate) asked: String,
}

impl Call {
    pub(crate) fn get(verb: &'static str, uri: String) -> Self {
        Self {
            verb,
            method: Method::GET,
            uri,
            body: None,
            content_type: JSON,
            accept: JSON,
            repeat: Repeat::Safe,
            patience: PATIENCE,
            asked: String::new(),
        }
    }
    pub(crate) fn write(verb: &'static str, method: Method, uri: String, body: Option<&Json>) -> Result<Self> {
        let body = body.map(serde_json::to_vec).transpose().map_err(|error| Error::Other(error.to_string()))?;
        Ok(Self { method, body: body.map(Bytes::from), ..Self::get(verb, uri) })
    }
    fn request(&self) -> Result<Request<Body>> {
        let mut request = Request::builder().method(self.method.clone()).uri(&self.uri);
        request = request.header(header::ACCEPT, self.accept).header(header::USER_AGENT, USER_AGENT);
        if self.body.is_some() {
            request = request.header(header::CONTENT_TYPE, self.content_type);
        }
        let body = self.body.clone().map_or_else(Body::empty, Body::from);
        request.body(body).map_err(|error| Error::Other(format!("{}: {error}", self.uri)))
    }
}

const USER_AGENT: &str = concat!("rolewright/", env!("CARGO_PKG_VERSION"));

/// An answer without error.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Result<Json> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let start: String = String::from_utf8_lossy(&self.body).chars().take(200).collect();
            Error::Other(format!("the server's answer is not JSON ({error}): {start}"))
        })
    }
}

impl Cluster {
    /// Sends until there is an answer, or sending again would be wrong.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer> {
        let mut tries = 0;
        loop {
            tries += 1;
            let failed = match self.attempt(call).await {
                Ok(answer) => {
                    self.shared.budget.succeeded();
                    return Ok(answer);
                }
                Err(failed) => failed,
            };
            // A delete that was sent twice and finds nothing the second time did its work the first time.
            if tries > 1 && call.method == Method::DELETE && failed.error.is_not_found() {
                let body =
                    Bytes::from_static(br#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}"#);
                return Ok(Answer { body });
            }
            let pause = retry::pause(call.repeat, &failed, tries).filter(|_| self.shared.budget.take());
            let Some(pause) = pause else { return Err(failed.error) };
            tracing::debug!(uri = call.uri, error = %failed.error, ?pause, "asking the API again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer, Failed> {
        let whole = async {
            let response = self.open(call).await?;
            let body = response.into_body().collect().await.map_err(|error| self.broken(&error))?.to_bytes();
            Ok(Answer { body })
        };
        match tokio::time::timeout(call.patience, whole).await {
            Ok(done) => done,
            Err(_) => Err(self.unreachable(format!("no answer within {} s", call.patience.as_secs()), Class::Cut)),
        }
    }

    /// Sends once; the body of a good answer is still to be read.
    pub(crate) async fn open(&self, call: &Call) -> Result<Response<Body>, Failed> {
        let request = call.request().map_err(final_error)?;
        self.count(call.verb);
        let response = self.shared.client.send(request).await.map_err(|error| self.failed(error))?;
        self.hear(response.headers());
        if response.status() == StatusCode::SWITCHING_PROTOCOLS || response.status().is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| self.broken(&error))?.to_bytes();
        let error = Error::answered(parts.status.as_u16(), &body, &call.asked);
        Err(Failed { class: Class::of(&error), retry_after: retry_after(&parts.headers), error })
    }

    fn hear(&self, headers: &HeaderMap) {
        for value in headers.get_all(header::WARNING) {
            if let Some(text) = value.to_str().ok().and_then(warning_text) {
                self.warn(text);
            }
        }
    }

    fn unreachable(&self, reason: String, class: Class) -> Failed {
        let error = Error::Unreachable { server: self.server().to_owned(), reason };
        Failed { error, class, retry_after: None }
    }

    pub(crate) fn broken(&self, error: &(dyn std::error::Error + 'static)) -> Failed {
        self.unreachable(chain(error), Class::Cut)
    }

    fn failed(&self, error: kube::Error) -> Failed {
        match &error {
            kube::Error::Auth(cause) => final_error(Error::Config(format!("authentication: {}", chain(cause)))),
            kube::Error::Api(status) => {
                let status = serde_json::to_value(status).unwrap_or_default();
                final_error(Error::from_status(status, 500, ""))
            }
            _ => {
                let mut reason = innermost(&error);
                // Certificates do not get better by asking again. The phrase is the one Python's client has.
                if reason.contains("invalid peer certificate") {
                    reason = format!("certificate verify failed: {reason}");
                    return self.unreachable(reason, Class::Final);
                }
                let class = if was_refused(&error) { Class::Refused } else { Class::Cut };
                self.unreachable(reason, class)
            }
        }
    }
}

fn final_error(error: Error) -> Failed {
    Failed { error, class: Class::Final, retry_after: None }
}

/// The client wraps errors in words that say nothing ("ServiceError: client error (Connect)").
fn innermost(error: &kube::Error) -> String {
    use std::error::Error as _;
    let text = match error.source() {
        Some(cause) => chain(cause),
        None => error.to_string(),
    };
    text.strip_prefix("client error (Connect): ").unwrap_or(&text).to_owned()
}

/// Whether nothing of the request was sent.
fn was_refused(error: &kube::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|e| e.is_connect()) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Seconds; the other form, a date, is not used by API servers.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The text of `299 - "text"`, up to its closing quote.
fn warning_text(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, ' ');
    let code = parts.next()?;
    parts.next()?;
    let mut quoted = parts.next()?.trim().strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match quoted.next()? {
            '"' => break,
            '\\' => text.push(quoted.next()?),
            other => text.push(other),
        }
    }
    (code.len() == 3).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings() {
        let rows = [
            (r#"299 - "unknown field \"spec.x\"""#, Some(r#"unknown field "spec.x""#)),
            (r#"299 - "a, b""#, Some("a, b")),
            (r#"299 - "cut"#, None),
            ("nonsense", None),
        ];
        for (value, wanted) in rows {
            let text = warning_text(value);
            assert_eq!(text.as_deref(), wanted);
        }
    }
}
