//! Global functions of templates (`range`, `dict`, `lookup`, `now`, …), one file per family.
mod lipsum;
mod lookup;
mod namespace;
mod objects;
mod values;

use crate::render::{Args, Render};
use crate::{Result, Value};

pub(crate) type Function = fn(&Render<'_>, Args) -> Result<Value>;

const GLOBALS: &[(&str, Function)] = &[
    ("cycler", objects::cycler),
    ("dict", values::dict),
    ("joiner", objects::joiner),
    ("lipsum", lipsum::lipsum),
    ("lookup", lookup::lookup),
    ("namespace", namespace::namespace),
    ("now", values::now),
    ("q", lookup::query),
    ("query", lookup::query),
    ("range", values::range),
    ("undef", values::undef),
];

/// The global function of that name.
pub(crate) fn find(name: &str) -> Option<Function> {
    GLOBALS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}
