//! AES-256 in counter mode under keys that PBKDF2 makes of password and salt, signed with HMAC-SHA256.
use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(super) const BAD: &str = "Vault format unhexlify error";
pub(super) const BAD_BODY: &str = "Vault vaulttext format error";
const ROUNDS: u32 = 10_000;
const BLOCK: usize = 16;
const KEY: usize = 32;

type Cipher = ctr::Ctr128BE<Aes256>;

/// What a body holds.
pub(super) struct Parts {
    salt: Vec<u8>,
    signature: Vec<u8>,
    encrypted: Vec<u8>,
}

/// The keys of one password and salt.
struct Keys([u8; 2 * KEY + BLOCK]);

impl Keys {
    fn new(secret: &[u8], salt: &[u8]) -> Self {
        let mut keys = [0; 2 * KEY + BLOCK];
        pbkdf2::pbkdf2_hmac::<Sha256>(secret, salt, ROUNDS, &mut keys);
        Self(keys)
    }
    /// Encryption and decryption are the same.
    fn apply(&self, bytes: &mut [u8]) -> Option<()> {
        let mut cipher = Cipher::new_from_slices(&self.0[..KEY], &self.0[2 * KEY..]).ok()?;
        cipher.try_apply_keystream(bytes).ok()
    }
    fn signature(&self) -> Option<Hmac<Sha256>> {
        Hmac::new_from_slice(&self.0[KEY..2 * KEY]).ok()
    }
}

impl Parts {
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let inner = unhex(body)?;
        let parts: Vec<&[u8]> = inner.splitn(3, |byte| *byte == b'\n').collect();
        let [salt, signature, encrypted] = parts[..] else {
            let given = parts.len();
            return Err(format!("{BAD_BODY}: not enough values to unpack (expected 3, got {given})"));
        };
        Ok(Self { salt: unhex(salt)?, signature: unhex(signature)?, encrypted: unhex(encrypted)? })
    }

    /// `None` when the signature does not fit, which is what a wrong password looks like.
    pub(super) fn decrypt(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let keys = Keys::new(secret, &self.salt);
        let mut signature = keys.signature()?;
        signature.update(&self.encrypted);
        signature.verify_slice(&self.signature).ok()?;
        let mut plain = self.encrypted.clone();
        keys.apply(&mut plain)?;
        let padding = usize::from(*plain.last()?);
        plain.truncate(plain.len().checked_sub(padding)?);
        Some(plain)
    }
}

/// Encrypts into the hexadecimal digits of a body.
pub(super) fn encrypt(plain: &[u8], secret: &[u8], salt: &[u8]) -> String {
    let keys = Keys::new(secret, salt);
    let padding = BLOCK - plain.len() % BLOCK;
    let mut bytes = plain.to_vec();
    bytes.resize(plain.len() + padding, padding as u8);
    let signed = keys.apply(&mut bytes).and_then(|()| keys.signature()).map(|mut signature| {
        signature.update(&bytes);
        signature.finalize().into_bytes()
    });
    let signature = signed.map(|signature| hex(&signature)).unwrap_or_default();
    hex(format!("{}\n{signature}\n{}", hex(salt), hex(&bytes)).as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(digits: &[u8]) -> Result<Vec<u8>, String> {
    if !digits.len().is_multiple_of(2) {
        return Err(format!("{BAD}: Odd-length string"));
    }
    let value = |digit: u8| {
        char::from(digit).to_digit(16).ok_or_else(|| format!("{BAD}: Non-hexadecimal digit found")).map(|v| v as u8)
    };
    digits.chunks(2).map(|pair| Ok(value(pair[0])? << 4 | value(pair[1])?)).collect()
}
