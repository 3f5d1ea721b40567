//! `when`, `changed_when`, `failed_when`, `until`: lists of expressions that must all hold.
use rolewright_template::{Condition, Context, Error};

/// What came of a list of conditions.
pub(crate) enum Verdict<'c> {
    Holds,
    /// The first one that does not hold.
    Fails(&'c Condition),
}

/// Evaluates in order and stops at the first condition that does not hold or fails.
pub(crate) fn all<'c>(
    conditions: impl IntoIterator<Item = &'c Condition>,
    cx: &Context<'_>,
) -> Result<Verdict<'c>, (&'c Condition, Error)> {
    for condition in conditions {
        match condition.is_true(cx) {
            Ok(true) => {}
            Ok(false) => return Ok(Verdict::Fails(condition)),
            Err(error) => return Err((condition, error)),
        }
    }
    Ok(Verdict::Holds)
}

/// How Ansible words a condition that cannot be evaluated.
pub(crate) fn wording(condition: &Condition, error: &Error) -> String {
    let message = error.message();
    if message.starts_with("The conditional check") {
        return message.to_owned();
    }
    format!("The conditional check '{}' failed. The error was: {message}", condition.source())
}
