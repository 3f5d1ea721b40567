//! `$NAME` and `${NAME}` in the raw text, by the rules of Go's `os.Expand`.
use rolewright_language::{Diagnostic, Severity};
use rolewright_template::Origin;
use std::sync::Arc;

/// Expands every reference. An unset variable is written back as `${NAME}`; unset bare names are warned about,
/// because `$NAME` in a template or a comment is rarely meant as one.
pub(super) fn expand(
    text: &str,
    file: &Arc<str>,
    env: &dyn Fn(&str) -> Option<String>,
    warnings: &mut Vec<Diagnostic>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = &from[1..];
        if after.is_empty() {
            out.push('$');
            return out;
        }
        let found = shell_name(after);
        match found.name {
            // Go eats what looks like the start of a braced name and is none.
            None if found.width > 0 => {}
            None => out.push('$'),
            Some(name) => match env(name) {
                Some(value) => out.push_str(&value),
                None => {
                    if !after.starts_with('{') {
                        warnings.push(unset(name, file, text, text.len() - from.len()));
                    }
                    out.push_str(&format!("${{{name}}}"));
                }
            },
        }
        rest = &after[found.width..];
    }
    out.push_str(rest);
    out
}

struct Name<'a> {
    name: Option<&'a str>,
    /// Bytes to skip after the dollar sign.
    width: usize,
}

fn shell_name(text: &str) -> Name<'_> {
    let bytes = text.as_bytes();
    let special = |at: usize| bytes.get(at).is_some_and(|byte| b"*#$@!?-0123456789".contains(byte));
    if bytes.first() == Some(&b'{') {
        if special(1) && bytes.get(2) == Some(&b'}') {
            return Name { name: text.get(1..2), width: 3 };
        }
        return match text.find('}') {
            Some(1) => Name { name: None, width: 2 },
            Some(end) => Name { name: text.get(1..end), width: end + 1 },
            None => Name { name: None, width: 1 },
        };
    }
    if special(0) {
        return Name { name: text.get(..1), width: 1 };
    }
    let width = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    Name { name: text.get(..width).filter(|name| !name.is_empty()), width }
}

fn unset(name: &str, file: &Arc<str>, text: &str, at: usize) -> Diagnostic {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Diagnostic {
        severity: Severity::Warning,
        origin: Some(Origin { file: Arc::clone(file), line: count(line), column: count(column) }),
        help: Some(format!("set it in the environment, or write ${{{name}}} where it is meant as text")),
        ..Diagnostic::error("unset-variable", format!("the environment variable {name} is not set"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> (String, Vec<String>) {
        let env = |name: &str| match name {
            "NAME" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let mut warnings = Vec::new();
        let out = expand(text, &"w".into(), &env, &mut warnings);
        (out, warnings.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_are_expanded_as_go_does() {
        for (text, expected) in [
            ("a ${NAME} b", "a value b"),
            ("a $NAME.b", "a value.b"),
            ("$NAME_x", "${NAME_x}"),
            ("[${EMPTY}]", "[]"),
            ("${UNSET}", "${UNSET}"),
            ("$unset-x", "${unset}-x"),
            ("$$", "${$}"),
            ("$1x", "${1}x"),
            ("cost: 5 $", "cost: 5 $"),
            ("$ x", "$ x"),
            ("$/x", "$/x"),
            ("a${}b", "ab"),
            ("a${b", "ab"),
            ("# $NAME", "# value"),
            ("${a b}", "${a b}"),
            ("é$é", "é$é"),
        ] {
            assert_eq!(run(text).0, expected, "{text}");
        }
    }

    #[test]
    fn only_unset_bare_names_are_warned_about() {
        let (_, warnings) = run("a: ${UNSET}\nb: 'x $foo'\n");
        assert_eq!(warnings, ["w:2:7: the environment variable foo is not set"]);
    }
}
