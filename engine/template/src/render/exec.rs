//! Statements.
use super::macros::Macro;
use super::{Machine, Output, limits};
use crate::syntax::ir::{Body, Expr, Stmt};
use crate::value::Obj;
use crate::{Result, Value};
use std::sync::Arc;

/// What a loop does after a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Continue,
    Break,
}

impl Machine<'_, '_> {
    /// Runs a template without modules.
    pub(crate) fn run_body(&mut self, body: &Body, out: &mut Output) -> Result<()> {
        self.run(body, out).map(|_| ())
    }
    /// Runs statements; stops at `break` and `continue`.
    pub(super) fn run(&mut self, body: &Body, out: &mut Output) -> Result<Flow> {
        limits::stack()?;
        for stmt in body {
            limits::step(1)?;
            let flow = self.statement(stmt, out)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }
    fn statement(&mut self, stmt: &Stmt, out: &mut Output) -> Result<Flow> {
        match stmt {
            Stmt::Text(text) if self.parent.is_none() => out.text(text)?,
            Stmt::Emit(expr, at) if self.parent.is_none() => {
                let value = self.eval(expr)?;
                out.value(value).map_err(|error| error.or_offset(expr.at().max(*at)))?;
            }
            Stmt::Text(_) | Stmt::Emit(..) => {}
            Stmt::If(branches, otherwise) => {
                for (test, body) in branches {
                    if self.truth(test)? {
                        return self.run(body, out);
                    }
                }
                return self.run(otherwise, out);
            }
            Stmt::For(stmt) => return self.for_loop(stmt, out),
            Stmt::Set(target, expr, at) => {
                let value = self.eval(expr)?;
                self.assign(target, value).map_err(|error| error.or_offset(*at))?;
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            other => return self.rarer_statement(other, out),
        }
        Ok(Flow::Next)
    }
    fn rarer_statement(&mut self, stmt: &Stmt, out: &mut Output) -> Result<Flow> {
        match stmt {
            Stmt::SetBlock(target, filter, body, at) => {
                let mut value = self.capture(body)?;
                if let Some(Expr::Filter(filter)) = filter {
                    value = self.filter(filter, Some(value))?;
                }
                self.assign(target, value).map_err(|error| error.or_offset(*at))?;
            }
            Stmt::FilterBlock(filter, body) => {
                let value = self.capture(body)?;
                if let Expr::Filter(filter) = filter {
                    let value = self.filter(filter, Some(value))?;
                    out.value(value).map_err(|error| error.or_offset(filter.at))?;
                }
            }
            Stmt::With(assignments, body, at) => {
                // Values are taken from outside, as Jinja2 does since 2.9.
                let values = assignments.iter().map(|(_, value)| self.eval(value)).collect::<Result<Vec<_>>>()?;
                let frame = self.open();
                let mut flow = Ok(Flow::Next);
                for ((target, _), value) in assignments.iter().zip(values) {
                    flow = flow.and_then(|flow| {
                        self.assign(target, value).map_err(|error| error.or_offset(*at))?;
                        Ok(flow)
                    });
                }
                let flow = flow.and_then(|_| self.run(body, out));
                self.close(frame);
                return flow;
            }
            Stmt::Scope(body) => {
                let frame = self.open();
                let flow = self.run(body, out);
                self.close(frame);
                return flow;
            }
            Stmt::Macro(definition) => {
                if let Some(module) = self.module.clone() {
                    let captured = if self.at_top_level() { Vec::new() } else { self.locals().to_vec() };
                    let value = Obj::value(Macro { definition: definition.clone(), module, captured });
                    self.bind(&definition.name, value);
                }
            }
            Stmt::CallBlock(call, definition) => {
                if let Some(module) = self.module.clone() {
                    let captured = self.locals().to_vec();
                    let caller = Obj::value(Macro { definition: definition.clone(), module, captured });
                    let value = self.call_with(call, (Arc::clone(&definition.name), caller));
                    let value = value.map_err(|error| error.or_offset(call.at))?;
                    out.value(value).map_err(|error| error.or_offset(call.at))?;
                }
            }
            Stmt::Do(expr) => _ = self.eval(expr)?,
            Stmt::Include(include) => self.include(include, out).map_err(|error| error.or_offset(include.at))?,
            Stmt::Import(import) => self.import(import).map_err(|error| error.or_offset(import.at))?,
            Stmt::Extends(name, at) => self.extends(name).map_err(|error| error.or_offset(*at))?,
            Stmt::Block(block) if self.parent.is_none() => self.block(block, out)?,
            _ => {}
        }
        Ok(Flow::Next)
    }
    /// What a body prints, as a value of its own.
    fn capture(&mut self, body: &Body) -> Result<Value> {
        let mut inner = Output::new(self.render.native());
        let frame = self.open();
        let result = self.run(body, &mut inner);
        self.close(frame);
        result?;
        Ok(inner.into_value(self.render.convert))
    }
}
