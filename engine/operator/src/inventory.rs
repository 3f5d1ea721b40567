//! The hosts of runs: this machine, or what `-i` and `ANSIBLE_INVENTORY` name.
use rolewright_run::{Engine, Inventory, InventorySources};
use std::path::Path;

/// Reads the inventory once, at start. In contrast to `ansible-playbook`, a source that cannot be read is an error: an
/// operator that runs on, with other hosts than it was given, helps nobody.
pub(crate) fn load(given: &[String], engine: &Engine, working_dir: &Path) -> Result<Inventory, String> {
    let mut sources = given.to_vec();
    if sources.is_empty() {
        let named = engine.setting("ANSIBLE_INVENTORY").unwrap_or_default();
        sources = named.split(',').map(|source| source.trim().to_owned()).filter(|source| !source.is_empty()).collect();
    }
    if sources.is_empty() {
        return Ok(Inventory::localhost());
    }
    let around = InventorySources { files: &*engine.files, settings: &engine.settings, directory: working_dir };
    let loaded = Inventory::load(&sources, &around)?;
    for warning in &loaded.warnings {
        tracing::warn!(target: "inventory", "{warning}");
    }
    match loaded.failures.is_empty() {
        true => Ok(loaded.inventory),
        false => Err(format!("the inventory {}: {}", sources.join(", "), loaded.failures.join("\n"))),
    }
}

/// With the `group_vars` and `host_vars` beside a playbook.
pub(crate) fn beside(inventory: &Inventory, directory: &Path, engine: &Engine) -> Result<Inventory, String> {
    let around = InventorySources { files: &*engine.files, settings: &engine.settings, directory };
    let mut inventory = inventory.clone();
    inventory.add_playbook(directory, &around)?;
    Ok(inventory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolewright_run::{DiskFiles, Modules, SystemWorld};
    use std::sync::Arc;

    fn engine() -> Engine {
        Engine {
            modules: Arc::new(Modules::default()),
            lookups: Arc::new(rolewright_modules::lookups::AllLookups),
            system: Arc::new(SystemWorld),
            files: Arc::new(DiskFiles),
            settings: Arc::default(),
            cache: Arc::default(),
        }
    }

    #[test]
    fn directories_with_their_variables() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("inventory/hosts", "localhost ansible_connection=local\n[test]\ntest1 ansible_connection=local\n");
        write("inventory/group_vars/test.yml", "sentinel: test\n");
        let found = load(&["inventory".to_owned()], &engine(), root.path()).unwrap();
        let hosts: Vec<&str> = found.hosts.iter().map(|host| &*host.name).collect();
        assert_eq!(hosts, ["localhost", "test1"]);
        assert!(!found.beside_sources[0].is_empty());
        write("project/group_vars/all.yml", "a: 1\n");
        assert!(!beside(&found, &root.path().join("project"), &engine()).unwrap().beside_playbook.is_empty());
    }

    #[test]
    fn nothing_named_is_this_machine_and_nothing_found_an_error() {
        let root = tempfile::tempdir().unwrap();
        let found = load(&[], &engine(), root.path()).unwrap();
        assert_eq!(&*found.hosts[0].name, "localhost");
        let error = load(&["missing".to_owned()], &engine(), root.path()).unwrap_err();
        assert!(error.contains("/missing as an inventory source"), "{error}");
    }
}
