//! Archives: `unarchive` and `community.general.archive`.
mod format;
pub(super) mod pack;
pub(super) mod unpack;
mod zip;

#[cfg(test)]
mod tests;
