//! Watch vars as project text: every string is compiled where it stands.
use rolewright_language::yaml::{Kind, Node};
use rolewright_template::{Template, Tree, Value};

/// Strings become templates, with their own position; what does not parse is kept as its error.
pub(super) fn of(node: &Node) -> Tree {
    match &node.kind {
        Kind::Str(text) if node.tag.as_deref() == Some("!unsafe") => Tree::Data(Value::from(text)),
        Kind::Str(text) => match Template::inline(text, &node.origin) {
            Ok(template) if template.is_literal() => Tree::Data(Value::from(text)),
            Ok(template) => Tree::Text(template),
            Err(error) => Tree::Broken(error.or_at(&node.origin)),
        },
        Kind::Seq(items) => Tree::List(items.iter().map(of).collect()),
        Kind::Map(entries) => Tree::Map(entries.iter().map(|(key, value)| (of(key), of(value))).collect()),
        other => Tree::Data(scalar(other)),
    }
}

fn scalar(kind: &Kind) -> Value {
    match kind {
        Kind::Bool(value) => Value::from(*value),
        Kind::Int(value) => Value::from(*value),
        Kind::Float(value) => Value::from(*value),
        Kind::BigInt(text) | Kind::Timestamp(text) | Kind::Str(text) => Value::from(text),
        _ => Value::None,
    }
}
