//! Functions that make objects with a memory: `cycler`, `joiner`.
use crate::python::{bind, text};
use crate::render::{Args, Render};
use crate::value::Obj;
use crate::value::object::Object;
use crate::{Error, Result, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

pub(super) fn cycler(_: &Render<'_>, args: Args) -> Result<Value> {
    if args.positional.is_empty() {
        return Err(Error::failed("at least one item has to be provided"));
    }
    Ok(Obj::value(Shared(Arc::new(Cycler { items: args.positional, at: AtomicUsize::new(0) }))))
}

/// The cycler itself; its methods hold it too.
#[derive(Debug)]
struct Shared(Arc<Cycler>);

impl Object for Shared {
    fn class(&self) -> &'static str {
        "Cycler"
    }
    fn attr(&self, name: &str) -> Option<Value> {
        match name {
            "current" => self.0.items.get(self.0.at.load(Ordering::Relaxed)).cloned(),
            "next" => Some(Obj::value(Step { cycler: self.0.clone(), reset: false })),
            "reset" => Some(Obj::value(Step { cycler: self.0.clone(), reset: true })),
            "items" => Some(Value::tuple(self.0.items.iter().cloned())),
            "pos" => Some(self.0.at.load(Ordering::Relaxed).into()),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Step {
    cycler: Arc<Cycler>,
    reset: bool,
}

impl Object for Step {
    fn class(&self) -> &'static str {
        "method"
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, _: &Render<'_>, _: Args) -> Result<Value> {
        if self.reset {
            self.cycler.at.store(0, Ordering::Relaxed);
            return Ok(Value::None);
        }
        let at = self.cycler.at.load(Ordering::Relaxed);
        self.cycler.at.store((at + 1) % self.cycler.items.len(), Ordering::Relaxed);
        Ok(self.cycler.items[at].clone())
    }
}

#[derive(Debug)]
struct Joiner {
    separator: String,
    used: AtomicBool,
}

pub(super) fn joiner(_: &Render<'_>, args: Args) -> Result<Value> {
    let [separator] = bind("joiner", &args, ["sep"])?;
    let separator = separator.map_or(Ok(", ".to_owned()), text)?;
    Ok(Obj::value(Joiner { separator, used: AtomicBool::new(false) }))
}

impl Object for Joiner {
    fn class(&self) -> &'static str {
        "Joiner"
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, _: &Render<'_>, _: Args) -> Result<Value> {
        let used = self.used.swap(true, Ordering::Relaxed);
        Ok(if used { self.separator.as_str() } else { "" }.into())
    }
}
