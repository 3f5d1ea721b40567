//! Things that live inside a template only: macros, namespaces, `loop`, bound methods, classes.
use super::Value;
use crate::render::{Args, Render};
use crate::{Error, Result};
use std::sync::Arc;

/// What an object can do; everything is refused unless overridden.
pub(crate) trait Object: Send + Sync + std::fmt::Debug {
    /// Python's `type(x).__name__`.
    fn class(&self) -> &'static str;
    fn repr(&self) -> String {
        format!("<{}>", self.class())
    }
    fn attr(&self, _name: &str) -> Option<Value> {
        None
    }
    fn set_attr(&self, name: &str, _value: Value) -> Result<()> {
        Err(Error::failed(format!("cannot set attribute {name:?} of a {}: only namespace objects can", self.class())))
    }
    fn is_callable(&self) -> bool {
        false
    }
    fn call(&self, _render: &Render<'_>, _args: Args) -> Result<Value> {
        Err(Error::wrong_type(format!("'{}' object is not callable", self.class())))
    }
}

/// A shared object.
#[derive(Clone)]
pub struct Obj(pub(crate) Arc<dyn Object>);

impl Obj {
    pub(crate) fn value(object: impl Object + 'static) -> Value {
        Value::Object(Self(Arc::new(object)))
    }
    pub(crate) fn class(&self) -> &'static str {
        self.0.class()
    }
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.class() == "type" && self.0.repr() == other.0.repr())
    }
}

impl std::fmt::Debug for Obj {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.repr())
    }
}

/// Python's class of a value (`x.__class__`).
#[derive(Debug)]
pub(crate) struct Class(pub(crate) &'static str);

impl Object for Class {
    fn class(&self) -> &'static str {
        "type"
    }
    fn repr(&self) -> String {
        format!("<class '{}'>", self.0)
    }
    fn attr(&self, name: &str) -> Option<Value> {
        match name {
            "__name__" => Some(Value::from(self.0)),
            "__mro__" => {
                let mut line = vec![Obj::value(Self(self.0))];
                if self.0 == "bool" {
                    line.push(Obj::value(Self("int")));
                }
                line.push(Obj::value(Self("object")));
                Some(Value::tuple(line))
            }
            _ => None,
        }
    }
}
