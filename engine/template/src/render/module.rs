//! What lives as long as one template runs: the variables set at its top, its blocks, where its text stands.
use super::{Args, Output, Render};
use crate::syntax::Source;
use crate::syntax::ir::{BlockDef, Name, Program};
use crate::value::object::Object;
use crate::{Error, ErrorKind, Result, Value};
use parking_lot::RwLock;
use std::sync::Arc;

/// One running template.
#[derive(Debug)]
pub(crate) struct Module {
    pub(super) source: Source,
    pub(super) mutates: bool,
    /// Sees the variables of the play, and not only global functions.
    pub(super) with_context: bool,
    vars: RwLock<Vec<(Name, Value)>>,
    /// What an including template hands down.
    pub(super) outer: Vec<(Name, Value)>,
    /// Blocks by name, the most derived first.
    pub(super) blocks: RwLock<Vec<(Name, Vec<Arc<BlockDef>>)>>,
}

impl Module {
    pub(super) fn new(program: &Program, source: Source, with_context: bool, outer: Vec<(Name, Value)>) -> Arc<Self> {
        let module = Self {
            source,
            mutates: program.mutates,
            with_context,
            vars: RwLock::default(),
            outer,
            blocks: RwLock::default(),
        };
        module.add_blocks(program);
        Arc::new(module)
    }
    pub(super) fn add_blocks(&self, program: &Program) {
        let mut known = self.blocks.write();
        for block in &program.blocks {
            match known.iter_mut().find(|(name, _)| *name == block.name) {
                Some((_, line)) => line.push(block.clone()),
                None => known.push((block.name.clone(), vec![block.clone()])),
            }
        }
    }
    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let vars = self.vars.read();
        let found = vars.iter().rev().find(|(known, _)| &**known == name);
        let found = found.or_else(|| self.outer.iter().rev().find(|(known, _)| &**known == name));
        found.map(|(_, value)| value.clone())
    }
    pub(super) fn set(&self, name: &Name, value: Value) {
        let mut vars = self.vars.write();
        match vars.iter_mut().find(|(known, _)| known == name) {
            Some((_, place)) => *place = value,
            None => vars.push((name.clone(), value)),
        }
    }
    /// What it was given and what it set: for a template that it includes.
    pub(super) fn all(&self) -> Vec<(Name, Value)> {
        self.outer.iter().chain(self.vars.read().iter()).cloned().collect()
    }
    /// Lets go of everything: its macros hold the module itself.
    pub(super) fn clear(&self) {
        self.vars.write().clear();
    }
    pub(super) fn block(&self, name: &str, level: usize) -> Option<Arc<BlockDef>> {
        let blocks = self.blocks.read();
        blocks.iter().find(|(known, _)| &**known == name)?.1.get(level).cloned()
    }
    /// An error that leaves this template.
    pub(super) fn leave(&self, error: Error) -> Error {
        error.leave(|offset| self.source.place(offset))
    }
}

/// What `{% import 'x' as m %}` binds.
#[derive(Debug)]
pub(super) struct Imported {
    pub(super) name: String,
    pub(super) module: Arc<Module>,
}

impl Object for Imported {
    fn class(&self) -> &'static str {
        "TemplateModule"
    }
    fn repr(&self) -> String {
        format!("<TemplateModule {}>", Value::from(self.name.as_str()).repr())
    }
    fn attr(&self, name: &str) -> Option<Value> {
        if name.starts_with('_') {
            return None;
        }
        self.module.vars.read().iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone())
    }
}

/// `self.name` and `super`: a block that is printed when it is called.
#[derive(Debug)]
pub(super) struct BlockCall {
    pub(super) module: Arc<Module>,
    pub(super) name: Name,
    pub(super) level: usize,
}

impl Object for BlockCall {
    fn class(&self) -> &'static str {
        "BlockReference"
    }
    fn attr(&self, name: &str) -> Option<Value> {
        (name == "super").then(|| super::inherit::parent_block(&self.module, &self.name, self.level + 1))
    }
    fn is_callable(&self) -> bool {
        true
    }
    fn call(&self, render: &Render<'_>, _args: Args) -> Result<Value> {
        let Some(block) = self.module.block(&self.name, self.level) else {
            return Err(Error::new(ErrorKind::Undefined, format!("there is no block called '{}'", self.name)));
        };
        let mut out = Output::new(render.native());
        super::inherit::run_block(render, &self.module, &block, self.level, Vec::new(), &mut out)?;
        Ok(out.into_value(render.convert))
    }
}

/// `self`.
#[derive(Debug)]
pub(super) struct SelfRef(pub(super) Arc<Module>);

impl Object for SelfRef {
    fn class(&self) -> &'static str {
        "TemplateReference"
    }
    fn attr(&self, name: &str) -> Option<Value> {
        let block = self.0.block(name, 0)?;
        let call = BlockCall { module: self.0.clone(), name: block.name.clone(), level: 0 };
        Some(crate::value::Obj::value(call))
    }
}
