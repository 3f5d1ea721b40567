//! Where a piece of project text stands, and what went wrong in it.
use std::sync::Arc;

/// A position in a project file; line and column count from 1. `file` is empty for text given on a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The template does not parse.
    Syntax,
    /// A name, attribute or item does not exist; `default` and `is defined` catch this one only.
    Undefined,
    /// A filter, test, lookup or function does not exist.
    Unknown,
    /// Python's TypeError; where it leaves its template, Ansible's words are put around it.
    Type,
    /// Everything else: failing lookups, arithmetic.
    Failed,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One word wide; `{}` prints ansible-core's wording on one line, without the position.
#[derive(Clone, Debug)]
pub struct Error(Box<Repr>);

#[derive(Clone, Debug)]
struct Repr {
    kind: ErrorKind,
    message: String,
    origin: Option<Origin>,
    /// Where in the text of the program being evaluated, until the program's own position is known.
    offset: Option<u32>,
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Repr { kind, message: message.into(), origin: None, offset: None }))
    }
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Failed, message)
    }
    /// Use of something that does not exist; the message is Ansible's (`'x' is undefined`).
    pub fn undefined(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Undefined, message)
    }
    /// A value of a type that the operation does not take, in Python's words.
    pub fn wrong_type(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// Where in the project's text; the innermost position wins.
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }
    pub fn or_at(mut self, origin: &Origin) -> Self {
        self.0.origin.get_or_insert_with(|| origin.clone());
        self
    }
    /// Notes a place in the program being evaluated; the innermost one wins.
    pub(crate) fn or_offset(mut self, offset: u32) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }
    /// Turns the noted place into a position in a file, as the error leaves its program.
    pub(crate) fn leave(mut self, place: impl FnOnce(u32) -> Origin) -> Self {
        if self.0.origin.is_none() {
            self.0.origin = Some(place(self.0.offset.unwrap_or(0)));
        }
        self
    }
    /// The same error in other words.
    pub(crate) fn reworded(mut self, kind: ErrorKind, message: impl Into<String>) -> Self {
        self.0.kind = kind;
        self.0.message = message.into();
        self
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
