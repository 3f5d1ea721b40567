//! `for` loops and the `loop` object.
use super::exec::Flow;
use super::{Args, Machine, Output, Render, eval, limits};
use crate::syntax::ir::{For, Name};
use crate::value::object::{Obj, Object};
use crate::{Error, Result, Value};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `loop`.
#[derive(Debug)]
struct Loop {
    items: Arc<[Value]>,
    index: AtomicUsize,
    depth: usize,
    changed: Mutex<Option<Vec<Value>>>,
    /// For `loop(items)`.
    again: Option<Again>,
}

/// What a recursive loop needs to run once more: itself and its surroundings.
#[derive(Clone)]
struct Again {
    program: Arc<For>,
    module: Arc<super::Module>,
    locals: Vec<(Name, Value)>,
}

impl std::fmt::Debug for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Again")
    }
}

impl Object for Handle {
    fn class(&self) -> &'static str {
        "LoopContext"
    }
    fn repr(&self) -> String {
        format!("<LoopContext {}/{}>", self.0.index.load(Ordering::Relaxed) + 1, self.0.items.len())
    }
    fn attr(&self, name: &str) -> Option<Value> {
        let (at, length) = (self.0.index.load(Ordering::Relaxed), self.0.items.len());
        let neighbour = |at: Option<usize>, which: &str| {
            at.and_then(|at| self.0.items.get(at))
                .cloned()
                .unwrap_or_else(|| Value::Undefined(format!("there is no {which} item").into()))
        };
        Some(match name {
            "index" => Value::from(at + 1),
            "index0" => Value::from(at),
            "revindex" => Value::from(length - at),
            "revindex0" => Value::from(length - at - 1),
            "first" => Value::Bool(at == 0),
            "last" => Value::Bool(at + 1 == length),
            "length" => Value::from(length),
            "depth" => Value::from(self.0.depth + 1),
            "depth0" => Value::from(self.0.depth),
            "previtem" => neighbour(at.checked_sub(1), "previous"),
            "nextitem" => neighbour(at.checked_add(1), "next"),
            "cycle" | "changed" => Obj::value(Bound { state: self.0.clone(), cycle: name == "cycle" }),
            _ => return None,
        })
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, render: &Render<'_>, args: Args) -> Result<Value> {
        let Some(again) = &self.0.again else {
            return Err(Error::wrong_type("The loop must have the 'recursive' marker to be called recursively."));
        };
        let items = args.get(0, "iterable").cloned().unwrap_or_default();
        let mut out = Output::new(render.native());
        let mut machine = Machine::inside(render, again.module.clone(), again.locals.clone());
        machine.run_loop(&again.program, &items, self.0.depth + 1, Some(again.clone()), &mut out)?;
        Ok(out.into_value(render.convert))
    }
}

#[derive(Debug)]
struct Handle(Arc<Loop>);

/// `loop.cycle` and `loop.changed`.
#[derive(Debug)]
struct Bound {
    state: Arc<Loop>,
    cycle: bool,
}

impl Object for Bound {
    fn class(&self) -> &'static str {
        "method"
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, _render: &Render<'_>, args: Args) -> Result<Value> {
        if !self.cycle {
            let mut last = self.state.changed.lock();
            let changed = last.as_ref() != Some(&args.positional);
            *last = Some(args.positional);
            return Ok(Value::Bool(changed));
        }
        if args.positional.is_empty() {
            return Err(Error::wrong_type("no items for cycling given"));
        }
        let at = self.state.index.load(Ordering::Relaxed) % args.positional.len();
        Ok(args.positional.get(at).cloned().unwrap_or_default())
    }
}

impl Machine<'_, '_> {
    pub(super) fn for_loop(&mut self, stmt: &Arc<For>, out: &mut Output) -> Result<Flow> {
        let items = self.eval(&stmt.iter)?;
        let again = match (&self.module, stmt.recursive) {
            (Some(module), true) => {
                Some(Again { program: stmt.clone(), module: module.clone(), locals: self.locals().to_vec() })
            }
            _ => None,
        };
        self.run_loop(stmt, &items, 0, again, out)
    }
    /// `Flow::Next`, always: what breaks out of the loop ends there.
    fn run_loop(
        &mut self,
        stmt: &For,
        items: &Value,
        depth: usize,
        again: Option<Again>,
        out: &mut Output,
    ) -> Result<Flow> {
        let mut items = self.render.iterate(items).map_err(|error| error.or_offset(stmt.iter.at()))?;
        if stmt.test.is_some() {
            items = self.select(stmt, items)?;
        }
        if items.is_empty() {
            let frame = self.open();
            let flow = self.run(&stmt.otherwise, out);
            self.close(frame);
            return flow;
        }
        let frame = self.open();
        let result = if stmt.uses_loop {
            self.rounds_with_loop(stmt, &frame, items, depth, again, out)
        } else {
            self.rounds(stmt, &frame, items, out)
        };
        self.close(frame);
        result.map(|()| Flow::Next)
    }
    fn rounds(&mut self, stmt: &For, frame: &super::machine::Frame, items: Vec<Value>, out: &mut Output) -> Result<()> {
        for item in items {
            limits::step(1)?;
            self.reset(frame);
            self.assign(&stmt.target, item).map_err(|error| error.or_offset(stmt.at))?;
            if self.run(&stmt.body, out)? == Flow::Break {
                break;
            }
        }
        Ok(())
    }
    fn rounds_with_loop(
        &mut self,
        stmt: &For,
        frame: &super::machine::Frame,
        items: Vec<Value>,
        depth: usize,
        again: Option<Again>,
        out: &mut Output,
    ) -> Result<()> {
        let items: Arc<[Value]> = items.into();
        let state = Arc::new(Loop {
            items: items.clone(),
            index: AtomicUsize::new(0),
            depth,
            changed: Mutex::new(None),
            again,
        });
        let handle = Obj::value(Handle(state.clone()));
        let name: Name = "loop".into();
        for (index, item) in items.iter().enumerate() {
            limits::step(1)?;
            self.reset(frame);
            state.index.store(index, Ordering::Relaxed);
            self.bind(&name, handle.clone());
            self.assign(&stmt.target, item.clone()).map_err(|error| error.or_offset(stmt.at))?;
            if self.run(&stmt.body, out)? == Flow::Break {
                break;
            }
        }
        Ok(())
    }
    /// The items that pass the loop's `if`.
    fn select(&mut self, stmt: &For, items: Vec<Value>) -> Result<Vec<Value>> {
        let Some(test) = &stmt.test else { return Ok(items) };
        let frame = self.open();
        let mut chosen = Vec::with_capacity(items.len());
        let mut result = Ok(());
        for item in items {
            self.reset(&frame);
            result = self.assign(&stmt.target, item.clone()).map_err(|error| error.or_offset(stmt.at));
            let fits = match &result {
                Ok(()) => self.eval(test).and_then(|value| eval::truth(&value)),
                Err(_) => break,
            };
            match fits {
                Ok(true) => chosen.push(item),
                Ok(false) => {}
                Err(error) => {
                    result = Err(error.or_offset(test.at()));
                    break;
                }
            }
        }
        self.close(frame);
        result.map(|()| chosen)
    }
}
