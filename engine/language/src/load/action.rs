//! What a task does: the module and its arguments, in every form that they may be written in.
use super::attributes::Owner;
use super::compile::is_template;
use super::session::{Place, Result, Session};
use super::{FreeForm, ModuleInfo, key_value};
use crate::ast::{Action, Arguments};
use crate::yaml::{Kind, Node};
use crate::{Diagnostic, suggest};
use rolewright_template::Tree;
use std::sync::Arc;

/// Actions that are part of the language: there even when no module of that name is.
const BUILT_IN: &[(&str, FreeForm)] = &[
    ("ansible.builtin.meta", FreeForm::Word("")),
    ("ansible.builtin.include_tasks", FreeForm::Word("file")),
    ("ansible.builtin.import_tasks", FreeForm::Word("file")),
    ("ansible.builtin.include_role", FreeForm::Word("")),
    ("ansible.builtin.import_role", FreeForm::Word("")),
];

/// Modules that take free text, as Ansible lists them.
const FREE_FORM_MODULES: &str = "command, raw, script, shell, win_command, win_shell, include_vars, include_tasks, \
                                 include_role, import_tasks, import_role, add_host, group_by, set_fact, meta";

/// The action of a task, as found in the file.
pub(super) struct Found<'n> {
    /// The module as written.
    pub(super) written: String,
    /// The node that names it.
    key: &'n Node,
    body: Body<'n>,
    /// `local_action`
    pub(super) local: bool,
}

enum Body<'n> {
    /// `module: …`
    Value(&'n Node),
    /// `action: module k=v …`: the text behind the module.
    Line(String, &'n Node),
    /// `action: {module: …, …}`: the text behind the module, and the mapping.
    Mapping(String, &'n Node),
}

impl Session<'_> {
    /// Finds the one key of a task that is its module.
    pub(super) fn find_action<'n>(&self, node: &'n Node, place: &Place) -> Result<Found<'n>> {
        let mut found: Option<Found<'n>> = None;
        for (name, local) in [("action", false), ("local_action", true)] {
            let Some((key, value)) = node.entry(name) else { continue };
            if found.is_some() {
                return Err(place.error("conflicting-actions", "action and local_action are mutually exclusive", key));
            }
            found = Some(old_style(key, value, local, place)?);
        }
        for (key, value) in node.as_map().unwrap_or_default() {
            let written = key.to_value().to_string();
            if Owner::Handler.takes(&written) || written.starts_with("with_") || written == "static" {
                continue;
            }
            if let Some(first) = &found {
                return Err(self.conflict(first, key, &written, place));
            }
            found = Some(Found { written, key, body: Body::Value(value), local: false });
        }
        found.ok_or_else(|| {
            place
                .error("no-action", "no module/action detected in task.", node)
                .with_help("every task names one module, such as `ansible.builtin.debug:`")
        })
    }

    /// Two keys that are no keywords: one of them is misspelt, or there are two modules.
    fn conflict(&self, first: &Found<'_>, key: &Node, written: &str, place: &Place) -> Diagnostic {
        let message = format!("conflicting action statements: {}, {written}", first.written);
        let odd = [(key, written), (first.key, &*first.written)]
            .into_iter()
            .find(|(_, name)| self.resolve(name, &place.collections).is_none());
        match odd {
            Some((odd, name)) => {
                let near = suggest::nearest(name, Owner::Task.all());
                let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                place
                    .error("conflicting-actions", message, odd)
                    .with_help(format!("`{name}` is neither a keyword nor a module that is known here{meant}"))
            }
            None => place
                .error("conflicting-actions", message, key)
                .with_help("a task runs one module: make two tasks of it"),
        }
    }

    fn resolve(&self, written: &str, collections: &[Arc<str>]) -> Option<ModuleInfo> {
        let short = written.strip_prefix("ansible.builtin.").or_else(|| written.strip_prefix("ansible.legacy."));
        let short = short.unwrap_or(written);
        let built_in = BUILT_IN.iter().find(|(name, _)| name.strip_prefix("ansible.builtin.") == Some(short));
        built_in
            .map(|(name, free_form)| ModuleInfo { name, free_form: *free_form, expressions: &[] })
            .or_else(|| self.catalog.resolve(written, collections))
    }

    /// The module that an action names.
    pub(super) fn module(&self, found: &Found<'_>, place: &Place) -> Result<ModuleInfo> {
        let written = &found.written;
        self.resolve(written, &place.collections).ok_or_else(|| {
            let message = format!(
                "couldn't resolve module/action '{written}'. This often indicates a misspelling, missing collection, \
                 or incorrect module path."
            );
            place.error("unknown-module", message, found.key).with_help_if(self.unknown_module_help(written))
        })
    }

    fn unknown_module_help(&self, written: &str) -> Option<String> {
        if matches!(written, "include" | "ansible.builtin.include") {
            return Some("`include` is gone since ansible-core 2.16: use `include_tasks` or `import_tasks`".to_owned());
        }
        let names = self.catalog.names();
        let short = names.iter().filter_map(|name| name.rsplit('.').next());
        let built_in = BUILT_IN.iter().filter_map(|(name, _)| name.rsplit('.').next());
        suggest::did_you_mean(written, names.iter().copied().chain(short).chain(built_in).chain(Owner::Task.all()))
    }

    /// The module with its arguments compiled, and what stands under `apply:` of an include.
    pub(super) fn action(
        &self,
        found: &Found<'_>,
        info: &ModuleInfo,
        task: &Node,
        place: &Place,
    ) -> Result<(Action, Option<Node>)> {
        let mut args = Collected { session: self, place, info, task, out: empty(), apply: None };
        args.additional(task.get("args"))?;
        match &found.body {
            Body::Value(value) => args.value(value)?,
            Body::Line(text, node) => args.line(text, node)?,
            Body::Mapping(text, node) => args.mapping(text, node)?,
        }
        args.finish(&found.written)
    }
}

