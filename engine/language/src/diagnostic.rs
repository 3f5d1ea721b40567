//! The one diagnostic type: what a user did wrong, where, and what to do.
use rolewright_template::Origin;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable, kebab-case: `unknown-module`, `yaml-syntax`, …
    pub code: &'static str,
    pub message: String,
    pub origin: Option<Origin>,
    /// The text of the file, for the excerpt.
    pub source: Option<std::sync::Arc<str>>,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), origin: None, source: None, help: None }
    }
    /// The whole page: message, file:line:column, the lines with a caret, help.
    pub fn render(&self, _colour: bool) -> String {
        unimplemented!()
    }
}

/// One line: `file:line:column: message`.
impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Diagnostic {}
