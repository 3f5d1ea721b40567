//! What `set_stats` gathers for the end of a run.
use crate::execution::Execution;
use crate::hosts::HostId;
use crate::results::{self, Fields, keys};
use indexmap::IndexMap;
use rolewright_template::Value;
use std::sync::Arc;

/// Figures of the whole run (under no host) and of single hosts.
#[derive(Debug, Default)]
pub(crate) struct CustomStats(IndexMap<Option<Arc<str>>, IndexMap<Arc<str>, Value>>);

impl CustomStats {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of the run first.
    pub(crate) fn to_list(&self) -> Vec<(Option<Arc<str>>, Value)> {
        let shown =
            |figures: &IndexMap<Arc<str>, Value>| Value::dict(figures.iter().map(|(k, v)| (Arc::clone(k), v.clone())));
        let mut list: Vec<_> = self.0.iter().map(|(host, figures)| (host.clone(), shown(figures))).collect();
        list.sort_by(|(a, _), (b, _)| a.cmp(b));
        list
    }

    fn set(&mut self, host: Option<Arc<str>>, name: Arc<str>, value: Value, aggregate: bool) {
        let figures = self.0.entry(host).or_default();
        let sum = match figures.get(&name) {
            Some(before) if aggregate => match added(before, &value) {
                Some(sum) => sum,
                // Figures of different kinds cannot be added up: the first one stays.
                None => return,
            },
            _ => value,
        };
        figures.insert(name, sum);
    }
}

/// Numbers are added, texts and lists joined, mappings merged.
fn added(before: &Value, more: &Value) -> Option<Value> {
    match (before, more) {
        (Value::Int(a), Value::Int(b)) => Some(Value::Int(a.saturating_add(*b))),
        (Value::Str(a), Value::Str(b)) => Some(Value::from(format!("{a}{b}"))),
        (Value::List(a), Value::List(b)) => Some(Value::list(a.to_vec().into_iter().chain(b.to_vec()))),
        (Value::Dict(_), Value::Dict(_)) => Some(merged(before, more)),
        _ if before.type_name() == more.type_name() => Some(Value::from(before.as_f64()? + more.as_f64()?)),
        _ => None,
    }
}

fn merged(before: &Value, more: &Value) -> Value {
    let mut all = before.entries().unwrap_or_default();
    for (key, value) in more.entries().unwrap_or_default() {
        match all.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) if known.is_dict() && value.is_dict() => *known = merged(known, &value),
            Some((_, known)) => *known = value,
            None => all.push((key, value)),
        }
    }
    Value::dict(all)
}

impl Execution<'_> {
    /// Takes in what a result, or those of its items, add to the figures.
    pub(crate) fn gather_stats(&mut self, host: HostId, fields: &Fields) {
        let own = fields.contains_key("ansible_stats").then(|| results::to_value(fields));
        let items = fields.get(&keys().results).and_then(Value::items).unwrap_or_default();
        for result in own.into_iter().chain(items) {
            let Some(stats) = result.get("ansible_stats") else { continue };
            let flag = |name: &str, default: bool| stats.get(name).map_or(default, |value| value.is_truthy());
            let per_host = flag("per_host", false).then(|| Arc::clone(&self.host(host).name));
            let aggregate = flag("aggregate", true);
            for (name, value) in stats.get("data").and_then(|data| data.entries()).unwrap_or_default() {
                self.custom_stats.set(per_host.clone(), name.to_string().into(), value, aggregate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_add_up() {
        let rows = [
            (json!(1), json!(2), Some(json!(3))),
            (json!("a"), json!("b"), Some(json!("ab"))),
            (json!([1]), json!([2]), Some(json!([1, 2]))),
            (json!({"a": {"b": 1}}), json!({"a": {"c": 2}}), Some(json!({"a": {"b": 1, "c": 2}}))),
            (json!(1.5), json!(2.0), Some(json!(3.5))),
            (json!(1), json!("b"), None),
        ];
        for (before, more, expected) in rows {
            let sum = added(&Value::from_json(&before), &Value::from_json(&more));
            assert_eq!(sum.map(|sum| sum.to_json().unwrap()), expected, "{before} + {more}");
        }
    }
}
