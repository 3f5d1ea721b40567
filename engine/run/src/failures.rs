//! The words of failures, with the place in the project they come from.
use rolewright_language::Files;
use rolewright_template::{Error, ErrorKind, Origin, Tree};
use std::path::Path;

/// Text as it stands in the file, where a tree is one text.
pub fn source(tree: &Tree) -> String {
    match tree {
        Tree::Data(value) => value.to_string(),
        Tree::Text(template) => template.source().to_owned(),
        Tree::Broken(_) | Tree::List(_) | Tree::Map(_) => String::new(),
    }
}

/// A message followed by the place Ansible names (`task`), the lines there, and the exact place when it is another.
pub fn at(files: &dyn Files, message: &str, place: &Origin, exact: Option<&Origin>) -> String {
    if place.file.is_empty() {
        return message.to_owned();
    }
    let mut text = format!(
        "{message}\n\nThe error appears to be in '{}': line {}, column {}, but may\n\
         be elsewhere in the file depending on the exact syntax problem.\n",
        place.file, place.line, place.column
    );
    if let Ok(content) = files.read(Path::new(&*place.file)) {
        text.push_str("\nThe offending line appears to be:\n\n");
        text.push_str(&excerpt(&content, place));
    }
    if let Some(exact) = exact.filter(|exact| *exact != place && !exact.file.is_empty()) {
        text.push_str(&format!("\nThe expression stands at {exact}\n"));
    }
    text
}

/// The line before, the line, and a mark below the column.
fn excerpt(content: &str, place: &Origin) -> String {
    let line = |number: u32| {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        content.lines().nth(index)
    };
    let before = place.line.checked_sub(1).and_then(line).unwrap_or_default();
    let here = line(place.line).unwrap_or_default();
    let indent = " ".repeat(place.column.saturating_sub(1) as usize);
    format!("{before}\n{here}\n{indent}^ here\n")
}

/// An argument, loop or other option whose template failed.
pub(crate) fn of_option(files: &dyn Files, error: &Error, task: &Origin) -> String {
    let message = match error.kind() {
        ErrorKind::Undefined => format!("The task includes an option with an undefined variable.. {error}"),
        _ => error.to_string(),
    };
    at(files, &message, task, error.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("main.yml");
        std::fs::write(&path, "- hosts: all\n  tasks:\n    - debug: msg={{ nope }}\n").unwrap();
        let file: std::sync::Arc<str> = path.to_string_lossy().into();
        let origin = Origin { file: file.clone(), line: 3, column: 7 };
        let text = of_option(&crate::DiskFiles, &Error::undefined("'nope' is undefined"), &origin);
        assert_eq!(
            text,
            format!(
                "The task includes an option with an undefined variable.. 'nope' is undefined\n\n\
                 The error appears to be in '{file}': line 3, column 7, but may\n\
                 be elsewhere in the file depending on the exact syntax problem.\n\n\
                 The offending line appears to be:\n\n  tasks:\n    - debug: msg={{{{ nope }}}}\n      ^ here\n"
            )
        );
    }
}
