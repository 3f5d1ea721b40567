//! Label and field selectors, as text and as `LabelSelector` objects.

mod fields;
mod labels;
mod parse;

pub use fields::{Fields, field_value, supported_fields};
pub use labels::{Labels, selects};
