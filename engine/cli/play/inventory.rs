//! `-i`: which hosts there are.
use super::{environment, warnings};
use anyhow::Context;
use rolewright_run::{Engine, Inventory, InventorySources};

#[derive(clap::Args)]
#[group(id = "hosts")]
pub(crate) struct Flags {
    /// Hosts: a file, a directory of files, a program, or names with commas
    #[arg(short = 'i', long = "inventory", alias = "inventory-file", value_name = "SOURCE")]
    sources: Vec<String>,
}

/// Read where there is nothing else, if it exists.
const USUAL: &str = "/etc/ansible/hosts";

/// The hosts of all sources; none: only the implicit localhost.
pub(super) fn read(flags: &Flags, engine: &Engine) -> anyhow::Result<Inventory> {
    let mut sources = flags.sources.clone();
    if sources.is_empty() {
        sources = environment::list("ANSIBLE_INVENTORY");
    }
    if sources.is_empty() && std::fs::metadata(USUAL).is_ok() {
        sources.push(USUAL.to_owned());
    }
    let directory = std::env::current_dir().context("cannot tell the working directory")?;
    let around = InventorySources { files: &*engine.files, settings: &engine.settings, directory: &directory };
    let loaded = Inventory::load(&sources, &around).map_err(anyhow::Error::msg)?;
    for message in loaded.warnings.iter().chain(&loaded.failures) {
        warnings::warn(message);
    }
    Ok(loaded.inventory)
}
