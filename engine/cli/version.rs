//! `rolewright version`.

#[expect(clippy::print_stdout, reason = "the version is this command's output")]
pub(crate) fn run() {
    let commit = option_env!("ROLEWRIGHT_COMMIT").unwrap_or("unknown");
    println!("rolewright version: {:?}, commit: {commit:?}", env!("CARGO_PKG_VERSION"));
}