fn empty() -> Arguments {
    Arguments { map: Vec::new(), free_form: None, whole: None, expressions: Vec::new() }
}

/// `action: copy src=a`, `action: {module: copy, src: a}`.
fn old_style<'n>(key: &'n Node, value: &'n Node, local: bool, place: &Place) -> Result<Found<'n>> {
    let split = |text: &str, node: &Node| {
        let mut pieces = key_value::split(text).map_err(|error| place.error("bad-arguments", error, node))?;
        if pieces.is_empty() {
            return Err(place.error("no-action", "no module/action detected in task.", node));
        }
        let module = pieces.remove(0).trim().to_owned();
        Ok((module, pieces.join(" ")))
    };
    match &value.kind {
        Kind::Str(text) => {
            let (written, rest) = split(text, value)?;
            Ok(Found { written, key: value, body: Body::Line(rest, value), local })
        }
        Kind::Map(_) => {
            let Some((text, node)) = value.get("module").and_then(|node| Some((node.as_str()?, node))) else {
                return Err(place.error("no-action", "no module/action detected in task.", key));
            };
            let (written, rest) = split(text, node)?;
            Ok(Found { written, key: node, body: Body::Mapping(rest, value), local })
        }
        _ => Err(unexpected(value, place)),
    }
}

fn unexpected(value: &Node, place: &Place) -> Diagnostic {
    place.error("bad-arguments", format!("unexpected parameter type in action: {}", value.class()), value)
}

/// Arguments while they are put together; later ones replace earlier ones of the same name.
struct Collected<'c, 's> {
    session: &'c Session<'s>,
    place: &'c Place,
    info: &'c ModuleInfo,
    task: &'c Node,
    out: Arguments,
    apply: Option<Node>,
}

impl Collected<'_, '_> {
    /// `args:` beside the module.
    fn additional(&mut self, node: Option<&Node>) -> Result<()> {
        let Some(node) = node else { return Ok(()) };
        match &node.kind {
            Kind::Null => Ok(()),
            Kind::Map(entries) => self.entries(entries),
            Kind::Str(text) if is_template(text) => {
                self.out.whole = Some(self.session.tree(node));
                Ok(())
            }
            Kind::Str(_) => {
                let message = "Complex args containing variables cannot use bare variables (without Jinja2 \
                               delimiters), and must use the full variable style ('{{var_name}}')";
                Err(self.place.error("bad-arguments", message, node))
            }
            _ => {
                let message = "Complex args must be a dictionary or variable string (\"{{var}}\").";
                Err(self.place.error("bad-arguments", message, node))
            }
        }
    }

    fn value(&mut self, node: &Node) -> Result<()> {
        match &node.kind {
            Kind::Null => Ok(()),
            Kind::Map(entries) => self.entries(entries),
            Kind::Str(text) => self.line(text, node),
            _ => Err(unexpected(node, self.place)),
        }
    }

