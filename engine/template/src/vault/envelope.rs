//! The text around encrypted bytes: a header and lines of 80 hexadecimal digits.

pub(super) const MAGIC: &str = "$ANSIBLE_VAULT";
pub(super) const BAD: &str = "Vault envelope format error";
const CIPHER: &str = "AES256";
const WIDTH: usize = 80;

/// Header and body of an encrypted text.
pub(super) struct Envelope {
    pub(super) id: String,
    /// Hexadecimal digits without line breaks.
    pub(super) body: Vec<u8>,
}

impl Envelope {
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(text).map_err(|error| format!("{BAD}: {error}"))?;
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let mut parts = header.split(';').map(str::trim);
        if parts.next() != Some(MAGIC) {
            return Err(super::NO_VAULT.to_owned());
        }
        let version = parts.next().unwrap_or_default();
        let Some(cipher) = parts.next() else { return Err(format!("{BAD}: list index out of range")) };
        if cipher != CIPHER {
            return Err(format!("{cipher} cipher could not be found"));
        }
        // Before 1.2 there were no ids.
        let id = parts.next().filter(|_| version == "1.2").unwrap_or(super::DEFAULT_ID).to_owned();
        Ok(Self { id, body: lines.flat_map(|line| line.trim().bytes()).collect() })
    }
}

/// Header and lines around a body.
pub(super) fn seal(body: &str, id: &str) -> String {
    let mut text = match id {
        "" | super::DEFAULT_ID => format!("{MAGIC};1.1;{CIPHER}\n"),
        id => format!("{MAGIC};1.2;{CIPHER};{id}\n"),
    };
    for line in body.as_bytes().chunks(WIDTH) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text
}
