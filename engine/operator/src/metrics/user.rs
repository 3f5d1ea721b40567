//! Metrics of roles (`osdk_metric`), in the registry that is scraped.
use super::registry::{Labels, Registry};
use rolewright_modules::operator_sdk::{Metric, MetricKind, MetricSink};

/// Prometheus' own default.
const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

impl MetricSink for Registry {
    fn record(&self, metric: &Metric) -> Result<(), String> {
        let (name, help) = (metric.name.as_str(), metric.description.as_str());
        let none = Labels::default();
        match metric.kind {
            MetricKind::Counter { add } => {
                self.known_as(name, help, "counter", &[])?;
                self.add(name, none, add);
            }
            MetricKind::GaugeAdd(value) => {
                self.known_as(name, help, "gauge", &[])?;
                self.add(name, none, value);
            }
            MetricKind::GaugeSet(value) => {
                self.known_as(name, help, "gauge", &[])?;
                self.set(name, none, value);
            }
            MetricKind::Histogram { observe } => {
                self.known_as(name, help, "histogram", BUCKETS)?;
                self.observe(name, none, observe);
            }
            MetricKind::Summary { observe } => {
                self.known_as(name, help, "summary", &[])?;
                self.observe(name, none, observe);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_kept_and_told() {
        let registry = Registry::default();
        let record = |name: &str, kind| {
            registry.record(&Metric { name: name.to_owned(), description: format!("about {name}"), kind })
        };
        for (name, kind) in [
            ("made", MetricKind::Counter { add: 2.0 }),
            ("level", MetricKind::GaugeSet(5.0)),
            ("level", MetricKind::GaugeAdd(2.0)),
            ("took", MetricKind::Summary { observe: 2.0 }),
            ("size", MetricKind::Histogram { observe: 20.0 }),
        ] {
            assert_eq!(record(name, kind), Ok(()), "{name}");
        }
        let refused = record("made", MetricKind::GaugeSet(1.0));
        assert_eq!(refused, Err("cannot change metric type of made, which is a counter".to_owned()));
        let text = registry.text();
        for line in
            ["made 2", "level 7", "# TYPE took summary", "took_sum 2", "size_bucket{le=\"+Inf\"} 1", "size_sum 20"]
        {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("took_bucket"));
    }
}
