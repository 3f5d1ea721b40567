//! Reading one mapping: known keys in any case, null as absent, types with positions.
use rolewright_language::suggest::nearest;
use rolewright_language::yaml::{Kind, Node};
use rolewright_language::{Diagnostic, Severity};
use rolewright_template::Origin;

/// Errors and warnings of one file, in the order they were met.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl Findings {
    pub(super) fn error(&mut self, origin: &Origin, code: &'static str, message: impl Into<String>) {
        self.errors.push(Diagnostic { origin: Some(origin.clone()), ..Diagnostic::error(code, message) });
    }
    pub(super) fn warn(&mut self, origin: &Origin, code: &'static str, message: String, help: Option<String>) {
        let base = Diagnostic::error(code, message);
        self.warnings.push(Diagnostic { severity: Severity::Warning, origin: Some(origin.clone()), help, ..base });
    }
    /// A value of the wrong type, in the reference's frame.
    pub(super) fn wrong(&mut self, node: &Node, key: &str, wanted: &str) {
        let found = describe(node);
        let message = format!("Failed to unmarshal config: {key} must be {wanted}, found {found}");
        self.error(&node.origin, "watches-type", message);
    }
}

pub(super) fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".into(),
        Kind::Bool(value) => format!("the boolean {value}"),
        Kind::Int(value) => format!("the number {value}"),
        Kind::BigInt(digits) => format!("the number {digits}"),
        Kind::Float(value) => format!("the number {value}"),
        Kind::Str(text) | Kind::Timestamp(text) => format!("the text {text:?}"),
        Kind::Seq(_) => "a list".into(),
        Kind::Map(_) => "a mapping".into(),
        _ => "a value of another type".into(),
    }
}

/// A key as text: what JSON makes of it.
pub(super) fn key_text(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".into(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::BigInt(text) | Kind::Str(text) | Kind::Timestamp(text) => text.clone(),
        Kind::Float(value) => value.to_string(),
        _ => "?".into(),
    }
}

/// The entries of one mapping, matched against the keys it may have.
pub(super) struct Fields<'a> {
    pub(super) origin: &'a Origin,
    found: Vec<(&'static str, &'a Node)>,
}

impl<'a> Fields<'a> {
    /// Sorts the entries of `node` under `known` keys; what is unknown or given twice is reported.
    pub(super) fn of(node: &'a Node, what: &str, known: &[&'static str], findings: &mut Findings) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            findings.wrong(node, what, "a mapping");
            return None;
        };
        let mut fields = Self { origin: &node.origin, found: Vec::new() };
        for (key_node, value) in entries {
            let written = key_text(key_node);
            let Some(key) = known.iter().copied().find(|key| key.eq_ignore_ascii_case(&written)) else {
                unknown_key(key_node, &written, what, known, findings);
                continue;
            };
            if fields.raw(key).is_some() {
                let message = format!("the key {key} is given twice; the last one counts");
                findings.warn(&key_node.origin, "duplicate-key", message, None);
                fields.found.retain(|(other, _)| *other != key);
            }
            fields.found.push((key, value));
        }
        Some(fields)
    }

    fn raw(&self, key: &str) -> Option<&'a Node> {
        self.found.iter().find(|(found, _)| *found == key).map(|(_, node)| *node)
    }

    /// The value, when it is there and not null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.raw(key).filter(|node| !matches!(node.kind, Kind::Null))
    }

    pub(super) fn text(&self, key: &str, findings: &mut Findings) -> Option<String> {
        let node = self.get(key)?;
        match &node.kind {
            Kind::Str(text) | Kind::Timestamp(text) => Some(text.clone()),
            _ => {
                findings.wrong(node, key, "text");
                None
            }
        }
    }

    pub(super) fn flag(&self, key: &str, findings: &mut Findings) -> Option<bool> {
        let node = self.get(key)?;
        if let Kind::Bool(value) = node.kind {
            return Some(value);
        }
        findings.wrong(node, key, "a boolean");
        None
    }

    pub(super) fn int(&self, key: &str, findings: &mut Findings) -> Option<i64> {
        let node = self.get(key)?;
        if let Kind::Int(value) = node.kind {
            return Some(value);
        }
        findings.wrong(node, key, "a whole number");
        None
    }

    /// The elements of a list.
    pub(super) fn list(&self, key: &str, findings: &mut Findings) -> &'a [Node] {
        match self.get(key) {
            None => &[],
            Some(Node { kind: Kind::Seq(items), .. }) => items,
            Some(node) => {
                findings.wrong(node, key, "a list");
                &[]
            }
        }
    }
}

/// Keys that users try here and that the reference does not read from the file either.
const ELSEWHERE: &[(&str, &str)] = &[
    ("maxConcurrentReconciles", "set MAX_CONCURRENT_RECONCILES_<KIND>_<GROUP> in the environment"),
    ("maxWorkers", "set MAX_CONCURRENT_RECONCILES_<KIND>_<GROUP> in the environment"),
    ("workers", "set MAX_CONCURRENT_RECONCILES_<KIND>_<GROUP> in the environment"),
    ("ansibleVerbosity", "set ANSIBLE_VERBOSITY_<KIND>_<GROUP> in the environment"),
    ("gatherFacts", "set ANSIBLE_GATHERING=explicit in the environment, or use a playbook"),
];

fn unknown_key(node: &Node, written: &str, what: &str, known: &[&'static str], findings: &mut Findings) {
    let elsewhere = ELSEWHERE.iter().find(|(key, _)| key.eq_ignore_ascii_case(written));
    let help = match elsewhere {
        Some((_, help)) => Some((*help).to_owned()),
        None => nearest(written, known.iter().copied()).map(|key| format!("did you mean {key}?")),
    };
    let hint = help.as_deref().map_or(String::new(), |help| format!(" ({help})"));
    let message = format!("unknown key {written:?} in {what} is ignored{hint}");
    findings.warn(&node.origin, "unknown-key", message, help);
}
