//! The state of a running template: its local variables.
use super::{Module, Render};
use crate::syntax::ir::{Name, Target};
use crate::value::Value;
use crate::{Error, Result};
use std::sync::Arc;

/// Runs one template, macro or block.
pub(crate) struct Machine<'r, 'a> {
    pub(super) render: &'r Render<'a>,
    /// `None` for expressions and templates without statements.
    pub(super) module: Option<Arc<Module>>,
    pub(super) mutates: bool,
    /// Variables of the open frames, the innermost last.
    locals: Vec<(Name, Value)>,
    /// Where the innermost frame begins.
    frame: usize,
    /// Zero at the top of a template, where variables belong to the module.
    depth: usize,
    /// Variables of the play that were read at the top: read once, as Jinja2 does.
    cache: Vec<(Name, Value)>,
    /// The template that this one extends, once that is known: nothing more is printed.
    pub(super) parent: Option<super::inherit::Parent>,
    /// The block that is being printed and its level, for `super`.
    pub(super) block: Option<(Name, usize)>,
}

/// What a frame's end restores.
pub(super) struct Frame {
    start: usize,
    outer: usize,
}

impl<'r, 'a> Machine<'r, 'a> {
    /// For an expression or a template without statements.
    pub(crate) fn new(render: &'r Render<'a>, mutates: bool) -> Self {
        Self {
            render,
            module: None,
            mutates,
            locals: Vec::new(),
            frame: 0,
            depth: 0,
            cache: Vec::new(),
            parent: None,
            block: None,
        }
    }
    /// At the top of a template.
    pub(super) fn at_top(render: &'r Render<'a>, module: Arc<Module>) -> Self {
        Self { mutates: module.mutates, module: Some(module), ..Self::new(render, false) }
    }
    /// Inside of a template: a macro or a block, with what it sees of its surroundings.
    pub(super) fn inside(render: &'r Render<'a>, module: Arc<Module>, locals: Vec<(Name, Value)>) -> Self {
        let frame = locals.len();
        Self { locals, frame, depth: 1, ..Self::at_top(render, module) }
    }

    pub(super) fn open(&mut self) -> Frame {
        let frame = Frame { start: self.locals.len(), outer: self.frame };
        self.frame = frame.start;
        self.depth += 1;
        frame
    }
    pub(super) fn close(&mut self, frame: Frame) {
        self.locals.truncate(frame.start);
        self.frame = frame.outer;
        self.depth -= 1;
    }
    /// Forgets the innermost frame's variables: the next round of a loop.
    pub(super) fn reset(&mut self, frame: &Frame) {
        self.locals.truncate(frame.start);
    }
    pub(super) fn at_top_level(&self) -> bool {
        self.depth == 0
    }
    /// The local variables, for closures and included templates.
    pub(super) fn locals(&self) -> &[(Name, Value)] {
        &self.locals
    }

    /// Assigns in the innermost frame.
    pub(super) fn bind(&mut self, name: &Name, value: Value) {
        if self.depth == 0
            && let Some(module) = &self.module
        {
            module.set(name, value);
            return;
        }
        match self.locals[self.frame..].iter_mut().find(|(known, _)| known == name) {
            Some((_, place)) => *place = value,
            None => self.locals.push((name.clone(), value)),
        }
    }
    pub(super) fn assign(&mut self, target: &Target, value: Value) -> Result<()> {
        match target {
            Target::Name(name) => self.bind(name, value),
            Target::Attr(namespace, name, at) => match self.lookup(namespace)? {
                Value::Object(object) => object.0.set_attr(name, value).map_err(|error| error.or_offset(*at))?,
                Value::Undefined(message) => return Err(Error::undefined(&*message).or_offset(*at)),
                _ => return Err(Error::failed("cannot assign attribute on non-namespace object").or_offset(*at)),
            },
            Target::Tuple(targets) => {
                let items = self.render.iterate(&value).map_err(|error| match value {
                    Value::Undefined(_) => error,
                    _ => Error::wrong_type(format!("cannot unpack non-iterable {} object", value.type_name())),
                })?;
                if items.len() > targets.len() {
                    return Err(Error::failed(format!("too many values to unpack (expected {})", targets.len())));
                }
                if items.len() < targets.len() {
                    let message =
                        format!("not enough values to unpack (expected {}, got {})", targets.len(), items.len());
                    return Err(Error::failed(message));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item)?;
                }
            }
        }
        Ok(())
    }

    /// The value of a name: local, set at the template's top, of the play, or global.
    pub(super) fn lookup(&mut self, name: &Name) -> Result<Value> {
        if let Some(value) = find(&self.locals, name) {
            return Ok(value);
        }
        let mut with_context = true;
        if let Some(module) = &self.module {
            if let Some(value) = module.get(name) {
                return Ok(value);
            }
            if &**name == "self" {
                return Ok(crate::value::Obj::value(super::module::SelfRef(module.clone())));
            }
            if let ("super", Some((block, level))) = (&**name, &self.block) {
                return Ok(super::inherit::parent_block(module, block, level + 1));
            }
            with_context = module.with_context;
        }
        if let Some(value) = find(&self.cache, name) {
            return Ok(value);
        }
        if !with_context {
            return Ok(self.render.builtin(name));
        }
        let mut value = self.render.variable(name)?;
        if matches!(value, Value::Object(_) | Value::Undefined(_)) {
            return Ok(value);
        }
        if self.mutates {
            // Ansible hands out a fresh copy, so what a template appends stays within it.
            value = value.deep_copy();
        }
        if self.depth == 0 {
            self.cache.push((name.clone(), value.clone()));
        } else {
            self.locals.push((name.clone(), value.clone()));
        }
        Ok(value)
    }
}

fn find(vars: &[(Name, Value)], name: &Name) -> Option<Value> {
    vars.iter().rev().find(|(known, _)| Arc::ptr_eq(known, name) || known == name).map(|(_, value)| value.clone())
}
