//! YAML 1.1 as PyYAML reads it, with a position on every node.
use rolewright_template::Origin;

#[derive(Clone, Debug)]
pub struct Node {
    pub origin: Origin,
    pub tag: Option<String>,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
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
    Seq(Vec<Node>),
    Map(Vec<(Node, Node)>),
}
