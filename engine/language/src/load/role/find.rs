//! Where roles are.
use super::RoleCall;
use crate::load::session::{Result, Session, normal};
use std::path::{Path, PathBuf};

/// A role that is there.
pub(super) struct Found {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// `namespace.name` of the collection it is part of.
    pub(super) collection: Option<String>,
}

impl Session<'_> {
    /// Collections, the playbook's `roles/`, the roles path, beside the calling role, beside the playbook, as a path.
    pub(super) fn find_role(&self, call: &RoleCall) -> Result<Found> {
        let name = &call.name;
        if let Some(found) = self.find_in_collections(call) {
            return Ok(found);
        }
        let directories = self.role_directories(call);
        let candidates = directories.iter().map(|directory| normal(&directory.join(name)));
        if let Some(path) = candidates.clone().find(|path| self.files.is_dir(path)) {
            let collection = collection_of(&path);
            return Ok(Found { name: name.clone(), path, collection });
        }
        let mut searched: Vec<String> = call.collections.iter().map(ToString::to_string).collect();
        searched.extend(directories.iter().map(|directory| directory.display().to_string()));
        let message = format!("the role '{name}' was not found in {}", searched.join(":"));
        let names: Vec<String> = directories.iter().flat_map(|directory| self.role_names(directory)).collect();
        let help = crate::suggest::did_you_mean(name, names.iter().map(String::as_str));
        Err(call.error("role-not-found", message).with_help_if(help))
    }

    fn role_directories(&self, call: &RoleCall) -> Vec<PathBuf> {
        let mut directories = vec![self.playbook_dir().join("roles")];
        directories.extend(self.settings.roles_path.iter().cloned());
        directories.extend(call.caller.iter().filter_map(|role| Some(role.path.parent()?.to_owned())));
        // Where the "playbook" is a role itself, its sisters are beside it.
        if ["tasks", "meta"].iter().any(|part| self.files.is_dir(&self.playbook_dir().join(part))) {
            directories.extend(self.playbook_dir().parent().map(Path::to_owned));
        }
        directories.push(self.playbook_dir());
        let mut seen = Vec::new();
        directories.retain(|directory| {
            !seen.contains(directory) && {
                seen.push(directory.clone());
                true
            }
        });
        directories
    }

    fn role_names(&self, directory: &Path) -> Vec<String> {
        let listed = self.files.list(directory).into_iter();
        listed.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
    }

    fn find_in_collections(&self, call: &RoleCall) -> Option<Found> {
        let parts: Vec<&str> = call.name.split('.').collect();
        if let [namespace, collection, role @ ..] = &*parts
            && !role.is_empty()
            && parts.iter().all(|part| !part.is_empty() && !part.contains('/'))
        {
            return self.find_in_collection(&format!("{namespace}.{collection}"), &role.join("/"), &call.name);
        }
        if call.name.contains(['/', '.']) {
            return None;
        }
        let caller = call.caller.as_ref().map(|role| &*role.path).and_then(collection_of);
        let listed = call.collections.iter().map(ToString::to_string);
        caller.into_iter().chain(listed).find_map(|collection| {
            self.find_in_collection(&collection, &call.name, &format!("{collection}.{}", call.name))
        })
    }

    fn find_in_collection(&self, collection: &str, role: &str, name: &str) -> Option<Found> {
        let (namespace, short) = collection.split_once('.')?;
        let beside = self.playbook_dir().join("collections");
        let roots = std::iter::once(&beside).chain(&self.settings.collections_path);
        let paths = roots.flat_map(|root| {
            let part = Path::new(namespace).join(short).join("roles").join(role);
            [root.join("ansible_collections").join(&part), root.join(part)]
        });
        let path = paths.into_iter().map(|path| normal(&path)).find(|path| self.files.is_dir(path))?;
        Some(Found { name: name.to_owned(), path, collection: Some(collection.to_owned()) })
    }
}

/// The collection that a path is inside of.
pub(super) fn collection_of(path: &Path) -> Option<String> {
    let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let at = parts.iter().rposition(|part| part == "ansible_collections")?;
    match &parts[at + 1..] {
        [namespace, collection, ..] => Some(format!("{namespace}.{collection}")),
        _ => None,
    }
}
