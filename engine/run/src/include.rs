//! `include_tasks` and `include_role`: tasks that bring more tasks.
use crate::event::{Event, TaskRef, TaskResult, TaskStatus};
use crate::execution::{Execution, Stop};
use crate::frame::{Frame, IncludeLevel, Level};
use crate::hosts::HostId;
use crate::results::{self, keys};
use crate::search_path::normal;
use rolewright_language::ast::{Node, Role, RoleUse, Task};
use rolewright_language::{Diagnostic, RoleFrom};
use rolewright_template::{Context, Error, Tree, Value};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// What one item of an include wants to be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Include {
    pub(crate) what: What,
    /// Loop variables of the item.
    pub(crate) params: Vec<(Arc<str>, Value)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    File(String),
    Role { name: String, from: [Option<String>; 4], public: bool, allow_duplicates: bool, unchecked: bool },
}

/// An include, and the label of the item it is for.
pub(crate) type Wanted = (Include, Option<Arc<str>>);

/// What was found and loaded.
enum Loaded {
    Tasks(PathBuf, Arc<Vec<Node>>),
    Role(Arc<RoleUse>),
}

pub(crate) fn is_include(task: &Task) -> bool {
    is_file(task) || &*task.action.name == "ansible.builtin.include_role"
}

fn is_file(task: &Task) -> bool {
    &*task.action.name == "ansible.builtin.include_tasks"
}

/// The role an include names, as it is written.
pub(crate) fn role_named(task: &Task) -> Option<String> {
    let is_role = &*task.action.name == "ansible.builtin.include_role";
    is_role.then(|| argument(task, "name").or(argument(task, "role")).map(crate::failures::source).unwrap_or_default())
}

fn argument<'t>(task: &'t Task, name: &str) -> Option<&'t Tree> {
    task.action.args.map.iter().find(|(key, _)| &**key == name).map(|(_, tree)| tree)
}

/// Renders the arguments of an include.
pub(crate) fn request(task: &Task, cx: &Context<'_>) -> Result<Include, Error> {
    let value = |name: &str| -> Result<Option<Value>, Error> {
        let Some(tree) = argument(task, name) else { return Ok(None) };
        let value = tree.render(cx)?.defined()?;
        Ok((!value.is_omit() && !value.is_none()).then_some(value))
    };
    let text = |name: &str| Ok::<_, Error>(value(name)?.map(|value| value.to_string()));
    let flag = |name: &str, default: bool| {
        let given = value(name)?;
        Ok::<_, Error>(given.map_or(default, |value| value.to_bool().unwrap_or(default)))
    };
    let what = if is_file(task) {
        let word = match &task.action.args.free_form {
            Some(tree) => Some(tree.render(cx)?.defined()?.to_string()),
            None => None,
        };
        match text("file")?.or(word).filter(|file| !file.is_empty()) {
            Some(file) => What::File(file),
            None => return Err(Error::failed("No include file was specified to the include")),
        }
    } else {
        let Some(name) = text("name")?.or(text("role")?) else {
            return Err(Error::failed("'name' is a required field for include_role."));
        };
        What::Role {
            name,
            from: [text("tasks_from")?, text("vars_from")?, text("defaults_from")?, text("handlers_from")?],
            public: flag("public", false)?,
            allow_duplicates: flag("allow_duplicates", true)?,
            unchecked: !flag("rolespec_validate", true)?,
        }
    };
    Ok(Include { what, params: Vec::new() })
}

/// Hosts that run the same content together, as the results came in.
struct Group {
    include: Include,
    label: Option<Arc<str>>,
    hosts: Vec<HostId>,
}

