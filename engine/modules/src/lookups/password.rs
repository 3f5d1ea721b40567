//! `password`: a random password, kept in a file.
use super::{Named, option, split_term};
use rolewright_run::{Surroundings, search_path};
use rolewright_template::{Context, Error, Result, Value};
use std::path::Path;

const ASCII_LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

pub(super) fn password(cx: &Context<'_>, terms: &[Value], options: &[Named]) -> Result<Vec<Value>> {
    terms.iter().map(|term| one(cx, &term.to_string(), options)).collect()
}

fn one(cx: &Context<'_>, term: &str, options: &[Named]) -> Result<Value> {
    let (plain, pairs) = split_term(term)?;
    let get = |name: &str| {
        let inline = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| Value::from(value.as_str()));
        inline.or_else(|| option(options, name).cloned())
    };
    for (name, _) in &pairs {
        if !["length", "chars", "encrypt", "ident", "seed"].contains(&name.as_str()) {
            return Err(Error::failed(format!("Unrecognized parameter(s) given to password lookup: {name}")));
        }
    }
    if let Some(name) = ["encrypt", "seed"].into_iter().find(|name| get(name).is_some()) {
        return Err(Error::failed(format!(
            "password lookup: `{name}` is not supported here; use the password_hash filter on a stored password"
        )));
    }
    let length = match get("length") {
        None => 20,
        Some(length) => {
            length.to_string().parse::<usize>().ok().filter(|length| *length <= 4096).ok_or_else(|| {
                Error::failed(format!("password lookup: length takes a number up to 4096, not {length}"))
            })?
        }
    };
    let alphabet = alphabet(get("chars").as_ref());
    if alphabet.is_empty() {
        return Err(Error::failed("password lookup: no characters to choose from"));
    }
    let path = plain.join(" ");
    if path == "/dev/null" {
        return Ok(Value::from(generate(cx, length, &alphabet)));
    }
    let around = Surroundings::of(cx)?;
    let base = around.search_path.last().cloned().unwrap_or_default();
    stored(cx, &search_path::normal(&base.join(path)), length, &alphabet)
}

/// What is in the file; a new password, written there, when there is no file.
fn stored(cx: &Context<'_>, path: &Path, length: usize, alphabet: &[char]) -> Result<Value> {
    let failed = |error: std::io::Error| Error::failed(format!("password lookup: {}: {error}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let line = text.trim_end();
            let end = line.rfind(" salt=").unwrap_or(line.len());
            Ok(Value::from(&line[..end]))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let password = generate(cx, length, alphabet);
            if let Some(parent) = path.parent() {
                private_folder(parent).map_err(failed)?;
            }
            write_private(path, &format!("{password}\n")).map_err(failed)?;
            Ok(Value::from(password))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Folders that are made for passwords are nobody else's.
fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// Names of Python's `string` module stand for their characters; everything else for itself.
fn alphabet(chars: Option<&Value>) -> Vec<char> {
    let groups: Vec<String> = match chars {
        None => vec!["ascii_letters".into(), "digits".into(), ".,:-_".into()],
        Some(value) => match value.items() {
            Some(items) => items.iter().map(Value::to_string).collect(),
            None => {
                let text = value.to_string();
                let mut groups: Vec<String> = text.replace(",,", ",").split(',').map(str::to_owned).collect();
                if text.contains(",,") {
                    groups.push(",".to_owned());
                }
                groups
            }
        },
    };
    let mut all: Vec<char> = Vec::new();
    for group in &groups {
        let characters = match group.as_str() {
            "ascii_letters" | "letters" => ASCII_LETTERS,
            "ascii_lowercase" => &ASCII_LETTERS[..26],
            "ascii_uppercase" => &ASCII_LETTERS[26..],
            "digits" => DIGITS,
            "hexdigits" => "0123456789abcdefABCDEF",
            "octdigits" => "01234567",
            "punctuation" => PUNCTUATION,
            other => other,
        };
        all.extend(characters.chars().filter(|c| !all.contains(c)).collect::<Vec<_>>());
    }
    all
}

fn generate(cx: &Context<'_>, length: usize, alphabet: &[char]) -> String {
    // Rejection keeps every character equally likely.
    let count = alphabet.len() as u64;
    let limit = u64::MAX - u64::MAX % count;
    let pick = || {
        let mut number = cx.world.random();
        while number >= limit {
            number = cx.world.random();
        }
        usize::try_from(number % count).ok().and_then(|index| alphabet.get(index).copied()).unwrap_or('x')
    };
    (0..length).map(|_| pick()).collect()
}
