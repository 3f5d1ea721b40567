//! `import_tasks` and `import_role`: expanded where they stand. Options of their dynamic sisters are checked here.
use super::action::Found;
use super::key_value;
use super::role::RoleCall;
use super::session::{Place, Result, Session, normal, not_found};
use super::{ModuleInfo, RoleFrom};
use crate::Diagnostic;
use crate::ast::{Action, Arguments, Block, Keywords, Node, Task};
use crate::yaml;
use rolewright_template::{ErrorKind, Tree, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE_OPTIONS: &[&str] = &["file"];
const ROLE_OPTIONS: &[&str] = &[
    "name",
    "role",
    "tasks_from",
    "vars_from",
    "defaults_from",
    "handlers_from",
    "public",
    "allow_duplicates",
    "rolespec_validate",
];

impl Session<'_> {
    pub(super) fn import_tasks(
        &self,
        node: &yaml::Node,
        found: &Found<'_>,
        info: &ModuleInfo,
        place: &Place,
    ) -> Result<Node> {
        let task = self.task(node, found, info, place)?;
        self.check_include(&task, node, place)?;
        no_loop(&task, "include_tasks", node, place)?;
        let Some(name) = argument(&task.action.args, "file") else {
            return Err(no_file(&task.action, node, place));
        };
        let inner = place.knowing(&task.vars);
        match self.import_name(name, &inner, node)? {
            Some(name) => self.expand(&name, task, node, &inner),
            None => Ok(Node::Block(Arc::new(late(task, "ansible.builtin.include_tasks")))),
        }
    }

    fn expand(&self, name: &str, task: Task, node: &yaml::Node, place: &Place) -> Result<Node> {
        let path = self.find_task_file(name, place).map_err(|error| error.at(&node.origin).with_source(&place.text))?;
        let key = format!("{}", path.display());
        let body = self.guarded(
            key,
            || place.recursion(name, node),
            || {
                let file = self.read(&path)?;
                let mut inner = place.enter(&file);
                inner.notify.clone_from(&task.notify);
                if file.node.is_null() {
                    let message = format!("file {} is empty and had no tasks to include", file.name);
                    self.warn(Diagnostic::warning("empty-file", message).at(&node.origin).with_source(&place.text));
                }
                self.file_tasks(&file, &inner)
            },
        )?;
        Ok(Node::Import(Arc::new(block(task, body))))
    }

    /// The name of an imported file or role; `None` when only a run can know it.
    fn import_name(&self, name: &Tree, place: &Place, node: &yaml::Node) -> Result<Option<String>> {
        let error = match self.render_import(name, &place.known, place.role.as_deref()) {
            Ok(name) => return Ok(Some(name)),
            Err(error) if error.kind() == ErrorKind::Undefined && self.names_are_late() => return Ok(None),
            Err(error) => error,
        };
        let message = format!("Error when evaluating variable in import path: {}. {error}", source(name));
        let help = "the name of what is imported may use extra vars, vars, vars_files and role variables only; use the \
                    include form for what is known when it runs";
        Err(place.error("import-name", message, node).with_help(help))
    }

    /// Beside the file that imports, then outwards, then in the role, then beside the playbook.
    fn find_task_file(&self, name: &str, place: &Place) -> Result<PathBuf> {
        let name = key_value::unquote(name);
        let kind = if place.handlers { "handlers" } else { "tasks" };
        let mut directories = place.directories.clone();
        if let Some(role) = &place.role {
            directories.extend([role.path.join(kind), role.path.join("tasks"), role.path.clone()]);
        }
        directories.extend([self.playbook_dir().join(kind), self.playbook_dir()]);
        let candidates = directories.iter().map(|directory| normal(&directory.join(name)));
        let found = candidates.clone().find(|path| self.files.is_file(path));
        let expected = match &place.role {
            Some(role) => role.path.join(kind).join(name),
            None => self.playbook_dir().join(name),
        };
        found.ok_or_else(|| not_found(&normal(&expected)).with_help_if(self.similar_file(name, &directories)))
    }

    /// A file of nearly that name in one of the directories.
    fn similar_file(&self, name: &str, directories: &[PathBuf]) -> Option<String> {
        let (parent, leaf) = (Path::new(name).parent()?, Path::new(name).file_name()?.to_string_lossy());
        let listed = directories.iter().flat_map(|directory| self.files.list(&directory.join(parent)));
        let names: Vec<String> =
            listed.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
        crate::suggest::did_you_mean(&leaf, names.iter().map(String::as_str))
    }

    pub(super) fn import_role(
        &self,
        node: &yaml::Node,
        found: &Found<'_>,
        info: &ModuleInfo,
        place: &Place,
    ) -> Result<Node> {
        if place.handlers {
            let message = format!("Using '{}' as a handler is not supported.", found.written);
            return Err(place.error("bad-handler", message, node));
        }
        let task = self.task(node, found, info, place)?;
        self.check_include(&task, node, place)?;
        no_loop(&task, "include_role", node, place)?;
        let inner = place.knowing(&task.vars);
        let args = &task.action.args;
        let Some(name) = argument(args, "name").or_else(|| argument(args, "role")) else {
            return Err(no_name(&task.action, node, place));
        };
        let name = self.import_name(name, &inner, node)?;
        let from = self.role_from(args, &inner, node)?;
        let (Some(name), Some(from)) = (name, from) else {
            return Ok(Node::Block(Arc::new(late(task, "ansible.builtin.include_role"))));
        };
        let flag = |option: &str| match argument(args, option) {
            None => Ok(None),
            Some(tree) => match tree.as_data() {
                Some(value) => Ok(value.to_bool()),
                None => self.import_name(tree, &inner, node).map(|text| Value::from(text?).to_bool()),
            },
        };
        let call = RoleCall {
            name,
            origin: node.origin.clone(),
            text: Some(Arc::clone(&place.text)),
            from: RoleFrom { unchecked: flag("rolespec_validate")? == Some(false), ..from },
            public: flag("public")?.unwrap_or(true),
            allow_duplicates: Some(flag("allow_duplicates")?.unwrap_or(true)),
            caller: place.role.clone(),
            collections: place.collections.clone(),
            notify: task.notify.clone(),
            known: inner.known.clone(),
            keywords: task.keywords,
            vars: task.vars,
            params: Vec::new(),
        };
        self.role_use(call).map(|role| Node::Role(Arc::new(role)))
    }

    /// `None` when only a run can know one of the names.
    fn role_from(&self, args: &Arguments, place: &Place, node: &yaml::Node) -> Result<Option<RoleFrom>> {
        let mut names: [Option<String>; 4] = Default::default();
        let options = ["tasks_from", "vars_from", "defaults_from", "handlers_from"];
        for (name, option) in names.iter_mut().zip(options) {
            if let Some(tree) = argument(args, option) {
                match self.import_name(tree, place, node)? {
                    Some(found) => *name = Some(found),
                    None => return Ok(None),
                }
            }
        }
        let [tasks, vars, defaults, handlers] = names;
        Ok(Some(RoleFrom { tasks, vars, defaults, handlers, unchecked: false }))
    }

    /// Refuses options that includes and imports do not have.
    pub(super) fn check_include(&self, task: &Task, node: &yaml::Node, place: &Place) -> Result<()> {
        let action = &task.action;
        let (options, import) = match action.name.strip_prefix("ansible.builtin.") {
            Some("include_tasks") => (FILE_OPTIONS, false),
            Some("import_tasks") => (FILE_OPTIONS, true),
            Some("include_role") => (ROLE_OPTIONS, false),
            Some("import_role") => (ROLE_OPTIONS, true),
            _ => return Ok(()),
        };
        let unknown: Vec<&str> =
            action.args.map.iter().map(|(name, _)| &**name).filter(|name| !options.contains(name)).collect();
        if let Some(first) = unknown.first() {
            let message = format!("Invalid options for {}: {}", action.written, unknown.join(","));
            let help = suggest_option(first, options);
            return Err(place.error("bad-option", message, node).with_help_if(help));
        }
        if options == FILE_OPTIONS && argument(&action.args, "file").is_none() && action.args.whole.is_none() {
            return Err(no_file(action, node, place));
        }
        if options == ROLE_OPTIONS
            && argument(&action.args, "name").or_else(|| argument(&action.args, "role")).is_none()
            && action.args.whole.is_none()
        {
            return Err(no_name(action, node, place));
        }
        for name in ["tasks_from", "vars_from", "defaults_from", "handlers_from"] {
            let given = argument(&action.args, name).filter(|_| options == ROLE_OPTIONS);
            if let Some(class) = given.and_then(class_of_other_than_text) {
                let message = format!("Expected a string for {name} but got {class} instead");
                return Err(place.error("bad-option", message, node));
            }
        }
        if import && task.apply.is_some() {
            let message = format!("Invalid options for {}: apply", action.written);
            let help = "what is imported inherits the keywords beside the import: take them out of `apply`";
            return Err(place.error("bad-option", message, node).with_help(help));
        }
        Ok(())
    }
}

