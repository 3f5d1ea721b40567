//! From an HTTP request to what it asks for, and back.
pub(crate) mod accept;
pub(crate) mod decode;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod reply;
