//! Regular expressions as Python's `re` has them: translated once, cached, and run by `fancy-regex`.
mod class;
mod pattern;
mod public;
mod substitute;
mod translate;

pub(crate) use pattern::{Found, Pattern, compile, compile_anchored};
pub use public::{Groups, PythonRegex};
pub(crate) use substitute::substitute;

#[cfg(test)]
mod tests;

/// The flags that filters and tests set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    pub(crate) ignore_case: bool,
    pub(crate) multiline: bool,
}

/// `re.escape`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
