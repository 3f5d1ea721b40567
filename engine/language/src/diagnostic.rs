//! The one diagnostic type: what a user did wrong, where, and what to do.
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use rolewright_template::Origin;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable, kebab-case: `unknown-module`, `yaml-syntax`, …
    pub code: &'static str,
    pub message: String,
    pub origin: Option<Origin>,
    /// The text of the file, for the excerpt.
    pub source: Option<Arc<str>>,
    pub help: Option<String>,
}

/// Lines shown before and after the one at fault.
const BEFORE: usize = 2;
const AFTER: usize = 1;

/// Errors that Ansible finds while it loads, but does not count among those of the parser.
const PLAIN_ERRORS: &[&str] = &[
    "file-not-found",
    "role-not-found",
    "role-loop",
    "no-role-name",
    "bad-role",
    "role-name",
    "bad-tags",
    "duplicate-loop",
    "loop-without-value",
    "reserved-argument",
    "two-commands",
];

impl Diagnostic {
    /// The exit code that `ansible-playbook` has for it.
    pub fn exit_code(&self) -> i32 {
        if PLAIN_ERRORS.contains(&self.code) { 1 } else { 4 }
    }
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), origin: None, source: None, help: None }
    }
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }
    /// Where it is; a position that is known already stays.
    #[must_use]
    pub fn at(mut self, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }
    /// The text of the file it is about.
    #[must_use]
    pub fn with_source(mut self, source: &Arc<str>) -> Self {
        self.source.get_or_insert_with(|| Arc::clone(source));
        self
    }
    /// What to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    /// What to do about it, if that is known.
    #[must_use]
    pub fn with_help_if(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.with_help(help),
            None => self,
        }
    }
    /// The whole page: message, file:line:column, the lines with a caret, help.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let (title, rest) = self.message.split_once('\n').unwrap_or((&self.message, ""));
        let mut group = Group::with_title(level.primary_title(printable(title)).id(self.code));
        let excerpt = self.excerpt();
        if let Some(excerpt) = &excerpt {
            let snippet = Snippet::source(&*excerpt.text)
                .path(&*excerpt.file)
                .line_start(excerpt.first_line)
                .annotation(AnnotationKind::Primary.span(excerpt.span.clone()));
            group = group.element(snippet.fold(false));
        }
        if !rest.trim().is_empty() {
            group = group.element(Level::NOTE.message(printable(rest.trim())));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(printable(help)));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let page = renderer.render(&[group]);
        match (&excerpt, &self.origin) {
            (None, Some(origin)) => format!("{page}\n --> {origin}"),
            _ => page,
        }
    }

    fn excerpt(&self) -> Option<Excerpt> {
        let origin = self.origin.as_ref()?;
        let source = self.source.as_deref()?;
        Excerpt::of(source, origin)
    }
}

/// The lines around a position, and the place of its character in them.
struct Excerpt {
    text: String,
    file: String,
    first_line: usize,
    span: std::ops::Range<usize>,
}

impl Excerpt {
    fn of(source: &str, origin: &Origin) -> Option<Self> {
        let lines: Vec<&str> = source.lines().collect();
        let index = (origin.line.max(1) as usize - 1).min(lines.len().checked_sub(1)?);
        let first = index.saturating_sub(BEFORE);
        let mut text = String::new();
        let mut span = 0..0;
        for (i, line) in lines.iter().enumerate().take(index + AFTER + 1).skip(first) {
            if i == index {
                let column = origin.column.max(1) as usize - 1;
                let at = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
                let width = line[at..].chars().next().map_or(0, char::len_utf8);
                span = text.len() + at..text.len() + at + width;
            }
            text.push_str(line);
            text.push('\n');
        }
        Some(Self { text, file: origin.file.to_string(), first_line: first + 1, span })
    }
}

/// Text for a terminal: no control characters, which a file under attack could carry.
fn printable(text: &str) -> String {
    let keep = |c: char| c == '\n' || !c.is_control();
    text.chars().map(|c| if keep(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// One line: `file:line:column: message`.
impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = self.message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        match &self.origin {
            Some(origin) => write!(f, "{origin}: {message}"),
            None => f.write_str(&message),
        }
    }
}

impl std::error::Error for Diagnostic {}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Diagnostic {
        let source: Arc<str> = "- name: first\n  debug:\n    msg: hi\n- name: second\n  whne: x\n  debug:\n".into();
        let origin = Origin { file: "tasks/main.yml".into(), line: 5, column: 3 };
        Diagnostic::error("unknown-keyword", "'whne' is not a valid attribute for a Task")
            .at(&origin)
            .with_source(&source)
            .with_help("did you mean `when`?")
    }

    #[test]
    fn a_page_shows_the_place() {
        insta::assert_snapshot!(sample().render(false));
    }

    #[test]
    fn one_line() {
        let expected = "tasks/main.yml:5:3: 'whne' is not a valid attribute for a Task";
        assert_eq!(sample().to_string(), expected);
    }

    #[test]
    fn no_position_is_out_of_reach() {
        for source in ["", "a", "ü\n", "a\r\nb"] {
            for line in 0..4 {
                for column in 0..4 {
                    let origin = Origin { file: "f".into(), line, column };
                    let page = Diagnostic::error("x", "m\nmore").at(&origin).with_source(&source.into()).render(true);
                    assert!(page.contains('m'));
                }
            }
        }
    }
}
