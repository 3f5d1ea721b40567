//! What a CR itself says to the operator.
use crate::duration;
use serde_json::Value as Json;
use std::time::Duration;

const PREFIX: &str = "ansible.sdk.operatorframework.io";
/// Before version 1.0 of the reference.
const OLD_PREFIX: &str = "ansible.operator-sdk";
/// Ours: nothing runs while it is `true`.
const PAUSED: &str = "rolewright.dev/paused";

fn text<'a>(object: &'a Json, name: &str) -> Option<&'a str> {
    let annotations = &object["metadata"]["annotations"];
    let find = |prefix: &str| annotations.get(format!("{prefix}/{name}")).and_then(Json::as_str);
    find(PREFIX).or_else(|| find(OLD_PREFIX))
}

/// `reconcile-period`: a Go duration, or `never`; zero means no periodic run.
pub(crate) fn reconcile_period(object: &Json) -> Option<Result<Duration, String>> {
    let text = text(object, "reconcile-period")?;
    Some(if text == "never" { Ok(Duration::ZERO) } else { duration::parse(text) })
}

/// `verbosity`: the number of `v`; zero and below mean none. What is no number is told and ignored.
pub(crate) fn verbosity(object: &Json) -> Option<Result<u8, String>> {
    let text = text(object, "verbosity")?;
    Some(match text.parse::<i64>() {
        Ok(number) => Ok(u8::try_from(number.clamp(0, 7)).unwrap_or(7)),
        Err(_) => Err(text.to_owned()),
    })
}

pub(crate) fn is_paused(object: &Json) -> bool {
    object["metadata"]["annotations"][PAUSED] == "true"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn annotated(key: &str, value: &str) -> Json {
        json!({"metadata": {"annotations": {key: value}}})
    }

    #[test]
    fn periods() {
        let read =
            |prefix: &str, value: &str| reconcile_period(&annotated(&format!("{prefix}/reconcile-period"), value));
        assert_eq!(read(PREFIX, "3s"), Some(Ok(Duration::from_secs(3))));
        assert_eq!(read(OLD_PREFIX, "3s"), Some(Ok(Duration::from_secs(3))));
        assert_eq!(read(PREFIX, "0s"), Some(Ok(Duration::ZERO)));
        assert_eq!(read(PREFIX, "never"), Some(Ok(Duration::ZERO)));
        assert_eq!(read(PREFIX, "x"), Some(Err("time: invalid duration \"x\"".into())));
        assert_eq!(reconcile_period(&json!({})), None);
    }

    #[test]
    fn verbosities() {
        for (value, expected) in [("3", Ok(3)), ("-1", Ok(0)), ("99", Ok(7)), ("loud", Err("loud".to_owned()))] {
            assert_eq!(verbosity(&annotated(&format!("{PREFIX}/verbosity"), value)), Some(expected), "{value}");
        }
    }

    #[test]
    fn only_true_pauses() {
        assert!(is_paused(&annotated(PAUSED, "true")));
        assert!(!is_paused(&annotated(PAUSED, "false")));
    }
}
