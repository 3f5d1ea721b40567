//! Nodes to values, without a look for templates.
use super::{Kind, Node};
use rolewright_template::{Value, yaml11};

impl Node {
    /// The value as data: text stays text, whatever is in it.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::None,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::Int(*value),
            Kind::BigInt(digits) => yaml11::resolve(digits),
            Kind::Float(value) => Value::Float(*value),
            Kind::Str(text) | Kind::Vault(text) => Value::from(text.as_str()),
            Kind::Timestamp(text) => yaml11::resolve(text),
            Kind::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
            Kind::Seq(items) => Value::list(items.iter().map(Node::to_value)),
            Kind::Map(entries) => Value::dict(entries.iter().map(|(k, v)| (k.to_value(), v.to_value()))),
            Kind::Set(items) => Value::Set(items.iter().map(Node::to_value).collect()),
            Kind::Pairs(entries) => {
                Value::list(entries.iter().map(|(k, v)| Value::tuple([k.to_value(), v.to_value()])))
            }
        }
    }
}
