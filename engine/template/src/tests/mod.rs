//! Tests (`x is defined`), one file per family.
use crate::render::{Args, Render};
use crate::{Result, Value};

pub(crate) type Test = fn(&Render<'_>, &Value, &Args) -> Result<bool>;

/// The test of that name: short, or with its collection (`ansible.builtin.version`).
pub(crate) fn find(_name: &str) -> Option<Test> {
    None
}
