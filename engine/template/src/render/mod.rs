//! What filters, tests, globals and methods see of the template being rendered, and how they call back into it.
use crate::{Context, Error, Result, Value, filters, methods};
use parking_lot::Mutex;
use std::sync::Arc;

mod access;
mod args;
mod arithmetic;
mod eval;
mod exec;
mod inherit;
pub(crate) mod limits;
mod looping;
mod machine;
mod macros;
mod module;
mod output;
pub(crate) mod percent;
mod slice;
mod taint;
mod variables;

pub(crate) use args::Args;
pub(crate) use eval::truth;
pub(crate) use inherit::run_template;
pub(crate) use machine::Machine;
pub(crate) use module::Module;
pub(crate) use output::Output;
pub use output::converted;
pub(crate) use taint::tracked;

/// One rendering: the context and what lives only as long as it.
pub(crate) struct Render<'a> {
    pub(crate) cx: &'a Context<'a>,
    /// What blocks, macros and captures give is looked into for lists, dicts and booleans, as the whole is.
    pub(crate) convert: bool,
    /// Macros and modules hold each other: emptied at the end.
    modules: Mutex<Vec<Arc<Module>>>,
}

impl<'a> Render<'a> {
    pub(crate) fn new(cx: &'a Context<'a>) -> Self {
        Self::with(cx, true)
    }
    fn with(cx: &'a Context<'a>, convert: bool) -> Self {
        Self { cx, convert, modules: Mutex::new(Vec::new()) }
    }
    /// For files: the result is text, and nothing is converted on the way.
    pub(crate) fn text_only(cx: &'a Context<'a>) -> Self {
        Self::with(cx, false)
    }
    /// `ANSIBLE_JINJA2_NATIVE`, which files do not follow.
    pub(crate) fn native(&self) -> bool {
        self.convert && self.cx.native
    }
    /// Counts items about to be walked over or made; what costs time or memory out of proportion to its arguments
    /// (`range`, `center`, `product`, …) asks here first.
    pub(crate) fn charge(&self, items: usize) -> Result<()> {
        limits::step(items)?;
        limits::bytes(items)
    }
    /// Applies a filter by its name (`map('upper')`).
    pub(crate) fn filter(&self, name: &str, value: &Value, args: &Args) -> Result<Value> {
        limits::step(1)?;
        match filters::find(name) {
            Some(filter) => filter(self, value, args),
            None => Err(Error::new(crate::ErrorKind::Unknown, format!("No filter named '{name}'."))),
        }
    }
    /// Applies a test by its name (`select('defined')`).
    pub(crate) fn test(&self, name: &str, value: &Value, args: &Args) -> Result<bool> {
        limits::step(1)?;
        match crate::tests::find(name) {
            Some(test) => test(self, value, args),
            None => Err(Error::new(crate::ErrorKind::Unknown, format!("No test named '{name}'."))),
        }
    }
    /// Calls a macro, bound method, class or global function.
    pub(crate) fn call(&self, callee: &Value, args: Args) -> Result<Value> {
        limits::stack()?;
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
    /// `a + b`
    pub(crate) fn add(&self, a: &Value, b: &Value) -> Result<Value> {
        arithmetic::binary(crate::syntax::ir::Op::Add, a, b)
    }
    /// Data from outside of the project was read (by a lookup).
    pub(crate) fn saw_outside(&self, value: &Value) {
        taint::read(value);
    }
    /// `value.name`: the attribute, else the item; `Undefined` with Ansible's wording when there is neither.
    pub(crate) fn attr(&self, value: &Value, name: &str) -> Result<Value> {
        access::attr(value, name)
    }
    /// `value[key]`: the item, else the attribute; `Undefined` with Ansible's wording when there is neither.
    pub(crate) fn item(&self, value: &Value, key: &Value) -> Result<Value> {
        access::item(value, key)
    }
    /// What a `for` loop walks over: items, keys of a dict, characters of text; else Python's complaint.
    pub(crate) fn iterate(&self, value: &Value) -> Result<Vec<Value>> {
        let items = access::iterate(value)?;
        limits::step(items.len())?;
        Ok(items)
    }
    fn keep(&self, module: &Arc<Module>) {
        self.modules.lock().push(module.clone());
    }
}

impl Drop for Render<'_> {
    fn drop(&mut self) {
        for module in self.modules.get_mut().drain(..) {
            module.clear();
        }
    }
}

/// A named argument.
pub(crate) type Named = (Arc<str>, Value);

#[cfg(test)]
mod tests;
