//! What the demo prints while it happens.
use crate::terminal::{Paint, Terminal};
use rolewright_operator::RunReport;
use rolewright_run::{Event, TaskStatus};
use rolewright_template::Value;
use serde_json::Value as Json;
use std::path::Path;
use std::time::{Duration, Instant};

/// The terminal, or nothing when one JSON document is asked for.
#[derive(Clone)]
pub(super) struct Screen {
    terminal: Option<Terminal>,
    started: Instant,
}

impl Screen {
    pub(super) fn new(shown: bool, started: Instant) -> Self {
        Self { terminal: shown.then(Terminal::new), started }
    }

    fn line(&self, paint: Paint, text: &str) {
        if let Some(terminal) = self.terminal {
            terminal.line(paint, text);
        }
    }

    /// A step of the story, with the time since the process began.
    pub(super) fn step(&self, text: &str) {
        self.line(Paint::Bold, &format!("\n[{:>7}] {text}", millis(self.started.elapsed())));
    }

    pub(super) fn aside(&self, text: &str) {
        self.line(Paint::Dim, &format!("            {text}"));
    }

    /// What `kubectl` would have printed.
    pub(super) fn block(&self, text: &str) {
        for line in text.lines() {
            self.line(Paint::Plain, &format!("            {line}"));
        }
    }

    pub(super) fn event(&self, name: &str, event: &Event) {
        let Event::TaskResult { task, result } = event else { return };
        let (word, paint) = match result.status {
            // A newer spec stops a run inside of a task, too.
            TaskStatus::Failed if was_stopped(&result.result) => ("stopped", Paint::Dim),
            TaskStatus::Ok => ("ok", Paint::Green),
            TaskStatus::Changed => ("changed", Paint::Yellow),
            TaskStatus::Skipped => ("skipped", Paint::Cyan),
            TaskStatus::Failed => ("failed", Paint::Red),
            TaskStatus::Ignored => ("ignored", Paint::Cyan),
            TaskStatus::Unreachable => ("unreachable", Paint::Red),
        };
        self.line(paint, &format!("            {name}: {word:<8} {}", task.name));
    }

    pub(super) fn report(&self, report: &RunReport) {
        let stats = &report.stats;
        let paint = if report.succeeded { Paint::Green } else { Paint::Red };
        let recap = format!(
            "            {}: ok={} changed={} skipped={} failures={} in {} with {} requests",
            report.name,
            stats.ok,
            stats.changed,
            stats.skipped,
            stats.failed,
            millis(report.elapsed),
            report.requests
        );
        self.line(paint, &recap);
    }

    pub(super) fn document(&self, document: &Json) {
        Terminal::new().write(&format!("{document:#}\n"));
    }

    pub(super) fn kept(&self, kubeconfig: &Path) {
        self.step("Still up, until Ctrl-C. In another shell:");
        Terminal::new().write(&format!("export KUBECONFIG={}\n", kubeconfig.display()));
    }
}

fn was_stopped(result: &Value) -> bool {
    result.get("msg").is_some_and(|msg| msg.as_str() == Some("the run was cancelled"))
}

pub(super) fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
