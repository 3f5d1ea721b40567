//! `--ansible-args`: what is appended to the command line of every run.
use rolewright_language::ast::Vars;
use rolewright_language::{Files, Loader, Settings};
use rolewright_run::{Passwords, VaultFiles};
use rolewright_template::vault::Secrets;
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
    /// What `-i` names.
    pub(crate) inventory: Vec<String>,
    /// Patterns of `--limit`.
    pub(crate) limit: Option<Vec<String>>,
    /// Passwords of encrypted files and values, those of the environment included.
    pub(crate) vault: Arc<Secrets>,
}

/// What the flags are read with.
pub(crate) struct Around<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) working_dir: &'a Path,
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
}

/// Reads the text; a flag that is not supported is an error that names it.
pub(crate) fn parse(text: &str, around: &Around<'_>) -> Result<AnsibleArgs, String> {
    let text = text.trim();
    // The reference strips one pair of quotes that survive `--ansible-args='…'` in manifests.
    let text = text.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')).unwrap_or(text);
    let words = shlex::split(text).ok_or_else(|| format!("--ansible-args: a quote is not closed in {text:?}"))?;
    let mut parsed = AnsibleArgs::default();
    let mut words = words.into_iter();
    let (mut passwords, mut extra_vars) = (Passwords::default(), Vec::new());
    while let Some(word) = words.next() {
        let (flag, attached) = split(&word);
        let mut value = || {
            let given = attached.clone().or_else(|| words.next());
            given.ok_or_else(|| format!("--ansible-args: {flag} needs a value"))
        };
        match flag.as_str() {
            "-t" | "--tags" => parsed.tags.extend(list(&value()?)),
            "--skip-tags" => parsed.skip_tags.extend(list(&value()?)),
            "-e" | "--extra-vars" => extra_vars.push(value()?),
            "--vault-password-file" | "--vault-pass-file" => passwords.files.push(value()?),
            "--vault-id" => passwords.ids.push(value()?),
            "-i" | "--inventory" | "--inventory-file" => parsed.inventory.push(value()?),
            "-l" | "--limit" => parsed.limit.get_or_insert_default().push(value()?),
            "-C" | "--check" => parsed.check_mode = true,
            "-D" | "--diff" => parsed.diff = true,
            "--verbose" => parsed.verbosity += 1,
            flag if flag.len() > 1 && flag[1..].chars().all(|c| c == 'v') && flag.starts_with('-') => {
                parsed.verbosity += u8::try_from(flag.len() - 1).unwrap_or(7);
            }
            other => return Err(format!("--ansible-args: {other} is not supported")),
        }
    }
    let warn = |message: &str| tracing::warn!(target: "vault", "{message}");
    parsed.vault = Arc::new(passwords.with_environment(around.env).read(around.working_dir, &warn)?);
    for text in extra_vars {
        parsed.extra_vars.extend(read_extra_vars(&text, around, &parsed.vault)?);
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
    match word.get(..2).filter(|flag| matches!(*flag, "-e" | "-t" | "-i" | "-l") && word.len() > 2) {
        Some(flag) => (flag.to_owned(), word.get(2..).map(str::to_owned)),
        None => (word.to_owned(), None),
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

/// `@file`, JSON, or `key=value` pairs. The owner of the operator wrote them: they are project text.
fn read_extra_vars(text: &str, around: &Around<'_>, vault: &Arc<Secrets>) -> Result<Vars, String> {
    let origin = Origin { file: "--ansible-args".into(), line: 1, column: 1 };
    if let Some(path) = text.strip_prefix('@') {
        let nothing = rolewright_run::Modules::default();
        let opened = VaultFiles(Arc::clone(vault));
        let files: &dyn Files = if vault.is_empty() { around.files } else { &opened };
        let settings = Settings { vault: Arc::clone(vault), ..Settings::default() };
        let loader = Loader { files, catalog: &nothing, settings: &settings };
        return loader.vars(&around.working_dir.join(path)).map_err(|error| error.to_string());
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
        let around = Around { files: &rolewright_run::DiskFiles, working_dir: Path::new("/"), env: &|_| None };
        parse(text, &around)
    }

    #[test]
    fn flags_of_runs_are_read() {
        let args = read("'--tags a,b --skip-tags=c -t d -CD --check -vv'").unwrap_err();
        assert_eq!(args, "--ansible-args: -CD is not supported");
        let args = read("'--tags a,b --skip-tags=c -t d --check --diff -vv'").unwrap();
        assert_eq!((args.tags, args.skip_tags), (vec!["a".into(), "b".into(), "d".into()], vec!["c".to_owned()]));
        assert!(args.check_mode && args.diff);
        assert_eq!(args.verbosity, 2);
        let args = read("-i a -ib --inventory=c --limit x -ly").unwrap();
        assert_eq!(args.inventory, ["a", "b", "c"]);
        assert_eq!(args.limit, Some(vec!["x".to_owned(), "y".to_owned()]));
    }

    #[test]
    fn passwords_open_files_of_variables() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("pwd.yml", "password\n");
        write("vars.yml", &rolewright_template::vault::encrypt(b"a: 1", b"password", "", b"salt"));
        let env = |name: &str| (name == "ANSIBLE_VAULT_PASSWORD_FILE").then(|| "pwd.yml".to_owned());
        for (text, env) in [
            ("-e @vars.yml", &env as &dyn Fn(&str) -> Option<String>),
            ("'-e @vars.yml --vault-password-file pwd.yml'", &|_| None),
            ("--vault-id=x@pwd.yml -e @vars.yml", &|_| None),
        ] {
            let around = Around { files: &rolewright_run::DiskFiles, working_dir: directory.path(), env };
            let args = parse(text, &around).unwrap();
            assert!(!args.vault.is_empty(), "{text}");
            assert_eq!(args.extra_vars[0].1.as_data().and_then(rolewright_template::Value::as_i64), Some(1), "{text}");
        }
        assert!(
            read(&format!("-e @{}/vars.yml", directory.path().display())).unwrap_err().contains("no vault secrets")
        );
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (text, expected) in [
            ("--ask-vault-pass", "--ansible-args: --ask-vault-pass is not supported"),
            ("--vault-password-file no/file", "The vault password file /no/file was not found"),
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
