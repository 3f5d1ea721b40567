//! `to_uuid`.
use super::Table;
use crate::python::{bind, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use uuid::Uuid;

pub(super) const TABLE: Table = &[("to_uuid", to_uuid)];

/// The namespace of Ansible's own.
const ANSIBLE: Uuid = Uuid::from_u128(0x361e_6d51_faec_444a_9079_3413_86da_8e2e);

fn to_uuid(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [namespace] = bind("to_uuid", args, ["namespace"])?;
    let namespace = match namespace {
        None => ANSIBLE,
        Some(given) => parse(&text(given)?).ok_or_else(|| {
            Error::failed(format!("Invalid value '{given}' for 'namespace': badly formed hexadecimal UUID string"))
        })?,
    };
    Ok(Uuid::new_v5(&namespace, text(value)?.as_bytes()).to_string().into())
}

/// Python takes the digits in many wrappings.
fn parse(given: &str) -> Option<Uuid> {
    let bare = given.replace("urn:", "").replace("uuid:", "");
    Uuid::try_parse(&bare.trim_matches(['{', '}']).replace('-', "")).ok()
}
