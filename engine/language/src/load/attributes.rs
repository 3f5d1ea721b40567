//! The keywords that each kind of thing takes.
use super::session::{Place, Result};
use crate::yaml::Node;
use crate::{Diagnostic, suggest};

/// Keywords that everything takes.
const BASE: &[&str] = &[
    "name",
    "connection",
    "port",
    "remote_user",
    "vars",
    "module_defaults",
    "environment",
    "no_log",
    "run_once",
    "ignore_errors",
    "ignore_unreachable",
    "check_mode",
    "diff",
    "any_errors_fatal",
    "throttle",
    "timeout",
    "debugger",
    "become",
    "become_method",
    "become_user",
    "become_flags",
    "become_exe",
    "tags",
];
const WHEN: &[&str] = &["when"];
const COLLECTIONS: &[&str] = &["collections"];
const DELEGATE: &[&str] = &["delegate_to", "delegate_facts"];
const NOTIFY: &[&str] = &["notify"];
const TASK_ONLY: &[&str] = &[
    "args",
    "action",
    "local_action",
    "async",
    "async_val",
    "changed_when",
    "delay",
    "failed_when",
    "loop",
    "loop_control",
    "loop_with",
    "poll",
    "register",
    "retries",
    "until",
];
const PLAY_ONLY: &[&str] = &[
    "hosts",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "fact_path",
    "vars_files",
    "vars_prompt",
    "roles",
    "handlers",
    "pre_tasks",
    "post_tasks",
    "tasks",
    "force_handlers",
    "max_fail_percentage",
    "serial",
    "strategy",
    "order",
    "user",
];
const BLOCK_ONLY: &[&str] = &["block", "rescue", "always"];
const LOOP_CONTROL: &[&str] =
    &["loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when"];
/// The few keywords of `include_tasks` and `include_role`; what they include does not inherit them.
const INCLUDE: &[&str] = &[
    "action",
    "local_action",
    "args",
    "collections",
    "debugger",
    "ignore_errors",
    "loop",
    "loop_control",
    "loop_with",
    "name",
    "no_log",
    "register",
    "run_once",
    "tags",
    "timeout",
    "vars",
    "when",
];

/// A kind of thing that has keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Play,
    Block,
    Task,
    Handler,
    /// `include_tasks`, and as a handler.
    Include,
    IncludeHandler,
    IncludeRole,
    Role,
    LoopControl,
    PlaybookInclude,
    Metadata,
}

impl Owner {
    /// Ansible's name of it, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Play => "Play",
            Self::Block => "Block",
            Self::Task => "Task",
            Self::Handler => "Handler",
            Self::Include => "TaskInclude",
            Self::IncludeHandler => "HandlerTaskInclude",
            Self::IncludeRole => "IncludeRole",
            Self::Role => "RoleInclude",
            Self::LoopControl => "LoopControl",
            Self::PlaybookInclude => "PlaybookInclude",
            Self::Metadata => "RoleMetadata",
        }
    }

    fn groups(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Play => &[BASE, COLLECTIONS, PLAY_ONLY],
            Self::Block => &[BASE, WHEN, COLLECTIONS, NOTIFY, DELEGATE, BLOCK_ONLY],
            Self::Task => &[BASE, WHEN, COLLECTIONS, NOTIFY, DELEGATE, TASK_ONLY],
            Self::Handler => &[BASE, WHEN, COLLECTIONS, NOTIFY, DELEGATE, TASK_ONLY, &["listen"]],
            Self::Include | Self::IncludeRole => &[INCLUDE],
            Self::IncludeHandler => &[INCLUDE, &["listen"]],
            Self::Role => &[BASE, WHEN, COLLECTIONS, DELEGATE, &["role"]],
            Self::LoopControl => &[LOOP_CONTROL],
            Self::PlaybookInclude => {
                &[BASE, WHEN, &["import_playbook", "ansible.builtin.import_playbook", "ansible.legacy.import_playbook"]]
            }
            Self::Metadata => {
                &[BASE, COLLECTIONS, &["allow_duplicates", "dependencies", "galaxy_info", "argument_specs"]]
            }
        }
    }

    pub(super) fn all(self) -> impl Iterator<Item = &'static str> {
        self.groups().iter().flat_map(|group| group.iter().copied())
    }

    pub(super) fn takes(self, keyword: &str) -> bool {
        self.all().any(|known| known == keyword)
    }

    /// Refuses the first key that is none of its keywords.
    pub(super) fn check(self, node: &Node, place: &Place) -> Result<()> {
        let unknown =
            node.as_map().unwrap_or_default().iter().find(|(key, _)| !key.as_str().is_some_and(|k| self.takes(k)));
        unknown.map_or(Ok(()), |(key, _)| Err(self.unknown(key, place)))
    }

    pub(super) fn unknown(self, key: &Node, place: &Place) -> Diagnostic {
        let name = key.to_value().to_string();
        let message = format!("'{name}' is not a valid attribute for a {}", self.name());
        let help = match self {
            Self::Include | Self::IncludeHandler | Self::IncludeRole if Self::Task.takes(&name) => Some(format!(
                "what is included does not inherit `{name}`: write it under `apply:`, or use the import form"
            )),
            _ => suggest::did_you_mean(&name, self.all()),
        };
        place.error("unknown-keyword", message, key).with_help_if(help)
    }
}