impl Execution<'_> {
    /// Loads everything that the hosts asked for, then runs one after the other.
    pub(crate) fn run_includes(
        &mut self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        active: &mut Vec<HostId>,
        reference: &TaskRef,
        requests: Vec<(HostId, Wanted)>,
    ) -> Result<(), Stop> {
        if requests.is_empty() {
            return Ok(());
        }
        let mut ready = Vec::new();
        for group in grouped(requests) {
            match self.load_include(task, frame, &group.include.what)? {
                Ok(loaded) => {
                    self.tell_include(reference, &group, &loaded);
                    ready.push((group, loaded));
                }
                Err(reason) => self.include_failed(reference, &group, &reason, active),
            }
        }
        for (group, loaded) in ready {
            let mut hosts: Vec<HostId> = active.iter().copied().filter(|host| group.hosts.contains(host)).collect();
            let others: Vec<HostId> = active.iter().copied().filter(|host| !group.hosts.contains(host)).collect();
            if hosts.is_empty() {
                continue;
            }
            self.run_loaded(task, frame, loaded, group.include, &mut hosts)?;
            active.retain(|host| hosts.contains(host) || others.contains(host));
        }
        Ok(())
    }

    fn run_loaded(
        &mut self,
        task: &Arc<Task>,
        frame: &Rc<Frame>,
        loaded: Loaded,
        include: Include,
        hosts: &mut Vec<HostId>,
    ) -> Result<(), Stop> {
        let apply = task.apply.clone();
        let tags = apply.as_ref().map(|block| self.rendered_tags(&block.keywords.tags, frame)).unwrap_or_default();
        let directory = match &loaded {
            Loaded::Tasks(path, _) => path.parent().map(Path::to_owned).unwrap_or_default(),
            Loaded::Role(usage) => usage.role.path.join("tasks"),
        };
        let Include { what, params } = include;
        let level = IncludeLevel { task: Arc::clone(task), params, apply, directory };
        let inner = Frame::new(Some(frame), Level::Include(level), tags);
        match loaded {
            Loaded::Tasks(_, nodes) => self.run_nodes(&nodes, &inner, hosts),
            Loaded::Role(usage) => {
                let once = matches!(what, What::Role { allow_duplicates: false, .. });
                let role = self.role_frame(&usage, &inner, false);
                self.role_handlers_in(&usage, &role);
                if matches!(what, What::Role { public: true, .. }) {
                    self.publish(&usage);
                    self.play.roles.push(Arc::clone(&usage));
                }
                self.run_role_in(&usage, &role, hosts, once)
            }
        }
    }

    /// Loads a file or role. What does not parse ends the run, what does not exist only fails the task.
    fn load_include(&mut self, task: &Task, frame: &Rc<Frame>, what: &What) -> Result<Result<Loaded, String>, Stop> {
        let loaded = match what {
            What::File(name) => {
                let Some(path) = self.find_tasks(task, frame, name) else {
                    let shown = self.task_candidates(task, frame, name);
                    let first = shown.first().map(|path| path.display().to_string()).unwrap_or_default();
                    return Ok(Err(format!("Could not find or access '{first}' on the Ansible Controller.")));
                };
                self.load_tasks(&path, task.role.as_ref()).map(|nodes| Loaded::Tasks(path, nodes))
            }
            What::Role { name, from, unchecked, .. } => self.load_role(name, from, *unchecked, frame).map(Loaded::Role),
        };
        match loaded {
            Ok(loaded) => Ok(Ok(loaded)),
            Err(diagnostic) if is_missing(&diagnostic) => Ok(Err(diagnostic.message)),
            Err(diagnostic) => Err(Stop::Error(Box::new(diagnostic))),
        }
    }

    fn load_tasks(&self, path: &Path, role: Option<&Arc<Role>>) -> Result<Arc<Vec<Node>>, Diagnostic> {
        let files = &*self.engine.files;
        let as_handlers = self.play.in_handlers;
        let role_path = role.map(|role| role.path.as_path());
        self.engine.cache.tasks(files, path, role_path, as_handlers, || {
            if as_handlers { self.loader().handlers(path, role) } else { self.loader().tasks(path, role) }
        })
    }

    fn load_role(
        &self,
        name: &str,
        from: &[Option<String>; 4],
        unchecked: bool,
        frame: &Rc<Frame>,
    ) -> Result<Arc<RoleUse>, Diagnostic> {
        let [tasks, vars, defaults, handlers] = from.clone();
        let from = RoleFrom { tasks, vars, defaults, handlers, unchecked };
        let caller = frame.roles().next().map(|role| role.usage.role.path.clone());
        let near = caller.unwrap_or_else(|| self.play.directory.clone());
        let key = format!("{name}\0{from:?}\0{}", near.display());
        let files = &*self.engine.files;
        self.engine.cache.role(key, files, || self.loader().role(name, &from, &near))
    }

    fn find_tasks(&self, task: &Task, frame: &Rc<Frame>, name: &str) -> Option<PathBuf> {
        let candidates = self.task_candidates(task, frame, name);
        candidates.into_iter().find(|path| self.engine.files.is_file(path))
    }

    /// Where the file of an include may be: in the role, beside files that include this one, beside the play.
    fn task_candidates(&self, task: &Task, frame: &Rc<Frame>, name: &str) -> Vec<PathBuf> {
        let name = Path::new(name);
        if name.is_absolute() {
            return vec![normal(name)];
        }
        let mut all: Vec<PathBuf> = Vec::new();
        let mut add = |path: PathBuf| {
            let path = normal(&path);
            if !all.contains(&path) {
                all.push(path);
            }
        };
        if let Some(role) = &task.role {
            if self.play.in_handlers {
                add(role.path.join("handlers").join(name));
            }
            add(role.path.join("tasks").join(name));
        }
        for directory in self.include_directories(frame) {
            add(directory.join(name));
        }
        if let Some(directory) = Path::new(&*task.file).parent() {
            add(directory.join(name));
        }
        if let Some(role) = &task.role {
            add(role.path.join(name));
        }
        add(self.play.directory.join(name));
        all
    }

    fn tell_include(&mut self, reference: &TaskRef, group: &Group, loaded: &Loaded) {
        let file: Arc<str> = match loaded {
            Loaded::Tasks(path, _) => path.to_string_lossy().into(),
            Loaded::Role(usage) => Arc::clone(&usage.role.name),
        };
        for host in &group.hosts {
            let state = self.host_mut(*host);
            state.used = true;
            state.stats.ok += 1;
            self.emit(&Event::Included {
                task: reference.clone(),
                host: Arc::clone(&self.host(*host).name),
                file: Arc::clone(&file),
                label: group.label.clone(),
            });
        }
    }

    /// `ignore_errors` does not help here; a rescue runs, but the failure stays counted.
    fn include_failed(&mut self, reference: &TaskRef, group: &Group, reason: &str, active: &mut Vec<HostId>) {
        for host in &group.hosts {
            let state = self.host_mut(*host);
            state.used = true;
            state.stats.failed += 1;
            self.mark_failed(*host);
            active.retain(|other| other != host);
            let mut fields = results::failure(Value::None);
            fields.shift_remove(&keys().msg);
            fields.insert("reason".into(), Value::from(reason));
            let result = TaskResult {
                host: Arc::clone(&self.host(*host).name),
                status: TaskStatus::Failed,
                result: results::to_value(&fields),
                elapsed: Duration::ZERO,
                rescued: self.rescuers > 0,
                delegate: None,
            };
            self.emit(&Event::TaskResult { task: reference.clone(), result });
            if self.rescuers == 0 {
                self.failures.push(reason.to_owned());
            }
        }
        self.play.just_failed.clear();
    }
}

fn is_missing(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code, "role-not-found" | "file-not-found")
}

/// Equal requests of several hosts become one; a host that asks twice gets it twice.
fn grouped(requests: Vec<(HostId, Wanted)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (host, (include, label)) in requests {
        let same = groups.iter_mut().find(|group| group.include == include && !group.hosts.contains(&host));
        match same {
            Some(group) => group.hosts.push(host),
            None => groups.push(Group { include, label, hosts: vec![host] }),
        }
    }
    groups
}
