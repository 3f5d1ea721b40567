//! `operator_sdk.util.osdk_metric`: metrics of a role's own.
use crate::kubernetes::common::options::{self, Kind, Opt, Options, Spec, options};
use rolewright_language::{FreeForm, ModuleInfo};
use rolewright_run::{Args, Module, Outcome, TaskContext};
use serde_json::Value as Json;
use std::sync::Arc;

/// Where metrics of roles go; the operator puts one among the extensions of a run.
#[derive(Clone)]
pub struct UserMetrics(pub Arc<dyn MetricSink>);

/// Takes in metrics of roles.
pub trait MetricSink: Send + Sync {
    /// Err says why the metric is refused (another kind under the same name, a counter that goes down).
    fn record(&self, metric: &Metric) -> Result<(), String>;
}

/// One change of one metric; the first description of a name stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub name: String,
    pub description: String,
    pub kind: MetricKind,
}

/// What changes. An empty request makes the metric known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricKind {
    Counter { add: f64 },
    GaugeAdd(f64),
    GaugeSet(f64),
    Histogram { observe: f64 },
    Summary { observe: f64 },
}

pub(crate) struct OsdkMetric;

const OPTIONS: &[Opt] = &[
    Opt::new("name", Kind::Str).required(),
    Opt::new("description", Kind::Str).required(),
    Opt::new("address", Kind::Str),
    Opt::new("counter", Kind::Dict),
    Opt::new("gauge", Kind::Dict),
    Opt::new("histogram", Kind::Dict),
    Opt::new("summary", Kind::Dict),
];

const SPEC: Spec = Spec { module: "operator_sdk.util.osdk_metric", options: options!(OPTIONS), rules: &[] };

impl Module for OsdkMetric {
    fn info(&self) -> ModuleInfo {
        ModuleInfo { name: SPEC.module, free_form: FreeForm::No, expressions: &[] }
    }
    fn aliases(&self) -> &'static [&'static str] {
        &["osdk_metric"]
    }
    fn run(&self, cx: &TaskContext<'_>, args: &Args) -> Outcome {
        match run(cx, args) {
            Ok(()) => Outcome::ok(true),
            Err(message) => Outcome::failed(message),
        }
    }
}

fn run(cx: &TaskContext<'_>, args: &Args) -> Result<(), String> {
    let options = options::read(&SPEC, args)?;
    let now = jiff::Timestamp::as_duration(cx.system.now()).as_secs_f64();
    let metric = read(&options, now)?;
    if options.filled("address").is_some_and(|address| !is_own(address)) {
        return Err("osdk_metric reaches this operator's own registry only: leave address out".into());
    }
    let metrics = cx.extensions.get::<UserMetrics>();
    let metrics = metrics.ok_or("osdk_metric works inside of an operator: this run has no registry of metrics")?;
    metrics.0.record(&metric)
}

/// The addresses under which the reference's operator listens to its roles.
fn is_own(address: &str) -> bool {
    ["http://localhost:", "http://127.0.0.1:"].iter().any(|own| address.starts_with(own))
}

fn read(options: &Options, now: f64) -> Result<Metric, String> {
    let given: Vec<(&str, &Json)> = ["counter", "gauge", "histogram", "summary"]
        .into_iter()
        .filter_map(|kind| Some((kind, options.get(kind)?)))
        .collect();
    let (kind, value) = match given.as_slice() {
        [] => return Err("a request should contain at least one metric".into()),
        [one] => *one,
        _ => return Err("only one metric can be processed at a time".into()),
    };
    let kind = match kind {
        "counter" => counter(value)?,
        "gauge" => gauge(value, now),
        "histogram" => MetricKind::Histogram { observe: number(value, "observe") },
        _ => MetricKind::Summary { observe: number(value, "observe") },
    };
    let text = |name: &str| options.text(name).unwrap_or_default().to_owned();
    Ok(Metric { name: text("name"), description: text("description"), kind })
}

fn number(value: &Json, key: &str) -> f64 {
    let value = &value[key];
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).unwrap_or(0.0)
}

fn flag(value: &Json, key: &str) -> bool {
    rolewright_template::Value::from_json(&value[key]).to_bool().unwrap_or(false)
}

fn counter(value: &Json) -> Result<MetricKind, String> {
    let add = number(value, "add");
    if flag(value, "increment") {
        return Ok(MetricKind::Counter { add: 1.0 });
    }
    if add < 0.0 {
        return Err("counter metrics cannot decrease in value".into());
    }
    Ok(MetricKind::Counter { add })
}

/// Several wishes at once: the first of this order counts; zero is no wish.
fn gauge(value: &Json, now: f64) -> MetricKind {
    let (add, subtract, set) = (number(value, "add"), number(value, "subtract"), number(value, "set"));
    if flag(value, "increment") {
        MetricKind::GaugeAdd(1.0)
    } else if flag(value, "decrement") {
        MetricKind::GaugeAdd(-1.0)
    } else if add != 0.0 {
        MetricKind::GaugeAdd(add)
    } else if subtract != 0.0 {
        MetricKind::GaugeAdd(-subtract)
    } else if set != 0.0 {
        MetricKind::GaugeSet(set)
    } else if flag(value, "set_to_current_time") {
        MetricKind::GaugeSet(now)
    } else if value.get("set").is_some() {
        // The reference cannot set a gauge to zero; nobody can want that.
        MetricKind::GaugeSet(0.0)
    } else {
        MetricKind::GaugeAdd(0.0)
    }
}
