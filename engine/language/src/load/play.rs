//! One play.
use super::attributes::Owner;
use super::session::{Place, Result, Session, normal};
use super::vars::merge;
use crate::Diagnostic;
use crate::ast;
use crate::ast::{Keywords, Play, Role, RoleUse, Vars};
use crate::yaml::{Kind, Node};
use rolewright_template::{Origin, Tree};
use std::path::PathBuf;
use std::sync::Arc;

const PROMPT: &[&str] = &["name", "prompt", "default", "private", "confirm", "encrypt", "salt_size", "salt", "unsafe"];

/// Keywords of plays, roles, blocks and tasks, and what Jinja brings.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "action", "always", "any_errors_fatal", "args", "async", "async_val", "become", "become_exe", "become_flags",
    "become_method", "become_user", "block", "changed_when", "check_mode", "collections", "connection", "cycler",
    "debugger", "delay", "delegate_facts", "delegate_to", "dict", "diff", "environment", "fact_path", "failed_when",
    "force_handlers", "gather_facts", "gather_timeout", "handlers", "hosts", "ignore_errors", "ignore_unreachable",
    "joiner", "lipsum", "local_action", "lookup", "loop", "loop_control", "max_fail_percentage", "module_defaults",
    "name", "namespace", "no_log", "notify", "now", "order", "poll", "port", "post_tasks", "pre_tasks", "q", "query",
    "range", "register", "remote_user", "rescue", "retries", "roles", "run_once", "serial", "strategy", "tags",
    "tasks", "throttle", "timeout", "undef", "until", "vars_files", "vars_prompt", "when", "with_",
];

