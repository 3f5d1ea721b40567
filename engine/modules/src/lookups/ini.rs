//! `ini`: values of an INI or Java properties file, read as Python's `configparser` reads it.
use super::{Named, flag, option, split_term};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value};
use std::path::Path;

const OPTIONS: [&str; 10] = [
    "type",
    "file",
    "section",
    "re",
    "encoding",
    "default",
    "case_sensitive",
    "allow_no_value",
    "allow_none",
    "interpolation",
];
const DEEPEST: usize = 10;

pub(super) fn ini(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let mut out = Vec::new();
    for term in terms {
        one(around, &term.to_string(), options, &mut out)?;
    }
    Ok(out)
}

fn one(around: &Surroundings, term: &str, options: &[Named], out: &mut Vec<Value>) -> Result<()> {
    let (plain, pairs) = split_term(term)?;
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !OPTIONS.contains(&name.as_str())) {
        return Err(Error::failed(format!("{name} is not a valid option.")));
    }
    if plain.is_empty() && !pairs.is_empty() {
        let message = "No key to lookup was provided as first term with in string inline options";
        return Err(Error::failed(format!("{message}: {term}")));
    }
    let get = |name: &str| {
        let inline = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| Value::from(value.as_str()));
        inline.or_else(|| option(options, name).cloned())
    };
    let text = |name: &str, default: &str| get(name).map_or_else(|| default.to_owned(), |value| value.to_string());
    let name = text("file", "ansible.ini");
    let path = around.find("files", &name).ok_or_else(|| Error::failed(format!("ini: cannot find file {name}")))?;
    let properties = text("type", "ini") == "properties";
    let file = File {
        name: &name,
        section: if properties { "java_properties".to_owned() } else { text("section", "global") },
        properties,
        case_sensitive: flag(options, "case_sensitive", false)?,
        bare_keys: flag(options, "allow_no_value", false)? || flag(options, "allow_none", false)?,
    };
    let entries = file.entries(&content(around, &path, &name, &text("encoding", "utf-8"))?)?;
    let interpolates = flag(options, "interpolation", true)? && !properties;
    let mut push = |value: &Option<String>| -> Result<()> {
        if let Some(value) = value {
            let value = if interpolates { interpolate(value, &entries, 0)? } else { value.clone() };
            out.push(Value::from(value));
        }
        Ok(())
    };
    let key = plain.join(" ");
    if get("re").and_then(|value| value.to_bool()).unwrap_or(false) {
        let pattern = regex::Regex::new(&format!("^(?:{key})"));
        let pattern = pattern.map_err(|error| Error::failed(format!("ini: {error}")))?;
        return entries.iter().filter(|(name, _)| pattern.is_match(name)).try_for_each(|(_, value)| push(value));
    }
    match entries.iter().rev().find(|(name, _)| *name == file.spelled(&key)) {
        Some((_, value)) => push(value)?,
        None => out.push(get("default").unwrap_or_else(|| "".into())),
    }
    Ok(())
}

/// The text of a file, in the encoding that is asked for.
fn content(around: &Surroundings, path: &Path, name: &str, encoding: &str) -> Result<String> {
    let failed = |error: String| Error::failed(format!("ini: {name}: {error}"));
    match encoding.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
        "utf8" | "ascii" | "usascii" => around.files.read(path).map(|text| text.to_string()).map_err(failed),
        "iso88591" | "latin1" => {
            let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            Ok(bytes.into_iter().map(char::from).collect())
        }
        other => Err(failed(format!("the encoding {other} is not known here: utf-8 and iso8859-1 are"))),
    }
}

/// Names and values of a section; a name may stand without a value.
type Entries = Vec<(String, Option<String>)>;

/// How a file is read.
struct File<'a> {
    name: &'a str,
    section: String,
    properties: bool,
    case_sensitive: bool,
    bare_keys: bool,
}

