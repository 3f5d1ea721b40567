//! The modules of `operator_sdk.util`.
mod event;
mod metric;
mod requeue;
mod status;
#[cfg(test)]
mod tests;

pub use metric::{Metric, MetricKind, MetricSink, UserMetrics};

use rolewright_run::Module;
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<dyn Module>> {
    vec![
        Arc::new(status::K8sStatus),
        Arc::new(event::K8sEvent),
        Arc::new(requeue::RequeueAfter),
        Arc::new(metric::OsdkMetric),
    ]
}
