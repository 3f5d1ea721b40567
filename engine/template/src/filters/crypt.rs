//! `password_hash`: the schemes of crypt(3) that passlib offers Ansible, but for Blowfish.
use super::Table;
use crate::python::{bind, only, opt_index, opt_text, str_arg, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

pub(super) const TABLE: Table = &[("password_hash", password_hash)];

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Md5,
    Sha256,
    Sha512,
}

fn password_hash(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let names = ["hashtype", "salt", "salt_size", "rounds", "ident"];
    let [kind, salt, size, rounds, _ident] = bind("get_encrypted_password", args, names)?;
    let kind = kind.map_or(Ok("sha512".to_owned()), text)?;
    let (scheme, longest, usual) = match &*kind {
        "md5" | "md5_crypt" => (Scheme::Md5, 8, 0),
        "sha256" | "sha256_crypt" => (Scheme::Sha256, 16, 535_000),
        "sha512" | "sha512_crypt" => (Scheme::Sha512, 16, 656_000),
        "blowfish" | "bcrypt" => return Err(Error::failed("password_hash: bcrypt is not supported here; use sha512")),
        other => return Err(Error::failed(format!("passlib does not support '{other}' algorithm"))),
    };
    let rounds = opt_index(rounds)?.filter(|rounds| *rounds != 0).unwrap_or(usual);
    let rounds = usize::try_from(rounds).map_err(|_| Error::failed("Could not hash the secret."))?;
    if scheme != Scheme::Md5 && !(1000..=999_999_999).contains(&rounds) {
        return Err(Error::failed("Could not hash the secret."));
    }
    let salt = match opt_text(salt)?.filter(|salt| !salt.is_empty()) {
        Some(salt) => salt,
        None => {
            let size = opt_index(size)?.and_then(|size| usize::try_from(size).ok()).unwrap_or(longest).min(longest);
            (0..size).map(|_| char::from(ALPHABET[(render.cx.world.random() % 64) as usize])).collect()
        }
    };
    if salt.len() > longest || !salt.bytes().all(|b| ALPHABET.contains(&b)) {
        return Err(Error::failed("Could not hash the secret."));
    }
    let password = str_arg(only("password_hash", "password", Some(value))?)?.as_bytes();
    render.charge(rounds)?;
    Ok(hashed(scheme, password, &salt, rounds).into())
}

/// A password as crypt(3) stores it, with as many rounds as passlib takes for the scheme.
pub fn hash_password(password: &str, kind: &str, salt: &str) -> Result<String> {
    let (scheme, rounds) = match kind {
        "md5" | "md5_crypt" => (Scheme::Md5, 0),
        "sha256" | "sha256_crypt" => (Scheme::Sha256, 535_000),
        "sha512" | "sha512_crypt" => (Scheme::Sha512, 656_000),
        other => return Err(Error::failed(format!("passwords are not hashed with '{other}' here; use sha512_crypt"))),
    };
    Ok(hashed(scheme, password.as_bytes(), salt, rounds))
}

fn hashed(scheme: Scheme, password: &[u8], salt: &str, rounds: usize) -> String {
    match scheme {
        Scheme::Md5 => format!("$1${salt}${}", md5_crypt(password, salt.as_bytes())),
        Scheme::Sha256 => {
            let digest = sha_crypt::<Sha256>(password, salt.as_bytes(), rounds);
            format!("$5${}{salt}${}", shown(rounds), encode(&digest, 10, |(a, b, c)| (c + 1, a + 1, b + 1), &[31, 30]))
        }
        Scheme::Sha512 => {
            let digest = sha_crypt::<Sha512>(password, salt.as_bytes(), rounds);
            format!("$6${}{salt}${}", shown(rounds), encode(&digest, 21, |(a, b, c)| (b + 1, c + 1, a + 1), &[63]))
        }
    }
}

/// 5000 rounds go without saying.
fn shown(rounds: usize) -> String {
    if rounds == 5000 { String::new() } else { format!("rounds={rounds}$") }
}

