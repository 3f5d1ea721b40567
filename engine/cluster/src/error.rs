//! What an API answered instead of what was asked for.
use serde_json::{Value as Json, json};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server's own Status object, whole.
    #[error("{message}")]
    Api { code: u16, reason: String, message: String, status: Json },
    /// No such kind, short name or resource after a fresh look at discovery.
    #[error("{0}")]
    UnknownKind(String),
    /// Connection refused, cut or timed out, after retries.
    #[error("cannot reach the Kubernetes API at {server}: {reason}")]
    Unreachable { server: String, reason: String },
    /// Kubeconfig, certificates, tokens.
    #[error("{0}")]
    Config(String),
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// The HTTP status of an answer that is an error.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Api { code, .. } => Some(*code),
            _ => None,
        }
    }
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }
    /// The resource version asked for is too old (a watch or a page of a list).
    pub fn is_gone(&self) -> bool {
        self.code() == Some(410)
    }
    /// The server's answer as it stands, where there was one.
    pub fn status(&self) -> Option<&Json> {
        match self {
            Self::Api { status, .. } => Some(status),
            _ => None,
        }
    }

    /// An answer with an error status. `asked` tells what was asked for ("create configmaps in namespace x"); it is
    /// added where the server's own message leaves it open.
    pub(crate) fn answered(code: u16, body: &[u8], asked: &str) -> Self {
        let status = match serde_json::from_slice::<Json>(body) {
            Ok(status) if status["kind"] == "Status" => status,
            _ => made_up(code, body),
        };
        Self::from_status(status, code, asked)
    }

    pub(crate) fn from_status(status: Json, code: u16, asked: &str) -> Self {
        let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
        let code = status["code"].as_u64().and_then(|c| u16::try_from(c).ok()).filter(|c| *c != 0).unwrap_or(code);
        let mut message = text("message");
        if message.is_empty() {
            message = text("reason");
        }
        // Proxies and webhooks answer "Forbidden" without saying what; API servers name verb and resource.
        if code == 403 && !message.contains("cannot ") && !asked.is_empty() {
            message = format!("{message} (to {asked})");
        }
        Self::Api { code, reason: text("reason"), message, status }
    }
}

/// A Status for an answer that carries none.
fn made_up(code: u16, body: &[u8]) -> Json {
    let reason = match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        410 => "Expired",
        413 => "RequestEntityTooLarge",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "Unknown",
    };
    let text = String::from_utf8_lossy(body).trim().chars().take(2000).collect::<String>();
    let message = if text.is_empty() { format!("the server answered {code} {reason}") } else { text };
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
           "message": message, "reason": reason, "code": code})
}

/// An error and all that caused it, in one line; causes that their effects repeat are left out.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        let status = br#"{"kind":"Status","message":"pods \"a\" not found","reason":"NotFound","code":404}"#;
        let rows: [(u16, &[u8], &str, &str); 5] = [
            (404, status, "NotFound", "pods \"a\" not found"),
            (404, b"404 page not found\n", "NotFound", "404 page not found"),
            (403, b"", "Forbidden", "the server answered 403 Forbidden (to list pods in namespace x)"),
            (
                403,
                br#"{"kind":"Status","message":"User \"u\" cannot list resource \"pods\"","reason":"Forbidden"}"#,
                "Forbidden",
                "User \"u\" cannot list resource \"pods\"",
            ),
            (503, b"", "ServiceUnavailable", "the server answered 503 ServiceUnavailable"),
        ];
        for (code, body, wanted, text) in rows {
            let error = Error::answered(code, body, "list pods in namespace x");
            assert_eq!(error.to_string(), text);
            assert_eq!(error.code(), Some(code));
            assert!(matches!(error, Error::Api { reason, .. } if reason == wanted));
        }
    }
}
