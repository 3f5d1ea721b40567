//! `--ansible-args`: what is appended to the command line of every run.
use rolewright_language::ast::Vars;
use rolewright_language::{Files, Loader, Settings};
use rolewright_template::{Origin, Tree};
use serde_json::Value as Json;
use std::path::Path;
use std::sync::Arc;

/// The flags that mean something to a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnsibleArgs {
    pub(crate) tags: Vec<String>,
    pub(crate) skip_tags: Vec<String>,
    /// Below everything that comes from the CR and the watch, as in the reference.
    pub(crate) extra_vars: Vars,
    pub(crate) check_mode: bool,
    pub(crate) diff: bool,
    pub(crate) verbosity: u8,
}

/// Reads the text; a flag that is not supported is an error that names it.
pub(crate) fn parse(text: &str, files: &dyn Files, working_dir: &Path) -> Result<AnsibleArgs, String> {
    let text = text.trim();
    // The reference strips one pair of quotes that survive `--ansible-args='…'` in manifests.
    let text = text.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(text);
    let words = shlex::split(text).ok_or_else(|| format!("--ansible-args: a quote is not closed in {text:?}"))?;
    let mut parsed = AnsibleArgs::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let (flag, attached) = split(&word);
        let mut value = || {
            let given = attached.clone().or_else(|| words.next());
            given.ok_or_else(|| format!("--ansible-args: {flag} needs a value"))
        };
        match flag.as_str() {
            "-t" | "--tags" => parsed.tags.extend(list(&value()?)),
            "--skip-tags" => parsed.skip_tags.extend(list(&value()?)),
            "-e" | "--extra-vars" => parsed.extra_vars.extend(extra_vars(&value()?, files, working_dir)?),
            "-C" | "--check" => parsed.check_mode = true,
            "-D" | "--diff" => parsed.diff = true,
            "--verbose" => parsed.verbosity += 1,
            flag if flag.len() > 1 && flag[1..].chars().all(|c| c == 'v') && flag.starts_with('-') => {
                parsed.verbosity += u8::try_from(flag.len() - 1).unwrap_or(7);
            }
            other => return Err(format!("--ansible-args: {other} is not supported")),
        }
    }
    Ok(parsed)
}

/// `--flag=value` and `-evalue` carry their value with them.
fn split(word: &str) -> (String, Option<String>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (word.to_owned(), None),
        };
    }
    match word.get(..2).filter(|flag| matches!(*flag, "-e" | "-t") && word.len() > 2) {
        Some(flag) => (flag.to_owned(), word.get(2..).map(str::to_owned)),
        None => (word.to_owned(), None),
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// `@file`, JSON, or `key=value` pairs. The owner of the operator wrote them: they are project text.
fn extra_vars(text: &str, files: &dyn Files, working_dir: &Path) -> Result<Vars, String> {
    let origin = Origin { file: "--ansible-args".into(), line: 1, column: 1 };
    if let Some(path) = text.strip_prefix('@') {
        let nothing = rolewright_run::Modules::default();
        let loader = Loader { files, catalog: &nothing, settings: &Settings::default() };
        return loader.vars(&working_dir.join(path)).map_err(|error| error.to_string());
    }
    let named = |name: String, value: &Json| -> (Arc<str>, Arc<Tree>) {
        (name.into(), Arc::new(Tree::from_project_json(value, &origin)))
    };
    if text.trim_start().starts_with('{') {
        let parsed: serde_json::Map<String, Json> =
            serde_json::from_str(text).map_err(|error| format!("--ansible-args: -e {text}: {error}"))?;
        return Ok(parsed.iter().map(|(name, value)| named(name.clone(), value)).collect());
    }
    let pairs = shlex::split(text).unwrap_or_default();
    let pair = |pair: String| match pair.split_once('=') {
        Some((name, value)) => Ok(named(name.to_owned(), &Json::from(value))),
        None => Err(format!("--ansible-args: -e takes key=value, JSON or @file, not {pair:?}")),
    };
    pairs.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AnsibleArgs, String> {
        parse(text, &rolewright_run::DiskFiles, Path::new("/"))
    }

    #[test]
    fn flags_of_runs_are_read() {
        let args = read("'--tags a,b --skip-tags=c -t d -CD --check -vv'").unwrap_err();
        assert_eq!(args, "--ansible-args: -CD is not supported");
        let args = read("'--tags a,b --skip-tags=c -t d --check --diff -vv'").unwrap();
        assert_eq!((args.tags, args.skip_tags), (vec!["a".into(), "b".into(), "d".into()], vec!["c".to_owned()]));
        assert!(args.check_mode && args.diff);
        assert_eq!(args.verbosity, 2);
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (text, expected) in [
            ("--vault-password-file x", "--ansible-args: --vault-password-file is not supported"),
            ("--tags", "--ansible-args: --tags needs a value"),
            ("-e 'open", "--ansible-args: a quote is not closed in \"-e 'open\""),
            ("-e word", "--ansible-args: -e takes key=value, JSON or @file, not \"word\""),
            ("site.yml", "--ansible-args: site.yml is not supported"),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
        assert!(read("").unwrap().tags.is_empty());
    }
}
