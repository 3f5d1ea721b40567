//! CSV and INI.
use crate::filters::Table;
use crate::filters::dicts::class;
use crate::python::{bind, flag, opt_text, str_arg, text};
use crate::render::{Args, Render};
use crate::value::Dict;
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[("from_csv", from_csv), ("from_ini", from_ini), ("to_ini", to_ini)];

fn from_csv(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["dialect", "fieldnames", "delimiter", "skipinitialspace", "strict"];
    let [dialect, fields, delimiter, skip, _strict] = bind("from_csv", args, names)?;
    let dialect = opt_text(dialect)?.unwrap_or_else(|| "excel".into());
    let usual = match &*dialect {
        "excel" | "unix" => ',',
        "excel-tab" => '\t',
        other => {
            return Err(Error::failed(format!("Dialect '{other}' is not supported by your version of python.")));
        }
    };
    let delimiter = opt_text(delimiter)?.and_then(|text| text.chars().next()).unwrap_or(usual);
    let skip = flag(skip)?;
    let body = str_arg(value)?;
    let mut rows = rows(body.strip_prefix('\u{feff}').unwrap_or(body), delimiter, skip).into_iter();
    let fields: Vec<Value> = match fields.filter(|fields| !fields.is_none()) {
        Some(fields) => fields.items().unwrap_or_default(),
        None => rows.next().unwrap_or_default().into_iter().map(Value::from).collect(),
    };
    Ok(rows.filter(|row| !row.is_empty()).map(|row| record(&fields, row)).collect())
}

/// One row as a dict: what is too much goes under None, what is missing is None.
fn record(fields: &[Value], row: Vec<String>) -> Value {
    let mut cells = row.into_iter();
    let mut entries: Vec<(Value, Value)> =
        fields.iter().map(|field| (field.clone(), cells.next().map_or(Value::None, Value::from))).collect();
    let rest: Vec<String> = cells.collect();
    if !rest.is_empty() {
        entries.push((Value::None, Value::from(rest)));
    }
    Value::dict(entries)
}

fn rows(body: &str, delimiter: char, skip_blanks: bool) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut any) = (false, false);
    let mut chars = body.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            match c {
                '"' if chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => quoted = false,
                c => cell.push(c),
            }
            continue;
        }
        match c {
            '"' if cell.is_empty() => (quoted, any) = (true, true),
            ' ' if skip_blanks && cell.is_empty() => {}
            '\r' | '\n' => {
                if c == '\r' && chars.peek() == Some(&'\n') {
                    chars.next();
                }
                if any || !cell.is_empty() || !row.is_empty() {
                    row.push(std::mem::take(&mut cell));
                }
                rows.push(std::mem::take(&mut row));
                any = false;
            }
            c if c == delimiter => {
                row.push(std::mem::take(&mut cell));
                any = true;
            }
            c => cell.push(c),
        }
    }
    if any || !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// The name of a section, and its options.
type Section = (String, Vec<(String, Option<String>)>);

fn from_ini(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let Value::Str(body) = value else {
        text(value)?;
        return Err(Error::failed(format!("from_ini requires a str, got {}", class(value))));
    };
    let failed = |message: String| Error::failed(format!("from_ini failed to parse given string: {message}"));
    let mut sections: Vec<Section> = Vec::new();
    let mut indent = 0;
    for (number, line) in body.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let last = sections.last_mut().and_then(|(_, options)| options.last_mut());
        if let Some((_, Some(value))) = last.filter(|_| depth > indent) {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        indent = depth;
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            if name != "DEFAULT" && sections.iter().any(|(known, _)| known == name) {
                return Err(failed(format!(
                    "While reading from '<???>' [line {:2}]: section '{name}' already exists",
                    number + 1
                )));
            }
            sections.push((name.to_owned(), Vec::new()));
            continue;
        }
        let Some((_, options)) = sections.last_mut() else {
            return Err(failed(format!(
                "File contains no section headers.\nfile: '<???>', line: {}\n{}",
                number + 1,
                Value::from(format!("{line}\n")).repr()
            )));
        };
        let Some(at) = trimmed.find(['=', ':']) else {
            return Err(failed(format!(
                "Source contains parsing errors: '<???>'\n\t[line {:2}]: {}",
                number + 1,
                Value::from(format!("{line}\n")).repr()
            )));
        };
        options.push((trimmed[..at].trim_end().to_owned(), Some(trimmed[at + 1..].trim().to_owned())));
    }
    Ok(ini_value(sections))
}

fn ini_value(sections: Vec<Section>) -> Value {
    let dict = |options: &[(String, Option<String>)]| -> Vec<(Value, Value)> {
        options.iter().map(|(key, value)| (Value::from(key), Value::from(value.clone()))).collect()
    };
    let defaults: Vec<(Value, Value)> =
        sections.iter().filter(|(name, _)| name == "DEFAULT").flat_map(|(_, options)| dict(options)).collect();
    let out = Dict::default();
    for (name, options) in sections.iter().filter(|(name, _)| name != "DEFAULT") {
        let all = Value::dict(defaults.iter().cloned().chain(dict(options)));
        out.change(|map| map.insert(Value::from(name), all));
    }
    if !defaults.is_empty() {
        out.change(|map| map.insert("DEFAULT".into(), Value::dict(defaults)));
    }
    Value::Dict(out)
}

fn to_ini(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let Value::Dict(dict) = value else {
        text(value)?;
        return Err(Error::failed(format!("to_ini requires a dict, got {}", class(value))));
    };
    if dict.is_empty() {
        return Err(Error::failed("to_ini received an empty dict. An empty dict cannot be converted."));
    }
    let mut entries = dict.entries();
    entries.sort_by_key(|(name, _)| name.as_str() != Some("DEFAULT"));
    let mut out = String::new();
    for (name, options) in entries {
        let options = options.entries().ok_or_else(|| {
            let found = options.type_name();
            Error::failed(format!("to_ini failed to parse given dict:'{found}' object has no attribute 'items'"))
        })?;
        out.push_str(&format!("[{name}]\n"));
        for (key, value) in options {
            let shown =
                if value.is_none() { String::new() } else { format!(" = {}", text(&value)?.replace('\n', "\n\t")) };
            out.push_str(&format!("{key}{shown}\n"));
        }
        out.push('\n');
    }
    // One line end is taken off again.
    out.pop();
    Ok(out.into())
}
