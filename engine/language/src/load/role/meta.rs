//! `meta/main.yml` and `meta/argument_specs.yml`.
use super::RoleCall;
use super::files::candidates;
use super::find::Found;
use crate::ast::{Role, RoleUse};
use crate::load::attributes::Owner;
use crate::load::session::{File, Place, Result, Session};
use crate::yaml::Node;
use rolewright_template::Tree;
use std::sync::Arc;

impl Session<'_> {
    /// All of a role that does not depend on who calls it.
    pub(super) fn role_head(&self, call: &RoleCall, found: &Found) -> Result<Role> {
        let mut role = Role {
            name: found.name.as_str().into(),
            path: found.path.clone(),
            collections: found.collection.iter().map(|collection| collection.as_str().into()).collect(),
            allow_duplicates: false,
            dependencies: Vec::new(),
            argument_specs: self.argument_specs(found)?,
        };
        let Some(file) = self.meta_file(found, None)? else { return Ok(role) };
        let place = Place::of_file(&file);
        if file.node.is_null() {
            return Ok(role);
        }
        if file.node.as_map().is_none() {
            let message = format!("the 'meta/main.yml' for role {} is not a dictionary", found.name);
            return Err(place.error("bad-meta", message, &file.node));
        }
        Owner::Metadata.check(&file.node, &place)?;
        for collection in self.collections(file.node.get("collections"), &place)? {
            if !role.collections.contains(&collection) {
                role.collections.push(collection);
            }
        }
        role.allow_duplicates =
            file.node.get("allow_duplicates").is_some_and(|flag| flag.to_value().to_bool() == Some(true));
        if role.argument_specs.is_none() {
            role.argument_specs = self.specs(file.node.get("argument_specs"));
        }
        role.dependencies = self.role_dependencies(&file, place, &role, call)?;
        Ok(role)
    }

    fn meta_file(&self, found: &Found, name: Option<&str>) -> Result<Option<File>> {
        let paths = candidates(&found.path.join("meta"), name);
        paths.iter().find(|path| self.files.is_file(path)).map(|path| self.read(path)).transpose()
    }

    fn argument_specs(&self, found: &Found) -> Result<Option<Tree>> {
        let Some(file) = self.meta_file(found, Some("argument_specs"))? else { return Ok(None) };
        Ok(self.specs(file.node.get("argument_specs")))
    }

    fn specs(&self, node: Option<&Node>) -> Option<Tree> {
        node.filter(|node| node.as_map().is_some_and(|entries| !entries.is_empty())).map(|node| self.tree(node))
    }

    fn role_dependencies(
        &self,
        file: &File,
        mut place: Place,
        role: &Role,
        call: &RoleCall,
    ) -> Result<Vec<Arc<RoleUse>>> {
        let Some(list) = file.node.get("dependencies").filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
        let Some(items) = list.as_seq() else {
            return Err(place.error("bad-dependencies", "Expected role dependencies to be a list.", list));
        };
        place.collections.clone_from(&role.collections);
        place.known = call.known.clone();
        // Only its path counts to find others beside it.
        let caller = Arc::new(Role { dependencies: Vec::new(), argument_specs: None, ..shallow(role) });
        items.iter().map(|item| self.dependency(item, &place, &caller)).collect()
    }

    /// Many roles depend on the same ones: a plain name is loaded once.
    fn dependency(&self, item: &Node, place: &Place, caller: &Arc<Role>) -> Result<Arc<RoleUse>> {
        let plain = item.as_map().is_none_or(|entries| entries.len() == 1);
        let name = item.as_str().or_else(|| item.get("role")?.as_str()).or_else(|| item.get("name")?.as_str());
        let key = plain.then(|| name.map(|name| caller.path.with_file_name(name))).flatten();
        if let Some(key) = &key
            && let Some(known) = self.dependencies.borrow().get(key)
        {
            return Ok(Arc::clone(known));
        }
        let loaded = Arc::new(self.role_entry(item, place, Some(Arc::clone(caller)))?);
        if let Some(key) = key {
            self.dependencies.borrow_mut().insert(key, Arc::clone(&loaded));
        }
        Ok(loaded)
    }
}

fn shallow(role: &Role) -> Role {
    Role {
        name: Arc::clone(&role.name),
        path: role.path.clone(),
        collections: role.collections.clone(),
        allow_duplicates: role.allow_duplicates,
        dependencies: Vec::new(),
        argument_specs: None,
    }
}
