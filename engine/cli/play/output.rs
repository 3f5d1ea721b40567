//! Ansible's default callback.
use super::dump;
use crate::terminal::{Paint, Terminal};
use rolewright_run::{Event, Listener, Recap, Stats, TaskRef, TaskResult, TaskStatus};
use rolewright_template::Value;
use std::io::Write;

/// Where banners end.
const COLUMNS: usize = 79;

pub(super) struct Default {
    terminal: Terminal,
    verbosity: u8,
}

impl Default {
    pub(super) fn new(terminal: Terminal, verbosity: u8) -> Self {
        Self { terminal, verbosity }
    }

    fn banner(&self, text: &str) {
        let stars = COLUMNS.saturating_sub(text.chars().count()).max(3);
        self.terminal.write(&format!("\n{text} {}\n", "*".repeat(stars)));
    }

    fn task(&self, task: &TaskRef) {
        let what = if task.is_handler { "RUNNING HANDLER" } else { "TASK" };
        self.banner(&format!("{what} [{}]", task.name));
    }

    fn result(&self, task: &TaskRef, result: &TaskResult) {
        // Items were told one by one.
        let looped = result.result.get("results").is_some_and(|results| results.is_list());
        let shown = match result.status {
            TaskStatus::Failed | TaskStatus::Ignored | TaskStatus::Unreachable => true,
            TaskStatus::Skipped => !looped || result.result.get("skipped_reason").is_some(),
            _ => !looped,
        };
        if shown && !(looped && has_failed(result.status)) {
            self.told(&result.host, "", task, result);
        } else if looped && has_failed(result.status) {
            let failed = "One or more items failed";
            tracing::debug!("{}: {failed}", task.name);
        }
        if result.status == TaskStatus::Ignored {
            self.terminal.line(Paint::Cyan, "...ignoring");
        }
    }

    fn told(&self, host: &str, label: &str, task: &TaskRef, result: &TaskResult) {
        let always = matches!(&*task.module, "ansible.builtin.debug" | "ansible.builtin.assert");
        let dump = || dump::result(&result.result, always, self.verbosity);
        let details = always || self.verbosity > 0;
        let item = if label.is_empty() { String::new() } else { format!(" => (item={label})") };
        let (paint, line) = match result.status {
            TaskStatus::Ok | TaskStatus::Changed => {
                let changed = result.status == TaskStatus::Changed;
                let (word, paint) = if changed { ("changed", Paint::Yellow) } else { ("ok", Paint::Green) };
                let dump = if details { format!(" => {}", dump()) } else { String::new() };
                (paint, format!("{word}: [{host}]{item}{dump}"))
            }
            TaskStatus::Skipped => {
                let item = if label.is_empty() { String::new() } else { format!(" => (item={label}) ") };
                let dump = if self.verbosity > 0 { format!(" => {}", dump()) } else { String::new() };
                (Paint::Cyan, format!("skipping: [{host}]{item}{dump}"))
            }
            TaskStatus::Unreachable => (Paint::Red, format!("fatal: [{host}]: UNREACHABLE! => {}", dump())),
            TaskStatus::Failed | TaskStatus::Ignored if label.is_empty() => {
                (Paint::Red, format!("fatal: [{host}]: FAILED! => {}", dump()))
            }
            TaskStatus::Failed | TaskStatus::Ignored => {
                (Paint::Red, format!("failed: [{host}] (item={label}) => {}", dump()))
            }
        };
        self.diff(&result.result);
        self.terminal.line(paint, &line);
    }

    fn diff(&self, result: &Value) {
        if let Some(prepared) = result.at(&["diff", "prepared"]).filter(Value::is_truthy) {
            self.terminal.line(Paint::Plain, &prepared.to_string());
        }
    }

    fn recap(&self, recap: &Recap) {
        self.banner("PLAY RECAP");
        for (host, stats) in &recap.hosts {
            self.terminal.line(paint(stats), &recap_line(host, stats));
        }
        self.terminal.write("\n");
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

impl Listener for Default {
    fn event(&self, event: &Event) {
        match event {
            Event::PlayStart { name } => self.banner(&format!("PLAY [{name}]")),
            Event::TaskStart { task } => self.task(task),
            Event::Item { task, result, label } => self.told(&result.host, label, task, result),
            Event::Retry { task, host, left, .. } => {
                let line = format!("FAILED - RETRYING: [{host}]: {} ({left} retries left).", task.name);
                self.terminal.line(Paint::Plain, &line);
            }
            Event::TaskResult { task, result } => self.result(task, result),
            Event::Included { host, file, label, .. } => {
                let item = label.as_ref().map(|label| format!(" => (item={label})")).unwrap_or_default();
                self.terminal.line(Paint::Cyan, &format!("included: {file} for {host}{item}"));
            }
            Event::Warning { message, origin } => {
                let place = origin.as_ref().map(|origin| format!(" ({origin})")).unwrap_or_default();
                // A warning nobody can read is no reason to stop.
                let _ = writeln!(std::io::stderr().lock(), "[WARNING]: {message}{place}");
            }
            Event::NoHostsMatched => self.terminal.line(Paint::Cyan, "skipping: no hosts matched"),
            Event::Recap { recap } => self.recap(recap),
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
