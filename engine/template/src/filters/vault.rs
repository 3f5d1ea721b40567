//! `vault` and `unvault`: encrypted text with a password of its own.
use super::Table;
use crate::python::{bind, flag, only};
use crate::render::{Args, Render};
use crate::vault::{Secrets, encrypt, is_encrypted};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[("unvault", unvault), ("vault", vault)];

const ID: &str = "filter_default";

/// The bytes of text; `complaint` goes before the type of anything else.
fn bytes(value: &Value, complaint: &str) -> Result<Vec<u8>> {
    match value.clone().defined()? {
        Value::Str(text) => Ok(text.as_bytes().to_vec()),
        Value::Bytes(bytes) => Ok(bytes.to_vec()),
        other => {
            let class = other.type_name();
            Err(Error::wrong_type(format!("{complaint}, instead we got: <class '{class}'>")))
        }
    }
}

fn id(given: Option<&Value>, old: Option<&Value>) -> String {
    given.or(old).map_or_else(|| ID.to_owned(), Value::to_string)
}

fn vault(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [secret, salt, vault_id, wrap, old_id] =
        bind("do_vault", args, ["secret", "salt", "vault_id", "wrap_object", "vaultid"])?;
    let secret = bytes(only("do_vault", "secret", secret)?, "Secret passed is required to be a string")?;
    let plain = bytes(value, "Can only vault strings")?;
    let fail = |reason: &str| Err(Error::failed(format!("Unable to encrypt: {reason}")));
    if is_encrypted(&plain) {
        return fail("input is already encrypted");
    }
    let salt = match salt.filter(|salt| !salt.is_none()) {
        None => (0..4).flat_map(|_| render.cx.world.random().to_be_bytes()).collect(),
        Some(salt) => salt.to_string().into_bytes(),
    };
    if salt.is_empty() {
        return fail("Empty or invalid salt passed to encrypt()");
    }
    let text = encrypt(&plain, &secret, &id(vault_id, old_id), &salt);
    Ok(if flag(wrap)? { Value::vaulted(text) } else { Value::from(text) })
}

fn unvault(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [secret, vault_id, old_id] = bind("do_unvault", args, ["secret", "vault_id", "vaultid"])?;
    let secret = bytes(only("do_unvault", "secret", secret)?, "Secret passed is required to be as string")?;
    let text = bytes(value, "Vault should be in the form of a string")?;
    if !is_encrypted(&text) {
        return Ok(value.clone());
    }
    let mut secrets = Secrets::default();
    secrets.add(&id(vault_id, old_id), secret);
    let plain = secrets
        .open(&text)
        .and_then(|plain| String::from_utf8(plain).map_err(|_| "the decrypted value is not UTF-8 text".to_owned()));
    plain.map(Value::from).map_err(|reason| Error::failed(format!("Unable to decrypt: {reason}")))
}
