//! `lookup` and `query`.
use crate::python::{text, truth};
use crate::render::{Args, Render};
use crate::{Error, ErrorKind, Result, Value};
use std::sync::Arc;

/// What a lookup's failure becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Errors {
    Strict,
    /// `warn` and `ignore`.
    Forgiven,
}

pub(super) fn lookup(render: &Render<'_>, args: Args) -> Result<Value> {
    run(render, args, false)
}

pub(super) fn query(render: &Render<'_>, args: Args) -> Result<Value> {
    run(render, args, true)
}

fn run(render: &Render<'_>, args: Args, wants_list: bool) -> Result<Value> {
    let mut terms = args.positional.into_iter();
    let name = terms.next().ok_or_else(|| Error::wrong_type("lookup() needs the name of a lookup plugin"))?;
    let name = text(&name)?;
    let found = render.cx.lookups.find(&name);
    let plugin = found.ok_or_else(|| Error::new(ErrorKind::Unknown, format!("lookup plugin ({name}) not found")))?;
    let terms = terms.map(Value::defined).collect::<Result<Vec<_>>>()?;
    let (mut options, mut errors, mut wants_list) = (Vec::with_capacity(args.named.len()), Errors::Strict, wants_list);
    for (key, value) in args.named {
        match &*key {
            "wantlist" => wants_list = truth(&value)?,
            "errors" => {
                errors =
                    if matches!(value.as_str(), Some("warn" | "ignore")) { Errors::Forgiven } else { Errors::Strict }
            }
            "allow_unsafe" => {}
            _ => options.push((key, value.defined()?)),
        }
    }
    match plugin.run(render.cx, &terms, &options) {
        Ok(items) => {
            items.iter().for_each(|item| render.saw_outside(item));
            Ok(if wants_list { Value::list(items) } else { join(items) })
        }
        Err(error) if errors == Errors::Forgiven && error.kind() != ErrorKind::Undefined => {
            Ok(if wants_list { Value::list([]) } else { Value::None })
        }
        Err(error) => Err(error),
    }
}

/// `lookup` joins texts by comma; one other thing is given alone, several as a list.
fn join(mut items: Vec<Value>) -> Value {
    if items.is_empty() {
        return Value::list([]);
    }
    let verbatim = matches!(items.first(), Some(Value::Str(text)) if text.is_verbatim());
    let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    match texts {
        Some(texts) if verbatim => Value::verbatim(Arc::<str>::from(texts.join(","))),
        Some(texts) => texts.join(",").into(),
        None if items.len() == 1 => items.pop().unwrap_or_default(),
        None => Value::list(items),
    }
}
