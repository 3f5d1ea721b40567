//! A failure of a module: its message, and what else the result says.
use rolewright_run::Outcome;
use rolewright_template::Value;

/// A message and further fields of a failed result.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fields: Vec::new() }
    }
    pub(crate) fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((key, value.into()));
        self
    }
    pub(crate) fn into_outcome(self) -> Outcome {
        self.fields.into_iter().fold(Outcome::failed(self.message), |outcome, (key, value)| outcome.with(key, value))
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}
