//! Expressions.
use super::{Args, Machine, arithmetic, limits, slice};
use crate::syntax::ir::{At, Call, CallArgs, Choice, Cmp, Expr, FilterCall, TestCall};
use crate::value::{LENIENT, compare, contains, equal};
use crate::{Error, Result, Value, methods};
use std::cmp::Ordering;
use std::fmt::Write;

impl Machine<'_, '_> {
    pub(crate) fn eval(&mut self, expr: &Expr) -> Result<Value> {
        limits::step(1)?;
        match expr {
            Expr::Const(value) => Ok(value.clone()),
            Expr::Name(name, at) => self.lookup(name).map_err(|error| error.or_offset(*at)),
            Expr::Attr(value, name, at) => {
                let value = self.nested(value)?;
                self.render.attr(&value, name).map_err(|error| error.or_offset(*at))
            }
            Expr::Item(pair, at) => {
                let value = self.nested(&pair.0)?;
                let key = self.nested(&pair.1)?;
                self.render.item(&value, &key).map_err(|error| error.or_offset(*at))
            }
            Expr::Call(call) => self.call(call).map_err(|error| error.or_offset(call.at)),
            Expr::Filter(call) => self.filter(call, None),
            Expr::Test(call) => Ok(Value::Bool(self.test(call)?)),
            Expr::Not(value) => Ok(Value::Bool(!self.truth(value)?)),
            Expr::And(pair) => {
                let left = self.nested(&pair.0)?;
                if truth(&left).map_err(|error| error.or_offset(pair.0.at()))? {
                    self.nested(&pair.1)
                } else {
                    Ok(left)
                }
            }
            Expr::Or(pair) => {
                let left = self.nested(&pair.0)?;
                if truth(&left).map_err(|error| error.or_offset(pair.0.at()))? {
                    Ok(left)
                } else {
                    self.nested(&pair.1)
                }
            }
            Expr::Compare(first, rest, at) => self.compare(first, rest).map_err(|error| error.or_offset(*at)),
            other => self.eval_rarer(other),
        }
    }
    /// Kept apart so that the stack frame of the common cases stays small.
    fn eval_rarer(&mut self, expr: &Expr) -> Result<Value> {
        match expr {
            Expr::List(items) => Ok(Value::list(self.all(items)?)),
            Expr::Tuple(items) => Ok(Value::tuple(self.all(items)?)),
            Expr::Dict(entries) => self.dict(entries),
            Expr::Slice(slice, at) => {
                let value = self.nested(&slice.value)?;
                let [start, stop, step] = [&slice.start, &slice.stop, &slice.step]
                    .map(|bound| bound.as_ref().map_or(Ok(Value::None), |bound| self.nested(bound)));
                slice::slice(&value, &start?, &stop?, &step?).map_err(|error| error.or_offset(*at))
            }
            Expr::Neg(value, at) => arithmetic::negative(&self.nested(value)?).map_err(|error| error.or_offset(*at)),
            Expr::Pos(value, at) => arithmetic::positive(&self.nested(value)?).map_err(|error| error.or_offset(*at)),
            Expr::Binary(op, pair, at) => {
                let left = self.nested(&pair.0)?;
                let right = self.nested(&pair.1)?;
                arithmetic::binary(*op, &left, &right).map_err(|error| error.or_offset(*at))
            }
            Expr::Concat(parts, at) => self.concat(parts).map_err(|error| error.or_offset(*at)),
            Expr::If(choice) => self.choice(choice),
            // All others are handled by the caller.
            _ => Ok(Value::None),
        }
    }
    #[inline]
    fn nested(&mut self, expr: &Expr) -> Result<Value> {
        limits::stack()?;
        self.eval(expr)
    }
    fn all(&mut self, items: &[Expr]) -> Result<Vec<Value>> {
        limits::bytes(size_of_val(items))?;
        items.iter().map(|item| self.nested(item)).collect()
    }
    fn dict(&mut self, entries: &[(Expr, Expr)]) -> Result<Value> {
        let mut pairs = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let at = key.at();
            let key = self.nested(key)?.defined().map_err(|error| error.or_offset(at))?;
            if !key.is_hashable() {
                return Err(Error::wrong_type(format!("unhashable type: '{}'", key.type_name())).or_offset(at));
            }
            pairs.push((key, self.nested(value)?));
        }
        Ok(Value::dict(pairs))
    }
    fn concat(&mut self, parts: &[Expr]) -> Result<Value> {
        let mut text = String::new();
        for part in parts {
            match self.nested(part)? {
                Value::Str(part) => text.push_str(&part),
                lenient if lenient.is_lenient() => {}
                Value::Undefined(message) => return Err(Error::undefined(&*message)),
                other => _ = write!(text, "{other}"),
            }
        }
        limits::bytes(text.len())?;
        Ok(Value::from(text))
    }
    fn choice(&mut self, choice: &Choice) -> Result<Value> {
        if self.truth(&choice.test)? {
            return self.nested(&choice.then);
        }
        match &choice.otherwise {
            Some(expr) => self.nested(expr),
            None => Ok(Value::Undefined(
                format!("{LENIENT}{} evaluated to false and no else section was defined.", choice.line).into(),
            )),
        }
    }
    /// The truth of an expression; undefined ones have none.
    pub(crate) fn truth(&mut self, expr: &Expr) -> Result<bool> {
        match expr {
            Expr::Test(call) => self.test(call),
            Expr::Not(value) => {
                limits::stack()?;
                Ok(!self.truth(value)?)
            }
            _ => {
                let value = self.nested(expr)?;
                truth(&value).map_err(|error| error.or_offset(expr.at()))
            }
        }
    }
    fn compare(&mut self, first: &Expr, rest: &[(Cmp, Expr)]) -> Result<Value> {
        let mut left = self.nested(first)?;
        for (cmp, right) in rest {
            let right = self.nested(right)?;
            if !compared(*cmp, &left, &right)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    pub(super) fn args(&mut self, args: &CallArgs) -> Result<Args> {
        let mut positional = Vec::with_capacity(args.positional.len());
        for arg in &args.positional {
            positional.push(self.nested(arg)?);
        }
        if let Some(star) = &args.star {
            let items = self.nested(star)?;
            positional.extend(self.render.iterate(&items)?);
        }
        let mut named = Vec::with_capacity(args.named.len());
        for (name, arg) in &args.named {
            named.push((name.clone(), self.nested(arg)?));
        }
        if let Some(stars) = &args.stars {
            self.splat(stars, &mut named)?;
        }
        Ok(Args { positional, named })
    }
    fn splat(&mut self, stars: &Expr, named: &mut Vec<super::Named>) -> Result<()> {
        let value = self.nested(stars)?.defined()?;
        let Some(entries) = value.entries() else {
            let message = format!("argument after ** must be a mapping, not {}", value.type_name());
            return Err(Error::wrong_type(message));
        };
        for (key, value) in entries {
            let Value::Str(key) = key else { return Err(Error::wrong_type("keywords must be strings")) };
            if named.iter().any(|(known, _)| **known == *key) {
                return Err(Error::wrong_type(format!("got multiple values for keyword argument '{key}'")));
            }
            named.push((key.into(), value));
        }
        Ok(())
    }
    pub(super) fn call(&mut self, call: &Call) -> Result<Value> {
        if let Expr::Attr(receiver, name, _) = &call.callee {
            let receiver = self.nested(receiver)?;
            if !matches!(receiver, Value::Object(_) | Value::Undefined(_)) && methods::exists(&receiver, name) {
                let args = self.args(&call.args)?;
                return self.render.call_method(&receiver, name, args);
            }
            let callee = self.render.attr(&receiver, name)?;
            let args = self.args(&call.args)?;
            return self.render.call(&callee, args);
        }
        let callee = self.nested(&call.callee)?;
        let args = self.args(&call.args)?;
        self.render.call(&callee, args)
    }
    /// Applies a filter; `input` is the text of a filter block.
    pub(super) fn filter(&mut self, call: &FilterCall, input: Option<Value>) -> Result<Value> {
        let value = match (&call.value, input) {
            (Some(Expr::Filter(inner)), Some(input)) => self.filter(inner, Some(input))?,
            (Some(expr), _) => self.nested(expr)?,
            (None, Some(input)) => input,
            (None, None) => Value::from(""),
        };
        // These look at undefined values themselves; all others would read it as text.
        let value = match value.is_lenient() && !matches!(&*call.name, "default" | "d" | "mandatory" | "type_debug") {
            true => Value::from(""),
            false => value,
        };
        let args = self.args(&call.args)?;
        (call.filter)(self.render, &value, &args).map_err(|error| error.or_offset(call.at))
    }
    fn test(&mut self, call: &TestCall) -> Result<bool> {
        let value = self.nested(&call.value)?;
        let args = self.args(&call.args)?;
        (call.test)(self.render, &value, &args).map_err(|error| error.or_offset(call.at))
    }
}

/// Python's truth, with undefined values refused.
pub(crate) fn truth(value: &Value) -> Result<bool> {
    match value {
        Value::Undefined(message) if !value.is_lenient() => Err(Error::undefined(&**message)),
        other => Ok(other.is_truthy()),
    }
}

fn compared(cmp: Cmp, left: &Value, right: &Value) -> Result<bool> {
    if matches!(cmp, Cmp::In | Cmp::NotIn) {
        return member(left, right).map(|found| found == (cmp == Cmp::In));
    }
    for side in [left, right] {
        match side {
            // Equal to nothing but its like; it has no order.
            lenient if lenient.is_lenient() && matches!(cmp, Cmp::Eq | Cmp::Ne) => {}
            Value::Undefined(message) => return Err(Error::undefined(&**message)),
            _ => {}
        }
    }
    let order = |sign, fits: fn(Ordering) -> bool| Ok(compare(left, right, sign)?.is_some_and(fits));
    match cmp {
        Cmp::Eq => Ok(equal(left, right)),
        Cmp::Ne => Ok(!equal(left, right)),
        Cmp::Lt => order("<", Ordering::is_lt),
        Cmp::Le => order("<=", Ordering::is_le),
        Cmp::Gt => order(">", Ordering::is_gt),
        _ => order(">=", Ordering::is_ge),
    }
}

fn member(item: &Value, container: &Value) -> Result<bool> {
    if let (Value::Undefined(message), false) = (item, container.is_empty()) {
        return Err(Error::undefined(&**message));
    }
    contains(container, item)
}

impl Expr {
    /// Where it stands, as well as it is known.
    pub(crate) fn at(&self) -> At {
        match self {
            Self::Name(_, at)
            | Self::Attr(_, _, at)
            | Self::Item(_, at)
            | Self::Slice(_, at)
            | Self::Neg(_, at)
            | Self::Pos(_, at)
            | Self::Binary(_, _, at)
            | Self::Concat(_, at)
            | Self::Compare(_, _, at) => *at,
            Self::Call(call) => call.at,
            Self::Filter(call) => call.at,
            Self::Test(call) => call.at,
            Self::Not(value) => value.at(),
            Self::And(pair) | Self::Or(pair) => pair.0.at(),
            Self::If(choice) => choice.then.at(),
            Self::Const(_) | Self::Tuple(_) | Self::List(_) | Self::Dict(_) => 0,
        }
    }
}
