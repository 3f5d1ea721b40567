//! JMESPath's functions.
use super::interpret::{Found, plain};
use crate::dump::{JsonStyle, json};
use crate::python::sort_by_key;
use crate::value::{Number, compare, truncate};
use crate::{Error, Result, Value};
use jmespath::ast::Ast;
use std::cmp::Ordering;

fn failed(message: impl std::fmt::Display) -> Error {
    Error::failed(format!("JMESPathError in json_query filter plugin:\n{message}"))
}

/// JMESPath's name of a type.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::None => "null",
        Value::Bool(_) => "boolean",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Dict(_) => "object",
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => "number",
        _ => "unknown",
    }
}

struct Call<'a> {
    name: &'a str,
    args: Vec<Found<'a>>,
    depth: usize,
}

impl<'a> Call<'a> {
    fn wrong(&self, value: &Value, wanted: &[&str]) -> Error {
        let list = wanted.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
        failed(format!(
            "In function {}(), invalid type for value: {value}, expected one of: [{list}], received: \"{}\"",
            self.name,
            type_name(value)
        ))
    }
    fn any(&self, at: usize) -> Result<&Value> {
        match self.args.get(at) {
            Some(Found::Value(value)) => Ok(value),
            _ => Err(failed(format!("In function {}(), an expression stands where a value is needed", self.name))),
        }
    }
    fn of(&self, at: usize, wanted: &[&str]) -> Result<&Value> {
        let value = self.any(at)?;
        if wanted.contains(&type_name(value)) { Ok(value) } else { Err(self.wrong(value, wanted)) }
    }
    fn text(&self, at: usize) -> Result<&str> {
        Ok(self.of(at, &["string"])?.as_str().unwrap_or_default())
    }
    fn items(&self, at: usize) -> Result<Vec<Value>> {
        Ok(self.of(at, &["array"])?.items().unwrap_or_default())
    }
    fn expression(&self, at: usize) -> Result<&'a Ast> {
        match self.args.get(at) {
            Some(Found::Expression(ast)) => Ok(ast),
            Some(Found::Value(value)) => Err(self.wrong(value, &["expref"])),
            None => Err(failed(format!("In function {}(), an expression is missing", self.name))),
        }
    }
    /// Items that are all numbers, or all texts where that is allowed.
    fn uniform(&self, at: usize, texts: bool) -> Result<Vec<Value>> {
        let items = self.items(at)?;
        let first = items.first().map(type_name).unwrap_or("number");
        let allowed = first == "number" || (texts && first == "string");
        match items.iter().find(|item| !allowed || type_name(item) != first) {
            Some(item) => {
                Err(self.wrong(item, if texts { &["array-number", "array-string"] } else { &["array-number"] }))
            }
            None => Ok(items),
        }
    }
    fn arity(&self, least: usize, exact: bool) -> Result<()> {
        let given = self.args.len();
        if (exact && given != least) || given < least {
            let more = if exact { "" } else { "at least " };
            let plural = if least == 1 { "argument" } else { "arguments" };
            return Err(failed(format!(
                "Expected {more}{least} {plural} for function {}(), received {given}",
                self.name
            )));
        }
        Ok(())
    }
    fn numbers(&self, at: usize) -> Result<Vec<Value>> {
        self.uniform(at, false)
    }
    /// The items with what the expression gives for each.
    fn keyed(&self, items: usize, expression: usize) -> Result<Vec<(Vec<Value>, Value)>> {
        let ast = self.expression(expression)?;
        let mut required: Option<&str> = None;
        self.items(items)?
            .into_iter()
            .map(|item| {
                let key = plain(ast, &item, self.depth)?;
                let kind = type_name(&key);
                if !matches!(kind, "number" | "string") || required.is_some_and(|required| required != kind) {
                    return Err(self.wrong(&key, &["number", "string"]));
                }
                required = Some(kind);
                Ok((vec![key], item))
            })
            .collect()
    }
}

