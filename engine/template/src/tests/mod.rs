//! Tests (`x is defined`), one file per family.
mod compare;
mod files;
mod kinds;
mod matching;
mod results;
mod sets;
mod version;

pub(crate) use version::loose_key;

use crate::render::{Args, Render};
use crate::{Result, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(crate) type Test = fn(&Render<'_>, &Value, &Args) -> Result<bool>;

/// Names with what they do; one per family.
type Table = &'static [(&'static str, Test)];

const FAMILIES: &[Table] =
    &[compare::TABLE, files::TABLE, kinds::TABLE, matching::TABLE, results::TABLE, sets::TABLE, version::TABLE];

static TESTS: LazyLock<HashMap<&'static str, Test>> =
    LazyLock::new(|| FAMILIES.iter().flat_map(|table| table.iter().copied()).collect());

/// The test of that name: short, or with its collection (`ansible.builtin.version`).
pub(crate) fn find(name: &str) -> Option<Test> {
    let short = ["ansible.builtin.", "ansible.legacy."].iter().find_map(|prefix| name.strip_prefix(prefix));
    TESTS.get(short.unwrap_or(name)).copied()
}

/// All names.
pub fn test_names() -> Vec<&'static str> {
    let mut names: Vec<_> = TESTS.keys().copied().collect();
    names.sort_unstable();
    names
}
