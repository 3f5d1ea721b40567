//! `ini`: a value of an INI or Java properties file.
use super::{Named, flag, option, split_term};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value};

pub(super) fn ini(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let mut out = Vec::new();
    for term in terms {
        let (plain, pairs) = split_term(&term.to_string())?;
        let get = |name: &str| {
            let inline = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| Value::from(value.as_str()));
            inline.or_else(|| option(options, name).cloned())
        };
        let text = |name: &str, default: &str| get(name).map_or_else(|| default.to_owned(), |value| value.to_string());
        let file = text("file", "ansible.ini");
        let path = around.find("files", &file).ok_or_else(|| Error::failed(format!("ini: cannot find file {file}")))?;
        let content = around.files.read(&path).map_err(|error| Error::failed(format!("ini: {file}: {error}")))?;
        let properties = text("type", "ini") == "properties";
        let section = if properties { "java_properties".to_owned() } else { text("section", "global") };
        let entries = entries(&content, &section, properties, flag(options, "case_sensitive", false)?);
        let key = plain.join(" ");
        let by_pattern = get("re").and_then(|value| value.to_bool()).unwrap_or(false);
        if by_pattern {
            let pattern =
                regex::Regex::new(&format!("^(?:{key})")).map_err(|error| Error::failed(format!("ini: {error}")))?;
            out.extend(
                entries.iter().filter(|(name, _)| pattern.is_match(name)).map(|(_, value)| Value::from(value.as_str())),
            );
            continue;
        }
        let wanted = if flag(options, "case_sensitive", false)? { key.clone() } else { key.to_lowercase() };
        match entries.iter().rev().find(|(name, _)| *name == wanted) {
            Some((_, value)) => out.push(Value::from(value.as_str())),
            None if flag(options, "allow_none", false)? && get("default").is_none() => out.push(Value::None),
            None => out.push(get("default").unwrap_or_else(|| "".into())),
        }
    }
    Ok(out)
}

/// The entries of one section; indented lines go on with the value above them.
fn entries(text: &str, section: &str, properties: bool, case_sensitive: bool) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut inside = properties;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name == section;
            continue;
        }
        if !inside {
            continue;
        }
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = entries.last_mut()
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        let (name, value) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
        let name = name.trim();
        let name = if case_sensitive { name.to_owned() } else { name.to_lowercase() };
        entries.push((name, value.trim().to_owned()));
    }
    entries
}
