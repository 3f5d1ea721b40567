//! Filters, one file per family.
use crate::render::{Args, Render};
use crate::{Result, Value};

pub(crate) type Filter = fn(&Render<'_>, &Value, &Args) -> Result<Value>;

/// The filter of that name: short, or with its collection (`ansible.builtin.combine`).
pub(crate) fn find(_name: &str) -> Option<Filter> {
    None
}
