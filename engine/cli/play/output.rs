//! Ansible's default callback.
use super::environment::Display;
use super::{difference, dump, warnings};
use crate::terminal::{Paint, Terminal};
use rolewright_run::{Event, Listener, Recap, Stats, TaskRef, TaskResult, TaskStatus};
use rolewright_template::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// Where banners end.
const COLUMNS: usize = 79;

pub(super) struct Output {
    terminal: Terminal,
    display: Display,
    diff: bool,
    /// The task that runs, until its banner is written.
    unannounced: Mutex<Option<TaskRef>>,
    /// Includes are told once for all hosts that run the same file.
    included: Mutex<Option<Included>>,
}

/// A file that hosts are about to run.
struct Included {
    file: Arc<str>,
    label: Option<Arc<str>>,
    hosts: Vec<Arc<str>>,
}

impl Output {
    pub(super) fn new(terminal: Terminal, display: Display, diff: bool) -> Self {
        Self { terminal, display, diff, unannounced: Mutex::default(), included: Mutex::default() }
    }

    pub(super) fn banner(&self, text: &str) {
        let stars = COLUMNS.saturating_sub(text.chars().count()).max(3);
        self.terminal.write(&format!("\n{text} {}\n", "*".repeat(stars)));
    }

    fn task(&self, task: &TaskRef) {
        *lock(&self.unannounced) = Some(task.clone());
        // Who hides results does not want the names of tasks that show none.
        if self.display.skipped_hosts && self.display.ok_hosts {
            self.announce();
        }
    }

    fn announce(&self) {
        let Some(task) = lock(&self.unannounced).take() else { return };
        let what = if task.is_handler { "RUNNING HANDLER" } else { "TASK" };
        self.banner(&format!("{what} [{}]", task.name));
        if self.display.verbosity >= 2 {
            self.path(&task);
        }
    }

    fn path(&self, task: &TaskRef) {
        let line = format!("task path: {}:{}", task.origin.file, task.origin.line);
        self.terminal.line(Paint::Plain, &line);
    }

    fn result(&self, task: &TaskRef, result: &TaskResult) {
        self.warn(&result.result);
        // Items were told one by one.
        let looped = result.result.get("results").is_some_and(|results| results.is_list());
        let hidden_items = result.result.get("skipped_reason").is_none();
        match result.status {
            TaskStatus::Skipped => self.told(None, task, result),
            TaskStatus::Ok | TaskStatus::Changed if looped && hidden_items => {}
            TaskStatus::Failed | TaskStatus::Ignored if looped => {}
            _ => self.told(None, task, result),
        }
        if result.status == TaskStatus::Ignored {
            self.terminal.line(Paint::Cyan, "...ignoring");
        }
    }

    fn told(&self, label: Option<&str>, task: &TaskRef, result: &TaskResult) {
        let shown = match result.status {
            TaskStatus::Skipped => self.display.skipped_hosts,
            TaskStatus::Ok => self.display.ok_hosts,
            _ => true,
        };
        if !shown {
            return;
        }
        self.announce();
        if has_failed(result.status) && self.display.path_on_failure && self.display.verbosity < 2 {
            self.path(task);
        }
        self.changes(label, result);
        let (paint, line) = self.line(label, task, result);
        match result.status {
            TaskStatus::Failed | TaskStatus::Ignored | TaskStatus::Unreachable if self.display.failed_to_stderr => {
                warnings::write(&format!("{line}\n"));
            }
            _ => self.terminal.line(paint, &line),
        }
    }

    fn line(&self, label: Option<&str>, task: &TaskRef, result: &TaskResult) -> (Paint, String) {
        let indented = is_shown_in_full(task, result);
        let dump = || dump::result(&result.result, &task.module, indented, &self.display);
        let details = |always: bool| match always || self.display.verbosity > 0 {
            true => format!(" => {}", dump()),
            false => String::new(),
        };
        let host = match &result.delegate {
            Some(delegate) => format!("{} -> {delegate}", result.host),
            None => result.host.to_string(),
        };
        let item = label.map(|label| format!(" => (item={label})")).unwrap_or_default();
        match result.status {
            TaskStatus::Ok => (Paint::Green, format!("ok: [{host}]{item}{}", details(indented))),
            TaskStatus::Changed => (Paint::Yellow, format!("changed: [{host}]{item}{}", details(indented))),
            TaskStatus::Skipped => {
                let item = label.map(|label| format!(" => (item={label}) ")).unwrap_or_default();
                (Paint::Cyan, format!("skipping: [{host}]{item}{}", details(false)))
            }
            TaskStatus::Unreachable => (Paint::Red, format!("fatal: [{host}]: UNREACHABLE! => {}", dump())),
            TaskStatus::Failed | TaskStatus::Ignored => match label {
                None => (Paint::Red, format!("fatal: [{host}]: FAILED! => {}", dump())),
                Some(label) => (Paint::Red, format!("failed: [{host}] (item={label}) => {}", dump())),
            },
        }
    }

    fn changes(&self, label: Option<&str>, result: &TaskResult) {
        let changed = result.result.get("changed").is_some_and(|changed| changed.is_truthy());
        let Some(diff) = result.result.get("diff").filter(|_| self.diff && changed) else { return };
        let text = difference::text(&diff);
        if !text.is_empty() {
            tracing::trace!("a difference of {label:?}");
            self.terminal.line(Paint::Plain, text.strip_suffix('\n').unwrap_or(&text));
        }
    }

