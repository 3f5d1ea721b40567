//! Keywords in force for a task: its own, else those of the nearest block, role or play that says something.
use crate::frame::Frame;
use rolewright_language::ast::{Keywords, Task};
use rolewright_template::{Context, ErrorKind, Tree, Value};

/// A keyword with one value that is inherited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    IgnoreErrors,
    IgnoreUnreachable,
    NoLog,
    CheckMode,
    Diff,
    RunOnce,
    DelegateTo,
    DelegateFacts,
    AnyErrorsFatal,
    Timeout,
    Connection,
    Become,
    BecomeUser,
    Debugger,
}

const ALL: [Keyword; 14] = [
    Keyword::IgnoreErrors,
    Keyword::IgnoreUnreachable,
    Keyword::NoLog,
    Keyword::CheckMode,
    Keyword::Diff,
    Keyword::RunOnce,
    Keyword::DelegateTo,
    Keyword::DelegateFacts,
    Keyword::AnyErrorsFatal,
    Keyword::Timeout,
    Keyword::Connection,
    Keyword::Become,
    Keyword::BecomeUser,
    Keyword::Debugger,
];

impl Keyword {
    pub(crate) const fn bit(self) -> u32 {
        1 << self as u32
    }

    pub(crate) const fn of(self, keywords: &Keywords) -> Option<&Tree> {
        match self {
            Self::IgnoreErrors => keywords.ignore_errors.as_ref(),
            Self::IgnoreUnreachable => keywords.ignore_unreachable.as_ref(),
            Self::NoLog => keywords.no_log.as_ref(),
            Self::CheckMode => keywords.check_mode.as_ref(),
            Self::Diff => keywords.diff.as_ref(),
            Self::RunOnce => keywords.run_once.as_ref(),
            Self::DelegateTo => keywords.delegate_to.as_ref(),
            Self::DelegateFacts => keywords.delegate_facts.as_ref(),
            Self::AnyErrorsFatal => keywords.any_errors_fatal.as_ref(),
            Self::Timeout => keywords.timeout.as_ref(),
            Self::Connection => keywords.connection.as_ref(),
            Self::Become => keywords.become_.as_ref(),
            Self::BecomeUser => keywords.become_user.as_ref(),
            Self::Debugger => keywords.debugger.as_ref(),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::IgnoreErrors => "ignore_errors",
            Self::IgnoreUnreachable => "ignore_unreachable",
            Self::NoLog => "no_log",
            Self::CheckMode => "check_mode",
            Self::Diff => "diff",
            Self::RunOnce => "run_once",
            Self::DelegateTo => "delegate_to",
            Self::DelegateFacts => "delegate_facts",
            Self::AnyErrorsFatal => "any_errors_fatal",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Become => "become",
            Self::BecomeUser => "become_user",
            Self::Debugger => "debugger",
        }
    }
}

/// The keywords that are set here, as bits.
pub(crate) fn mask(keywords: &Keywords) -> u32 {
    ALL.iter().filter(|keyword| keyword.of(keywords).is_some()).fold(0, |bits, keyword| bits | keyword.bit())
}

/// The value in force, rendered; `omit` counts as not given.
pub(crate) fn value(keyword: Keyword, task: &Task, frame: &Frame, cx: &Context<'_>) -> Result<Option<Value>, String> {
    for tree in keyword.of(&task.keywords).into_iter().chain(frame.keyword(keyword)) {
        let value = match tree.as_data() {
            Some(value) => value.clone(),
            None => tree.render(cx).map_err(|error| invalid(keyword.name(), &error))?,
        };
        if !value.is_omit() {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// The boolean in force.
pub(crate) fn flag(
    keyword: Keyword,
    task: &Task,
    frame: &Frame,
    cx: &Context<'_>,
    default: bool,
) -> Result<bool, String> {
    match value(keyword, task, frame, cx)? {
        None | Some(Value::None) => Ok(default),
        Some(value) => boolean(keyword.name(), &value),
    }
}

/// A keyword's value as a boolean.
pub(crate) fn boolean(name: &str, value: &Value) -> Result<bool, String> {
    value.to_bool().ok_or_else(|| {
        format!("the field '{name}' has an invalid value ({value}), and could not be converted to a bool")
    })
}

/// A keyword's value as a number.
pub(crate) fn number(name: &str, value: &Value) -> Result<f64, String> {
    let parsed = value.as_f64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    parsed.ok_or_else(|| {
        format!("the field '{name}' has an invalid value ({value}), and could not be converted to a float")
    })
}

/// A keyword's value as a whole number.
pub(crate) fn whole(name: &str, value: &Value) -> Result<i64, String> {
    let parsed = match value {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Float(value) => Some(*value as i64),
        other => other.as_i64().or_else(|| other.as_str().and_then(|text| text.trim().parse().ok())),
    };
    parsed.ok_or_else(|| {
        format!("the field '{name}' has an invalid value ({value}), and could not be converted to an int")
    })
}

/// What is said of a keyword whose template fails.
pub(crate) fn invalid(name: &str, error: &rolewright_template::Error) -> String {
    match error.kind() {
        ErrorKind::Undefined => {
            format!("The field '{name}' has an invalid value, which includes an undefined variable.. {error}")
        }
        _ => format!("The field '{name}' has an invalid value: {error}"),
    }
}
