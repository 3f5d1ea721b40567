//! `-i`: which hosts there are.
use anyhow::bail;
use rolewright_run::{Inventory, InventoryHost};
use std::path::Path;

#[derive(clap::Args)]
pub(crate) struct Flags {
    /// Hosts: names with commas
    #[arg(short = 'i', long = "inventory", alias = "inventory-file", value_name = "HOSTS")]
    sources: Vec<String>,
}

/// The hosts of all sources; none: only the implicit localhost.
pub(super) fn read(flags: &Flags, _directory: &Path) -> anyhow::Result<Inventory> {
    let mut inventory = Inventory::default();
    for source in &flags.sources {
        if !source.contains(',') {
            bail!("the inventory {source:?}: only lists of names with commas are understood");
        }
        for name in source.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            inventory.hosts.push(InventoryHost { name: name.into(), ..InventoryHost::default() });
        }
    }
    Ok(inventory)
}
