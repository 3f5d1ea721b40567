//! Text, with Ansible's mark for text that is not to be looked into.
use std::sync::Arc;

/// A piece of text. Derefs to `str`.
#[derive(Clone)]
pub struct Text {
    text: Arc<str>,
    verbatim: bool,
    outside: bool,
    vaulted: bool,
}

impl Text {
    /// Text that stays text: a template giving just this is not turned into a list, dict or boolean.
    pub fn verbatim(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), verbatim: true, outside: false, vaulted: false }
    }
    pub fn is_verbatim(&self) -> bool {
        self.verbatim
    }
    /// Text that stands in project data but is not the project's own (`!unsafe`): a condition made of it is refused.
    pub fn outside(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), verbatim: false, outside: true, vaulted: false }
    }
    pub(crate) fn is_outside(&self) -> bool {
        self.outside
    }
    /// Text that stood in project data encrypted, which `is vault_encrypted` asks for.
    pub fn vaulted(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), verbatim: false, outside: false, vaulted: true }
    }
    pub(crate) fn is_vaulted(&self) -> bool {
        self.vaulted
    }
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// The shared text itself.
    pub fn shared(&self) -> &Arc<str> {
        &self.text
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { text: text.into(), verbatim: false, outside: false, vaulted: false }
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self { text: text.into(), verbatim: false, outside: false, vaulted: false }
    }
}

impl From<Arc<str>> for Text {
    fn from(text: Arc<str>) -> Self {
        Self { text, verbatim: false, outside: false, vaulted: false }
    }
}

impl From<Text> for Arc<str> {
    fn from(text: Text) -> Self {
        text.text
    }
}

impl std::ops::Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", &*self.text)
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
