//! YAML 1.1 as PyYAML reads it, with a position on every node.
mod compose;
mod construct;
mod hint;
mod json;
mod mapping;
mod value;

use crate::Diagnostic;
use rolewright_template::Origin;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub struct Node {
    pub origin: Origin,
    /// An explicit tag that the value keeps: `!unsafe`.
    pub tag: Option<String>,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    /// Beyond 64 bits: decimal digits.
    BigInt(String),
    Float(f64),
    Str(String),
    /// Kept as text; `Value` gives it Python's type.
    Timestamp(String),
    /// `!!binary`
    Bytes(Vec<u8>),
    /// `!vault`: the encrypted text.
    Vault(String),
    Seq(Vec<Node>),
    /// Keys are unique; the last value of a key given twice counts.
    Map(Vec<(Node, Node)>),
    /// `!!set`
    Set(Vec<Node>),
    /// `!!omap` and `!!pairs`: a list of tuples.
    Pairs(Vec<(Node, Node)>),
}

/// The documents of a text, and what is doubtful in it.
#[derive(Debug, Default)]
pub struct Parsed {
    pub documents: Vec<Node>,
    pub warnings: Vec<Diagnostic>,
}

/// Every document of a text.
pub fn documents(text: &Arc<str>, file: &Arc<str>) -> Result<Parsed, Diagnostic> {
    compose::Composer::new(text, file, false).documents()
}

/// The only document of a text, as Ansible loads its files: JSON counts, nothing at all is null.
pub fn document(text: &Arc<str>, file: &Arc<str>) -> Result<(Node, Vec<Diagnostic>), Diagnostic> {
    if let Some(node) = json::document(text, file) {
        return Ok((node, Vec::new()));
    }
    let parsed = documents(text, file)?;
    let mut documents = parsed.documents.into_iter();
    let first = documents.next().unwrap_or_else(|| Node::null(file));
    match documents.next() {
        None => Ok((first, parsed.warnings)),
        Some(second) => Err(Diagnostic::error(
            "yaml-syntax",
            "expected a single document in the stream, but found another document",
        )
        .at(&second.origin)
        .with_source(text)
        .with_help("a file of plays, tasks or variables holds one document: take out the second `---`")),
    }
}

impl Node {
    fn null(file: &Arc<str>) -> Self {
        Self { origin: Origin { file: Arc::clone(file), line: 1, column: 1 }, tag: None, kind: Kind::Null }
    }
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }
    /// True when `!unsafe` stands before it: its text is no template.
    pub fn is_unsafe(&self) -> bool {
        self.tag.as_deref() == Some("!unsafe")
    }
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Str(text) => Some(text),
            _ => None,
        }
    }
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Seq(items) => Some(items),
            _ => None,
        }
    }
    pub fn as_map(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }
    /// The value under a text key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }
    /// The key and value of a text key.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        self.as_map()?.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(k, v)| (k, v))
    }
    /// Python's class of the value, as Ansible's messages show it.
    pub fn class(&self) -> &'static str {
        match self.kind {
            Kind::Null => "<class 'NoneType'>",
            Kind::Bool(_) => "<class 'bool'>",
            Kind::Int(_) | Kind::BigInt(_) => "<class 'int'>",
            Kind::Float(_) => "<class 'float'>",
            Kind::Str(_) => "<class 'ansible.parsing.yaml.objects.AnsibleUnicode'>",
            Kind::Timestamp(_) => "<class 'datetime.datetime'>",
            Kind::Bytes(_) => "<class 'bytes'>",
            Kind::Vault(_) => "<class 'ansible.parsing.yaml.objects.AnsibleVaultEncryptedUnicode'>",
            Kind::Seq(_) => "<class 'ansible.parsing.yaml.objects.AnsibleSequence'>",
            Kind::Map(_) => "<class 'ansible.parsing.yaml.objects.AnsibleMapping'>",
            Kind::Set(_) => "<class 'set'>",
            Kind::Pairs(_) => "<class 'list'>",
        }
    }
    /// Text, or the text of a number or boolean; `None` for containers and null.
    pub fn scalar_text(&self) -> Option<String> {
        match &self.kind {
            Kind::Null | Kind::Seq(_) | Kind::Map(_) | Kind::Set(_) | Kind::Pairs(_) | Kind::Vault(_) => None,
            Kind::Str(text) => Some(text.clone()),
            _ => Some(self.to_value().to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
