//! Ansible Vault, formats 1.1 and 1.2: text encrypted with a password.
//!
//! Everything happens in memory. A [`Secrets`] holds the passwords of a process and opens what they fit.
mod cipher;
mod envelope;

use envelope::Envelope;
use std::borrow::Cow;
use std::sync::Arc;

/// The name of passwords that were given without one.
pub const DEFAULT_ID: &str = "default";

const NO_SECRETS: &str = "Attempting to decrypt but no vault secrets found";
const NO_VAULT: &str = "input is not vault encrypted data.";
const NO_MATCH: &str = "Decryption failed (no vault secrets were found that could decrypt)";

/// Passwords with their vault ids, in the order they are tried.
#[derive(Clone, Default)]
pub struct Secrets(Vec<(Arc<str>, Arc<[u8]>)>);

/// Names only: a password is not to be printed by accident.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(id, _)| id)).finish()
    }
}

/// True for what starts as encrypted files and values do.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(envelope::MAGIC.as_bytes())
}

/// True for messages that come from here: they tell all there is to tell, and need no file name around them.
pub fn is_vault_error(message: &str) -> bool {
    [NO_SECRETS, NO_MATCH, NO_VAULT, envelope::BAD, cipher::BAD, cipher::BAD_BODY]
        .iter()
        .any(|start| message.starts_with(start))
}

/// Encrypts with a password; `id` goes into the header unless it is the default one.
pub fn encrypt(plain: &[u8], secret: &[u8], id: &str, salt: &[u8]) -> String {
    envelope::seal(&cipher::encrypt(plain, secret, salt), id)
}

impl Secrets {
    /// Adds a password, to be tried after those before it.
    pub fn add(&mut self, id: &str, secret: impl Into<Arc<[u8]>>) {
        self.0.push((id.into(), secret.into()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Decrypts. The password whose id the text names is tried first, then all others.
    pub fn open(&self, text: &[u8]) -> Result<Vec<u8>, String> {
        let envelope = Envelope::parse(text)?;
        if self.0.is_empty() {
            return Err(NO_SECRETS.to_owned());
        }
        let parts = cipher::Parts::parse(&envelope.body)?;
        let (named, others): (Vec<_>, Vec<_>) = self.0.iter().partition(|(id, _)| **id == *envelope.id);
        let opened = named.into_iter().chain(others).find_map(|(_, secret)| parts.decrypt(secret));
        opened.ok_or_else(|| NO_MATCH.to_owned())
    }

    /// Decrypts an inline value.
    pub fn open_text(&self, text: &str) -> Result<String, String> {
        String::from_utf8(self.open(text.as_bytes())?).map_err(|_| "the decrypted value is not UTF-8 text".to_owned())
    }

    /// The content of a file: what is encrypted is decrypted, everything else stays.
    pub fn open_file<'a>(&self, content: Cow<'a, [u8]>, name: &dyn std::fmt::Display) -> Result<Cow<'a, [u8]>, String> {
        if !is_encrypted(&content) {
            return Ok(content);
        }
        match self.open(&content) {
            Ok(plain) => Ok(Cow::Owned(plain)),
            Err(message) if message == NO_SECRETS => Err(message),
            Err(message) => Err(format!("{message} on {name}")),
        }
    }
}

#[cfg(test)]
mod tests;
