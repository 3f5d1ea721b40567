//! Other templates: `include`, `import`, `extends`, and blocks.
use super::module::{BlockCall, Imported as ImportedModule};
use super::{Machine, Module, Output, Render, limits};
use crate::syntax::ir::{BlockDef, Expr, Import, Imported, Include, Name, Program};
use crate::syntax::{Settings, Source};
use crate::value::Obj;
use crate::{Error, ErrorKind, Result, Value};
use parking_lot::Mutex;
use std::sync::Arc;

/// The template that another one extends.
#[derive(Clone)]
pub(super) struct Parent {
    program: Arc<Program>,
    source: Source,
}

/// Templates that were loaded by name, so that an unchanged file is parsed once.
static PARSED: Mutex<Vec<(String, Source, Arc<Program>)>> = Mutex::new(Vec::new());
const KEPT: usize = 256;

fn load(render: &Render<'_>, name: &str) -> Result<(Arc<Program>, Source)> {
    let (path, text) = (render.cx.loader)(name)?;
    let mut parsed = PARSED.lock();
    if let Some((_, source, program)) = parsed.iter().find(|(known, source, _)| *known == path && *source.text == text)
    {
        return Ok((program.clone(), source.clone()));
    }
    let (program, source) = crate::template::parse_file(&text, &path, Settings::default())?;
    let program = Arc::new(program);
    parsed.retain(|(known, ..)| *known != path);
    if parsed.len() >= KEPT {
        parsed.remove(0);
    }
    parsed.push((path, source.clone(), program.clone()));
    Ok((program, source))
}

/// Runs a whole template at its top.
pub(crate) fn run_module(render: &Render<'_>, program: &Program, module: &Arc<Module>, out: &mut Output) -> Result<()> {
    limits::stack()?;
    let mut machine = Machine::at_top(render, module.clone());
    machine.run(&program.body, out).map_err(|error| module.leave(error))?;
    let mut parent = machine.parent.take();
    while let Some(next) = parent {
        limits::step(1)?;
        limits::stack()?;
        module.add_blocks(&next.program);
        machine.mutates |= next.program.mutates;
        let place = |error: Error| error.leave(|offset| next.source.place(offset));
        machine.run(&next.program.body, out).map_err(place)?;
        parent = machine.parent.take();
    }
    Ok(())
}

/// Starts a template, given its program.
pub(crate) fn run_template(render: &Render<'_>, program: &Program, source: &Source, out: &mut Output) -> Result<()> {
    let module = Module::new(program, source.clone(), true, Vec::new());
    render.keep(&module);
    run_module(render, program, &module, out)
}

/// What `super` means at a level of a block.
pub(super) fn parent_block(module: &Arc<Module>, name: &Name, level: usize) -> Value {
    match module.block(name, level) {
        Some(_) => Obj::value(BlockCall { module: module.clone(), name: name.clone(), level }),
        None => Value::Undefined(format!("there is no parent block called '{name}'.").into()),
    }
}

/// Prints a block at a level of its line of overrides.
pub(super) fn run_block(
    render: &Render<'_>,
    module: &Arc<Module>,
    block: &BlockDef,
    level: usize,
    locals: Vec<(Name, Value)>,
    out: &mut Output,
) -> Result<()> {
    limits::stack()?;
    if block.required {
        return Err(Error::failed(format!("Required block '{}' not found", block.name)).or_offset(block.at));
    }
    let mut machine = Machine::inside(render, module.clone(), locals);
    machine.block = Some((block.name.clone(), level));
    machine.run(&block.body, out).map(|_| ())
}

impl Machine<'_, '_> {
    pub(super) fn block(&mut self, block: &Arc<BlockDef>, out: &mut Output) -> Result<()> {
        let Some(module) = self.module.clone() else { return Ok(()) };
        let derived = module.block(&block.name, 0).unwrap_or_else(|| block.clone());
        let locals = if block.scoped { self.locals().to_vec() } else { Vec::new() };
        run_block(self.render, &module, &derived, 0, locals, out)
    }
    pub(super) fn extends(&mut self, name: &Expr) -> Result<()> {
        if self.parent.is_some() {
            return Err(Error::failed("extended multiple times"));
        }
        let name = self.template_name(name)?;
        let (program, source) = load(self.render, &name)?;
        self.parent = Some(Parent { program, source });
        Ok(())
    }
    fn template_name(&mut self, name: &Expr) -> Result<String> {
        match self.eval(name)?.defined()? {
            Value::Str(name) => Ok(name.to_string()),
            other => Err(Error::wrong_type(format!("a template's name must be text, not {}", other.type_name()))),
        }
    }
    pub(super) fn include(&mut self, include: &Include, out: &mut Output) -> Result<()> {
        if self.parent.is_some() {
            return Ok(());
        }
        let names = match self.eval(&include.names)?.defined()? {
            Value::Str(name) => vec![name.to_string()],
            other => self.render.iterate(&other)?.iter().map(Value::to_string).collect(),
        };
        let mut missing = None;
        for name in &names {
            match load(self.render, name) {
                Ok((program, source)) => return self.included(include, &program, source, out),
                Err(error) if matches!(error.kind(), ErrorKind::Syntax | ErrorKind::Unknown) => return Err(error),
                Err(error) => missing = Some(error),
            }
        }
        match missing {
            Some(error) if !include.ignore_missing && names.len() == 1 => Err(error),
            Some(_) if !include.ignore_missing => {
                let message = format!("none of the templates given were found: {}", names.join(", "));
                Err(Error::failed(message))
            }
            _ => Ok(()),
        }
    }
    fn included(&mut self, include: &Include, program: &Program, source: Source, out: &mut Output) -> Result<()> {
        let with_context = include.with_context && self.module.as_ref().is_none_or(|module| module.with_context);
        let outer = if include.with_context { self.visible() } else { Vec::new() };
        let module = Module::new(program, source, with_context, outer);
        self.render.keep(&module);
        run_module(self.render, program, &module, out)
    }
    /// What a template included here sees beside the variables of the play.
    fn visible(&self) -> Vec<(Name, Value)> {
        let mut all = self.module.as_ref().map(|module| module.all()).unwrap_or_default();
        all.extend_from_slice(self.locals());
        all
    }
    pub(super) fn import(&mut self, import: &Import) -> Result<()> {
        let name = self.template_name(&import.name)?;
        let (program, source) = load(self.render, &name)?;
        let outer = if import.with_context { self.visible() } else { Vec::new() };
        let module = Module::new(&program, source, import.with_context, outer);
        self.render.keep(&module);
        run_module(self.render, &program, &module, &mut Output::new(false))?;
        match &import.what {
            Imported::Module(target) => {
                let value = Obj::value(ImportedModule { name, module });
                self.bind(target, value);
            }
            Imported::Names(names) => {
                let imported = ImportedModule { name: name.clone(), module };
                for (there, here) in names {
                    let value = crate::value::object::Object::attr(&imported, there).unwrap_or_else(|| {
                        let message = format!("the template '{name}' does not export the requested name '{there}'");
                        Value::Undefined(message.into())
                    });
                    self.bind(here, value);
                }
            }
        }
        Ok(())
    }
}
