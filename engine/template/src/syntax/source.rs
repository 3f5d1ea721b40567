//! The text of a program and where it stands.
use crate::Origin;
use std::sync::Arc;

/// What turns an offset into a position.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) text: Arc<str>,
    pub(crate) origin: Origin,
}

/// The most that a message quotes of a text, in bytes.
const QUOTED: usize = 4096;

impl Source {
    /// The text for a message: all of it, unless it is very long.
    pub(crate) fn quoted(&self) -> String {
        if self.text.len() <= QUOTED {
            return self.text.to_string();
        }
        let end = (0..=QUOTED).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        format!("{}…", self.text.get(..end).unwrap_or_default())
    }
    /// A whole file.
    pub(crate) fn file(text: &str, path: &str) -> Self {
        Self { text: text.into(), origin: Origin { file: path.into(), line: 1, column: 1 } }
    }
    /// Lines after the first are taken to be indented as the first is: true of block scalars and of whole files.
    pub(crate) fn place(&self, offset: u32) -> Origin {
        let text = super::block::normalize_newlines(&self.text);
        let before = text.get(..offset as usize).unwrap_or(&text);
        let line = before.matches('\n').count() as u32;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) as u32;
        Origin {
            file: self.origin.file.clone(),
            line: self.origin.line + line,
            column: self.origin.column.max(1) + column,
        }
    }
}
