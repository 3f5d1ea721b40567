//! A run's events as log lines, under the reference's names, and handed on to hooks and metrics.
use crate::metrics::Metrics;
use crate::{EventHook, LogEvents};
use rolewright_cluster::Gvk;
use rolewright_run::{Event, Listener, TaskRef, TaskResult, TaskStatus};
use rolewright_template::Value;

/// Listens to one run.
pub(crate) struct RunLog {
    pub(crate) gvk: Gvk,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The run's number, `job` in every line.
    pub(crate) job: u64,
    pub(crate) mode: LogEvents,
    /// Lines as `ansible-playbook` prints them, instead of events.
    pub(crate) raw: bool,
    pub(crate) hook: Option<EventHook>,
    pub(crate) metrics: Metrics,
}

/// One line with the fields that every line of a run has.
macro_rules! line {
    ($level:ident, $this:expr, $event_type:expr, { $($field:tt)* } $message:expr) => {
        tracing::$level!(
            target: "logging_event_handler",
            name = %$this.name,
            namespace = %$this.namespace,
            gvk = %$this.gvk,
            event_type = $event_type,
            job = $this.job,
            $($field)*
            "{}",
            $message
        )
    };
}

impl Listener for RunLog {
    fn event(&self, event: &Event) {
        if let Event::TaskResult { result, .. } = event {
            self.metrics.task_ended(&self.gvk, status_name(result));
        }
        match (self.mode, self.raw) {
            (LogEvents::Nothing, _) => {}
            (LogEvents::Everything, _) => self.everything(event),
            (LogEvents::Tasks, true) => self.raw_lines(event),
            (LogEvents::Tasks, false) => self.tasks(event),
        }
        if let Some(hook) = &self.hook {
            hook(&self.gvk, &self.namespace, &self.name, event);
        }
    }
}

impl RunLog {
    fn tasks(&self, event: &Event) {
        match event {
            Event::TaskStart { task } if !is_quiet(task) => {
                line!(info, self, "playbook_on_task_start", { "EventData.Name" = %task.name, } "[playbook task start]");
            }
            Event::TaskResult { task, result } if is_debug(task) && result.status == TaskStatus::Ok => {
                let shown = shown(&result.result);
                line!(info, self, "runner_on_ok", { "EventData.TaskArgs" = %shown, } "[playbook debug]");
            }
            Event::TaskResult { task, result } if is_failure(result) => self.failed(task, result),
            Event::Warning { message, origin } => {
                let origin = origin.as_ref().map(ToString::to_string).unwrap_or_default();
                line!(warn, self, "warning", { %origin, } message);
            }
            _ => {}
        }
    }

    fn failed(&self, task: &TaskRef, result: &TaskResult) {
        let path = format!("{}:{}", task.origin.file, task.origin.line);
        let message = result.result.get("msg").map(|msg| msg.to_string()).unwrap_or_default();
        line!(error, self, "runner_on_failed", {
            "EventData.Task" = %task.name,
            "EventData.TaskAction" = %task.module,
            "EventData.FailedTaskPath" = %path,
            rescued = result.rescued,
            error = %message,
        } "[playbook task failed]");
    }

    fn everything(&self, event: &Event) {
        match event {
            Event::TaskStart { task } => {
                line!(info, self, "playbook_on_task_start", { "EventData.Name" = %task.name, } "");
            }
            Event::TaskResult { task, result } | Event::Item { task, result, .. } => {
                let (status, shown) = (status_name(result), shown(&result.result));
                line!(info, self, status, { "EventData.Task" = %task.name, "EventData.Res" = %shown, } "");
            }
            other => line!(info, self, "event", {} format!("{other:?}")),
        }
    }

    fn raw_lines(&self, event: &Event) {
        let text = match event {
            Event::PlayStart { name } => format!("PLAY [{name}]"),
            Event::TaskStart { task } => format!("TASK [{}]", task.name),
            Event::Item { result, label, .. } => {
                format!("{}: [{}] => (item={label}) => {}", status_name(result), result.host, shown(&result.result))
            }
            Event::TaskResult { result, .. } => {
                format!("{}: [{}] => {}", status_name(result), result.host, shown(&result.result))
            }
            Event::Retry { task, left, .. } => format!("FAILED - RETRYING: {} ({left} retries left).", task.name),
            Event::Warning { message, .. } => format!("[WARNING]: {message}"),
            _ => return,
        };
        line!(info, self, "stdout", {} text);
    }
}

/// What the reference does not announce.
fn is_quiet(task: &TaskRef) -> bool {
    is_debug(task) || matches!(&*task.module, "ansible.builtin.set_fact" | "set_fact")
}

fn is_debug(task: &TaskRef) -> bool {
    matches!(&*task.module, "ansible.builtin.debug" | "debug")
}

fn is_failure(result: &TaskResult) -> bool {
    matches!(result.status, TaskStatus::Failed | TaskStatus::Unreachable)
}

fn status_name(result: &TaskResult) -> &'static str {
    match result.status {
        TaskStatus::Ok => "ok",
        TaskStatus::Changed => "changed",
        TaskStatus::Skipped => "skipping",
        TaskStatus::Failed if result.rescued => "rescued",
        TaskStatus::Failed => "failed",
        TaskStatus::Ignored => "ignored",
        TaskStatus::Unreachable => "unreachable",
    }
}

fn shown(value: &Value) -> String {
    value.to_json().map_or_else(|_| value.to_string(), |json| json.to_string())
}
