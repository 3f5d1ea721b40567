//! What filters, tests, globals and methods see of the template being rendered, and how they call back into it.
use crate::{Context, Error, Result, Value, filters, globals, methods, tests};
use std::sync::Arc;

mod args;
pub(crate) mod limits;
pub(crate) use args::Args;

/// One rendering: the context and what lives only as long as it.
pub(crate) struct Render<'a> {
    pub(crate) cx: &'a Context<'a>,
}

impl<'a> Render<'a> {
    pub(crate) fn new(cx: &'a Context<'a>) -> Self {
        Self { cx }
    }
    /// Counts items about to be walked over or made; what costs time or memory out of proportion to its arguments
    /// (`range`, `center`, `product`, …) asks here first.
    pub(crate) fn charge(&self, items: usize) -> Result<()> {
        limits::step(items)?;
        limits::bytes(items)
    }
    /// Applies a filter by its name (`map('upper')`).
    pub(crate) fn filter(&self, name: &str, value: &Value, args: &Args) -> Result<Value> {
        match filters::find(name) {
            Some(filter) => filter(self, value, args),
            None => Err(Error::new(crate::ErrorKind::Unknown, format!("No filter named '{name}'."))),
        }
    }
    /// Applies a test by its name (`select('defined')`).
    pub(crate) fn test(&self, name: &str, value: &Value, args: &Args) -> Result<bool> {
        match tests::find(name) {
            Some(test) => test(self, value, args),
            None => Err(Error::new(crate::ErrorKind::Unknown, format!("No test named '{name}'."))),
        }
    }
    /// Calls a macro, bound method, class or global function.
    pub(crate) fn call(&self, callee: &Value, args: Args) -> Result<Value> {
        match callee {
            Value::Object(object) => object.0.call(self, args),
            Value::Undefined(message) => Err(Error::undefined(&**message)),
            other => Err(Error::wrong_type(format!("'{}' object is not callable", other.type_name()))),
        }
    }
    /// Calls a method of a value (`text.split(',')`, `list.append(x)`).
    pub(crate) fn call_method(&self, receiver: &Value, name: &str, args: Args) -> Result<Value> {
        methods::call(self, receiver, name, args)
    }
    /// A global function by its name (`range`, `lookup`, `now`).
    pub(crate) fn global(&self, name: &str) -> Option<globals::Function> {
        globals::find(name)
    }
    /// `value.name`: the attribute, else the item; `Undefined` with Ansible's wording when there is neither.
    pub(crate) fn attr(&self, value: &Value, name: &str) -> Result<Value> {
        let _ = (value, name);
        unimplemented!()
    }
    /// `value[key]`: the item, else the attribute; `Undefined` with Ansible's wording when there is neither.
    pub(crate) fn item(&self, value: &Value, key: &Value) -> Result<Value> {
        let _ = (value, key);
        unimplemented!()
    }
    /// What a `for` loop walks over: items, keys of a dict, characters of text; else Python's complaint.
    pub(crate) fn iterate(&self, value: &Value) -> Result<Vec<Value>> {
        let _ = value;
        unimplemented!()
    }
}

/// A named argument.
pub(crate) type Named = (Arc<str>, Value);