/// The class of a value where only text would do.
fn class_of_other_than_text(tree: &Tree) -> Option<&'static str> {
    match tree {
        Tree::List(_) => Some("<class 'list'>"),
        Tree::Map(_) => Some("<class 'dict'>"),
        Tree::Data(value) if value.is_list() => Some("<class 'list'>"),
        Tree::Data(value) if value.is_dict() => Some("<class 'dict'>"),
        _ => None,
    }
}

fn suggest_option(name: &str, options: &[&'static str]) -> Option<String> {
    crate::suggest::did_you_mean(name, options.iter().copied())
        .or_else(|| Some(format!("variables for what is included go under `vars:` (`vars: {{{name}: …}}`)")))
}

fn no_file(action: &Action, node: &yaml::Node, place: &Place) -> Diagnostic {
    place.error("no-file", format!("No file specified for {}", action.written), node)
}

fn no_name(action: &Action, node: &yaml::Node, place: &Place) -> Diagnostic {
    place.error("no-role-name", format!("'name' is a required field for {}.", action.written), node)
}

fn no_loop(task: &Task, sister: &str, node: &yaml::Node, place: &Place) -> Result<()> {
    if task.loop_.is_none() {
        return Ok(());
    }
    let message = format!(
        "You cannot use loops on '{}' statements. You should use '{sister}' instead.",
        task.action.name.rsplit('.').next().unwrap_or_default()
    );
    Err(place.error("loop-on-import", message, node))
}

/// An option that is given and is not null.
fn argument<'t>(args: &'t Arguments, name: &str) -> Option<&'t Tree> {
    let found = args.map.iter().find(|(key, _)| &**key == name).map(|(_, tree)| tree)?;
    (!found.as_data().is_some_and(|value| value.is_none() || value.as_str() == Some(""))).then_some(found)
}

