//! Statements: what stands in block tags.
use super::ir::{BlockDef, Body, Expr, For, Import, Imported, Include, MacroDef, Name, Stmt, Target};
use super::parser::{Parsed, Parser};
use super::token::Kind;
use std::sync::Arc;

impl Parser<'_, '_> {
    /// One statement; its `{%` is read, its `%}` is not.
    pub(super) fn statement(&mut self, body: &mut Body) -> Parsed<()> {
        let Kind::Name(tag) = *self.kind() else {
            return self.fail("tag name expected");
        };
        self.nest()?;
        self.tags.push(tag.to_owned());
        let stmt = match tag {
            "if" => self.if_statement()?,
            "for" => self.for_statement()?,
            "set" => self.set_statement()?,
            "with" => self.with_statement()?,
            "filter" => self.filter_block()?,
            "macro" => self.macro_statement()?,
            "call" => self.call_block()?,
            "block" => self.block_statement()?,
            "extends" => self.extends_statement()?,
            "include" => self.include_statement()?,
            "import" => self.import_statement()?,
            "from" => self.import_names()?,
            "autoescape" => self.autoescape()?,
            "print" => {
                self.advance();
                self.print_statement(body)?;
                self.tags.pop();
                return Ok(());
            }
            "do" if self.settings.do_statement => {
                self.advance();
                Stmt::Do(self.tuple(true, &[])?)
            }
            "break" | "continue" if self.settings.loop_controls => self.loop_control(tag)?,
            _ => {
                self.tags.pop();
                return self.fail_at_end(Some(tag));
            }
        };
        self.tags.pop();
        body.push(stmt);
        Ok(())
    }

