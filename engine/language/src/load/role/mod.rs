//! Roles: found, read and compiled.
mod files;
mod find;
mod meta;
mod validation;

use super::RoleFrom;
use super::attributes::Owner;
use super::known::Known;
use super::session::{Place, Result, Session};
use crate::Diagnostic;
use crate::ast::{Keywords, Node, Role, RoleUse, Vars};
use crate::yaml;
use find::Found;
use rolewright_template::{Origin, Tree};
use std::path::Path;
use std::sync::Arc;

/// A role as one place calls it.
pub(super) struct RoleCall {
    pub(super) name: String,
    pub(super) origin: Origin,
    /// The text of the file that calls it.
    pub(super) text: Option<Arc<str>>,
    pub(super) from: RoleFrom,
    pub(super) keywords: Keywords,
    pub(super) vars: Vars,
    pub(super) params: Vars,
    pub(super) public: bool,
    /// What the call says, above what the role says.
    pub(super) allow_duplicates: Option<bool>,
    pub(super) caller: Option<Arc<Role>>,
    /// Collections that are searched for a role of a short name.
    pub(super) collections: Vec<Arc<str>>,
    pub(super) notify: Vec<Tree>,
    pub(super) known: Known,
}

impl RoleCall {
    /// A call with nothing but a name.
    fn plain(name: String, origin: Origin, text: Option<Arc<str>>) -> Self {
        Self {
            name,
            origin,
            text,
            from: RoleFrom::default(),
            keywords: Keywords::default(),
            vars: Vec::new(),
            params: Vec::new(),
            public: true,
            allow_duplicates: None,
            caller: None,
            collections: Vec::new(),
            notify: Vec::new(),
            known: Known::default(),
        }
    }

    fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let error = Diagnostic::error(code, message).at(&self.origin);
        match &self.text {
            Some(text) => error.with_source(text),
            None => error,
        }
    }
}

