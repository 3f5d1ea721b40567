//! What an API answered instead of what was asked for.
use serde_json::Value as Json;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
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
}