    fn if_statement(&mut self) -> Parsed<Stmt> {
        let mut branches = Vec::new();
        self.advance();
        loop {
            let test = self.tuple(false, &[])?;
            let (body, end) = self.inner(&["elif", "else", "endif"])?;
            branches.push((test, body));
            match &*end {
                "elif" => {}
                "else" => {
                    let (otherwise, _) = self.inner(&["endif"])?;
                    return Ok(Stmt::If(branches, otherwise));
                }
                _ => return Ok(Stmt::If(branches, Body::new())),
            }
        }
    }
    fn for_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.advance();
        let target = self.target(&["in"], false)?;
        self.expect_name("in")?;
        let iter = self.tuple(false, &["recursive"])?;
        let test = if self.skip_name("if") { Some(self.expression()?) } else { None };
        let recursive = self.skip_name("recursive");
        self.program.has_module |= recursive;
        let start = self.position();
        self.loops += 1;
        let (body, end) = self.inner(&["endfor", "else"])?;
        self.loops -= 1;
        let uses_loop = test.is_some() || recursive || self.mentions_loop(start);
        let otherwise = if end == "else" { self.inner(&["endfor"])?.0 } else { Body::new() };
        Ok(Stmt::For(Arc::new(For { target, iter, test, body, otherwise, recursive, uses_loop, at })))
    }
    fn set_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.advance();
        self.program.has_module = true;
        let target = self.target(&[], true)?;
        if self.skip_op("=") {
            return Ok(Stmt::Set(target, self.tuple(true, &[])?, at));
        }
        let mut filter = None;
        while self.skip_op("|") {
            filter = Some(self.filter(filter)?);
        }
        let (body, _) = self.inner(&["endset"])?;
        Ok(Stmt::SetBlock(target, filter, body, at))
    }
    fn with_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.advance();
        let mut assignments = Vec::new();
        while *self.kind() != Kind::BlockEnd && !self.is_op(":") {
            if !assignments.is_empty() {
                self.expect_op(",")?;
            }
            // One target each: a comma ends the assignment.
            let target = self.single_target(false)?;
            self.expect_op("=")?;
            assignments.push((target, self.expression()?));
        }
        let (body, _) = self.inner(&["endwith"])?;
        Ok(Stmt::With(assignments, body, at))
    }
    fn filter_block(&mut self) -> Parsed<Stmt> {
        self.advance();
        let mut filter = self.filter(None)?;
        while self.skip_op("|") {
            filter = self.filter(Some(filter))?;
        }
        let (body, _) = self.inner(&["endfilter"])?;
        Ok(Stmt::FilterBlock(filter, body))
    }
    fn macro_statement(&mut self) -> Parsed<Stmt> {
        self.advance();
        self.program.has_module = true;
        let name = self.identifier()?;
        let (params, defaults) = self.signature()?;
        Ok(Stmt::Macro(self.macro_body(name, params, defaults, &["endmacro"])?))
    }
    fn macro_body(
        &mut self,
        name: Name,
        params: Vec<Name>,
        defaults: Vec<Expr>,
        end: &'static [&'static str],
    ) -> Parsed<Arc<MacroDef>> {
        let start = self.position();
        let loops = std::mem::take(&mut self.loops);
        let (body, _) = self.inner(end)?;
        self.loops = loops;
        let mentions = |word: &str| !params.iter().any(|param| &**param == word) && self.mentions(start, word);
        let (uses_varargs, uses_kwargs, uses_caller) = (mentions("varargs"), mentions("kwargs"), mentions("caller"));
        let uses_caller = uses_caller || params.iter().any(|param| &**param == "caller");
        Ok(Arc::new(MacroDef { name, params, defaults, body, uses_varargs, uses_kwargs, uses_caller }))
    }
    fn signature(&mut self) -> Parsed<(Vec<Name>, Vec<Expr>)> {
        self.expect_op("(")?;
        let (mut params, mut defaults) = (Vec::new(), Vec::new());
        while !self.is_op(")") {
            if !params.is_empty() {
                self.expect_op(",")?;
            }
            params.push(self.identifier()?);
            if self.skip_op("=") {
                defaults.push(self.expression()?);
            } else if !defaults.is_empty() {
                return self.fail("non-default argument follows default argument");
            }
        }
        self.expect_op(")")?;
        Ok((params, defaults))
    }
    fn call_block(&mut self) -> Parsed<Stmt> {
        self.advance();
        self.program.has_module = true;
        let (params, defaults) = if self.is_op("(") { self.signature()? } else { Default::default() };
        let Expr::Call(call) = self.expression()? else {
            return self.fail("expected call");
        };
        let name = self.name("caller");
        Ok(Stmt::CallBlock(call, self.macro_body(name, params, defaults, &["endcall"])?))
    }
    fn block_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.note("include");
        self.advance();
        self.program.has_module = true;
        let name = self.identifier()?;
        let scoped = self.skip_name("scoped");
        let required = self.skip_name("required");
        if self.is_op("-") {
            return self.fail(
                "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.",
            );
        }
        let (body, _) = self.inner(&["endblock"])?;
        let blank = |stmt: &Stmt| matches!(stmt, Stmt::Text(text) if text.trim().is_empty());
        if required && !body.iter().all(blank) {
            return self.fail("Required blocks can only contain comments or whitespace");
        }
        self.skip_name(&name.clone());
        let block = Arc::new(BlockDef { name, body, scoped, required, at });
        self.add_block(&block)?;
        Ok(Stmt::Block(block))
    }
    fn extends_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.advance();
        self.program.has_module = true;
        self.program.extends = true;
        Ok(Stmt::Extends(self.expression()?, at))
    }
    fn context_words(&mut self) -> Option<bool> {
        let with = self.is_name("with");
        if (with || self.is_name("without")) && *self.look() == Kind::Name("context") {
            self.advance();
            self.advance();
            return Some(with);
        }
        None
    }
    fn include_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.note("include");
        self.advance();
        self.program.has_module = true;
        let names = self.expression()?;
        let ignore_missing = self.is_name("ignore") && *self.look() == Kind::Name("missing");
        if ignore_missing {
            self.advance();
            self.advance();
        }
        let with_context = self.context_words().unwrap_or(true);
        Ok(Stmt::Include(Box::new(Include { names, ignore_missing, with_context, at })))
    }
    fn import_statement(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.note("include");
        self.advance();
        self.program.has_module = true;
        let name = self.expression()?;
        self.expect_name("as")?;
        let what = Imported::Module(self.identifier()?);
        let with_context = self.context_words().unwrap_or(false);
        Ok(Stmt::Import(Box::new(Import { name, what, with_context, at })))
    }
    fn import_names(&mut self) -> Parsed<Stmt> {
        let at = self.at();
        self.note("include");
        self.advance();
        self.program.has_module = true;
        let name = self.expression()?;
        self.expect_name("import")?;
        let mut names = Vec::new();
        let with_context = loop {
            if !names.is_empty() {
                self.expect_op(",")?;
            }
            if let Some(with) = self.context_words() {
                break with;
            }
            let there = self.identifier()?;
            if there.starts_with('_') {
                return self.fail("names starting with an underline can not be imported");
            }
            let here = if self.skip_name("as") { self.identifier()? } else { there.clone() };
            names.push((there, here));
            if let Some(with) = self.context_words() {
                break with;
            }
            if !self.is_op(",") {
                break false;
            }
        };
        Ok(Stmt::Import(Box::new(Import { name, what: Imported::Names(names), with_context, at })))
    }
    fn autoescape(&mut self) -> Parsed<Stmt> {
        self.advance();
        // Ansible prints values as they are, whatever this says.
        self.expression()?;
        Ok(Stmt::Scope(self.inner(&["endautoescape"])?.0))
    }
    fn print_statement(&mut self, body: &mut Body) -> Parsed<()> {
        let mut first = true;
        while *self.kind() != Kind::BlockEnd {
            if !first {
                self.expect_op(",")?;
            }
            first = false;
            let at = self.at();
            body.push(Stmt::Emit(self.expression()?, at));
        }
        Ok(())
    }
    fn loop_control(&mut self, tag: &str) -> Parsed<Stmt> {
        if self.loops == 0 {
            return self.fail(format!("'{tag}' outside of a loop"));
        }
        self.advance();
        Ok(if tag == "break" { Stmt::Break } else { Stmt::Continue })
    }

    /// What is assigned to: a name, names with commas, or (in `set`) an attribute of a namespace.
    fn target(&mut self, stops: &[&str], with_namespace: bool) -> Parsed<Target> {
        let first = self.single_target(with_namespace)?;
        if !self.is_op(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.skip_op(",") {
            let at_end = match self.kind() {
                Kind::Op("=") | Kind::BlockEnd => true,
                Kind::Name(name) => stops.contains(name),
                _ => false,
            };
            if at_end {
                break;
            }
            items.push(self.single_target(with_namespace)?);
        }
        Ok(Target::Tuple(items))
    }
    fn single_target(&mut self, with_namespace: bool) -> Parsed<Target> {
        let at = self.at();
        if self.skip_op("(") {
            self.nest()?;
            let inner = self.target(&[], with_namespace)?;
            self.expect_op(")")?;
            return Ok(inner);
        }
        match *self.kind() {
            Kind::Name(word @ ("true" | "false" | "none" | "True" | "False" | "None")) => {
                self.fail(format!("can't assign to '{word}'"))
            }
            Kind::Name(_) => {
                let name = self.identifier()?;
                if with_namespace && self.skip_op(".") {
                    return Ok(Target::Attr(name, self.identifier()?, at));
                }
                Ok(Target::Name(name))
            }
            Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) => self.fail("can't assign to 'const'"),
            _ => self.fail(format!("unexpected '{}'", self.kind().describe())),
        }
    }
}
