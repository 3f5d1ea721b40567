//! What the lexer gives to the parser.
use crate::Value;
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'t> {
    Data(Cow<'t, str>),
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name(&'t str),
    Text(String),
    Integer(Value),
    Float(f64),
    /// An operator, by its spelling.
    Op(&'static str),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    /// Byte offset in the text.
    pub(super) at: u32,
}

/// Longest first where one is the start of another.
pub(super) const OPERATORS: [&str; 26] = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".",
    ":", "|", ",", ";",
];

impl Kind<'_> {
    /// Jinja2's name for it in error messages.
    pub(super) fn describe(&self) -> &str {
        match self {
            Self::Data(_) => "template data / text",
            Self::VariableBegin => "begin of print statement",
            Self::VariableEnd => "end of print statement",
            Self::BlockBegin => "begin of statement block",
            Self::BlockEnd => "end of statement block",
            Self::Name(name) => name,
            Self::Text(_) => "string",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Op(text) => text,
            Self::End => "end of template",
        }
    }
}