    fn mapping(&mut self, text: &str, node: &Node) -> Result<()> {
        let entries = node.as_map().unwrap_or_default();
        let others = entries.iter().filter(|(key, _)| !matches!(key.as_str(), Some("module" | "args")));
        for (key, value) in others {
            self.entry(key, value)?;
        }
        if let Some(args) = node.get("args") {
            self.value(args)?;
        }
        self.line(text, node)
    }

    fn entries(&mut self, entries: &[(Node, Node)]) -> Result<()> {
        entries.iter().try_for_each(|(key, value)| self.entry(key, value))
    }

    fn entry(&mut self, key: &Node, value: &Node) -> Result<()> {
        let name = key.to_value().to_string();
        if name.starts_with("_ansible_") {
            let message = format!(
                "Invalid parameter specified beginning with keyword '_ansible_' for action '{}': '{name}'. \
                 The prefix '_ansible_' is reserved for internal use only.",
                self.info.name
            );
            return Err(self.place.error("reserved-argument", message, key));
        }
        if name == "apply" && BUILT_IN.iter().any(|(name, _)| *name == self.info.name) {
            self.apply = Some(value.clone());
            return Ok(());
        }
        if name == "_raw_params" {
            self.out.free_form = Some(self.session.tree(value));
            return Ok(());
        }
        if self.info.expressions.contains(&&*name) {
            self.expressions(&name, value);
            return Ok(());
        }
        set(&mut self.out.map, &name, self.session.tree(value));
        Ok(())
    }

    fn expressions(&mut self, name: &str, value: &Node) {
        let conditions = self.session.conditions(value, self.place);
        match self.out.expressions.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, old)) => *old = conditions,
            None => self.out.expressions.push((name.into(), conditions)),
        }
    }

    /// `k=v` and free text, which stand in `node`.
    fn line(&mut self, text: &str, node: &Node) -> Result<()> {
        let only = match self.info.free_form {
            FreeForm::Raw(options) => Some(options),
            FreeForm::No | FreeForm::Word(_) => None,
        };
        let parsed = key_value::parse(text, only).map_err(|error| self.place.error("bad-arguments", error, node))?;
        for (key, value) in parsed.options {
            let part = |text: String| Node { kind: Kind::Str(text), ..node.clone() };
            self.entry(&part(key), &part(value))?;
        }
        if let Some(free) = parsed.free {
            self.out.free_form = Some(self.session.text(&free, node));
        }
        Ok(())
    }

    fn finish(mut self, written: &str) -> Result<(Action, Option<Node>)> {
        match self.info.free_form {
            FreeForm::Raw(_) => self.command()?,
            FreeForm::Word("") => {}
            FreeForm::Word(option) => {
                // The word is found under the name of its option as well.
                if let Some(word) = &self.out.free_form
                    && !self.out.map.iter().any(|(name, _)| &**name == option)
                {
                    self.out.map.push((option.into(), word.clone()));
                }
            }
            FreeForm::No => self.no_free_form(written)?,
        }
        Ok((Action { written: written.into(), name: self.info.name.into(), args: self.out }, self.apply))
    }

    /// `cmd:` is another way to write the free text.
    fn command(&mut self) -> Result<()> {
        let Some(at) = self.out.map.iter().position(|(name, _)| &**name == "cmd") else { return Ok(()) };
        if self.out.free_form.is_some() {
            let message = "The 'cmd' argument cannot be used when other raw parameters are specified. Please put \
                           everything in one or the other place.";
            return Err(self.place.error("two-commands", message, self.task));
        }
        self.out.free_form = Some(self.out.map.remove(at).1);
        Ok(())
    }

    fn no_free_form(&mut self, written: &str) -> Result<()> {
        match self.out.free_form.take() {
            None => Ok(()),
            Some(Tree::Data(value)) if value.is_empty() => Ok(()),
            Some(Tree::Data(_)) => {
                let message = format!(
                    "this task '{written}' has extra params, which is only allowed in the following modules: \
                     {FREE_FORM_MODULES}"
                );
                Err(self.place.error("bad-arguments", message, self.task))
            }
            whole => {
                self.out.whole = whole;
                Ok(())
            }
        }
    }
}

fn set(map: &mut Vec<(Arc<str>, Tree)>, name: &str, value: Tree) {
    match map.iter_mut().find(|(known, _)| &**known == name) {
        Some((_, old)) => *old = value,
        None => map.push((name.into(), value)),
    }
}
