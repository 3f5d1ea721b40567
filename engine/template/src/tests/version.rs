//! Versions: loose, strict, semantic, and Python's own.
mod pep440;
mod semantic;

use super::Table;
use crate::python::{bind, text, truth};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};
use std::cmp::Ordering;

pub(super) const TABLE: Table = &[("version", version), ("version_compare", version)];

fn version(_: &Render<'_>, value: &Value, args: &Args) -> Result<bool> {
    let names = ["version", "operator", "strict", "version_type"];
    let [wanted, operator, strict, kind] = bind("version_compare", args, names)?;
    let strict = strict.filter(|strict| !strict.is_none());
    let kind = kind.filter(|kind| !kind.is_none());
    if strict.is_some() && kind.is_some() {
        return Err(Error::failed("Cannot specify both 'strict' and 'version_type'"));
    }
    if !truth(value)? {
        return Err(Error::failed("Input version value cannot be empty"));
    }
    let wanted = wanted.filter(|wanted| wanted.is_undefined() || wanted.is_truthy());
    let wanted = wanted.ok_or_else(|| Error::failed("Version parameter to compare against cannot be empty"))?;
    let kind = match (strict, kind) {
        (Some(strict), _) if strict.is_truthy() => "strict".to_owned(),
        (_, Some(kind)) => text(kind)?,
        _ => "loose".to_owned(),
    };
    let compare = comparer(&kind)?;
    let operator = operator.map_or(Ok("eq".to_owned()), text)?;
    let holds = operator_of(&operator)?;
    let order = compare(&text(value)?, &text(wanted)?);
    order.map(holds).map_err(|error| Error::failed(format!("Version comparison failed: {error}")))
}

type Compare = fn(&str, &str) -> Result<Ordering>;

fn comparer(kind: &str) -> Result<Compare> {
    Ok(match kind {
        "loose" => loose,
        "strict" => strict,
        "semver" | "semantic" => semantic::compare,
        "pep440" => pep440::compare,
        other => {
            return Err(Error::failed(format!(
                "Invalid version type ({other}). Must be one of 'loose', 'strict', 'semver', 'semantic', 'pep440'"
            )));
        }
    })
}

fn operator_of(name: &str) -> Result<fn(Ordering) -> bool> {
    Ok(match name {
        "==" | "=" | "eq" => Ordering::is_eq,
        "<" | "lt" => Ordering::is_lt,
        "<=" | "le" => Ordering::is_le,
        ">" | "gt" => Ordering::is_gt,
        ">=" | "ge" => Ordering::is_ge,
        "!=" | "<>" | "ne" => Ordering::is_ne,
        other => {
            return Err(Error::failed(format!(
                "Invalid operator type ({other}). Must be one of '==', '=', 'eq', '<', 'lt', '<=', 'le', '>', 'gt', \
                 '>=', 'ge', '!=', '<>', 'ne'"
            )));
        }
    })
}

/// A piece of a loose version.
enum Part {
    Number(u128),
    Word(String),
}

/// Runs of digits, runs of small letters, and what stands between dots besides.
fn loose_parts(version: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = version;
    while let Some(c) = rest.chars().next() {
        let class = |c: char| {
            if c.is_ascii_digit() {
                0
            } else if c.is_ascii_lowercase() {
                1
            } else if c == '.' {
                2
            } else {
                3
            }
        };
        let end = rest.find(|other| class(other) != class(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        match class(c) {
            0 => parts.push(run.parse().map_or_else(|_| Part::Word(run.into()), Part::Number)),
            2 => {}
            _ => parts.push(Part::Word(run.into())),
        }
        rest = after;
    }
    parts
}

fn loose(a: &str, b: &str) -> Result<Ordering> {
    let (a, b) = (loose_parts(a), loose_parts(b));
    for (x, y) in a.iter().zip(&b) {
        let order = match (x, y) {
            (Part::Number(x), Part::Number(y)) => x.cmp(y),
            (Part::Word(x), Part::Word(y)) => x.cmp(y),
            (x, _) => {
                let name = |is_number: bool| if is_number { "int" } else { "str" };
                let number = matches!(x, Part::Number(_));
                return Err(Error::wrong_type(format!(
                    "'<' not supported between instances of '{}' and '{}'",
                    name(number),
                    name(!number)
                )));
            }
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(a.len().cmp(&b.len()))
}

/// Three numbers, and a preview's letter and number.
type Strict = ([u64; 3], Option<(char, u64)>);

/// `1.2`, `1.2.3`, `1.2.3a4`.
fn strict_parts(version: &str) -> Result<Strict> {
    let invalid = || Error::failed(format!("invalid version number '{version}'"));
    let (numbers, pre) = match version.find(['a', 'b']) {
        Some(at) => {
            let letter = version[at..].chars().next().ok_or_else(invalid)?;
            (&version[..at], Some((letter, version[at + 1..].parse().map_err(|_| invalid())?)))
        }
        None => (version, None),
    };
    let parts = numbers.split('.').map(|part| part.parse().map_err(|_| invalid())).collect::<Result<Vec<u64>>>()?;
    match parts.as_slice() {
        [major, minor] => Ok(([*major, *minor, 0], pre)),
        [major, minor, patch] => Ok(([*major, *minor, *patch], pre)),
        _ => Err(invalid()),
    }
}

fn strict(a: &str, b: &str) -> Result<Ordering> {
    let ((a, x), (b, y)) = (strict_parts(a)?, strict_parts(b)?);
    // A release follows its previews.
    let pre = match (x, y) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(x), Some(y)) => x.cmp(&y),
    };
    Ok(a.cmp(&b).then(pre))
}

/// A loose version as a key to sort by.
pub(crate) fn loose_key(version: &str) -> Vec<Value> {
    let value = |part| match part {
        Part::Number(number) => i64::try_from(number).map_or_else(|_| Value::Float(number as f64), Value::Int),
        Part::Word(word) => Value::from(word),
    };
    loose_parts(version).into_iter().map(value).collect()
}
