//! `pprint.pformat`: one line where it fits into 80 columns, else one item a line.
use crate::Value;

const WIDTH: usize = 80;

pub(crate) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    format(value, 0, 0, &mut out);
    out
}

/// Dicts are shown with their keys in order, at any depth.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Dict(dict) => {
            let mut keyed = dict.entries();
            keyed.sort_by_key(|(key, _)| (key.type_name(), key.as_f64().map(|f| f as i64), key.to_string()));
            Value::dict(keyed.into_iter().map(|(key, value)| (key, sorted(&value))))
        }
        Value::List(list) => Value::list(list.read().iter().map(sorted)),
        Value::Tuple(items) => Value::tuple(items.iter().map(sorted)),
        other => other.clone(),
    }
}

fn format(value: &Value, indent: usize, allowance: usize, out: &mut String) {
    let repr = sorted(value).repr();
    let room = WIDTH.saturating_sub(indent + allowance);
    if repr.chars().count() <= room {
        out.push_str(&repr);
        return;
    }
    match value {
        Value::Dict(_) => dict(&sorted(value), indent, allowance, out),
        Value::List(list) if !list.is_empty() => items(&list.to_vec(), ('[', "]"), indent, allowance, out),
        Value::Tuple(all) if !all.is_empty() => {
            items(all, ('(', if all.len() == 1 { ",)" } else { ")" }), indent, allowance, out);
        }
        Value::Str(text) => long_text(text, indent, allowance, out),
        _ => out.push_str(&repr),
    }
}

fn dict(value: &Value, indent: usize, allowance: usize, out: &mut String) {
    out.push('{');
    let entries = value.entries().unwrap_or_default();
    let last = entries.len().saturating_sub(1);
    for (i, (key, value)) in entries.iter().enumerate() {
        if i > 0 {
            out.push_str(",\n");
            out.push_str(&" ".repeat(indent + 1));
        }
        let key = key.repr();
        out.push_str(&key);
        out.push_str(": ");
        let at = indent + 1 + key.chars().count() + 2;
        format(value, at, if i == last { allowance + 1 } else { 1 }, out);
    }
    out.push('}');
}

fn items(all: &[Value], marks: (char, &str), indent: usize, allowance: usize, out: &mut String) {
    out.push(marks.0);
    let last = all.len().saturating_sub(1);
    for (i, item) in all.iter().enumerate() {
        if i > 0 {
            out.push_str(",\n");
            out.push_str(&" ".repeat(indent + 1));
        }
        format(item, indent + 1, if i == last { allowance + marks.1.len() } else { 1 }, out);
    }
    out.push_str(marks.1);
}

/// Long text becomes adjacent literals, broken behind blanks.
fn long_text(text: &str, indent: usize, allowance: usize, out: &mut String) {
    let (mut indent, mut allowance) = (indent, allowance);
    let nested = indent > 0;
    if !nested {
        (indent, allowance) = (indent + 1, allowance + 1);
    }
    let room = WIDTH.saturating_sub(indent);
    let fits = |text: &str, last: bool| {
        let limit = if last { room.saturating_sub(allowance) } else { room };
        Value::from(text).repr().chars().count() <= limit
    };
    let lines: Vec<&str> = crate::python::split_lines(text, true);
    let mut chunks: Vec<String> = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let last_line = i + 1 == lines.len();
        if fits(line, last_line) {
            chunks.push(Value::from(*line).repr());
            continue;
        }
        let words = words(line);
        let mut current = String::new();
        for (j, word) in words.iter().enumerate() {
            let candidate = format!("{current}{word}");
            if fits(&candidate, last_line && j + 1 == words.len()) {
                current = candidate;
                continue;
            }
            if !current.is_empty() {
                chunks.push(Value::from(current.as_str()).repr());
            }
            current = word.clone();
        }
        if !current.is_empty() {
            chunks.push(Value::from(current.as_str()).repr());
        }
    }
    if chunks.len() == 1 {
        out.push_str(&Value::from(text).repr());
        return;
    }
    let whole = chunks.join(&format!("\n{}", " ".repeat(indent)));
    out.push_str(&if nested { whole } else { format!("({whole})") });
}

/// Each word with the blanks behind it.
fn words(line: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut blank = true;
    for c in line.chars() {
        let space = crate::python::is_space(c);
        if blank && !space || out.is_empty() {
            out.push(String::new());
        }
        if let Some(word) = out.last_mut() {
            word.push(c);
        }
        blank = space;
    }
    out
}
