//! `password`: a random password, kept in a file.
use super::{Named, option, split_term};
use rolewright_run::{Surroundings, search_path};
use rolewright_template::{Context, Error, Result, Value, hash_password, seeded_numbers};
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
    let encrypt = get("encrypt").map(|kind| kind.to_string()).filter(|kind| !kind.is_empty());
    let seed = get("seed");
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
        let password = generate(cx, length, &alphabet, seed.as_ref())?;
        return match &encrypt {
            Some(kind) => hash_password(&password, kind, &new_salt(cx, kind)?).map(Value::from),
            None => Ok(Value::from(password)),
        };
    }
    let around = Surroundings::of(cx)?;
    let base = around.search_path.last().cloned().unwrap_or_default();
    let made = || generate(cx, length, &alphabet, seed.as_ref());
    let stored = stored(&search_path::normal(&base.join(path)), made, || {
        encrypt.as_deref().map(|kind| new_salt(cx, kind)).transpose()
    })?;
    match (encrypt, stored.salt) {
        (Some(kind), Some(salt)) => hash_password(&stored.password, &kind, &salt).map(Value::from),
        _ => Ok(Value::from(stored.password)),
    }
}

/// What a file of a password holds.
struct Stored {
    password: String,
    /// For its hash, so that the hash stays the same.
    salt: Option<String>,
}

/// What is in the file; a new password, written there, when there is no file. A salt that is needed is kept as well.
fn stored(
    path: &Path,
    password: impl FnOnce() -> Result<String>,
    salt: impl FnOnce() -> Result<Option<String>>,
) -> Result<Stored> {
    let failed = |error: std::io::Error| Error::failed(format!("password lookup: {}: {error}", path.display()));
    let known = match std::fs::read_to_string(path) {
        Ok(text) => Some(parsed(text.trim_end())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    let (password, old_salt, is_new) = match known {
        Some(Stored { password, salt }) => (password, salt, false),
        None => (password()?, None, true),
    };
    let needs_salt = old_salt.is_none();
    let salt = if needs_salt { salt()? } else { old_salt };
    if is_new || needs_salt && salt.is_some() {
        if let Some(parent) = path.parent() {
            private_folder(parent).map_err(failed)?;
        }
        let note = salt.as_ref().map(|salt| format!(" salt={salt}")).unwrap_or_default();
        write_private(path, &format!("{password}{note}\n")).map_err(failed)?;
    }
    Ok(Stored { password, salt })
}

fn parsed(line: &str) -> Stored {
    match line.rsplit_once(" salt=") {
        Some((password, salt)) => Stored { password: password.to_owned(), salt: Some(salt.to_owned()) },
        None => Stored { password: line.to_owned(), salt: None },
    }
}

/// As long as the scheme can take.
fn new_salt(cx: &Context<'_>, kind: &str) -> Result<String> {
    let letters: Vec<char> = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".chars().collect();
    generate(cx, if kind.starts_with("md5") { 8 } else { 16 }, &letters, None)
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
    options.write(true).create(true).truncate(true);
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

/// Quotes are left out, as they would have to be quoted wherever a password goes.
fn generate(cx: &Context<'_>, length: usize, alphabet: &[char], seed: Option<&Value>) -> Result<String> {
    let alphabet: Vec<char> = alphabet.iter().copied().filter(|c| !matches!(c, '"' | '\'')).collect();
    let count = alphabet.len() as u64;
    if count == 0 {
        return Err(Error::failed("password lookup: no characters to choose from"));
    }
    let letter = |index: u64| usize::try_from(index).ok().and_then(|index| alphabet.get(index).copied()).unwrap_or('x');
    if let Some(seed) = seed {
        return Ok(seeded_numbers(seed, count, length)?.into_iter().map(letter).collect());
    }
    // Rejection keeps every character equally likely.
    let limit = u64::MAX - u64::MAX % count;
    let pick = || {
        let mut number = cx.world.random();
        while number >= limit {
            number = cx.world.random();
        }
        letter(number % count)
    };
    Ok((0..length).map(|_| pick()).collect())
}
