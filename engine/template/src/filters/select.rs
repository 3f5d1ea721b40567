//! `map`, `select`, `reject` and their kin: filters and tests called by name.
use super::Table;
use super::attribute::Path;
use crate::python::{iterate, text, truth};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("map", map),
    ("reject", |render, value, args| select(render, value, args, false, false)),
    ("rejectattr", |render, value, args| select(render, value, args, true, false)),
    ("select", |render, value, args| select(render, value, args, false, true)),
    ("selectattr", |render, value, args| select(render, value, args, true, true)),
];

/// Jinja asks for truth first: anything false is nothing to walk over.
fn items(render: &Render<'_>, value: &Value) -> Result<Vec<Value>> {
    if truth(value)? { iterate(render, value) } else { Ok(Vec::new()) }
}

fn map(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let items = items(render, value)?;
    if args.positional.is_empty() && args.named("attribute").is_some() {
        let path = Path::new(args.named("attribute"));
        let default = args.named("default");
        if let Some((name, _)) = args.named.iter().find(|(name, _)| !matches!(&**name, "attribute" | "default")) {
            return Err(Error::failed(format!("Unexpected keyword argument '{name}'")));
        }
        return items.iter().map(|item| path.get(render, item, default)).collect();
    }
    let Some((name, rest)) = args.positional.split_first() else {
        return Err(Error::failed("map requires a filter argument"));
    };
    let name = text(name)?;
    let rest = Args { positional: rest.to_vec(), named: args.named.clone() };
    items.iter().map(|item| render.filter(&name, item, &rest)).collect()
}

fn select(render: &Render<'_>, value: &Value, args: &Args, by_attribute: bool, keep: bool) -> Result<Value> {
    let items = items(render, value)?;
    let skip = usize::from(by_attribute);
    let path = match args.positional.first() {
        Some(attribute) if by_attribute => Path::new(Some(attribute)),
        None if by_attribute => return Err(Error::failed("Missing parameter for attribute name")),
        _ => Path::new(None),
    };
    let test = args.positional.get(skip).map(text).transpose()?;
    let rest = Args { positional: args.positional.iter().skip(skip + 1).cloned().collect(), named: args.named.clone() };
    let mut kept = Vec::new();
    for item in items {
        let subject = path.get(render, &item, None)?;
        let holds = match &test {
            Some(name) => render.test(name, &subject, &rest)?,
            None => truth(&subject)?,
        };
        if holds == keep {
            kept.push(item);
        }
    }
    Ok(Value::list(kept))
}
