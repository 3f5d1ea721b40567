//! What usually is wrong with a line that YAML does not understand.
use rolewright_template::Origin;

/// A hint for the line of a syntax error, or the one before it.
pub(super) fn of(text: &str, origin: &Origin) -> Option<String> {
    let index = (origin.line.max(1) - 1) as usize;
    let line = text.lines().nth(index).unwrap_or_default();
    let before = index.checked_sub(1).and_then(|i| text.lines().nth(i)).unwrap_or_default();
    [line, before].into_iter().find_map(hint).map(str::to_owned)
}

fn hint(line: &str) -> Option<&'static str> {
    let start = line.trim_start_matches(' ');
    if start.starts_with('\t') {
        return Some("the line is indented with a tab; YAML wants spaces");
    }
    let value = value(start);
    if value.starts_with("{{") || value.starts_with("{%") {
        return Some(
            "a value that starts with `{{` needs quotes, or YAML takes it for a mapping: `key: \"{{ name }}\"`",
        );
    }
    if value.starts_with(['@', '`', '%']) {
        return Some("a value cannot start with `@`, a backtick or `%`: put it in quotes");
    }
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let rest = &value[1..];
        let closed = rest.find(quote).map(|end| rest[end + 1..].trim());
        match closed {
            None => return Some("the value starts with a quote that is not closed on this line"),
            Some(after) if !after.is_empty() && !after.starts_with(['#', ',', '}', ']', ':']) => {
                return Some("text follows the closing quote: put the whole value in quotes, of the other kind");
            }
            _ => {}
        }
    } else if value.contains(": ") || value.ends_with(':') && value.len() > 1 && start.contains(": ") {
        return Some("the value has a colon followed by a space: put the value in quotes");
    }
    None
}

/// What follows `key:` or the dash, without spaces around.
fn value(line: &str) -> &str {
    let line = line.trim_start_matches("- ").trim();
    match line.split_once(": ") {
        Some((key, value)) if !key.starts_with(['"', '\'', '{']) => value.trim(),
        _ => line,
    }
}