pub(super) fn call(name: &str, args: Vec<Found<'_>>, depth: usize) -> Result<Value> {
    let call = Call { name, args, depth };
    let arity = match name {
        "contains" | "ends_with" | "join" | "map" | "max_by" | "min_by" | "sort_by" | "starts_with" => 2,
        _ => 1,
    };
    call.arity(arity, !matches!(name, "merge" | "not_null"))?;
    match name {
        "abs" | "ceil" | "floor" => rounded(&call),
        "avg" | "sum" => total(&call),
        "contains" => contains(&call),
        "ends_with" => Ok(call.text(0)?.ends_with(call.text(1)?).into()),
        "starts_with" => Ok(call.text(0)?.starts_with(call.text(1)?).into()),
        "join" => join(&call),
        "keys" => Ok(Value::list(entries(&call, 0)?.into_iter().map(|(key, _)| key))),
        "values" => Ok(Value::list(entries(&call, 0)?.into_iter().map(|(_, value)| value))),
        "length" => Ok(call.of(0, &["string", "array", "object"])?.len().unwrap_or(0).into()),
        "map" => {
            let ast = call.expression(0)?;
            let items = call.items(1)?;
            items.iter().map(|item| plain(ast, item, depth)).collect()
        }
        "max" => extreme(call.uniform(0, true)?.into_iter().map(|v| (vec![v.clone()], v)).collect(), Ordering::Greater),
        "min" => extreme(call.uniform(0, true)?.into_iter().map(|v| (vec![v.clone()], v)).collect(), Ordering::Less),
        "max_by" => extreme(call.keyed(0, 1)?, Ordering::Greater),
        "min_by" => extreme(call.keyed(0, 1)?, Ordering::Less),
        "merge" => {
            let all = (0..call.args.len()).map(|at| entries(&call, at)).collect::<Result<Vec<_>>>()?;
            Ok(Value::dict(all.into_iter().flatten()))
        }
        "not_null" => {
            let values = (0..call.args.len()).map(|at| call.any(at)).collect::<Result<Vec<_>>>()?;
            Ok(values.into_iter().find(|value| !value.is_none()).cloned().unwrap_or_default())
        }
        "reverse" => match call.of(0, &["array", "string"])? {
            Value::Str(text) => Ok(text.chars().rev().collect::<String>().into()),
            other => Ok(Value::list(other.items().unwrap_or_default().into_iter().rev())),
        },
        "sort" => {
            let items = call.uniform(0, true)?;
            sort_by_key(items.into_iter().map(|item| (vec![item.clone()], item)).collect(), false).map(Value::list)
        }
        "sort_by" => sort_by_key(call.keyed(0, 1)?, false).map(Value::list),
        "to_array" => Ok(match call.any(0)? {
            list @ Value::List(_) => list.clone(),
            other => Value::list([other.clone()]),
        }),
        "to_number" => Ok(to_number(call.any(0)?)),
        "to_string" => match call.any(0)? {
            text @ Value::Str(_) => Ok(text.clone()),
            other => {
                let style = JsonStyle { item: ",".into(), key: ":".into(), ..JsonStyle::default() };
                json(other, &style).map(Value::from)
            }
        },
        "type" => Ok(type_name(call.any(0)?).into()),
        other => Err(failed(format!("Unknown function: {other}()"))),
    }
}

fn entries(call: &Call<'_>, at: usize) -> Result<Vec<(Value, Value)>> {
    Ok(call.of(at, &["object"])?.entries().unwrap_or_default())
}

fn rounded(call: &Call<'_>) -> Result<Value> {
    let value = call.of(0, &["number"])?;
    let whole = |f: f64| truncate(f).unwrap_or(Value::Float(f));
    Ok(match (value, call.name) {
        (Value::Float(f), "abs") => Value::Float(f.abs()),
        (Value::Float(f), "ceil") => whole(f.ceil()),
        (Value::Float(f), _) => whole(f.floor()),
        (Value::Int(n), "abs") => n.checked_abs().map_or_else(|| value.clone(), Value::Int),
        (other, _) => other.clone(),
    })
}

fn total(call: &Call<'_>) -> Result<Value> {
    let items = call.numbers(0)?;
    let whole = items.iter().map(|item| Number::of(item).and_then(|n| n.to_big())).collect::<Option<Vec<_>>>();
    let sum: f64 = items.iter().filter_map(Value::as_f64).sum();
    if call.name == "sum" {
        return Ok(whole.map_or(Value::Float(sum), |all| Value::big(all.into_iter().sum())));
    }
    Ok(if items.is_empty() { Value::None } else { Value::Float(sum / items.len() as f64) })
}

fn contains(call: &Call<'_>) -> Result<Value> {
    let subject = call.of(0, &["array", "string"])?;
    crate::value::contains(subject, call.any(1)?).map(Value::Bool)
}

fn join(call: &Call<'_>) -> Result<Value> {
    let glue = call.text(0)?;
    let items = call.items(1)?;
    let texts = items
        .iter()
        .map(|item| item.as_str().ok_or_else(|| call.wrong(item, &["array-string"])))
        .collect::<Result<Vec<_>>>()?;
    Ok(texts.join(glue).into())
}

fn extreme(items: Vec<(Vec<Value>, Value)>, wanted: Ordering) -> Result<Value> {
    let mut best: Option<(Value, Value)> = None;
    for (key, item) in items {
        let Some(key) = key.into_iter().next() else { continue };
        let better = match &best {
            None => true,
            Some((best, _)) => compare(&key, best, "<")? == Some(wanted),
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map(|(_, item)| item).unwrap_or_default())
}

fn to_number(value: &Value) -> Value {
    match value {
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => value.clone(),
        Value::Str(_) => crate::python::to_int(value)
            .ok()
            .or_else(|| crate::python::to_float(value).ok().map(Value::Float))
            .unwrap_or_default(),
        _ => Value::None,
    }
}
