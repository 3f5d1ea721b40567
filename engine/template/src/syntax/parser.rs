//! The parser's stream of tokens, and what a template is made of at its top.
use super::ir::{At, BlockDef, Body, Expr, Name, Program, Stmt};
use super::lexer::{self, Fail};
use super::token::{Kind, Token};
use super::{Settings, block};
use crate::render::limits;
use std::sync::Arc;

/// Operators, calls and the like in one tag: bounds the depth of the tree where the parser itself does not nest.
const LINKS: usize = 2000;

pub(super) type Parsed<T> = Result<T, Fail>;

pub(super) struct Parser<'t, 's> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    next: usize,
    names: Vec<Name>,
    read: Vec<Name>,
    seen: Vec<(usize, &'static str)>,
    pub(super) settings: &'s Settings,
    pub(super) program: Program,
    pub(super) tags: Vec<String>,
    pub(super) ends: Vec<&'static [&'static str]>,
    /// Nesting of loops: `break` needs one.
    pub(super) loops: usize,
    links: usize,
}

/// Parses a template. The text's newlines are normalised first; offsets count in that text.
pub(crate) fn parse(text: &str, settings: &Settings) -> Result<Program, Fail> {
    let _session = limits::Session::open();
    let text = block::normalize_newlines(text);
    // The number of final newlines is put right after rendering.
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut parser = Parser::new(text, lexer::tokens(text, settings)?, settings);
    let body = parser.body(None)?;
    Ok(parser.finish(body))
}

/// Parses a bare expression as it stands in `{% set x = … %}`.
pub(crate) fn parse_expression(text: &str) -> Result<(Expr, Program), Fail> {
    let _session = limits::Session::open();
    let settings = Settings::default();
    let text = &*block::normalize_newlines(text);
    let mut parser = Parser::new(text, lexer::expression_tokens(text, &settings)?, &settings);
    let expr = parser.tuple(true, &[])?;
    parser.expect_end(&Kind::BlockEnd)?;
    Ok((expr, parser.finish(Vec::new())))
}

impl<'t, 's> Parser<'t, 's> {
    fn new(text: &'t str, tokens: Vec<Token<'t>>, settings: &'s Settings) -> Self {
        Self {
            text,
            tokens,
            next: 0,
            names: Vec::new(),
            read: Vec::new(),
            seen: Vec::new(),
            settings,
            program: Program::default(),
            tags: Vec::new(),
            ends: Vec::new(),
            loops: 0,
            links: 0,
        }
    }
    fn finish(mut self, body: Body) -> Program {
        self.program.body = body;
        self.program.names = self.read;
        self.program
    }

