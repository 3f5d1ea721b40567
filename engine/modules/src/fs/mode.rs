//! Modes: octal, or symbolic as `chmod` has them.
use rolewright_template::Value;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

const PERMISSIONS: u32 = 0o7777;

/// Why a mode cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ModeError {
    /// Neither octal nor symbolic; holds the details.
    Form(String),
    /// More bits than a mode has.
    Bits(u32),
}

/// What a task wants a mode to be. A number is taken as it is, text is octal or symbolic.
pub(crate) fn wanted(mode: &Value, now: &Metadata) -> Result<u32, ModeError> {
    let number = match mode.as_str() {
        Some(text) => match octal(text) {
            Some(number) => number,
            None => symbolic(text, now.mode() & PERMISSIONS, now.is_dir(), umask()).map_err(ModeError::Form)?,
        },
        None => mode
            .as_i64()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| ModeError::Form(format!("bad symbolic permission for mode: {mode}")))?,
    };
    if number & PERMISSIONS == number { Ok(number) } else { Err(ModeError::Bits(number)) }
}

fn octal(text: &str) -> Option<u32> {
    let text = text.trim();
    u32::from_str_radix(text.strip_prefix("0o").unwrap_or(text), 8).ok()
}

/// The mask that new files of this process get.
pub(crate) fn umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    mask.and_then(octal).unwrap_or(0o022)
}

fn symbolic(text: &str, mut mode: u32, is_dir: bool, umask: u32) -> Result<u32, String> {
    for clause in text.split(',') {
        let bad = || format!("bad symbolic permission for mode: {clause}");
        let at = clause.find(['+', '-', '=']).ok_or_else(bad)?;
        let (users, mut rest) = clause.split_at(at);
        let masked = users.is_empty();
        let users = if masked || users == "a" { "ugo" } else { users };
        if !users.chars().all(|user| "ugo".contains(user)) {
            return Err(bad());
        }
        while let Some(operator) = rest.chars().next() {
            let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |end| end + 1);
            let letters = &rest[1..end];
            if !letters.chars().all(|letter| "rwxXstugo".contains(letter)) {
                return Err(bad());
            }
            for user in users.chars() {
                let bits = bits(user, letters, mode, is_dir, masked.then_some(umask));
                mode = apply(user, operator, bits, mode);
            }
            rest = &rest[end..];
        }
    }
    Ok(mode)
}

fn shift(user: char) -> u32 {
    match user {
        'u' => 6,
        'g' => 3,
        _ => 0,
    }
}

fn bits(user: char, letters: &str, mode: u32, is_dir: bool, umask: Option<u32>) -> u32 {
    let own = shift(user);
    let keep = !umask.unwrap_or(0);
    let plain = |bit: u32| (bit << own) & keep;
    let of = |other: char| ((mode >> shift(other)) & 7) << own;
    letters.chars().fold(0, |all, letter| {
        all | match letter {
            'r' => plain(4),
            'w' => plain(2),
            'x' => plain(1),
            'X' if is_dir || mode & 0o111 != 0 => 1 << own,
            's' if user == 'u' => 0o4000,
            's' if user == 'g' => 0o2000,
            't' if user == 'o' => 0o1000,
            'u' | 'g' | 'o' => of(letter),
            _ => 0,
        }
    })
}

fn apply(user: char, operator: char, bits: u32, mode: u32) -> u32 {
    let special = match user {
        'u' => 0o4000,
        'g' => 0o2000,
        _ => 0o1000,
    };
    match operator {
        '+' => mode | bits,
        '-' => mode & !bits,
        _ => (mode & !((7 << shift(user)) | special)) | bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbolic_modes() {
        for (text, before, is_dir, expected) in [
            ("u=rw,g=r,o=", 0o777, false, Ok(0o640)),
            ("g+w,o-r", 0o644, false, Ok(0o660)),
            ("u=rwX,g=rX,o=", 0o644, false, Ok(0o640)),
            ("u=rwX,g=rX,o=", 0o644, true, Ok(0o750)),
            ("a+X", 0o744, false, Ok(0o755)),
            ("+w", 0o444, false, Ok(0o644)),
            ("u+s,g+s,o+t", 0o755, false, Ok(0o7755)),
            ("g=u,o=g", 0o740, false, Ok(0o777)),
            ("u+rw-x", 0o100, false, Ok(0o600)),
            ("u=", 0o4755, false, Ok(0o055)),
            ("u+z", 0o644, false, Err("bad symbolic permission for mode: u+z".to_owned())),
            ("0999", 0o644, false, Err("bad symbolic permission for mode: 0999".to_owned())),
            ("u=r,x=r", 0o644, false, Err("bad symbolic permission for mode: x=r".to_owned())),
        ] {
            assert_eq!(symbolic(text, before, is_dir, 0o022), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_taken_as_they_are_and_text_as_octal() {
        let metadata = std::fs::metadata("/").unwrap();
        for (mode, expected) in [
            (Value::from("0644"), Ok(0o644)),
            (Value::from("0o755"), Ok(0o755)),
            (Value::from(420), Ok(0o644)),
            (Value::from("77777"), Err(ModeError::Bits(0o77777))),
        ] {
            assert_eq!(wanted(&mode, &metadata), expected, "{mode}");
        }
    }
}
