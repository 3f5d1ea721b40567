//! Where the passwords of encrypted files come from: files and programs, by flag, environment or configuration.
use rolewright_template::vault::{DEFAULT_ID, Secrets};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What was asked for, in the order it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passwords {
    /// `--vault-id`: `id@source` or a source.
    pub ids: Vec<String>,
    /// `--vault-password-file`.
    pub files: Vec<String>,
}

/// A program with this in its name is asked for the password of one id.
const CLIENT: &str = "-client";
/// What such a program answers when it does not know the id.
const UNKNOWN_ID: i32 = 2;

impl Passwords {
    /// Puts the identities of the environment or configuration first, and its password file last.
    #[must_use]
    pub fn with_defaults(mut self, identities: &[String], file: Option<&str>) -> Self {
        self.ids.splice(0..0, identities.iter().filter(|id| !id.is_empty()).cloned());
        self.files.extend(file.filter(|file| !file.is_empty()).map(str::to_owned));
        self
    }

    /// Puts in what the environment asks for.
    #[must_use]
    pub fn with_environment(self, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let identities = env("ANSIBLE_VAULT_IDENTITY_LIST").unwrap_or_default();
        let identities: Vec<String> = identities.split(',').map(|id| id.trim().to_owned()).collect();
        self.with_defaults(&identities, env("ANSIBLE_VAULT_PASSWORD_FILE").as_deref())
    }

    /// Reads them all; relative names start in `directory`. As long as one source gives a password, others may fail:
    /// what they say is handed to `warn`.
    pub fn read(&self, directory: &Path, warn: &dyn Fn(&str)) -> Result<Secrets, String> {
        let mut secrets = Secrets::default();
        let mut last_error = None;
        let named = self.ids.iter().map(|id| match id.split_once('@') {
            Some((id, source)) => (id, source),
            None => ("", id.as_str()),
        });
        for (id, source) in named.chain(self.files.iter().map(|file| ("", file.as_str()))) {
            match password(&located(directory, source), source, id, &secrets) {
                Ok(password) => secrets.add(if id.is_empty() { DEFAULT_ID } else { id }, password),
                Err(error) => {
                    warn(&format!("Error getting vault password file ({id}): {error}"));
                    last_error = Some(error);
                }
            }
        }
        match last_error {
            Some(error) if secrets.is_empty() => Err(error),
            _ => Ok(secrets),
        }
    }
}

/// `~` and relative names.
fn located(directory: &Path, source: &str) -> PathBuf {
    match (source.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => directory.join(source),
    }
}

fn password(path: &Path, source: &str, id: &str, known: &Secrets) -> Result<Vec<u8>, String> {
    if matches!(source, "prompt" | "prompt_ask_vault_pass") {
        return Err(format!("a vault password cannot be asked for ({source}): give a file or a program"));
    }
    let shown = path.display();
    let Ok(metadata) = std::fs::metadata(path) else {
        return Err(format!("The vault password file {shown} was not found"));
    };
    if metadata.is_dir() {
        return Err(format!("The vault password file provided '{shown}' can not be a directory"));
    }
    let is_program = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    let (text, origin) = match is_program {
        true => (ask(path, id)?, "script"),
        false => (read(path, known)?, "file"),
    };
    match text.is_empty() {
        true => Err(format!("Invalid vault password was provided from {origin} ({shown})")),
        false => Ok(text),
    }
}

/// A password file may itself be encrypted with a password that is known by now.
fn read(path: &Path, known: &Secrets) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let content =
        std::fs::read(path).map_err(|error| format!("Could not read vault password file {shown}: {error}"))?;
    let content = content.trim_ascii().to_vec();
    Ok(without_line_ends(&known.open_file(content.into(), &shown)?).to_vec())
}

fn ask(path: &Path, id: &str) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let is_client = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(CLIENT));
    let kind = if is_client { "vault password client script" } else { "vault password script" };
    let mut command = Command::new(path);
    if is_client && !id.is_empty() {
        command.args(["--vault-id", id]);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().map_err(|error| {
        format!(
            "Problem running {kind} {shown} ({error}). If this is not a script, remove the executable bit from the file."
        )
    })?;
    match output.status.code() {
        Some(0) => Ok(without_line_ends(&output.stdout).to_vec()),
        Some(UNKNOWN_ID) if is_client => {
            Err(format!("Vault password client script {shown} did not find a secret for vault-id={id}"))
        }
        code => {
            let code = code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
            Err(format!("Vault password script {shown} returned non-zero ({code})"))
        }
    }
}

fn without_line_ends(mut text: &[u8]) -> &[u8] {
    while let Some((b'\r' | b'\n', rest)) = text.split_first() {
        text = rest;
    }
    while let Some((b'\r' | b'\n', rest)) = text.split_last() {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolewright_template::vault;
    use std::os::unix::fs::PermissionsExt;

    fn directory() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str, mode: u32| {
            let path = directory.path().join(name);
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        write("plain", "one\n", 0o600);
        write("empty", "\n", 0o600);
        write("ask", "#!/bin/sh\necho two\n", 0o700);
        write("ask-client.sh", "#!/bin/sh\n[ \"$2\" = no ] && exit 2\necho \"$1 $2\"\n", 0o700);
        write("broken", "#!/bin/sh\nexit 3\n", 0o700);
        write("sealed", &vault::encrypt(b"three\n", b"one", "", b"salt"), 0o600);
        directory
    }

    /// Reads passwords and tells which of the candidates is the one under an id.
    fn opens(passwords: &Passwords, secret: &str) -> Result<bool, String> {
        let directory = directory();
        let secrets = passwords.read(directory.path(), &|_| {});
        let secrets = secrets.map_err(|error| error.replace(&*directory.path().to_string_lossy(), ""))?;
        Ok(secrets.open_text(&vault::encrypt(b"x", secret.as_bytes(), "", b"salt")).is_ok())
    }

    #[test]
    fn files_and_programs_give_passwords() {
        let ids = |ids: &[&str]| Passwords { ids: ids.iter().map(|id| (*id).to_owned()).collect(), files: Vec::new() };
        let rows: &[(&[&str], Result<&str, &str>)] = &[
            (&["plain"], Ok("one")),
            (&["lab@ask"], Ok("two")),
            (&["lab@ask-client.sh"], Ok("--vault-id lab")),
            (&["plain", "sealed"], Ok("three")),
            (&["missing", "plain"], Ok("one")),
            (&["missing"], Err("The vault password file /missing was not found")),
            (&["empty"], Err("Invalid vault password was provided from file (/empty)")),
            (&["broken"], Err("Vault password script /broken returned non-zero (3)")),
            (&["sealed"], Err("Attempting to decrypt but no vault secrets found")),
            (
                &["no@ask-client.sh"],
                Err("Vault password client script /ask-client.sh did not find a secret for vault-id=no"),
            ),
            (&["x@prompt"], Err("a vault password cannot be asked for (prompt): give a file or a program")),
        ];
        for (given, expected) in rows {
            match expected {
                Ok(secret) => assert_eq!(opens(&ids(given), secret), Ok(true), "{given:?}"),
                Err(error) => assert_eq!(opens(&ids(given), "x").unwrap_err(), *error, "{given:?}"),
            }
        }
    }

    #[test]
    fn identities_come_first_and_the_default_file_last() {
        let given = Passwords { ids: vec!["a@x".into()], files: vec!["f".into()] };
        let all = given.with_defaults(&["d@y".to_owned()], Some("g"));
        assert_eq!(all, Passwords { ids: vec!["d@y".into(), "a@x".into()], files: vec!["f".into(), "g".into()] });
    }
}
