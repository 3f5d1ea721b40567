//! Watch vars as project text: every string is compiled where it stands.
use rolewright_language::yaml::{Kind, Node};
use rolewright_template::{Error, Template, Tree, Value};

/// Strings become templates, with their own position; what does not parse is kept as its error.
pub(super) fn of(node: &Node) -> Tree {
    match &node.kind {
        _ if node.is_unsafe() => Tree::Data(node.to_value()),
        Kind::Str(text) => match Template::inline(text, &node.origin) {
            Ok(template) if template.is_literal() => Tree::Data(Value::from(text)),
            Ok(template) => Tree::Text(template),
            Err(error) => Tree::Broken(error.or_at(&node.origin)),
        },
        Kind::Vault(_) => Tree::Broken(Error::failed("vault values do not work in watches.yaml").or_at(&node.origin)),
        Kind::Seq(items) => Tree::List(items.iter().map(of).collect()),
        Kind::Map(entries) => Tree::Map(entries.iter().map(|(key, value)| (of(key), of(value))).collect()),
        _ => Tree::Data(node.to_value()),
    }
}
