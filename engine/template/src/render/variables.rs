//! Variables of the play: data as it is, project text rendered when it is read.
use super::Args;
use super::{Render, limits, taint};
use crate::value::object::{Obj, Object};
use crate::{Error, ErrorKind, Result, Tree, Value, Var, globals, vault};
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    /// The variables being rendered, outermost first, each with the scope it is rendered in.
    static ACTIVE: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
}

/// Marks a variable as being rendered.
struct Active;

impl Active {
    fn enter(tree: &Arc<Tree>, render: &Render<'_>) -> Result<Self> {
        let key = (Arc::as_ptr(tree).addr(), std::ptr::from_ref(render.cx.scope).cast::<()>().addr());
        ACTIVE.with_borrow_mut(|active| {
            if active.contains(&key) {
                return Err(Error::failed(format!("recursive loop detected in template string: {}", tree.raw())));
            }
            active.push(key);
            Ok(Self)
        })
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        ACTIVE.with_borrow_mut(Vec::pop);
    }
}

impl Render<'_> {
    /// The variable of that name in the play, or the global function; `Undefined` when there is neither.
    pub(crate) fn variable(&self, name: &Arc<str>) -> Result<Value> {
        match self.cx.scope.get(name) {
            Some(Var::Data(value)) => {
                taint::read(&value);
                Ok(value)
            }
            Some(Var::Lazy(tree)) => self.lazy(&tree),
            None => Ok(self.builtin(name)),
        }
    }
    fn lazy(&self, tree: &Arc<Tree>) -> Result<Value> {
        if let Tree::Data(value) = &**tree {
            taint::read_project(value);
            return Ok(value.clone());
        }
        // What cannot be decrypted is no template, and says what is wrong by itself.
        if let Tree::Broken(error) = &**tree
            && vault::is_vault_error(error.message())
        {
            return Err(error.clone());
        }
        limits::stack()?;
        let rendered = {
            let _active = Active::enter(tree, self)?;
            taint::through(|| tree.render(self.cx))
        };
        match rendered {
            Err(error) if error.kind() == ErrorKind::Undefined => {
                Ok(Value::Undefined(format!("{}: {}", tree.raw(), error.message()).into()))
            }
            Err(error) => {
                let message = format!(
                    "An unhandled exception occurred while templating '{}'. Error was a <class 'ansible.errors.AnsibleError'>, original message: {}",
                    tree.raw(),
                    error.message()
                );
                let kind = error.kind();
                Err(error.reworded(kind, message))
            }
            Ok(value) => Ok(value),
        }
    }
    /// What a name means when no variable has it.
    pub(super) fn builtin(&self, name: &Arc<str>) -> Value {
        match &**name {
            "omit" => return Value::Omit,
            "vars" => return self.raw_variables(),
            _ => {}
        }
        match globals::find(name) {
            Some(function) => Obj::value(Global { name: name.clone(), function }),
            None => Value::Undefined(format!("{} is undefined", Value::from(name.clone()).repr()).into()),
        }
    }
    /// `vars`: every variable as it was written.
    fn raw_variables(&self) -> Value {
        let names = self.cx.scope.names();
        let entries = names.into_iter().filter_map(|name| {
            let value = match self.cx.scope.get(&name)? {
                Var::Data(value) => value,
                Var::Lazy(tree) => tree.raw(),
            };
            Some((name, value))
        });
        Value::dict(entries)
    }
}

/// A global function as a value.
struct Global {
    name: Arc<str>,
    function: globals::Function,
}

impl std::fmt::Debug for Global {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

impl Object for Global {
    fn class(&self) -> &'static str {
        "function"
    }
    fn repr(&self) -> String {
        match &*self.name {
            "range" | "dict" => format!("<class '{}'>", self.name),
            other => format!("<function {other}>"),
        }
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, render: &Render<'_>, args: Args) -> Result<Value> {
        (self.function)(render, args)
    }
}
