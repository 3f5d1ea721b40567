//! Filters of `community.general`.
mod dicts;
mod formats;
mod keys;
mod lists;
mod times;

pub(super) use keys::{Match, replacements};

use super::Table;
use crate::python::{bind, bind_one, iterate, sort_by_key, str_arg, text};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLES: &[Table] = &[TABLE, dicts::TABLE, formats::TABLE, keys::TABLE, lists::TABLE, times::TABLE];

const TABLE: Table = &[
    ("crc32", crc32),
    ("json_query", |_, value, args| crate::query::search(str_arg(bind_one("json_query", args, "expr")?)?, value)),
    ("random_mac", random_mac),
    ("version_sort", version_sort),
];

fn crc32(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let (Value::Str(_) | Value::Undefined(_)) = value else {
        let (class, repr) = (super::dicts::class(value), value.repr());
        return Err(Error::failed(format!("Invalid value type ({class}) for crc32 ({repr})")));
    };
    let mut crc = u32::MAX;
    for byte in str_arg(value)?.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    Ok(format!("{:x}", !crc).into())
}

fn random_mac(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [seed] = bind("random_mac", args, ["seed"])?;
    let prefix = str_arg(value)?.to_lowercase();
    let parts: Vec<&str> = prefix.split(':').collect();
    if parts.len() > 5 {
        return Err(Error::failed(format!("Invalid value ({prefix}) for random_mac: 5 colon(:) separated items max")));
    }
    let is_hex = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    let complaints: Vec<String> = parts
        .iter()
        .filter(|part| !is_hex(part))
        .map(|part| if part.is_empty() { "empty item".to_owned() } else { format!("{part} not hexa byte") })
        .collect();
    if !complaints.is_empty() {
        let complaints = complaints.join(",");
        return Err(Error::failed(format!("Invalid value ({prefix}) for random_mac: {complaints}")));
    }
    let mut random = crate::python::Random::new(render.cx.world, seed)?;
    let (low, high) = (0x10_0000_0000_u64, 0xff_ffff_ffff_u64);
    let number = format!("{:x}", low + random.below(high - low + 1));
    let rest: String = number.chars().take(2 * (6 - parts.len())).collect();
    let pairs: Vec<&str> = (0..rest.len() / 2).map(|i| &rest[2 * i..2 * i + 2]).collect();
    Ok(pairs.iter().fold(prefix.clone(), |all, pair| format!("{all}:{pair}")).into())
}

fn version_sort(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [reverse] = bind("version_sort", args, ["reverse"])?;
    let keyed = iterate(render, value)?
        .into_iter()
        .map(|item| Ok((crate::tests::loose_key(&text(&item)?), item)))
        .collect::<Result<Vec<_>>>()?;
    sort_by_key(keyed, reverse.is_some_and(Value::is_truthy)).map(Value::list)
}
