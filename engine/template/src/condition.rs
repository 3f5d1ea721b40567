//! Bare expressions.
use crate::render::{Machine, Output, Render, limits, tracked, truth};
use crate::syntax::ir::{Expr, Program};
use crate::syntax::{self, Settings, Source};
use crate::template::{explain, syntax_error};
use crate::{Context, Error, ErrorKind, Origin, Result, Template, Value};
use std::sync::Arc;

/// A bare expression, as in `when`, `until`, `that`.
#[derive(Clone, Debug)]
pub struct Condition(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    body: Body,
}

#[derive(Debug)]
enum Body {
    /// Nothing at all is true.
    Empty,
    Expression(Expr, Program),
    /// Holds delimiters: rendered first, and what comes out is the expression.
    Template(Template),
    /// Does not parse: kept, and raised when it is evaluated.
    Broken(Error),
}

impl Condition {
    pub fn compile(text: &str, origin: &Origin) -> Result<Self> {
        let source = Source { text: text.into(), origin: origin.clone() };
        let body = if text.is_empty() {
            Body::Empty
        } else if syntax::is_template(text, &Settings::default()) {
            Body::Template(Template::inline(text, origin).map_err(|error| failed(&source, error))?)
        } else {
            let (expr, program) = parse(&source).map_err(|error| failed(&source, error))?;
            Body::Expression(expr, program)
        };
        Ok(Self(Arc::new(Inner { source, body })))
    }
    /// [`Condition::compile`], but an error is kept and raised by every evaluation.
    pub fn compile_or_keep(text: &str, origin: &Origin) -> Self {
        Self::compile(text, origin).unwrap_or_else(|error| {
            let source = Source { text: text.into(), origin: origin.clone() };
            Self(Arc::new(Inner { source, body: Body::Broken(error) }))
        })
    }
    /// Why it can never be evaluated.
    pub fn broken(&self) -> Option<&Error> {
        match &self.0.body {
            Body::Broken(error) => Some(error),
            _ => None,
        }
    }
    pub fn source(&self) -> &str {
        &self.0.source.text
    }
    /// Truth by ansible-core 2.18's rules (`when: "{{ x }}"` is evaluated twice only for project text).
    pub fn is_true(&self, cx: &Context<'_>) -> Result<bool> {
        let _session = limits::Session::open();
        let source = &self.0.source;
        let result = match &self.0.body {
            Body::Empty => Ok(true),
            Body::Expression(expr, program) => test(source, expr, program, cx),
            Body::Template(template) => twice(template, source, cx),
            Body::Broken(error) => return Err(error.clone()),
        };
        result.map_err(|error| failed(source, error))
    }
    /// The expression's value as `debug: var=` shows it: what `{{ expression }}` renders to.
    pub fn value(&self, cx: &Context<'_>) -> Result<Value> {
        let _session = limits::Session::open();
        match &self.0.body {
            Body::Empty => Ok(Value::from("")),
            Body::Template(template) => template.render(cx),
            Body::Broken(error) => Err(error.clone()),
            Body::Expression(Expr::Name(name, _), _) if crate::template::unconverted(cx, name).is_some() => {
                Ok(crate::template::unconverted(cx, name).unwrap_or_default())
            }
            Body::Expression(expr, program) => {
                let render = Render::new(cx);
                let mut out = Output::new(render.native());
                let value = Machine::new(&render, program.mutates).eval(expr);
                value.and_then(|value| out.value(value)).map_err(|error| explain(&self.0.source, error))?;
                Ok(out.into_value(true))
            }
        }
    }
}

fn parse(source: &Source) -> Result<(Expr, Program)> {
    syntax::parse_expression(&source.text).map_err(|(message, offset)| {
        let error = syntax_error(&wrapped(source), (message, 0));
        let kind = error.kind();
        Error::new(kind, error.message()).or_at(&source.place(offset))
    })
}

/// The template that Ansible makes of a condition; it shows in messages.
fn wrapped(source: &Source) -> Source {
    let text =
        format!("{{% set __cres = {} %}}{{{{ [true if __cres else false, __cres.__class__.__name__] }}}}", source.text);
    Source { text: text.into(), origin: source.origin.clone() }
}

fn test(source: &Source, expr: &Expr, program: &Program, cx: &Context<'_>) -> Result<bool> {
    let render = Render::new(cx);
    let mut machine = Machine::new(&render, program.mutates);
    let value = machine.eval(expr).and_then(|value| truth(&value)).map_err(|error| error.or_offset(expr.at()));
    value.map_err(|error| {
        let error = error.leave(|offset| source.place(offset));
        explain(&wrapped(source), error)
    })
}

/// Renders the condition and evaluates what came out, unless that was read from outside of the project.
fn twice(template: &Template, source: &Source, cx: &Context<'_>) -> Result<bool> {
    let (rendered, tainted) = tracked(|| template.render(cx));
    let text = match rendered? {
        Value::Bool(value) => return Ok(value),
        Value::Str(text) if text.is_empty() => return Ok(false),
        Value::Str(_) | Value::Bytes(_) if tainted => {
            return Err(Error::failed("Conditional is marked as unsafe, and cannot be evaluated."));
        }
        // Ansible's mark is on text only; what stands inside of a container is held back as well.
        Value::List(_) | Value::Dict(_) | Value::Tuple(_) | Value::Set(_) if tainted => {
            return Err(Error::failed("Conditional is marked as unsafe, and cannot be evaluated."));
        }
        other => other.to_string(),
    };
    let second = Source { text: text.into(), origin: source.origin.clone() };
    let (expr, program) = parse(&second)?;
    test(&second, &expr, &program, cx)
}

/// Ansible's words around an error in a condition.
fn failed(source: &Source, error: Error) -> Error {
    let text = &source.text;
    let kind = error.kind();
    let inner = match kind {
        ErrorKind::Undefined => format!("error while evaluating conditional ({text}): {}", error.message()),
        _ => error.message().to_owned(),
    };
    error.or_at(&source.origin).reworded(kind, format!("The conditional check '{text}' failed. The error was: {inner}"))
}
