//! Digests.
use super::Table;
use crate::python::{bind, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

pub(super) const TABLE: Table = &[
    ("checksum", |_, value, _| digest("sha1", value)),
    ("hash", hash),
    ("md5", |_, value, _| digest("md5", value)),
    ("sha1", |_, value, _| digest("sha1", value)),
];

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What Python's `to_bytes(x)` gives: bytes as they are, everything else as text.
pub(super) fn bytes(value: &Value) -> Result<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Ok(bytes.to_vec()),
        other => Ok(text(other)?.into_bytes()),
    }
}

fn digest(kind: &str, value: &Value) -> Result<Value> {
    let data = bytes(value)?;
    Ok(match kind.to_lowercase().as_str() {
        "md5" => hex(&Md5::digest(&data)),
        "sha1" => hex(&Sha1::digest(&data)),
        "sha224" => hex(&Sha224::digest(&data)),
        "sha256" => hex(&Sha256::digest(&data)),
        "sha384" => hex(&Sha384::digest(&data)),
        "sha512" => hex(&Sha512::digest(&data)),
        _ => return Err(Error::failed(format!("unsupported hash type {kind}"))),
    }
    .into())
}

fn hash(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [kind] = bind("get_hash", args, ["hashtype"])?;
    digest(&kind.map_or(Ok("sha1".to_owned()), text)?, value)
}
