//! Python's regular expressions for those outside of this crate.
use super::{Flags, Pattern, compile, substitute};
use crate::Result;
use std::ops::Range;
use std::sync::Arc;

/// A regular expression of Python's `re`.
#[derive(Clone, Debug)]
pub struct PythonRegex(Arc<Pattern>);

/// The first match: where each group stands, the whole match first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups(pub Vec<Option<Range<usize>>>);

impl PythonRegex {
    /// `re.compile(pattern)`.
    pub fn new(pattern: &str) -> Result<Self> {
        compile(pattern, Flags::default()).map(Self)
    }
    /// `re.compile(pattern, re.MULTILINE)`.
    pub fn multiline(pattern: &str) -> Result<Self> {
        compile(pattern, Flags { multiline: true, ..Flags::default() }).map(Self)
    }
    /// `search`, as a yes or no.
    pub fn is_match(&self, text: &str) -> Result<bool> {
        self.0.is_match(text)
    }
    /// `search`.
    pub fn find(&self, text: &str) -> Result<Option<Groups>> {
        let found = self.0.find(text)?;
        Ok(found.map(|found| Groups((0..=self.0.groups()).map(|index| found.group_span(index)).collect())))
    }
    /// The number of a named group.
    pub fn group_index(&self, name: &str) -> Option<usize> {
        self.0.group_index(name)
    }
    /// Names of groups with their numbers.
    pub fn named_groups(&self) -> Vec<(String, usize)> {
        self.0.named_groups()
    }
    /// `subn`: the text with all matches replaced, and how many there were.
    pub fn replace_all(&self, replacement: &str, text: &str) -> Result<(String, usize)> {
        substitute(&self.0, replacement, text, 0)
    }
    /// `search(text).expand(replacement)`.
    pub fn expand(&self, replacement: &str, text: &str) -> Result<Option<String>> {
        let Some(found) = self.0.find(text)? else { return Ok(None) };
        let (start, end) = found.span();
        let (replaced, _) = substitute(&self.0, replacement, text, 1)?;
        let behind = text.len() - end;
        Ok(replaced.get(start..replaced.len() - behind).map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_and_replace() {
        let regex = PythonRegex::new(r"b=(?P<v>\d)(x)?").unwrap();
        let text = "a b=2 c";
        assert_eq!(regex.find(text).unwrap(), Some(Groups(vec![Some(2..5), Some(4..5), None])));
        assert_eq!(regex.named_groups(), [("v".to_owned(), 1)]);
        assert_eq!(regex.expand(r"<\1\g<v>>", text).unwrap().as_deref(), Some("<22>"));
        assert_eq!(regex.expand(r"\1", "nothing").unwrap(), None);
        assert_eq!(regex.replace_all("x", "b=1 b=2").unwrap(), ("x x".to_owned(), 2));
        assert!(PythonRegex::multiline("^b$").unwrap().is_match("a\nb\n").unwrap());
        assert!(PythonRegex::new("(").is_err());
    }
}
