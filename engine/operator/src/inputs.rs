//! What a run knows of its CR: the extra vars, in the reference's order.
use crate::snake_case::convert_keys;
use crate::watches::Watch;
use rolewright_cluster::Gvk;
use rolewright_language::ast::Vars;
use rolewright_template::{Tree, Value};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Variables of one run, split by what they are made of.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Data: never looked into for templates.
    pub data: Vec<(Arc<str>, Value)>,
    /// Project text: watch vars and finalizer vars; above `data`.
    pub vars: Vars,
}

/// Builds them for `object`; `deleting` adds the finalizer's vars.
///
/// Later names win over earlier ones: the old `meta`, the spec, `ansible_operator_meta`, the whole object, its spec
/// as written, the watch's vars, the finalizer's vars.
pub fn inputs(watch: &Watch, object: &Json, deleting: bool) -> Inputs {
    let own_vars = watch.vars.iter().chain(watch.finalizer.iter().filter(|_| deleting).flat_map(|f| &f.vars));
    let from_cr = cr_variables(watch, object);
    let meta = meta_variables(object);
    if watch.mark_unsafe {
        let mut data = Ordered::default();
        data.set("meta", Value::from_json(&meta));
        for (name, value) in from_cr.before {
            data.set(&name, Value::from_json_owned(value));
        }
        data.set("ansible_operator_meta", Value::from_json(&meta));
        for (name, value) in from_cr.after {
            data.set(&name, Value::from_json_owned(value));
        }
        return Inputs { data: data.0, vars: last_wins(own_vars) };
    }
    // The watch says `markUnsafe: false`: what the CR says is compiled like project text, its author can run code.
    let compile = |(name, value): &(String, Json)| -> (Arc<str>, Arc<Tree>) {
        (name.as_str().into(), Arc::new(Tree::from_project_json(value, &watch.origin)))
    };
    let mut vars: Vars = vec![("meta".into(), Tree::data(Value::from_json(&meta)))];
    vars.extend(from_cr.before.iter().map(compile));
    vars.push(("ansible_operator_meta".into(), Tree::data(Value::from_json(&meta))));
    vars.extend(from_cr.after.iter().map(compile));
    Inputs { data: Vec::new(), vars: last_wins(vars.iter().chain(own_vars)) }
}

struct FromCr {
    /// The spec's keys.
    before: Vec<(String, Json)>,
    /// The whole object and its spec.
    after: Vec<(String, Json)>,
}

fn cr_variables(watch: &Watch, object: &Json) -> FromCr {
    let spec = object.get("spec").and_then(Json::as_object).cloned().unwrap_or_else(Map::new);
    let name = object_variable(&watch.gvk);
    let after = vec![(format!("{name}_spec"), Json::Object(spec.clone())), (name, object.clone())];
    let spec = Json::Object(spec);
    let named = if watch.snake_case_parameters { convert_keys(&spec) } else { spec };
    let before = match named {
        Json::Object(map) => map.into_iter().collect(),
        _ => Vec::new(),
    };
    FromCr { before, after }
}

/// `_group_kind`, the name of the variable that holds the whole CR; `__secret` for the core group.
pub fn object_variable(gvk: &Gvk) -> String {
    format!("_{}_{}", gvk.group, gvk.kind.to_lowercase()).replace(['.', '-'], "_")
}

fn meta_variables(object: &Json) -> Json {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    json!({"name": text("name"), "namespace": text("namespace")})
}

#[derive(Default)]
struct Ordered(Vec<(Arc<str>, Value)>);

impl Ordered {
    fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((name.into(), value)),
        }
    }
}

fn last_wins<'a>(vars: impl Iterator<Item = &'a (Arc<str>, Arc<Tree>)>) -> Vars {
    let mut all = indexmap::IndexMap::new();
    for (name, tree) in vars {
        all.insert(Arc::clone(name), Arc::clone(tree));
    }
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watches::test_watch;

    fn data(watch: &Watch, object: &Json) -> Json {
        let inputs = inputs(watch, object, false);
        let entries = inputs.data.iter().map(|(name, value)| (name.to_string(), value.to_json().unwrap()));
        Json::Object(entries.collect())
    }

    fn names(vars: &Vars) -> Vec<&str> {
        vars.iter().map(|(name, _)| &**name).collect()
    }

    #[test]
    fn a_cr_becomes_variables() {
        let object = json!({
            "metadata": {"name": "n", "namespace": "ns"},
            "spec": {"replicaCount": 3, "nodeSelector": {"appName": "{{ x }}"}, "big": 18_446_744_073_709_551_615_u64},
        });
        let meta = json!({"name": "n", "namespace": "ns"});
        assert_eq!(
            data(&test_watch("cache.example.com/v1", "Memcached"), &object),
            json!({
                "meta": meta,
                "replica_count": 3,
                "node_selector": {"app_name": "{{ x }}"},
                "big": 18_446_744_073_709_551_615_u64,
                "ansible_operator_meta": meta,
                "_cache_example_com_memcached": object,
                "_cache_example_com_memcached_spec": object["spec"],
            })
        );
    }

    #[test]
    fn keys_stay_when_the_watch_says_so() {
        let watch = Watch { snake_case_parameters: false, ..test_watch("v1", "K") };
        let object = json!({"metadata": {"name": "n"}, "spec": {"replicaCount": 3}});
        assert_eq!(data(&watch, &object)["replicaCount"], 3);
    }

    #[test]
    fn without_a_spec_there_are_still_the_others() {
        for spec in [Json::Null, json!([1]), json!("text")] {
            let object = json!({"metadata": {"name": "n"}, "spec": spec, "data": {"a": "b"}});
            let data = data(&test_watch("v1", "Secret"), &object);
            assert_eq!(data["__secret_spec"], json!({}));
            assert_eq!(data["__secret"]["data"]["a"], "b");
            assert_eq!(data["ansible_operator_meta"], json!({"name": "n", "namespace": ""}));
        }
    }

    #[test]
    fn the_spec_wins_over_the_old_meta_but_not_over_the_new_one() {
        let object = json!({"metadata": {"name": "n"}, "spec": {"meta": 1, "ansibleOperatorMeta": 2}});
        let data = data(&test_watch("v1", "K"), &object);
        assert_eq!(data["meta"], 1);
        assert_eq!(data["ansible_operator_meta"]["name"], "n");
    }

    #[test]
    fn finalizer_vars_win_and_come_only_with_the_deletion() {
        let var = |value: i64| Tree::data(Value::from(value));
        let finalizer = crate::watches::Finalizer {
            name: "f".into(),
            content: None,
            vars: vec![("state".into(), var(2)), ("extra".into(), var(3))],
        };
        let watch = Watch { vars: vec![("state".into(), var(1))], finalizer: Some(finalizer), ..test_watch("v1", "K") };
        let object = json!({"metadata": {"name": "n"}});
        assert_eq!(names(&inputs(&watch, &object, false).vars), ["state"]);
        let deleting = inputs(&watch, &object, true).vars;
        assert_eq!(names(&deleting), ["state", "extra"]);
        assert_eq!(deleting[0].1.as_data().and_then(Value::as_i64), Some(2));
    }

    #[test]
    fn the_object_variable_has_its_name_from_group_and_kind() {
        for (api_version, kind, expected) in [
            ("v1", "Secret", "__secret"),
            ("cache.example.com/v1", "Memcached", "_cache_example_com_memcached"),
            ("my-group.io/v1", "FooBar", "_my_group_io_foobar"),
        ] {
            assert_eq!(object_variable(&Gvk::from_api_version(api_version, kind)), expected);
        }
    }
}
