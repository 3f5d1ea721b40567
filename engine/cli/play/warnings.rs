//! What is said on standard error: errors as they are, warnings folded, and each of them once.
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Ansible folds to this width where there is no terminal.
const COLUMNS: usize = 79;

static TOLD: LazyLock<Mutex<Vec<String>>> = LazyLock::new(Mutex::default);

pub(super) fn warn(message: &str) {
    let page = fold(&format!("[WARNING]: {message}"), COLUMNS).join("\n") + "\n";
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if !told.contains(&page) {
        write(&page);
        told.push(page);
    }
}

pub(super) fn error(message: &str) {
    write(&format!("ERROR! {}\n", message.trim_end()));
}

/// A reader that went away is no reason to stop.
pub(super) fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Lines of at most `width` characters, broken at blanks and after hyphens inside of words; longer words are cut.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for (chunk, glued) in chunks(text) {
        let length = chunk.chars().count();
        let blank = usize::from(!glued && !line.is_empty());
        if line.chars().count() + blank + length <= width {
            if blank == 1 {
                line.push(' ');
            }
            line.push_str(&chunk);
            continue;
        }
        let mut rest: Vec<char> = chunk.chars().collect();
        if length > width {
            let room = width.saturating_sub(line.chars().count() + blank);
            if room > 0 {
                if blank == 1 {
                    line.push(' ');
                }
                line.extend(rest.drain(..room));
            }
        }
        lines.push(std::mem::take(&mut line));
        while rest.len() > width {
            lines.push(rest.drain(..width).collect());
        }
        line.extend(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Words, those with hyphens in parts; the flag says that no blank stands before a part.
fn chunks(text: &str) -> Vec<(String, bool)> {
    let mut chunks = Vec::new();
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        let mut part = String::new();
        let mut glued = false;
        for (index, letter) in letters.iter().enumerate() {
            part.push(*letter);
            let between = |at: Option<&char>| at.is_some_and(|letter| letter.is_alphabetic());
            let before = index.checked_sub(1).and_then(|at| letters.get(at));
            let earlier = index.checked_sub(2).and_then(|at| letters.get(at));
            if *letter == '-' && between(before) && between(earlier) && between(letters.get(index + 1)) {
                chunks.push((std::mem::take(&mut part), glued));
                glued = true;
            }
        }
        if !part.is_empty() {
            chunks.push((part, glued));
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of Python's `textwrap.wrap`.
    #[test]
    fn folding() {
        let rows: [(&str, &[&str]); 4] = [
            ("aaa bbb ccc", &["aaa bbb", "ccc"]),
            ("host-specific", &["host-", "specific"]),
            ("abcdefghijklmnop", &["abcdefghij", "klmnop"]),
            ("ab cdefghijklmnop", &["ab cdefghi", "jklmnop"]),
        ];
        for (text, expected) in rows {
            assert_eq!(fold(text, 10), expected, "{text}");
        }
    }
}