    pub(super) fn kind(&self) -> &Kind<'t> {
        &self.current().kind
    }
    /// The line of a place, from 1.
    pub(super) fn line(&self, at: At) -> u32 {
        1 + self.text.as_bytes().get(..at as usize).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
            as u32
    }
    pub(super) fn at(&self) -> At {
        self.current().at
    }
    fn current(&self) -> &Token<'t> {
        // The last token is `End`, and nothing steps beyond it.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }
    pub(super) fn look(&self) -> &Kind<'t> {
        &self.tokens[(self.next + 1).min(self.tokens.len() - 1)].kind
    }
    pub(super) fn advance(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }
    /// Takes the current token's kind out.
    pub(super) fn take(&mut self) -> Kind<'t> {
        let last = self.tokens.len() - 1;
        let kind = match self.next.min(last) {
            at if at == last => Kind::End,
            at => std::mem::replace(&mut self.tokens[at].kind, Kind::End),
        };
        self.advance();
        kind
    }
    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err((message.into(), self.at()))
    }
    pub(super) fn is_op(&self, op: &str) -> bool {
        matches!(self.kind(), Kind::Op(found) if *found == op)
    }
    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.kind(), Kind::Name(found) if *found == name)
    }
    pub(super) fn skip_op(&mut self, op: &str) -> bool {
        let found = self.is_op(op);
        if found {
            self.advance();
        }
        found
    }
    pub(super) fn skip_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        if found {
            self.advance();
        }
        found
    }
    fn unexpected<T>(&self, expected: &str) -> Parsed<T> {
        match self.kind() {
            Kind::End => self.fail(format!("unexpected end of template, expected '{expected}'.")),
            other => self.fail(format!("expected token '{expected}', got '{}'", other.describe())),
        }
    }
    pub(super) fn expect_op(&mut self, op: &str) -> Parsed<()> {
        if self.skip_op(op) { Ok(()) } else { self.unexpected(op) }
    }
    pub(super) fn expect_name(&mut self, name: &str) -> Parsed<()> {
        if self.skip_name(name) { Ok(()) } else { self.unexpected(name) }
    }
    pub(super) fn expect_end(&mut self, end: &Kind<'_>) -> Parsed<()> {
        if self.kind() != end {
            return self.unexpected(end.describe());
        }
        self.advance();
        Ok(())
    }
    pub(super) fn identifier(&mut self) -> Parsed<Name> {
        match *self.kind() {
            Kind::Name(name) => {
                self.advance();
                Ok(self.name(name))
            }
            _ => self.unexpected("name"),
        }
    }

    /// The one allocation of a name.
    pub(super) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.iter().find(|name| &***name == text) {
            return name.clone();
        }
        let name: Name = text.into();
        self.names.push(name.clone());
        name
    }
    /// Notes where one of the few names with a meaning of their own was met.
    pub(super) fn note(&mut self, word: &'static str) {
        self.seen.push((self.next, word));
    }
    /// A name that is read.
    pub(super) fn read(&mut self, text: &str) -> Name {
        if let Some(word) = ["loop", "varargs", "kwargs", "caller"].into_iter().find(|word| *word == text) {
            self.note(word);
        }
        self.program.has_module |= text == "self";
        let name = self.name(text);
        if !self.read.iter().any(|read| Arc::ptr_eq(read, &name)) {
            self.read.push(name.clone());
        }
        name
    }
    /// Where the parser stands, for [`Self::mentions`].
    pub(super) fn position(&self) -> usize {
        self.next
    }
    /// Whether a name was read since `start`. It may be another thing of that name: then a value is made in vain.
    pub(super) fn mentions(&self, start: usize, name: &str) -> bool {
        self.seen.iter().any(|(at, seen)| *at >= start && *seen == name)
    }
    /// Whether `loop` may be looked at since `start`: directly, or by a template that is included.
    pub(super) fn mentions_loop(&self, start: usize) -> bool {
        self.mentions(start, "loop") || self.mentions(start, "include")
    }
    /// Counts one more level of the tree, where parsing it does not nest.
    pub(super) fn link(&mut self) -> Parsed<()> {
        self.links += 1;
        if self.links > LINKS { self.fail("the expression is too long") } else { Ok(()) }
    }
    /// Complains before nesting exhausts the stack.
    pub(super) fn nest(&self) -> Parsed<()> {
        limits::stack().map_err(|error| (error.message().to_owned(), self.at()))
    }

    /// Text and tags up to one of the tags in `ends` (which stays current) or the end of the text.
    pub(super) fn body(&mut self, ends: Option<&'static [&'static str]>) -> Parsed<Body> {
        self.nest()?;
        let mut body = Body::new();
        self.ends.extend(ends);
        loop {
            let at = self.at();
            self.links = 0;
            match self.take() {
                Kind::Data(text) => body.push(Stmt::Text(text.into())),
                Kind::VariableBegin => {
                    let expr = self.tuple(true, &[])?;
                    self.expect_end(&Kind::VariableEnd)?;
                    body.push(Stmt::Emit(expr, at));
                }
                Kind::BlockBegin => {
                    if let (Some(ends), Kind::Name(name)) = (ends, self.kind())
                        && ends.contains(name)
                    {
                        self.ends.pop();
                        return Ok(body);
                    }
                    self.statement(&mut body)?;
                    self.expect_end(&Kind::BlockEnd)?;
                }
                _ if ends.is_some() => return self.fail_at_end(None),
                _ => return Ok(body),
            }
        }
    }
    /// The body of a block tag, up to one of `ends`; that one's name.
    pub(super) fn inner(&mut self, ends: &'static [&'static str]) -> Parsed<(Body, String)> {
        self.skip_op(":");
        self.expect_end(&Kind::BlockEnd)?;
        let body = self.body(Some(ends))?;
        match self.take() {
            Kind::Name(name) => Ok((body, name.to_owned())),
            _ => self.fail_at_end(None),
        }
    }

    /// Jinja2's words for an unknown tag, or an end that never came.
    pub(super) fn fail_at_end<T>(&self, tag: Option<&str>) -> Parsed<T> {
        let mut message = match tag {
            None => "Unexpected end of template.".to_owned(),
            Some(tag) => format!("Encountered unknown tag '{tag}'."),
        };
        if let Some(ends) = self.ends.last() {
            let looking = ends.iter().map(|end| format!("'{end}'")).collect::<Vec<_>>().join(" or ");
            let expected = tag.is_some_and(|tag| self.ends.iter().any(|ends| ends.contains(&tag)));
            message += &if expected {
                format!(
                    " You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {looking}."
                )
            } else {
                format!(" Jinja was looking for the following tags: {looking}.")
            };
        }
        if let Some(tag) = self.tags.last() {
            message += &format!(" The innermost block that needs to be closed is '{tag}'.");
        }
        self.fail(message)
    }

    pub(super) fn add_block(&mut self, block: &Arc<BlockDef>) -> Parsed<()> {
        if self.program.blocks.iter().any(|known| known.name == block.name) {
            return Err((format!("block '{}' defined twice", block.name), block.at));
        }
        self.program.blocks.push(block.clone());
        Ok(())
    }
}