    /// Warnings are told on their own.
    fn warn(&self, result: &Value) {
        let Some(all) = result.get("warnings") else { return };
        let all = all.items().unwrap_or_else(|| vec![all]);
        all.iter().for_each(|warning| warnings::warn(&warning.to_string()));
    }

    fn include(&self, file: &Arc<str>, host: &Arc<str>, label: Option<&Arc<str>>) {
        let mut included = lock(&self.included);
        match &mut *included {
            Some(known) if known.file == *file && known.label.as_ref() == label && !known.hosts.contains(host) => {
                known.hosts.push(Arc::clone(host));
            }
            known => {
                let before = known.replace(Included {
                    file: Arc::clone(file),
                    label: label.cloned(),
                    hosts: vec![Arc::clone(host)],
                });
                self.tell_included(before);
            }
        }
    }

    fn tell_included(&self, included: Option<Included>) {
        let Some(Included { file, label, hosts }) = included else { return };
        self.announce();
        let item = label.map(|label| format!(" => (item={label})")).unwrap_or_default();
        self.terminal.line(Paint::Cyan, &format!("included: {file} for {}{item}", hosts.join(", ")));
    }

    fn recap(&self, recap: &Recap) {
        self.banner("PLAY RECAP");
        let mut hosts: Vec<_> = recap.hosts.iter().collect();
        hosts.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (host, stats) in hosts {
            self.terminal.line(paint(stats), &recap_line(host, stats));
        }
        self.terminal.write("\n");
    }

    fn custom_stats(&self, stats: &[(Option<Arc<str>>, Value)]) {
        if !self.display.custom_stats {
            return;
        }
        self.banner("CUSTOM STATS: ");
        let (run, hosts): (Vec<_>, Vec<_>) = stats.iter().partition(|(host, _)| host.is_none());
        for (host, figures) in hosts.into_iter().chain(run) {
            let name = host.as_deref().unwrap_or("RUN");
            let blank = if host.is_none() { "\n" } else { "" };
            self.terminal.write(&format!("{blank}\t{name}: {}\n", dump::one_line(figures)));
        }
        self.terminal.write("\n");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Results of `debug` and `assert` are for people: all of it, indented, unless the task failed before it had any.
fn is_shown_in_full(task: &TaskRef, result: &TaskResult) -> bool {
    let has = |key: &str| result.result.get(key).is_some();
    let skipped = result.status == TaskStatus::Skipped;
    match &*task.module {
        _ if has("censored") => false,
        "ansible.builtin.debug" => !skipped && (!has_failed(result.status) || has("failed_when_result")),
        "ansible.builtin.assert" => !skipped && (!has_failed(result.status) || has("assertion")),
        _ => false,
    }
}

fn has_failed(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Failed | TaskStatus::Ignored)
}

fn paint(stats: &Stats) -> Paint {
    match (stats.failed + stats.unreachable, stats.changed) {
        (0, 0) => Paint::Green,
        (0, _) => Paint::Yellow,
        _ => Paint::Red,
    }
}

fn recap_line(host: &str, stats: &Stats) -> String {
    let Stats { ok, changed, unreachable, failed, skipped, rescued, ignored } = stats;
    format!(
        "{host:<26} : ok={ok:<4} changed={changed:<4} unreachable={unreachable:<4} failed={failed:<4} \
         skipped={skipped:<4} rescued={rescued:<4} ignored={ignored:<4}"
    )
}

impl Listener for Output {
    fn event(&self, event: &Event) {
        if !matches!(event, Event::Included { .. }) {
            let told = lock(&self.included).take();
            self.tell_included(told);
        }
        match event {
            Event::PlayStart { name } => self.banner(&match name.trim() {
                "" => "PLAY".to_owned(),
                name => format!("PLAY [{name}]"),
            }),
            Event::TaskStart { task } => self.task(task),
            Event::Item { task, result, label } => self.told(Some(label), task, result),
            Event::Retry { task, host, left, result } => {
                let mut line = format!("FAILED - RETRYING: [{host}]: {} ({left} retries left).", task.name);
                if self.display.verbosity > 2 {
                    let result = dump::result(result, &task.module, false, &self.display);
                    line.push_str(&format!("Result was: {result}"));
                }
                self.announce();
                self.terminal.line(Paint::Plain, &line);
            }
            Event::TaskResult { task, result } => self.result(task, result),
            Event::Included { host, file, label, .. } => self.include(file, host, label.as_ref()),
            Event::Warning { message, .. } => warnings::warn(message),
            Event::NoHostsMatched => self.terminal.line(Paint::Cyan, "skipping: no hosts matched"),
            Event::Recap { recap } => self.recap(recap),
            Event::CustomStats { stats } => self.custom_stats(stats),
            other => tracing::debug!("event without a line: {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recap_has_ansibles_columns() {
        let stats = Stats { ok: 37, changed: 1, ignored: 9, skipped: 1, ..Stats::default() };
        let expected = "localhost                  : ok=37   changed=1    unreachable=0    failed=0    skipped=1    rescued=0    ignored=9   ";
        assert_eq!(recap_line("localhost", &stats), expected);
    }
}
