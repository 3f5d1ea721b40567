//! Calls, filters and tests.
use super::ir::{Call, CallArgs, Expr, FilterCall, TestCall};
use super::parser::{Parsed, Parser};
use super::token::Kind;
use crate::{filters, tests};

/// Methods that change a list, dict or set in place.
const MUTATING: [&str; 13] = [
    "append",
    "extend",
    "insert",
    "pop",
    "remove",
    "clear",
    "sort",
    "reverse",
    "update",
    "setdefault",
    "popitem",
    "add",
    "discard",
];

impl Parser<'_, '_> {
    pub(super) fn call(&mut self, callee: Expr) -> Parsed<Expr> {
        let at = self.at();
        self.link()?;
        if let Expr::Attr(_, name, _) = &callee
            && MUTATING.contains(&&**name)
        {
            self.program.mutates = true;
        }
        let args = self.call_args()?;
        Ok(Expr::Call(Box::new(Call { callee, args, at })))
    }
    fn call_args(&mut self) -> Parsed<CallArgs> {
        let at = self.at();
        self.expect_op("(")?;
        let mut args = CallArgs::default();
        let mut comma = false;
        while !self.is_op(")") {
            if comma {
                self.expect_op(",")?;
                if self.is_op(")") {
                    break;
                }
            }
            comma = true;
            if !self.call_arg(&mut args)? {
                return Err(("invalid syntax for function call expression".into(), at));
            }
        }
        self.expect_op(")")?;
        Ok(args)
    }
    /// One argument; false when it may not stand here.
    fn call_arg(&mut self, args: &mut CallArgs) -> Parsed<bool> {
        if self.skip_op("*") {
            let fits = args.star.is_none() && args.stars.is_none();
            args.star = Some(self.expression()?);
            return Ok(fits);
        }
        if self.skip_op("**") {
            let fits = args.stars.is_none();
            args.stars = Some(self.expression()?);
            return Ok(fits);
        }
        if let Kind::Name(name) = *self.kind()
            && *self.look() == Kind::Op("=")
        {
            self.advance();
            self.advance();
            let key = self.name(name);
            if args.named.iter().any(|(known, _)| *known == key) {
                return self.fail(format!("keyword argument repeated: {key}"));
            }
            let value = self.expression()?;
            args.named.push((key, value));
            return Ok(args.stars.is_none());
        }
        args.positional.push(self.expression()?);
        Ok(args.star.is_none() && args.stars.is_none() && args.named.is_empty())
    }

    pub(super) fn filters_and_tests(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            expr = match self.kind() {
                Kind::Op("|") => {
                    self.advance();
                    self.filter(Some(expr))?
                }
                Kind::Name("is") => self.test(expr)?,
                Kind::Op("(") => self.call(expr)?,
                _ => return Ok(expr),
            };
        }
    }
    fn dotted(&mut self) -> Parsed<String> {
        let mut name = self.identifier()?.to_string();
        while self.skip_op(".") {
            name.push('.');
            name += &self.identifier()?;
        }
        Ok(name)
    }
    /// A filter's name and arguments; the bar before it is read.
    pub(super) fn filter(&mut self, value: Option<Expr>) -> Parsed<Expr> {
        let at = self.at();
        self.link()?;
        let name = self.dotted()?;
        let args = if self.is_op("(") { self.call_args()? } else { CallArgs::default() };
        let Some(filter) = filters::find(&name) else {
            return Err((format!("Could not load \"{name}\": '{name}'"), at));
        };
        let name = self.name(&name);
        Ok(Expr::Filter(Box::new(FilterCall { filter, name, value, args, at })))
    }
    fn test(&mut self, value: Expr) -> Parsed<Expr> {
        self.advance();
        self.link()?;
        let negated = self.skip_name("not");
        let at = self.at();
        let name = self.dotted()?;
        let mut args = CallArgs::default();
        match self.kind() {
            Kind::Op("(") => args = self.call_args()?,
            Kind::Name("else" | "or" | "and") => {}
            Kind::Name("is") => return self.fail("You cannot chain multiple tests with is"),
            Kind::Name(_) | Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Op("[" | "{") => {
                let arg = self.primary()?;
                args.positional.push(self.postfix(arg)?);
            }
            _ => {}
        }
        let Some(test) = tests::find(&name) else {
            return Err((format!("Could not load \"{name}\": '{name}'"), at));
        };
        let name = self.name(&name);
        let expr = Expr::Test(Box::new(TestCall { test, name, value, args, at }));
        Ok(if negated { Expr::Not(Box::new(expr)) } else { expr })
    }
}