impl Session<'_> {
    /// A role that a run includes.
    pub(super) fn included_role(&self, name: &str, from: &RoleFrom, caller: Option<&Arc<Role>>) -> Result<RoleUse> {
        let mut call = RoleCall::plain(name.to_owned(), Origin::default(), None);
        call.from = from.clone();
        call.public = false;
        call.caller = caller.cloned();
        call.collections = match caller {
            Some(caller) => caller.collections.clone(),
            None => find::collection_of(&self.playbook_dir()).into_iter().map(Arc::from).collect(),
        };
        self.role_use(call).map_err(|mut error| {
            error.origin = error.origin.filter(|origin| !origin.file.is_empty());
            error
        })
    }

    /// A role by its path, for the implicit play of an operator.
    pub(super) fn role_at(&self, path: &Path) -> Result<RoleUse> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let origin = Origin { file: path.to_string_lossy().into(), line: 1, column: 1 };
        let mut call = RoleCall::plain(name.clone(), origin, None);
        let path = super::session::normal(path);
        if !self.files.is_dir(&path) {
            call.origin = Origin::default();
            let mut error =
                call.error("role-not-found", format!("the role '{name}' was not found in {}", path.display()));
            error.origin = None;
            return Err(error);
        }
        let collection = find::collection_of(&path);
        self.load_role(call, Found { name, path, collection })
    }

    /// Finds and loads a role.
    pub(super) fn role_use(&self, call: RoleCall) -> Result<RoleUse> {
        let found = self.find_role(&call)?;
        self.load_role(call, found)
    }

    fn load_role(&self, call: RoleCall, found: Found) -> Result<RoleUse> {
        let key = format!("role {} {}", found.path.display(), call.from.tasks.as_deref().unwrap_or("main"));
        let origin = call.origin.clone();
        let text = call.text.clone();
        let loop_error = || {
            let message = "A recursion loop was detected with the roles specified. Make sure child roles do not have \
                           dependencies on parent roles";
            let error = Diagnostic::error("role-loop", message).at(&origin);
            text.iter().fold(error, |error, text| error.with_source(text))
        };
        self.guarded(key, loop_error, || self.read_role(call, &found))
    }

    fn read_role(&self, call: RoleCall, found: &Found) -> Result<RoleUse> {
        let role_vars = self.role_variables(found, "vars", call.from.vars.as_deref(), &call)?;
        let defaults = self.role_variables(found, "defaults", call.from.defaults.as_deref(), &call)?;
        let role = Arc::new(self.role_head(&call, found)?);
        let known = call.known.with(&defaults).with(&role_vars).with(&call.vars).with(&call.params);
        let mut tasks = self.role_tasks(found, "tasks", call.from.tasks.as_deref(), &role, &call, &known)?;
        if !call.from.unchecked
            && let Some(check) = self.validation(&role, &call)
        {
            tasks.insert(0, Node::Task(Arc::new(check)));
        }
        let handlers = self.role_tasks(found, "handlers", call.from.handlers.as_deref(), &role, &call, &known)?;
        Ok(RoleUse {
            origin: call.origin,
            allow_duplicates: call.allow_duplicates.unwrap_or(role.allow_duplicates),
            role,
            keywords: call.keywords,
            vars: call.vars,
            params: call.params,
            tasks,
            handlers,
            defaults,
            role_vars,
            public: call.public,
        })
    }

    fn role_tasks(
        &self,
        found: &Found,
        kind: &str,
        from: Option<&str>,
        role: &Arc<Role>,
        call: &RoleCall,
        known: &Known,
    ) -> Result<Vec<Node>> {
        let Some(path) = self.role_file(found, kind, from, call)? else { return Ok(Vec::new()) };
        let file = self.read(&path)?;
        let place = Place {
            name: Arc::clone(&file.name),
            text: Arc::clone(&file.text),
            role: Some(Arc::clone(role)),
            handlers: kind == "handlers",
            collections: role.collections.clone(),
            notify: call.notify.clone(),
            known: known.clone(),
            directories: vec![super::directory(&file.path)],
        };
        if !file.node.is_null() && file.node.as_seq().is_none() {
            let message = format!("The {kind}/main.yml file for role '{}' must contain a list of tasks", found.name);
            return Err(place.error("not-a-task-list", message, &file.node));
        }
        self.nodes(&file.node, &place)
    }

    /// An entry of `roles:` or of a role's dependencies.
    pub(super) fn role_entry(&self, node: &yaml::Node, place: &Place, caller: Option<Arc<Role>>) -> Result<RoleUse> {
        let name = self.entry_name(node, place)?;
        let mut call = RoleCall::plain(name, node.origin.clone(), Some(Arc::clone(&place.text)));
        call.caller = caller;
        call.collections.clone_from(&place.collections);
        call.known = place.known.clone();
        if let Some(entries) = node.as_map() {
            call.keywords = self.keywords(node, place)?;
            call.vars = self.vars(node.get("vars"), Some(Owner::Role.name()), place)?;
            let params = entries.iter().filter(|(key, _)| !key.as_str().is_some_and(|key| Owner::Role.takes(key)));
            call.params = params
                .map(|(key, value)| (Arc::from(key.to_value().to_string()), Arc::new(self.tree(value))))
                .collect();
        }
        self.role_use(call)
    }

    fn entry_name(&self, node: &yaml::Node, place: &Place) -> Result<String> {
        let (name, at) = match node.as_map() {
            None => (node.scalar_text(), node),
            Some(_) => {
                let named = ["role", "name"].iter().find_map(|key| node.get(key)).or_else(|| node.get("src"));
                (named.and_then(|name| name.as_str().map(str::to_owned)), named.unwrap_or(node))
            }
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(place.error("no-role-name", "role definitions must contain a role name", node));
        };
        if node.as_map().is_none() && name.contains(',') {
            let message = format!("Invalid old style role requirement: {name}");
            return Err(place.error("bad-role", message, node));
        }
        self.render_name(&self.text(&name, at), &place.known, place.role.as_deref())
            .map_err(|error| place.error("role-name", format!("the role's name '{name}' cannot be known: {error}"), at))
    }
}
