//! What is evaluated: the tree of a template, made once when it is loaded.
use crate::Value;
use crate::filters::Filter;
use crate::tests::Test;
use std::sync::Arc;

/// A name; the same name is the same allocation within one program.
pub(crate) type Name = Arc<str>;
/// A byte offset in the program's text.
pub(crate) type At = u32;

/// A parsed template.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) body: Vec<Stmt>,
    pub(crate) blocks: Vec<Arc<BlockDef>>,
    /// Something calls a method that may change a list or dict in place: variables are copied when they are read.
    pub(crate) mutates: bool,
    /// Has statements: variables set at its top are seen by its macros, blocks and importers.
    pub(crate) has_module: bool,
    /// Inherits: text outside of blocks is not for the result.
    pub(crate) extends: bool,
    /// Every name read, for callers that must know what a template uses.
    pub(crate) names: Vec<Name>,
}

#[derive(Debug)]
pub(crate) enum Expr {
    Const(Value),
    Name(Name, At),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Attr(Box<Expr>, Name, At),
    Item(Box<(Expr, Expr)>, At),
    Slice(Box<Slice>, At),
    Call(Box<Call>),
    Filter(Box<FilterCall>),
    Test(Box<TestCall>),
    Not(Box<Expr>),
    Neg(Box<Expr>, At),
    Pos(Box<Expr>, At),
    Binary(Op, Box<(Expr, Expr)>, At),
    Concat(Vec<Expr>, At),
    Compare(Box<Expr>, Vec<(Cmp, Expr)>, At),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    If(Box<Choice>),
}

#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) test: Expr,
    pub(crate) then: Expr,
    pub(crate) otherwise: Option<Expr>,
    /// For the message when there is no `else`.
    pub(crate) line: u32,
}

#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) value: Expr,
    pub(crate) start: Option<Expr>,
    pub(crate) stop: Option<Expr>,
    pub(crate) step: Option<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
}

#[derive(Debug, Default)]
pub(crate) struct CallArgs {
    pub(crate) positional: Vec<Expr>,
    pub(crate) named: Vec<(Name, Expr)>,
    pub(crate) star: Option<Expr>,
    pub(crate) stars: Option<Expr>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) callee: Expr,
    pub(crate) args: CallArgs,
    pub(crate) at: At,
}

pub(crate) struct FilterCall {
    pub(crate) filter: Filter,
    pub(crate) name: Name,
    /// `None` at the start of a filter block's chain: the block's text.
    pub(crate) value: Option<Expr>,
    pub(crate) args: CallArgs,
    pub(crate) at: At,
}

pub(crate) struct TestCall {
    pub(crate) test: Test,
    pub(crate) name: Name,
    pub(crate) value: Expr,
    pub(crate) args: CallArgs,
    pub(crate) at: At,
}

impl std::fmt::Debug for FilterCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} | {}({:?})", self.value, self.name, self.args)
    }
}

impl std::fmt::Debug for TestCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is {}({:?})", self.value, self.name, self.args)
    }
}

/// Where a value goes.
#[derive(Debug)]
pub(crate) enum Target {
    Name(Name),
    /// `ns.name`.
    Attr(Name, Name, At),
    Tuple(Vec<Target>),
}

pub(crate) type Body = Vec<Stmt>;

#[derive(Debug)]
pub(crate) enum Stmt {
    Text(Arc<str>),
    Emit(Expr, At),
    If(Vec<(Expr, Body)>, Body),
    For(Arc<For>),
    Set(Target, Expr, At),
    SetBlock(Target, Option<Expr>, Body, At),
    With(Vec<(Target, Expr)>, Body, At),
    FilterBlock(Expr, Body),
    Macro(Arc<MacroDef>),
    CallBlock(Box<Call>, Arc<MacroDef>),
    Do(Expr),
    Break,
    Continue,
    Scope(Body),
    Include(Box<Include>),
    Import(Box<Import>),
    Extends(Expr, At),
    Block(Arc<BlockDef>),
}

#[derive(Debug)]
pub(crate) struct For {
    pub(crate) target: Target,
    pub(crate) iter: Expr,
    pub(crate) test: Option<Expr>,
    pub(crate) body: Body,
    pub(crate) otherwise: Body,
    pub(crate) recursive: bool,
    /// The body may look at `loop`.
    pub(crate) uses_loop: bool,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct MacroDef {
    pub(crate) name: Name,
    pub(crate) params: Vec<Name>,
    /// For the last of the parameters.
    pub(crate) defaults: Vec<Expr>,
    pub(crate) body: Body,
    pub(crate) uses_varargs: bool,
    pub(crate) uses_kwargs: bool,
    pub(crate) uses_caller: bool,
}

#[derive(Debug)]
pub(crate) struct BlockDef {
    pub(crate) name: Name,
    pub(crate) body: Body,
    pub(crate) scoped: bool,
    pub(crate) required: bool,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct Include {
    pub(crate) names: Expr,
    pub(crate) ignore_missing: bool,
    pub(crate) with_context: bool,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) name: Expr,
    pub(crate) what: Imported,
    pub(crate) with_context: bool,
    pub(crate) at: At,
}

#[derive(Debug)]
pub(crate) enum Imported {
    Module(Name),
    /// (its name there, its name here).
    Names(Vec<(Name, Name)>),
}
