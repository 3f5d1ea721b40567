//! Expressions, from the loosest operator to the tightest.
use super::ir::{Choice, Cmp, Expr, Op, Slice};
use super::parser::{Parsed, Parser};
use super::token::Kind;
use crate::Value;

impl Parser<'_, '_> {
    /// One expression, or several with commas: a tuple. `stops` are names that end it as well.
    pub(super) fn tuple(&mut self, with_choice: bool, stops: &[&str]) -> Parsed<Expr> {
        self.tuple_of(stops, false, |parser| if with_choice { parser.expression() } else { parser.or() })
    }
    pub(super) fn tuple_of(
        &mut self,
        stops: &[&str],
        parenthesised: bool,
        mut item: impl FnMut(&mut Self) -> Parsed<Expr>,
    ) -> Parsed<Expr> {
        let mut items = Vec::new();
        let mut is_tuple = false;
        loop {
            if !items.is_empty() {
                self.expect_op(",")?;
            }
            if self.at_tuple_end(stops) {
                break;
            }
            items.push(item(self)?);
            if !self.is_op(",") {
                break;
            }
            is_tuple = true;
        }
        if !is_tuple {
            if let Some(only) = items.pop() {
                return Ok(only);
            }
            if !parenthesised {
                return self.fail(format!("Expected an expression, got '{}'", self.kind().describe()));
            }
        }
        Ok(Expr::Tuple(items))
    }
    fn at_tuple_end(&self, stops: &[&str]) -> bool {
        match self.kind() {
            Kind::VariableEnd | Kind::BlockEnd | Kind::Op(")") => true,
            Kind::Name(name) => stops.contains(name),
            _ => false,
        }
    }

    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nest()?;
        let start = self.at();
        let mut then = self.or()?;
        while self.skip_name("if") {
            self.link()?;
            let test = self.or()?;
            let otherwise = if self.skip_name("else") { Some(self.expression()?) } else { None };
            let line = if otherwise.is_none() { self.line(start) } else { 0 };
            then = Expr::If(Box::new(Choice { test, then, otherwise, line }));
        }
        Ok(then)
    }
    pub(super) fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.skip_name("or") {
            self.link()?;
            left = Expr::Or(Box::new((left, self.and()?)));
        }
        Ok(left)
    }
    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.not()?;
        while self.skip_name("and") {
            self.link()?;
            left = Expr::And(Box::new((left, self.not()?)));
        }
        Ok(left)
    }
    fn not(&mut self) -> Parsed<Expr> {
        if !self.is_name("not") {
            return self.compare();
        }
        self.nest()?;
        self.link()?;
        self.advance();
        Ok(Expr::Not(Box::new(self.not()?)))
    }
    fn compare(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some(cmp) = self.comparison() {
            rest.push((cmp, self.sum()?));
        }
        Ok(if rest.is_empty() { first } else { Expr::Compare(Box::new(first), rest, at) })
    }
    fn comparison(&mut self) -> Option<Cmp> {
        let cmp = match self.kind() {
            Kind::Op("==") => Cmp::Eq,
            Kind::Op("!=") => Cmp::Ne,
            Kind::Op("<") => Cmp::Lt,
            Kind::Op("<=") => Cmp::Le,
            Kind::Op(">") => Cmp::Gt,
            Kind::Op(">=") => Cmp::Ge,
            Kind::Name("in") => Cmp::In,
            Kind::Name("not") if *self.look() == Kind::Name("in") => {
                self.advance();
                Cmp::NotIn
            }
            _ => return None,
        };
        self.advance();
        Some(cmp)
    }
    fn sum(&mut self) -> Parsed<Expr> {
        let mut left = self.concat()?;
        loop {
            let op = match self.kind() {
                Kind::Op("+") => Op::Add,
                Kind::Op("-") => Op::Sub,
                _ => return Ok(left),
            };
            left = self.binary(op, left, Self::concat)?;
        }
    }
    fn binary(&mut self, op: Op, left: Expr, right: fn(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        let at = self.at();
        self.link()?;
        self.advance();
        Ok(Expr::Binary(op, Box::new((left, right(self)?)), at))
    }
    fn concat(&mut self) -> Parsed<Expr> {
        let at = self.at();
        let first = self.product()?;
        if !self.is_op("~") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.skip_op("~") {
            parts.push(self.product()?);
        }
        Ok(Expr::Concat(parts, at))
    }
    fn product(&mut self) -> Parsed<Expr> {
        let mut left = self.power()?;
        loop {
            let op = match self.kind() {
                Kind::Op("*") => Op::Mul,
                Kind::Op("/") => Op::Div,
                Kind::Op("//") => Op::FloorDiv,
                Kind::Op("%") => Op::Mod,
                _ => return Ok(left),
            };
            left = self.binary(op, left, Self::power)?;
        }
    }
    fn power(&mut self) -> Parsed<Expr> {
        let mut left = self.unary(true)?;
        while self.is_op("**") {
            left = self.binary(Op::Pow, left, |parser| parser.unary(true))?;
        }
        Ok(left)
    }
    fn unary(&mut self, with_filter: bool) -> Parsed<Expr> {
        let at = self.at();
        let mut expr = if self.skip_op("-") {
            self.nest()?;
            self.link()?;
            Expr::Neg(Box::new(self.unary(false)?), at)
        } else if self.skip_op("+") {
            self.nest()?;
            self.link()?;
            Expr::Pos(Box::new(self.unary(false)?), at)
        } else {
            self.primary()?
        };
        expr = self.postfix(expr)?;
        if with_filter { self.filters_and_tests(expr) } else { Ok(expr) }
    }

    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        match self.kind() {
            Kind::Op("[") => return self.list(),
            Kind::Op("{") => return self.dict(),
            Kind::Op("(") => {
                self.advance();
                let inner = self.tuple_of(&[], true, Self::expression)?;
                self.expect_op(")")?;
                return Ok(inner);
            }
            Kind::Name(_) | Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) => {}
            other => return self.fail(format!("unexpected '{}'", other.describe())),
        }
        let at = self.at();
        Ok(match self.take() {
            Kind::Name("true" | "True") => Expr::Const(Value::Bool(true)),
            Kind::Name("false" | "False") => Expr::Const(Value::Bool(false)),
            Kind::Name("none" | "None") => Expr::Const(Value::None),
            Kind::Name(name) => Expr::Name(self.read(name), at),
            Kind::Text(mut text) => {
                while let Kind::Text(more) = self.kind() {
                    text += more;
                    self.advance();
                }
                Expr::Const(Value::from(text))
            }
            Kind::Integer(value) => Expr::Const(value),
            Kind::Float(value) => Expr::Const(Value::Float(value)),
            // Sorted out above.
            _ => Expr::Const(Value::None),
        })
    }
    fn list(&mut self) -> Parsed<Expr> {
        self.advance();
        let mut items = Vec::new();
        while !self.is_op("]") {
            if !items.is_empty() {
                self.expect_op(",")?;
                if self.is_op("]") {
                    break;
                }
            }
            items.push(self.expression()?);
        }
        self.expect_op("]")?;
        Ok(Expr::List(items))
    }
    fn dict(&mut self) -> Parsed<Expr> {
        self.advance();
        let mut items = Vec::new();
        while !self.is_op("}") {
            if !items.is_empty() {
                self.expect_op(",")?;
                if self.is_op("}") {
                    break;
                }
            }
            let key = self.expression()?;
            self.expect_op(":")?;
            items.push((key, self.expression()?));
        }
        self.expect_op("}")?;
        Ok(Expr::Dict(items))
    }

    pub(super) fn postfix(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            expr = match self.kind() {
                Kind::Op(".") => self.attribute(expr)?,
                Kind::Op("[") => self.subscript(expr)?,
                Kind::Op("(") => self.call(expr)?,
                _ => return Ok(expr),
            };
        }
    }
    fn attribute(&mut self, value: Expr) -> Parsed<Expr> {
        let at = self.at();
        self.link()?;
        self.advance();
        match self.kind().clone() {
            Kind::Name(name) => {
                self.advance();
                Ok(Expr::Attr(Box::new(value), self.name(name), at))
            }
            Kind::Integer(index) => {
                self.advance();
                Ok(Expr::Item(Box::new((value, Expr::Const(index))), at))
            }
            _ => self.fail("expected name or number"),
        }
    }
    fn subscript(&mut self, value: Expr) -> Parsed<Expr> {
        let at = self.at();
        self.link()?;
        self.advance();
        if self.is_op("]") {
            return self.fail("Expected an expression, got ']'");
        }
        let start = if self.is_op(":") { None } else { Some(self.expression()?) };
        let expr = match start {
            Some(key) if self.is_op("]") => Expr::Item(Box::new((value, key)), at),
            Some(first) if self.is_op(",") => {
                let mut keys = vec![first];
                while self.skip_op(",") {
                    keys.push(self.expression()?);
                }
                Expr::Item(Box::new((value, Expr::Tuple(keys))), at)
            }
            start => {
                self.expect_op(":")?;
                let stop = self.slice_part()?;
                let step = if self.skip_op(":") { self.slice_part()? } else { None };
                Expr::Slice(Box::new(Slice { value, start, stop, step }), at)
            }
        };
        self.expect_op("]")?;
        Ok(expr)
    }
    fn slice_part(&mut self) -> Parsed<Option<Expr>> {
        match self.kind() {
            Kind::Op(":" | "]") => Ok(None),
            _ => Ok(Some(self.expression()?)),
        }
    }
}