impl File<'_> {
    fn spelled(&self, key: &str) -> String {
        if self.case_sensitive { key.to_owned() } else { key.to_lowercase() }
    }

    /// The entries of the section; indented lines go on with the value above them.
    fn entries(&self, text: &str) -> Result<Entries> {
        let mut entries: Entries = Vec::new();
        let mut known = self.properties;
        let mut inside = self.properties;
        for (number, line) in text.lines().enumerate() {
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                inside = name == self.section;
                known |= inside;
                continue;
            }
            if !inside {
                continue;
            }
            if line.starts_with([' ', '\t'])
                && let Some((_, Some(value))) = entries.last_mut()
            {
                value.push('\n');
                value.push_str(trimmed);
                continue;
            }
            let entry = self.entry(trimmed, number + 1)?;
            if !self.properties && entries.iter().any(|(name, _)| *name == entry.0) {
                return Err(self.duplicate(&entry.0, number + 1));
            }
            entries.push(entry);
        }
        match known {
            true => Ok(entries),
            false => Err(Error::failed(format!("No section '{}' in {}", self.section, self.name))),
        }
    }

    fn duplicate(&self, option: &str, number: usize) -> Error {
        Error::failed(format!(
            "Duplicate option in '{}': While reading from '<???>' [line {number:2}]: option '{option}' in section \
             '{}' already exists",
            self.name, self.section
        ))
    }

    fn entry(&self, line: &str, number: usize) -> Result<(String, Option<String>)> {
        match line.split_once(['=', ':']) {
            Some((name, value)) => Ok((self.spelled(name.trim()), Some(value.trim().to_owned()))),
            None if self.bare_keys => Ok((self.spelled(line), None)),
            None if self.properties => Ok((self.spelled(line), Some(String::new()))),
            None => {
                Err(Error::failed(format!("Source contains parsing errors: '<???>'\n\t[line {number:2}]: '{line}\\n'")))
            }
        }
    }
}

/// `%(name)s` stands for another value of the section, `%%` for a percent sign.
fn interpolate(value: &str, entries: &Entries, depth: usize) -> Result<String> {
    if depth > DEEPEST {
        return Err(Error::failed("ini: values refer to each other without an end"));
    }
    let mut out = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let named = after.strip_prefix('(').and_then(|inner| inner.split_once(")s"));
        let Some((name, after)) = named else {
            return Err(Error::failed(format!("'%' must be followed by '%' or '(', found: '%{after}'")));
        };
        let found = entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, v)| v.as_deref());
        let found = found.ok_or_else(|| Error::failed(format!("ini: there is no value of the name '{name}'")))?;
        out.push_str(&interpolate(found, entries, depth + 1)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from ansible-core 2.18.
    #[test]
    fn sections() {
        let file = |section: &str, bare_keys| File {
            name: "x.ini",
            section: section.into(),
            properties: false,
            case_sensitive: false,
            bare_keys,
        };
        let text = "[g]\nbase = /u\nP=%(base)s/x\n[d]\na=1\nA=2\n[n]\nk\n";
        let entries = file("g", false).entries(text).unwrap();
        let value = entries.last().and_then(|(_, value)| value.clone()).unwrap();
        assert_eq!(interpolate(&value, &entries, 0).unwrap(), "/u/x");
        let failing = [
            ("nope", "No section 'nope' in x.ini"),
            (
                "d",
                "Duplicate option in 'x.ini': While reading from '<???>' [line  6]: option 'a' in section 'd' already \
                 exists",
            ),
            ("n", "Source contains parsing errors: '<???>'\n\t[line  8]: 'k\\n'"),
        ];
        for (section, expected) in failing {
            assert_eq!(file(section, false).entries(text).unwrap_err().message(), expected);
        }
        assert_eq!(file("n", true).entries(text).unwrap(), [("k".to_owned(), None)]);
        assert!(interpolate("%u", &entries, 0).is_err());
        assert_eq!(interpolate("100%%", &entries, 0).unwrap(), "100%");
    }
}
