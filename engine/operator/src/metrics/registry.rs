//! Series and the text they are scraped as (Prometheus' text format 0.0.4).
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Names and values of one series, already in text form: `{a="b"}`, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labels(String);

impl Labels {
    /// In the order given.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        let shown: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        Self(shown.join(","))
    }
    /// With one more behind them.
    fn show(&self, more: Option<&str>) -> String {
        match (self.0.as_str(), more) {
            ("", None) => String::new(),
            ("", Some(more)) => format!("{{{more}}}"),
            (own, None) => format!("{{{own}}}"),
            (own, Some(more)) => format!("{{{own},{more}}}"),
        }
    }
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Families by name. Clones are the same registry.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<BTreeMap<String, Family>>>);

struct Family {
    help: String,
    kind: &'static str,
    buckets: &'static [f64],
    series: BTreeMap<Labels, Sample>,
}

enum Sample {
    Number(f64),
    Histogram { below: Vec<u64>, sum: f64, count: u64 },
}

impl Registry {
    pub fn gauge(&self, name: &str, help: &str) {
        self.declare(name, help, "gauge", &[]);
    }
    pub fn counter(&self, name: &str, help: &str) {
        self.declare(name, help, "counter", &[]);
    }
    pub fn histogram(&self, name: &str, help: &str, buckets: &'static [f64]) {
        self.declare(name, help, "histogram", buckets);
    }
    fn declare(&self, name: &str, help: &str, kind: &'static str, buckets: &'static [f64]) {
        let family = Family { help: help.to_owned(), kind, buckets, series: BTreeMap::new() };
        self.0.lock().entry(name.to_owned()).or_insert(family);
    }

    /// A metric that a role asks for by name: its first description stays, and its kind cannot change.
    pub fn known_as(&self, name: &str, help: &str, kind: &'static str, buckets: &'static [f64]) -> Result<(), String> {
        self.declare(name, help, kind, buckets);
        match self.0.lock().get(name) {
            Some(family) if family.kind != kind => {
                Err(format!("cannot change metric type of {name}, which is a {}", family.kind))
            }
            _ => Ok(()),
        }
    }

    pub fn set(&self, name: &str, labels: Labels, value: f64) {
        self.number(name, labels, |number| *number = value);
    }
    pub fn add(&self, name: &str, labels: Labels, value: f64) {
        self.number(name, labels, |number| *number += value);
    }
    fn number(&self, name: &str, labels: Labels, change: impl FnOnce(&mut f64)) {
        if let Some(family) = self.0.lock().get_mut(name)
            && let Sample::Number(number) = family.series.entry(labels).or_insert(Sample::Number(0.0))
        {
            change(number);
        }
    }

    pub fn observe(&self, name: &str, labels: Labels, value: f64) {
        let mut families = self.0.lock();
        let Some(family) = families.get_mut(name) else { return };
        let empty = || Sample::Histogram { below: vec![0; family.buckets.len()], sum: 0.0, count: 0 };
        if let Sample::Histogram { below, sum, count } = family.series.entry(labels).or_insert_with(empty) {
            for (number, bound) in below.iter_mut().zip(family.buckets) {
                *number += u64::from(value <= *bound);
            }
            *sum += value;
            *count += 1;
        }
    }

    pub fn remove(&self, name: &str, labels: &Labels) {
        if let Some(family) = self.0.lock().get_mut(name) {
            family.series.remove(labels);
        }
    }

    /// Everything, as it is scraped.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (name, family) in self.0.lock().iter().filter(|(_, family)| !family.series.is_empty()) {
            let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
            // Writing to a String cannot fail.
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {}", family.kind);
            for (labels, sample) in &family.series {
                print(&mut out, name, labels, sample, family);
            }
        }
        out
    }
}

fn print(out: &mut String, name: &str, labels: &Labels, sample: &Sample, family: &Family) {
    match sample {
        Sample::Number(value) => {
            let _ = writeln!(out, "{name}{} {value}", labels.show(None));
        }
        Sample::Histogram { below, sum, count } => {
            for (bound, number) in family.buckets.iter().zip(below) {
                let _ = writeln!(out, "{name}_bucket{} {number}", labels.show(Some(&format!("le=\"{bound}\""))));
            }
            // A summary without quantiles is its sum and its count.
            if family.kind == "histogram" {
                let _ = writeln!(out, "{name}_bucket{} {count}", labels.show(Some("le=\"+Inf\"")));
            }
            let _ = writeln!(out, "{name}_sum{} {sum}\n{name}_count{} {count}", labels.show(None), labels.show(None));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_labels_are_printed_as_prometheus_reads_them() {
        let registry = Registry::default();
        registry.counter("a_total", "A\nthing");
        registry.gauge("empty", "never set");
        registry.add("a_total", Labels::of(&[("x", "say \"hi\"\\\n")]), 2.0);
        registry.add("a_total", Labels::default(), 0.5);
        registry.add("unknown", Labels::default(), 1.0);
        assert_eq!(
            registry.text(),
            "# HELP a_total A\\nthing\n# TYPE a_total counter\na_total 0.5\na_total{x=\"say \\\"hi\\\"\\\\\\n\"} 2\n"
        );
    }
}
