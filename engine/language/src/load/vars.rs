//! Files of variables.
use super::session::{Place, Result, Session};
use crate::ast::Vars;
use std::path::Path;

impl Session<'_> {
    pub(super) fn vars_file(&self, path: &Path) -> Result<Vars> {
        let file = self.read(path)?;
        let place = Place::of_file(&file);
        if file.node.is_null() {
            return Ok(Vec::new());
        }
        if file.node.as_map().is_none() {
            let message = format!("{} must be stored as a dictionary/hash", file.name);
            return Err(place.error("bad-vars", message, &file.node));
        }
        self.vars(Some(&file.node), None, &place)
    }
}

/// Both together; later ones replace earlier ones in their place.
pub(super) fn merge(mut vars: Vars, more: Vars) -> Vars {
    for (name, value) in more {
        match vars.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => vars.push((name, value)),
        }
    }
    vars
}
