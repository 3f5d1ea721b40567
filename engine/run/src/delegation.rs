//! `delegate_to`, connections and `become`: this engine works on the machine it runs on, as the user it runs as.
use crate::execution::Execution;
use crate::inventory::{Group, InventoryHost, LOCALHOST};
use crate::keywords::{self, Keyword};
use crate::task::Call;
use rolewright_template::{Context, Tree, Value};
use std::path::Path;
use std::sync::Arc;

/// Actions that never leave the engine: no connection, no other user.
const OWN: &[&str] = &[
    "add_host",
    "assert",
    "async_status",
    "debug",
    "fail",
    "group_by",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "pause",
    "set_fact",
    "set_stats",
    "validate_argument_spec",
];

fn is_own(name: &str) -> bool {
    name.strip_prefix("ansible.builtin.").is_some_and(|short| OWN.contains(&short))
}

impl Execution<'_> {
    /// Another user is refused: running as the wrong one in silence would be worse.
    pub(crate) fn check_become(&self, call: &Call<'_>, cx: &Context<'_>) -> Result<(), String> {
        if is_own(&call.task.action.name) || !keywords::flag(Keyword::Become, call.task, call.frame, cx, false)? {
            return Ok(());
        }
        let wanted = keywords::value(Keyword::BecomeUser, call.task, call.frame, cx)?;
        let wanted = wanted.filter(|user| !user.is_none()).map_or_else(|| "root".to_owned(), |user| user.to_string());
        let current = self.current_user();
        if wanted == current {
            return Ok(());
        }
        Err(format!(
            "become: this task wants to run as '{wanted}', but everything here runs as '{current}', the user the \
             engine was started as. Remove become, or start the engine as that user."
        ))
    }

    fn current_user(&self) -> String {
        let status = self.engine.files.read(Path::new("/proc/self/status")).unwrap_or_default();
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1));
        if uid == Some("0") {
            return "root".to_owned();
        }
        let named = self.system.env("USER").or_else(|| self.system.env("LOGNAME"));
        named.unwrap_or_else(|| uid.map_or_else(|| "unknown".to_owned(), str::to_owned))
    }

    /// The host a task is delegated to.
    pub(crate) fn delegate_of(&self, call: &Call<'_>, cx: &Context<'_>) -> Result<Option<Arc<str>>, String> {
        match keywords::value(Keyword::DelegateTo, call.task, call.frame, cx)? {
            None | Some(Value::None) => Ok(None),
            Some(value) if value.is_empty() => Err(format!("Empty hostname produced from delegate_to: \"{value}\"")),
            Some(value) => Ok(Some(value.to_string().into())),
        }
    }

    /// Why a host cannot be reached: only this machine can.
    pub(crate) fn unreachable_by(&self, call: &Call<'_>, delegate: Option<&str>) -> Option<String> {
        if is_own(&call.task.action.name) {
            return None;
        }
        let own = self.host(call.host);
        let name = delegate.unwrap_or(&own.name);
        if matches!(name, LOCALHOST | "127.0.0.1" | "::1") {
            return None;
        }
        let keyword = self.plain_keyword(Keyword::Connection, call);
        let host = self.hosts.iter().find(|host| *host.name == *name);
        let connection =
            host.and_then(|host| host.connection.clone()).or(keyword).or_else(|| self.options.connection.clone());
        match connection.as_deref() {
            Some("local" | "ansible.builtin.local" | "kubernetes.core.kubectl" | "community.kubernetes.kubectl") => {
                None
            }
            other => Some(format!(
                "Failed to connect to the host {name}: connection '{}' is not offered, only 'local' is",
                other.unwrap_or("ssh")
            )),
        }
    }

    fn plain_keyword(&self, keyword: Keyword, call: &Call<'_>) -> Option<Arc<str>> {
        let trees = keyword.of(&call.task.keywords).into_iter().chain(call.frame.keyword(keyword));
        trees.into_iter().find_map(|tree| Some(Arc::from(tree.as_data()?.as_str()?)))
    }

    /// `add_host`: a host, its groups and variables.
    pub(crate) fn add_host(&mut self, told: &Value) {
        let text = |value: Option<Value>| value.map(|value| Arc::<str>::from(value.to_string()));
        let Some(name) = text(told.get("host_name")) else { return };
        let vars = told.get("host_vars").and_then(|vars| vars.entries()).unwrap_or_default();
        let vars: Vec<(Arc<str>, Arc<Tree>)> =
            vars.into_iter().map(|(key, value)| (Arc::from(key.to_string()), Tree::data(value))).collect();
        match self.inventory.hosts.iter_mut().find(|host| host.name == name) {
            Some(host) => host.vars.extend(vars),
            None => self.inventory.hosts.push(InventoryHost { name: Arc::clone(&name), vars }),
        }
        for group in told.get("groups").and_then(|groups| groups.items()).unwrap_or_default() {
            self.put_into_group(&Arc::from(group.to_string()), &name);
        }
        let id = self.host_named(&name);
        let fresh = crate::hosts::HostState::new(Arc::clone(&name), &self.inventory);
        let state = self.host_mut(id);
        state.inventory = fresh.inventory;
        state.connection = fresh.connection;
        self.refresh_groups();
    }

    /// `group_by`: the host that ran it joins the group.
    pub(crate) fn add_group(&mut self, result: &Value, host: &Arc<str>) {
        let Some(name) = result.get("add_group").map(|name| Arc::<str>::from(name.to_string())) else { return };
        if self.inventory.host(host).is_none() {
            self.inventory.hosts.push(InventoryHost { name: Arc::clone(host), vars: Vec::new() });
        }
        self.put_into_group(&name, host);
        for parent in result.get("parent_groups").and_then(|parents| parents.items()).unwrap_or_default() {
            let parent: Arc<str> = parent.to_string().into();
            if &*parent != "all" {
                let group = self.group_named(&parent);
                if !group.children.contains(&name) {
                    group.children.push(Arc::clone(&name));
                }
            }
        }
        self.refresh_groups();
    }

    fn put_into_group(&mut self, name: &Arc<str>, host: &Arc<str>) {
        let group = self.group_named(name);
        if !group.hosts.contains(host) {
            group.hosts.push(Arc::clone(host));
        }
    }

    fn group_named(&mut self, name: &Arc<str>) -> &mut Group {
        let groups = &mut self.inventory.groups;
        let place = groups.iter().position(|group| group.name == *name).unwrap_or_else(|| {
            groups.push(Group { name: Arc::clone(name), ..Group::default() });
            groups.len() - 1
        });
        &mut groups[place]
    }
}
