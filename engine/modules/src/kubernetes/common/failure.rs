//! How a module fails: a message, the server's words, and what was known by then.
use rolewright_cluster::Error;
use rolewright_run::Outcome;
use serde_json::{Map, Value as Json};

#[derive(Clone, Debug, Default)]
pub(crate) struct Failure {
    pub(crate) msg: String,
    /// Everything else: `reason`, `error`, `status`, `result`, `duration`, `warnings`.
    pub(crate) more: Map<String, Json>,
    pub(crate) code: Option<u16>,
}

pub(crate) type Result<T, E = Box<Failure>> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(msg: impl Into<String>) -> Box<Self> {
        Box::new(Self { msg: msg.into(), ..Self::default() })
    }
    /// `what`, followed by the server's Status as it stands.
    pub(crate) fn api(what: &str, error: &Error) -> Box<Self> {
        let mut failure = Self::new(format!("{what}{}", body(error)));
        failure.code = error.code();
        if let Some(phrase) = error.code().and_then(phrase) {
            failure.more.insert("reason".into(), phrase.into());
        }
        failure
    }
    /// As [`Failure::api`], with `error` and `status` beside `reason`, as some modules have it.
    pub(crate) fn api_with_status(what: &str, error: &Error) -> Box<Self> {
        let mut failure = Self::api(what, error);
        if let Some(code) = error.code() {
            failure.more.insert("error".into(), code.into());
            failure.more.insert("status".into(), code.into());
        }
        failure
    }
    pub(crate) fn with(mut self: Box<Self>, key: &str, value: impl Into<Json>) -> Box<Self> {
        self.more.insert(key.into(), value.into());
        self
    }
    pub(crate) fn outcome(self) -> Outcome {
        let mut map = self.more;
        map.insert("failed".into(), true.into());
        map.insert("msg".into(), self.msg.into());
        super::outcome(map)
    }
}

/// The server's Status where there is one, else the error's words.
pub(crate) fn body(error: &Error) -> String {
    match error.status() {
        // The message says more than the Status where the server left it open.
        Some(status) if status["message"].as_str().is_some_and(|message| error.to_string().starts_with(message)) => {
            status.to_string()
        }
        _ => error.to_string(),
    }
}

/// HTTP's name of a status.
fn phrase(code: u16) -> Option<&'static str> {
    Some(match code {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return None,
    })
}
