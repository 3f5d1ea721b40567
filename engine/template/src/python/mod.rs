//! What Python's builtins do: `str()`, `int()`, iteration, sorting and `format`, shared by filters and methods.
mod args;
mod cast;
mod lines;
mod random;
mod sort;
mod spec;

pub(crate) use args::{bind, bind_one, only};
pub(crate) use cast::{
    flag, float, index, int_from_text, iterate, number, opt_index, opt_text, str_arg, text, to_float, to_int, truth,
};
pub(crate) use lines::{capitalize, center, is_space, split_lines, strip, title};
pub(crate) use random::Random;
pub use random::seeded_numbers;
pub(crate) use sort::sort_by_key;
pub(crate) use spec::str_format;
