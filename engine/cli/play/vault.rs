//! Flags that say where the passwords of encrypted files and values are.
use anyhow::{Context, ensure};
use rolewright_run::Passwords;
use rolewright_template::vault::Secrets;
use std::sync::Arc;

#[derive(clap::Args)]
#[group(id = "vault")]
pub(crate) struct Flags {
    /// A file with the password of encrypted content, or a program that prints it
    #[arg(long = "vault-password-file", visible_alias = "vault-pass-file", value_name = "FILE")]
    files: Vec<String>,
    /// The same, with a name for the password: NAME@FILE
    #[arg(long = "vault-id", value_name = "ID")]
    ids: Vec<String>,
    #[arg(short = 'J', long, alias = "ask-vault-password", hide = true)]
    ask_vault_pass: bool,
}

impl Flags {
    /// The passwords of the flags and of the environment.
    pub(super) fn read(&self) -> anyhow::Result<Arc<Secrets>> {
        ensure!(!self.ask_vault_pass, "nobody is asked for a vault password: give --vault-password-file");
        let asked = Passwords { ids: self.ids.clone(), files: self.files.clone() };
        let asked = asked.with_environment(&super::environment::var);
        let directory = std::env::current_dir().context("cannot tell the working directory")?;
        let warn = |message: &str| super::warnings::warn(message);
        Ok(Arc::new(asked.read(&directory, &warn).map_err(anyhow::Error::msg)?))
    }
}
