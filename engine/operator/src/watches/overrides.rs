//! Per-kind settings from the environment.
use rolewright_cluster::Gvk;
use rolewright_language::{Diagnostic, Severity};

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// `MAX_CONCURRENT_RECONCILES_<KIND>_<GROUP>`, or the older `WORKER_<KIND>_<GROUP>`; `default` when neither is usable.
pub(super) fn max_concurrent_reconciles(
    gvk: &Gvk,
    env: Env<'_>,
    default: usize,
    warnings: &mut Vec<Diagnostic>,
) -> usize {
    let current = name("MAX_CONCURRENT_RECONCILES", gvk);
    let older = name("WORKER", gvk);
    let (used, value) = match (env(&current), env(&older)) {
        (Some(value), _) => (current, value),
        (None, Some(value)) => {
            warnings.push(warning(format!("environment variable {older} is deprecated, use {current} instead")));
            (older, value)
        }
        (None, None) => return default,
    };
    match value.parse::<i64>().ok().and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0) {
        Some(count) => count,
        None => {
            warnings.push(warning(format!("{used}: {value:?} is not a positive whole number; using {default}")));
            default
        }
    }
}

/// `ANSIBLE_VERBOSITY_<KIND>_<GROUP>`, 0 to 7.
pub(super) fn ansible_verbosity(gvk: &Gvk, env: Env<'_>, default: u8, warnings: &mut Vec<Diagnostic>) -> u8 {
    let name = name("ANSIBLE_VERBOSITY", gvk);
    let Some(value) = env(&name) else { return default };
    match value.parse::<u8>().ok().filter(|verbosity| *verbosity <= 7) {
        Some(verbosity) => verbosity,
        None => {
            warnings.push(warning(format!("{name}: {value:?} is not a verbosity from 0 to 7; using {default}")));
            default
        }
    }
}

fn name(prefix: &str, gvk: &Gvk) -> String {
    format!("{prefix}_{}_{}", gvk.kind, gvk.group).to_uppercase().replace('.', "_")
}

fn warning(message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..Diagnostic::error("environment", message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gvk() -> Gvk {
        Gvk::from_api_version("cache.example.com/v1", "Memcached")
    }

    #[test]
    fn concurrency_per_kind() {
        for (current, older, expected, warned) in [
            (None, None, 4, 0),
            (Some("2"), None, 2, 0),
            (Some("2"), Some("7"), 2, 0),
            (None, Some("7"), 7, 1),
            (Some("0"), None, 4, 1),
            (Some("-3"), None, 4, 1),
            (Some("many"), Some("7"), 4, 1),
        ] {
            let env = |name: &str| match name {
                "MAX_CONCURRENT_RECONCILES_MEMCACHED_CACHE_EXAMPLE_COM" => current.map(str::to_owned),
                "WORKER_MEMCACHED_CACHE_EXAMPLE_COM" => older.map(str::to_owned),
                _ => None,
            };
            let mut warnings = Vec::new();
            assert_eq!(max_concurrent_reconciles(&gvk(), &env, 4, &mut warnings), expected, "{current:?} {older:?}");
            assert_eq!(warnings.len(), warned, "{current:?} {older:?}");
        }
    }

    #[test]
    fn verbosity_per_kind() {
        for (value, expected) in [(None, 2), (Some("0"), 0), (Some("7"), 7), (Some("8"), 2), (Some("x"), 2)] {
            let env = |name: &str| {
                assert_eq!(name, "ANSIBLE_VERBOSITY_MEMCACHED_CACHE_EXAMPLE_COM");
                value.map(str::to_owned)
            };
            assert_eq!(ansible_verbosity(&gvk(), &env, 2, &mut Vec::new()), expected, "{value:?}");
        }
    }
}
