//! Filters, one file per family.
mod addresses;
mod attribute;
mod community;
pub(crate) mod crypt;
pub(crate) mod dates;
mod dicts;
mod encode;
mod hashes;
mod html;
mod k8s;
mod lists;
mod merge;
mod numbers;
mod paths;
mod patterns;
mod select;
mod sets;
mod shapes;
mod sorting;
mod text;
mod units;
mod utils;
mod uuid;
mod vault;
mod wrap;

pub(crate) use dicts::hashable as hashable_key;
pub(crate) use paths::is_absolute;

use crate::render::{Args, Render};
use crate::{Result, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) type Filter = fn(&Render<'_>, &Value, &Args) -> Result<Value>;

/// Names with what they do; one per family.
type Table = &'static [(&'static str, Filter)];

/// Families that Ansible calls `ansible.builtin`, Jinja's own among them.
const BUILTIN: &[Table] = &[
    crypt::TABLE,
    dates::TABLE,
    dicts::TABLE,
    encode::TABLE,
    hashes::TABLE,
    html::TABLE,
    lists::TABLE,
    merge::TABLE,
    numbers::TABLE,
    paths::TABLE,
    patterns::TABLE,
    select::TABLE,
    sets::TABLE,
    shapes::TABLE,
    sorting::TABLE,
    text::TABLE,
    units::TABLE,
    uuid::TABLE,
    vault::TABLE,
    wrap::TABLE,
];

/// Collections beside it, each with its families. Their short names work too, where no builtin has the name.
const COLLECTIONS: &[(&str, &[Table])] = &[
    ("community.general", community::TABLES),
    ("ansible.utils", &[utils::TABLE, addresses::TABLE]),
    ("kubernetes.core", &[k8s::TABLE]),
    ("community.kubernetes", &[k8s::TABLE]),
];

static BUILTINS: LazyLock<HashMap<&'static str, Filter>> =
    LazyLock::new(|| BUILTIN.iter().flat_map(|table| table.iter().copied()).collect());

/// The filter of that name: short, or with its collection (`ansible.builtin.combine`).
pub(crate) fn find(name: &str) -> Option<Filter> {
    if let Some(filter) = BUILTINS.get(name) {
        return Some(*filter);
    }
    if let Some(short) = ["ansible.builtin.", "ansible.legacy."].iter().find_map(|prefix| name.strip_prefix(prefix)) {
        return BUILTINS.get(short).copied();
    }
    let in_tables = |tables: &[Table], short: &str| {
        tables.iter().flat_map(|table| table.iter()).find(|(known, _)| *known == short).map(|(_, filter)| *filter)
    };
    match name.rsplit_once('.') {
        Some((collection, short)) => {
            let (_, tables) = COLLECTIONS.iter().find(|(known, _)| *known == collection)?;
            in_tables(tables, short)
        }
        None => COLLECTIONS.iter().find_map(|(_, tables)| in_tables(tables, name)),
    }
}

/// All names: builtin ones short, others with their collection.
pub fn filter_names() -> Vec<String> {
    let builtin = BUILTIN.iter().flat_map(|table| table.iter()).map(|(name, _)| (*name).to_owned());
    let others = COLLECTIONS.iter().flat_map(|(collection, tables)| {
        tables.iter().flat_map(|table| table.iter()).map(move |(name, _)| format!("{collection}.{name}"))
    });
    let mut names: Vec<String> = builtin.chain(others).collect();
    names.sort_unstable();
    names
}