fn source(tree: &Tree) -> String {
    match tree {
        Tree::Text(template) => template.source().to_owned(),
        Tree::Data(value) => value.to_string(),
        _ => String::new(),
    }
}

fn block(task: Task, body: Vec<Node>) -> Block {
    Block {
        origin: task.origin,
        name: task.name,
        keywords: task.keywords,
        notify: Vec::new(),
        vars: task.vars,
        body,
        rescue: Vec::new(),
        always: Vec::new(),
    }
}

/// An import whose name only a run can know: the include form of it, inside a block that has its keywords, because
/// what is included inherits from the blocks around the include.
fn late(task: Task, include: &str) -> Block {
    let mut inner = Task {
        origin: task.origin.clone(),
        name: task.name.clone(),
        action: Action { written: task.action.written, name: include.into(), args: task.action.args },
        keywords: Keywords { collections: task.keywords.collections.clone(), ..Keywords::default() },
        vars: Vec::new(),
        loop_: None,
        loop_control: task.loop_control,
        register: None,
        until: Vec::new(),
        retries: None,
        delay: None,
        changed_when: None,
        failed_when: None,
        notify: task.notify,
        listen: task.listen,
        async_: None,
        poll: None,
        apply: None,
        file: task.file,
        role: task.role,
    };
    if include == "ansible.builtin.include_role" && argument(&inner.action.args, "public").is_none() {
        inner.action.args.map.push(("public".into(), Tree::Data(true.into())));
    }
    Block {
        origin: task.origin,
        name: task.name,
        keywords: task.keywords,
        notify: Vec::new(),
        vars: task.vars,
        body: vec![Node::Task(Arc::new(inner))],
        rescue: Vec::new(),
        always: Vec::new(),
    }
}
