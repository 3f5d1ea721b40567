//! Text to programs: the lexer and parser of Jinja2's grammar, and the tree that is evaluated.
mod block;
mod call;
mod expression;
pub(crate) mod ir;
mod lexer;
pub(crate) mod literal;
mod parser;
pub(crate) mod settings;
mod source;
mod statement;
mod strings;
mod token;

pub(crate) use parser::{parse, parse_expression};
pub(crate) use settings::Settings;
pub(crate) use source::Source;

/// What a template text that is looked at twice (a condition) is: Ansible asks whether the first construct that opens
/// is closed.
pub(crate) fn is_template(text: &str, settings: &Settings) -> bool {
    if !settings.may_be_template(text) {
        return false;
    }
    let text = block::normalize_newlines(text);
    lexer::closes_first(&text, settings)
}