impl Session<'_> {
    /// A play; `outer` are the variables that an `import_playbook` around it gives.
    pub(super) fn play(&self, node: &Node, outer: &Vars, place: &Place) -> Result<Play> {
        Owner::Play.check(node, place)?;
        self.check_user(node, place)?;
        let vars = merge(outer.clone(), self.vars(node.get("vars"), Some("Play"), place)?);
        self.warn_of_reserved(&vars, node, place);
        let vars_files = self.list(node.get("vars_files"));
        let keywords = self.play_keywords(node, place)?;
        let mut inner = place.clone();
        inner.collections.clone_from(&keywords.collections);
        inner.known = inner.known.with(&vars).with(&self.known_files(&vars_files));
        let roles = self.play_roles(node.get("roles"), &inner)?;
        for role in &roles {
            inner.known = inner.known.with(&role.defaults).with(&vars).with(&role.role_vars);
        }
        let part = |name: &str, handlers: bool| match node.get(name) {
            Some(list) => self.nodes(list, &Place { handlers, ..inner.clone() }),
            None => Ok(Vec::new()),
        };
        let get = |name: &str| self.optional(node.get(name));
        Ok(Play {
            origin: node.origin.clone(),
            playbook_dir: self.playbook_dir(),
            name: get("name"),
            hosts: self.hosts(node, place)?,
            gather_facts: get("gather_facts"),
            gather_subset: get("gather_subset"),
            vars_files,
            vars_prompt: self.prompts(node.get("vars_prompt"), place)?,
            collections: keywords.collections.clone(),
            keywords,
            strategy: get("strategy"),
            serial: get("serial"),
            max_fail_percentage: get("max_fail_percentage"),
            order: get("order"),
            force_handlers: get("force_handlers"),
            pre_tasks: part("pre_tasks", false)?,
            roles,
            tasks: part("tasks", false)?,
            post_tasks: part("post_tasks", false)?,
            handlers: part("handlers", true)?,
            vars,
        })
    }

    /// Variables that keywords or Jinja's own names hide.
    fn warn_of_reserved(&self, vars: &Vars, node: &Node, place: &Place) {
        for (name, _) in vars.iter().filter(|(name, _)| RESERVED.contains(&&**name)) {
            let message = format!("Found variable using reserved name: {name}");
            self.warn(Diagnostic::warning("reserved-name", message).at(&node.origin).with_source(&place.text));
        }
    }

    fn play_keywords(&self, node: &Node, place: &Place) -> Result<crate::ast::Keywords> {
        let mut keywords = self.keywords(node, place)?;
        if let Some(user) = node.get("user") {
            keywords.remote_user = Some(self.tree(user));
        }
        Ok(keywords)
    }

    fn check_user(&self, node: &Node, place: &Place) -> Result<()> {
        match (node.entry("user"), node.get("remote_user")) {
            (Some((key, _)), Some(_)) => {
                let message = "both 'user' and 'remote_user' are set for this play. The use of 'user' is deprecated, \
                               and should be removed";
                Err(place.error("bad-value", message, key))
            }
            _ => Ok(()),
        }
    }

    fn hosts(&self, node: &Node, place: &Place) -> Result<Tree> {
        let Some(hosts) = node.get("hosts") else {
            let message = "the field 'hosts' is required but was not set";
            return Err(place.error("no-hosts", message, node).with_help("an operator's play has `hosts: localhost`"));
        };
        let bad = |message: &str, at: &Node| Err(place.error("bad-hosts", message, at));
        match &hosts.kind {
            Kind::Str(text) if text.is_empty() => bad("Hosts list cannot be empty. Please check your playbook", hosts),
            Kind::Str(_) => Ok(self.tree(hosts)),
            Kind::Null => bad("Hosts list cannot be empty. Please check your playbook", hosts),
            Kind::Seq(items) if items.is_empty() => {
                bad("Hosts list cannot be empty. Please check your playbook", hosts)
            }
            Kind::Seq(items) => match items.iter().find(|item| item.as_str().is_none()) {
                None => Ok(self.tree(hosts)),
                Some(item) if item.is_null() => {
                    bad("Hosts list cannot contain values of 'None'. Please check your playbook", item)
                }
                Some(item) => {
                    let message = format!("Hosts list contains an invalid host value: '{}'", item.to_value());
                    bad(&message, item)
                }
            },
            _ => bad("Hosts list must be a sequence or string. Please check your playbook.", hosts),
        }
    }

    fn play_roles(&self, node: Option<&Node>, place: &Place) -> Result<Vec<Arc<RoleUse>>> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Vec::new()) };
        let Some(items) = node.as_seq() else {
            let message = "A malformed role declaration was encountered.";
            return Err(place.error("bad-role", message, node).with_help("`roles` is a list of names or mappings"));
        };
        let mut roles = Vec::new();
        for item in items {
            match self.role_entry(item, place, None) {
                Ok(role) => roles.push(Arc::new(role)),
                Err(error) => roles.push(Arc::new(broken_role(item, self.broken(error)?))),
            }
        }
        Ok(roles)
    }

    fn prompts(&self, node: Option<&Node>, place: &Place) -> Result<Vec<Tree>> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Vec::new()) };
        for item in node.as_seq().unwrap_or(std::slice::from_ref(node)) {
            let Some(entries) = item.as_map() else {
                return Err(place.error("bad-prompt", "Invalid vars_prompt data structure, expected a mapping", item));
            };
            if item.get("name").is_none() {
                let message = "Invalid vars_prompt data structure, missing 'name' key";
                return Err(place.error("bad-prompt", message, item));
            }
            if let Some((key, _)) = entries.iter().find(|(key, _)| !key.as_str().is_some_and(|k| PROMPT.contains(&k))) {
                let message = format!("Invalid vars_prompt data structure, found unsupported key '{}'", key.to_value());
                return Err(place.error("bad-prompt", message, key));
            }
        }
        Ok(self.list(Some(node)))
    }

    /// Variables of the files that have a plain name and can be read now; the run reads them all again.
    fn known_files(&self, files: &[Tree]) -> Vars {
        let names = files.iter().filter_map(|file| file.as_data()?.as_str().map(str::to_owned));
        let paths = names.map(|name| normal(&self.playbook_dir().join(name)));
        let loaded = paths.filter(|path| self.files.is_file(path)).filter_map(|path| self.vars_file(&path).ok());
        loaded.fold(Vec::new(), merge)
    }
}

/// A role that fails where it would have run.
fn broken_role(item: &Node, error: ast::Node) -> RoleUse {
    let name = item.as_str().or_else(|| item.get("role")?.as_str()).or_else(|| item.get("name")?.as_str());
    let role = Role {
        name: name.unwrap_or_default().into(),
        path: Default::default(),
        collections: Vec::new(),
        allow_duplicates: true,
        dependencies: Vec::new(),
        argument_specs: None,
    };
    RoleUse {
        origin: item.origin.clone(),
        role: Arc::new(role),
        keywords: Keywords::default(),
        vars: Vec::new(),
        params: Vec::new(),
        tasks: vec![error],
        handlers: Vec::new(),
        defaults: Vec::new(),
        role_vars: Vec::new(),
        public: true,
        allow_duplicates: true,
    }
}

/// A play for some hosts, with nothing in it.
pub(super) fn empty_play(origin: Origin, playbook_dir: PathBuf, hosts: Tree) -> Play {
    Play {
        origin,
        playbook_dir,
        name: None,
        hosts,
        gather_facts: None,
        gather_subset: None,
        vars: Vec::new(),
        vars_files: Vec::new(),
        vars_prompt: Vec::new(),
        collections: Vec::new(),
        keywords: Keywords::default(),
        strategy: None,
        serial: None,
        max_fail_percentage: None,
        order: None,
        force_handlers: None,
        pre_tasks: Vec::new(),
        roles: Vec::new(),
        tasks: Vec::new(),
        post_tasks: Vec::new(),
        handlers: Vec::new(),
    }
}
