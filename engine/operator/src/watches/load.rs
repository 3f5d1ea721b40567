//! From the file to checked watches.
use super::fields::Findings;
use super::{SearchPaths, Watch, entry, expand, validate, yaml};
use rolewright_language::yaml::Kind;
use rolewright_language::{Diagnostic, Files};
use std::path::Path;
use std::sync::Arc;

/// What loading sees of the world.
pub struct Surroundings<'a> {
    pub files: &'a dyn Files,
    pub env: &'a dyn Fn(&str) -> Option<String>,
    pub paths: SearchPaths,
    /// Defaults that the environment can override per kind.
    pub max_concurrent_reconciles: usize,
    pub ansible_verbosity: u8,
    /// Unknown keys are errors.
    pub strict: bool,
}

#[derive(Debug)]
pub struct Loaded {
    pub watches: Vec<Watch>,
    pub warnings: Vec<Diagnostic>,
}

/// Reads the file; every error there is, the reference's first one first.
pub fn load(path: &Path, around: &Surroundings<'_>) -> Result<Loaded, Vec<Diagnostic>> {
    let read = around.files.read(path).map_err(|error| {
        let message = format!("Failed to get config file {}: {error}", path.display());
        vec![Diagnostic::error("watches-file", message)]
    })?;
    let file: Arc<str> = path.display().to_string().into();
    let mut findings = Findings::default();
    let text: Arc<str> = expand::expand(&read, &file, around.env, &mut findings.warnings).into();
    let watches = watches(&text, &file, around, &mut findings);
    let Findings { mut errors, mut warnings } = findings;
    if around.strict {
        errors.extend(
            warnings
                .extract_if(.., |warning| warning.code == "unknown-key")
                .map(|warning| Diagnostic { severity: rolewright_language::Severity::Error, ..warning }),
        );
    }
    for finding in errors.iter_mut().chain(&mut warnings) {
        finding.source.get_or_insert_with(|| Arc::clone(&text));
    }
    if errors.is_empty() { Ok(Loaded { watches, warnings }) } else { Err(errors) }
}

fn watches(text: &Arc<str>, file: &Arc<str>, around: &Surroundings<'_>, findings: &mut Findings) -> Vec<Watch> {
    let document = match yaml::parse(text, file, findings) {
        Ok(document) => document,
        Err(error) => {
            let message = format!("Failed to unmarshal config: {}", error.message);
            findings.errors.push(Diagnostic { message, ..error });
            return Vec::new();
        }
    };
    let Some(document) = document else { return Vec::new() };
    let Kind::Seq(items) = &document.kind else {
        findings.wrong(&document, "the file", "a list of watches");
        return Vec::new();
    };
    let entries: Vec<_> = items.iter().filter_map(|node| entry::read(node, findings)).collect();
    // A file that is not understood is not checked: the checks would blame its consequences.
    if findings.errors.is_empty() { validate::check(entries, around, findings) } else { Vec::new() }
}
