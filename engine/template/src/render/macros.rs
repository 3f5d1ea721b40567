//! Macros and `caller`.
use super::{Args, Machine, Module, Named, Output, Render};
use crate::syntax::ir::{Call, MacroDef, Name};
use crate::value::object::Object;
use crate::{Error, Result, Value};
use std::sync::Arc;

/// A macro as a value.
#[derive(Debug)]
pub(super) struct Macro {
    pub(super) definition: Arc<MacroDef>,
    pub(super) module: Arc<Module>,
    /// What it sees of the frames around it; at a template's top that is the module itself.
    pub(super) captured: Vec<(Name, Value)>,
}

impl Object for Macro {
    fn class(&self) -> &'static str {
        "Macro"
    }
    fn repr(&self) -> String {
        format!("<Macro {}>", Value::from(self.definition.name.clone()).repr())
    }
    fn attr(&self, name: &str) -> Option<Value> {
        let definition = &self.definition;
        Some(match name {
            "name" => Value::from(definition.name.clone()),
            "arguments" => Value::tuple(definition.params.iter().cloned().map(Value::from)),
            "catch_kwargs" => Value::Bool(definition.uses_kwargs),
            "catch_varargs" => Value::Bool(definition.uses_varargs),
            "caller" => Value::Bool(definition.uses_caller),
            _ => return None,
        })
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, render: &Render<'_>, args: Args) -> Result<Value> {
        let mut machine = Machine::inside(render, self.module.clone(), self.captured.clone());
        let mut out = Output::new(render.native());
        let result = self.bind(&mut machine, args).and_then(|()| machine.run(&self.definition.body, &mut out));
        result.map_err(|error| self.module.leave(error))?;
        Ok(out.into_value(render.convert))
    }
}

impl Macro {
    fn bind(&self, machine: &mut Machine<'_, '_>, args: Args) -> Result<()> {
        let definition = &*self.definition;
        let Args { positional, mut named } = args;
        let mut positional = positional.into_iter();
        let first_default = definition.params.len() - definition.defaults.len();
        let mut given = Vec::with_capacity(definition.params.len());
        for param in &definition.params {
            let by_name = named.iter().position(|(name, _)| name == param);
            // A value by position leaves one by name over, which is then refused.
            let value = positional.next().or_else(|| by_name.map(|at| named.remove(at).1));
            given.push(value);
        }
        self.bind_rest(machine, positional.collect(), named)?;
        // Defaults see the parameters before them.
        for (at, (param, value)) in definition.params.iter().zip(given).enumerate() {
            let default = at.checked_sub(first_default).and_then(|at| definition.defaults.get(at));
            let value = match (value, default) {
                (Some(value), _) => value,
                (None, Some(default)) => machine.eval(default)?,
                (None, None) if &**param == "caller" => continue,
                (None, None) => {
                    Value::Undefined(format!("parameter {} was not provided", Value::from(param.clone()).repr()).into())
                }
            };
            machine.bind(param, value);
        }
        Ok(())
    }
    /// `caller`, `varargs`, `kwargs`, or the complaint that there are too many arguments.
    fn bind_rest(&self, machine: &mut Machine<'_, '_>, rest: Vec<Value>, mut named: Vec<Named>) -> Result<()> {
        let definition = &*self.definition;
        if let Some(at) = named.iter().position(|(name, _)| &**name == "caller").filter(|_| definition.uses_caller) {
            let (name, value) = named.remove(at);
            machine.bind(&name, value);
        } else if definition.uses_caller {
            machine.bind(&"caller".into(), Value::Undefined("No caller defined".into()));
        }
        if definition.uses_kwargs {
            machine.bind(&"kwargs".into(), Value::dict(named));
        } else if let Some((name, _)) = named.first() {
            let message = if &**name == "caller" {
                format!(
                    "macro '{}' was invoked with two values for the special caller argument. This is most likely a bug.",
                    definition.name
                )
            } else {
                format!("macro '{}' takes no keyword argument '{name}'", definition.name)
            };
            return Err(Error::wrong_type(message));
        }
        if definition.uses_varargs {
            machine.bind(&"varargs".into(), Value::tuple(rest));
        } else if !rest.is_empty() {
            let message =
                format!("macro '{}' takes not more than {} argument(s)", definition.name, definition.params.len());
            return Err(Error::wrong_type(message));
        }
        Ok(())
    }
}

impl Machine<'_, '_> {
    /// A call with one more named argument: `{% call %}` hands over its body as `caller`.
    pub(super) fn call_with(&mut self, call: &Call, caller: Named) -> Result<Value> {
        let callee = self.eval(&call.callee)?;
        let mut args = self.args(&call.args)?;
        args.named.push(caller);
        self.render.call(&callee, args)
    }
}