/// Six bits a character, the lowest first.
fn push(out: &mut String, bytes: &[u8], characters: usize) {
    let mut word = bytes.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    for _ in 0..characters {
        out.push(char::from(ALPHABET[(word & 63) as usize]));
        word >>= 6;
    }
}

type Triple = (usize, usize, usize);

/// The digest's bytes in the scheme's order: triples, and the rest.
fn encode(digest: &[u8], step: usize, next: fn(Triple) -> Triple, rest: &[usize]) -> String {
    let mut out = String::new();
    let mut at = (0, step, 2 * step);
    for _ in 0..step {
        push(&mut out, &[digest[at.0], digest[at.1], digest[at.2]], 4);
        at = next(at);
    }
    let rest: Vec<u8> = rest.iter().map(|at| digest[*at]).collect();
    push(&mut out, &rest, rest.len() + 1);
    out
}

fn repeated(bytes: &[u8], len: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(if bytes.is_empty() { 0 } else { len }).collect()
}

fn sha_crypt<D: Digest>(password: &[u8], salt: &[u8], rounds: usize) -> Vec<u8> {
    let hash = |parts: &[&[u8]]| -> Vec<u8> {
        let mut digest = D::new();
        parts.iter().for_each(|part| digest.update(part));
        digest.finalize().to_vec()
    };
    let inner = hash(&[password, salt, password]);
    let mut first = [password, salt].concat();
    first.extend(repeated(&inner, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        first.extend_from_slice(if bits & 1 == 1 { &inner } else { password });
        bits >>= 1;
    }
    let mut state = hash(&[&first]);
    let p = repeated(&hash(&[&repeated(password, password.len() * password.len())]), password.len());
    let s = repeated(&hash(&[&repeated(salt, salt.len() * (16 + usize::from(state[0])))]), salt.len());
    for round in 0..rounds {
        let odd = round & 1 == 1;
        let mut digest = D::new();
        digest.update(if odd { &p } else { &state });
        if round % 3 != 0 {
            digest.update(&s);
        }
        if round % 7 != 0 {
            digest.update(&p);
        }
        digest.update(if odd { &state } else { &p });
        state = digest.finalize().to_vec();
    }
    state
}

fn md5_crypt(password: &[u8], salt: &[u8]) -> String {
    let inner = Md5::digest([password, salt, password].concat());
    let mut first = [password, b"$1$", salt].concat();
    first.extend(repeated(&inner, password.len()));
    let mut bits = password.len();
    while bits > 0 {
        first.push(if bits & 1 == 1 { 0 } else { password.first().copied().unwrap_or(0) });
        bits >>= 1;
    }
    let mut state = Md5::digest(&first).to_vec();
    for round in 0..1000 {
        let odd = round & 1 == 1;
        let mut digest = Md5::new();
        digest.update(if odd { password } else { &state });
        if round % 3 != 0 {
            digest.update(salt);
        }
        if round % 7 != 0 {
            digest.update(password);
        }
        digest.update(if odd { &state } else { password });
        state = digest.finalize().to_vec();
    }
    let mut out = String::new();
    for [a, b, c] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        push(&mut out, &[state[a], state[b], state[c]], 4);
    }
    push(&mut out, &[state[11]], 2);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_crypt() {
        let encode512 = |digest: &[u8]| encode(digest, 21, |(a, b, c)| (b + 1, c + 1, a + 1), &[63]);
        let encode256 = |digest: &[u8]| encode(digest, 10, |(a, b, c)| (c + 1, a + 1, b + 1), &[31, 30]);
        // As the C library's crypt(3) has them.
        assert_eq!(
            encode512(&sha_crypt::<Sha512>(b"Hello world!", b"saltstring", 5000)),
            "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
        );
        assert_eq!(
            encode256(&sha_crypt::<Sha256>(b"Hello world!", b"saltstring", 5000)),
            "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        );
        assert_eq!(md5_crypt(b"rasmuslerdorf", b"rasmusle"), "rISCgZzpwk3UhDidwXvin0");
    }
}
