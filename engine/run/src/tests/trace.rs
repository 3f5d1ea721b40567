//! Events as lines, in the form that the recording callback writes under ansible-playbook.
use crate::{Event, Group, Inventory, InventoryHost, Listener, RunOutcome, TaskResult, TaskStatus};
use parking_lot::Mutex;
use rolewright_template::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) struct Trace {
    lines: Mutex<Vec<String>>,
    directory: PathBuf,
}

impl Trace {
    pub(super) fn new(directory: &Path) -> Self {
        Self { lines: Mutex::default(), directory: directory.to_owned() }
    }

    fn add(&self, line: String) {
        self.lines.lock().push(line);
    }

    pub(super) fn finish(&self, outcome: &RunOutcome) -> String {
        if let Some(error) = &outcome.error {
            self.add(format!("ERROR {}", error.message.lines().next().unwrap_or_default()));
        }
        self.add(format!("exit {}", outcome.exit_code));
        let text = self.lines.lock().join("\n") + "\n";
        text.replace(&format!("{}/", self.directory.display()), "")
    }

    fn result(&self, prefix: &str, result: &TaskResult, label: Option<&str>) {
        let status = match result.status {
            TaskStatus::Ok => "ok",
            TaskStatus::Changed => "changed",
            TaskStatus::Skipped => "skipped",
            TaskStatus::Failed => "failed",
            // As in ansible-playbook, whether it is ignored is only known of the whole loop.
            TaskStatus::Ignored if label.is_some() => "failed",
            TaskStatus::Ignored => "ignored",
            TaskStatus::Unreachable => "unreachable",
        };
        let censored = result.result.get("censored").is_some();
        let label = label
            .filter(|label| !label.is_empty() && !censored)
            .map(|label| format!(" (item={label})"))
            .unwrap_or_default();
        let message = message(&result.result);
        self.add(format!("{prefix}{status} {}{label}{message}", result.host));
    }
}

/// What the line shows of a result: the message, or why there is none.
fn message(result: &Value) -> String {
    for key in ["msg", "reason", "censored", "skip_reason", "skipped_reason"] {
        if let Some(value) = result.get(key).filter(|value| !value.is_none() && !value.is_empty()) {
            return format!(": {}", first_line(&value.to_string()));
        }
    }
    String::new()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

impl Listener for Trace {
    fn event(&self, event: &Event) {
        match event {
            Event::PlayStart { name } => self.add(format!("PLAY {name}")),
            Event::TaskStart { task } if task.module.ends_with(".meta") => {}
            Event::TaskStart { task } if task.is_handler => self.add(format!("HANDLER {}", task.name)),
            Event::TaskStart { task } => self.add(format!("TASK {}", task.name)),
            Event::Item { result, label, .. } => self.result("  item ", result, Some(label)),
            Event::Retry { host, left, .. } => self.add(format!("  retry {host} {left}")),
            Event::TaskResult { task, .. } if task.module.ends_with(".meta") => {}
            Event::TaskResult { result, .. } => self.result("  ", result, None),
            Event::Included { host, file, label, .. } => {
                let label = label.as_ref().map(|label| format!(" (item={label})")).unwrap_or_default();
                self.add(format!("  included {file} for {host}{label}"));
            }
            Event::NoHostsMatched => self.add("no hosts matched".into()),
            Event::Recap { recap } => {
                let mut hosts: Vec<_> = recap.hosts.iter().collect();
                hosts.sort_by(|a, b| a.0.cmp(&b.0));
                for (host, stats) in hosts {
                    self.add(format!(
                        "RECAP {host} ok={} changed={} unreachable={} failed={} skipped={} rescued={} ignored={}",
                        stats.ok,
                        stats.changed,
                        stats.unreachable,
                        stats.failed,
                        stats.skipped,
                        stats.rescued,
                        stats.ignored
                    ));
                }
            }
            Event::CustomStats { stats } => {
                for (host, figures) in stats {
                    self.add(format!("STATS {} {figures}", host.as_deref().unwrap_or("*")));
                }
            }
            Event::Warning { .. } => {}
        }
    }
}

/// `a,b,c`: hosts with local connections, all of them in the group `web`.
pub(super) fn inventory(names: &str) -> Inventory {
    let local = vec![(Arc::from("ansible_connection"), rolewright_template::Tree::data("local"))];
    let names: Vec<Arc<str>> = names.split(',').filter(|name| !name.is_empty()).map(Arc::from).collect();
    let host = |name: &Arc<str>| InventoryHost { name: Arc::clone(name), vars: Vec::new() };
    let hosts = names.iter().map(host).collect();
    let groups = vec![Group { name: "web".into(), hosts: names, ..Group::default() }];
    Inventory { hosts, groups, vars: local, ..Inventory::default() }
}
