//! Text to nodes with positions.
use super::fields::Findings;
use rolewright_language::yaml::{self, Node};
use rolewright_language::{Diagnostic, Severity};
use std::sync::Arc;

/// The one document of the text; `None` when there is nothing in it. A key given twice is a warning.
pub(super) fn parse(text: &Arc<str>, file: &Arc<str>, findings: &mut Findings) -> Result<Option<Node>, Diagnostic> {
    let (node, doubtful) = yaml::document(text, file)?;
    findings.warnings.extend(doubtful.into_iter().map(|found| Diagnostic { severity: Severity::Warning, ..found }));
    Ok(Some(node).filter(|node| !node.is_null()))
}
