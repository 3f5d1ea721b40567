//! `csvfile`: a field of the first row with a key.
use super::{Named, option, split_term};
use rolewright_run::Surroundings;
use rolewright_template::{Context, Error, Result, Value};

const NO_KEY: &str = "Search key is required but was not found";
const OPTIONS: [&str; 6] = ["col", "keycol", "default", "delimiter", "file", "encoding"];

struct Query {
    key: String,
    file: String,
    delimiter: char,
    /// Only an error where a row is found.
    column: Result<usize>,
    key_column: usize,
    default: Option<Value>,
}

pub(super) fn csvfile(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    let around = Surroundings::of(cx)?;
    let mut out = Vec::new();
    if terms.is_empty() {
        return Err(Error::failed(NO_KEY));
    }
    for term in terms {
        let query = query(&term.to_string(), options)?;
        let path = around.find("files", &query.file);
        let path = path.ok_or_else(|| {
            Error::failed(format!("csvfile: cannot find file {}: No such file or directory", query.file))
        })?;
        let text = around.files.read(&path).map_err(|error| Error::failed(format!("csvfile: {error}")))?;
        let rows = text.lines().map(|line| fields(line, query.delimiter));
        let found = rows.into_iter().find(|row| row.get(query.key_column) == Some(&query.key));
        match found {
            Some(row) => match row.get(query.column?) {
                Some(field) => out.push(Value::from(field.as_str())),
                None => return Err(Error::failed("csvfile: list index out of range")),
            },
            None => out.extend(query.default),
        }
    }
    Ok(out)
}

fn query(term: &str, options: &[Named]) -> Result<Query> {
    let (plain, pairs) = split_term(term)?;
    let key = plain.join(" ");
    if key.is_empty() {
        return Err(Error::failed(NO_KEY));
    }
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !OPTIONS.contains(&name.as_str())) {
        return Err(Error::failed(format!("{name} is not a valid option")));
    }
    let get = |name: &str| {
        let inline = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| Value::from(value.as_str()));
        inline.or_else(|| option(options, name).cloned())
    };
    let number = |name: &str, default: usize| match get(name) {
        None => Ok(default),
        Some(value) => {
            value.to_string().parse().map_err(|_| Error::failed(format!("csvfile: {name} takes a number, not {value}")))
        }
    };
    let delimiter = match get("delimiter").map(|value| value.to_string()) {
        None => '\t',
        Some(text) if text == "TAB" || text == "\\t" => '\t',
        Some(text) => text.chars().next().ok_or_else(|| Error::failed("csvfile: the delimiter is empty"))?,
    };
    Ok(Query {
        key,
        file: get("file").map_or_else(|| "ansible.csv".to_owned(), |file| file.to_string()),
        delimiter,
        column: number("col", 1),
        key_column: number("keycol", 0)?,
        default: get("default"),
    })
}

/// Fields of a row; a quoted one may hold the delimiter, and a doubled quote.
fn fields(line: &str, delimiter: char) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let at_start = fields.last().is_none_or(String::is_empty);
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                push(&mut fields, '"');
            }
            '"' if quoted || at_start => quoted = !quoted,
            c if c == delimiter && !quoted => fields.push(String::new()),
            c => push(&mut fields, c),
        }
    }
    fields
}

fn push(fields: &mut [String], c: char) {
    if let Some(field) = fields.last_mut() {
        field.push(c);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn quoted_fields() {
        assert_eq!(super::fields("a,\"b,c\",\"d\"\"e\",", ','), ["a", "b,c", "d\"e", ""]);
    }
}
