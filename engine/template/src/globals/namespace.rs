//! `namespace`: an object whose attributes `{% set ns.x = … %}` changes.
use crate::render::{Args, Render};
use crate::value::Obj;
use crate::value::object::Object;
use crate::{Error, Result, Value};
use parking_lot::RwLock;
use std::sync::Arc;

#[derive(Debug, Default)]
struct Namespace(RwLock<Vec<(Arc<str>, Value)>>);

/// `namespace(dict, name=value, …)`, as `dict` takes its arguments.
pub(super) fn namespace(render: &Render<'_>, args: Args) -> Result<Value> {
    if args.positional.len() > 1 {
        return Err(Error::wrong_type(format!("dict expected at most 1 argument, got {}", args.positional.len())));
    }
    let made = Namespace::default();
    for given in args.positional {
        for (key, value) in pairs(render, &given)? {
            made.set(&key.to_string(), value);
        }
    }
    for (name, value) in args.named {
        made.set(&name, value);
    }
    Ok(Obj::value(made))
}

fn pairs(render: &Render<'_>, given: &Value) -> Result<Vec<(Value, Value)>> {
    if let Some(entries) = given.entries() {
        return Ok(entries);
    }
    let pair = |item: Value| match &*render.iterate(&item)? {
        [key, value] => Ok((key.clone(), value.clone())),
        other => {
            Err(Error::failed(format!("dictionary update sequence element has length {}; 2 is required", other.len())))
        }
    };
    render.iterate(given)?.into_iter().map(pair).collect()
}

impl Namespace {
    fn set(&self, name: &str, value: Value) {
        let mut attributes = self.0.write();
        match attributes.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, place)) => *place = value,
            None => attributes.push((name.into(), value)),
        }
    }
}

impl Object for Namespace {
    fn class(&self) -> &'static str {
        "Namespace"
    }
    fn repr(&self) -> String {
        let attributes = self.0.read().clone();
        format!("<Namespace {}>", Value::dict(attributes))
    }
    fn attr(&self, name: &str) -> Option<Value> {
        self.0.read().iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone())
    }
    fn set_attr(&self, name: &str, value: Value) -> Result<()> {
        self.set(name, value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Fixture;
    use serde_json::json;

    #[test]
    fn attributes_outlive_loops() {
        let fixture = Fixture::new(&json!({"l": [1, 2, 3]}));
        for (text, result) in [
            ("{% set ns = namespace(x=0) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "6"),
            ("{% set ns = namespace(x=0) %}{{ ns }}", "<Namespace {'x': 0}>"),
            ("{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns['b'] }}", "12"),
            ("{% set ns = namespace([['a', 1]]) %}{{ ns.a }}", "1"),
        ] {
            assert_eq!(fixture.render(text).unwrap().to_string(), result, "{text}");
        }
        let error = fixture.render("{% set ns = namespace() %}{{ ns.zz }}").unwrap_err();
        assert_eq!(error.message(), "'jinja2.utils.Namespace object' has no attribute 'zz'");
    }
}
