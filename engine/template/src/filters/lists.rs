//! Jinja's filters on sequences, and Ansible's that pick from them.
use super::Table;
use super::attribute::Path;
use crate::python::{Random, bind, flag, index, iterate, only, opt_text, text, truth};
use crate::render::{Args, Render};

use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("batch", batch),
    ("count", length),
    ("d", default),
    ("default", default),
    ("first", first),
    ("join", join),
    ("last", last),
    ("length", length),
    ("list", |render, value, _| Ok(Value::list(iterate(render, value)?))),
    ("random", random),
    ("reverse", reverse),
    ("shuffle", shuffle),
    ("slice", slice),
    ("sum", sum),
    ("ternary", ternary),
    ("mandatory", mandatory),
    ("attr", attr),
    ("type_debug", |_, value, _| Ok(value.type_name().into())),
    ("undef", |_, value, _| Ok(value.clone())),
];

fn default(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [default, boolean] = bind("do_default", args, ["default_value", "boolean"])?;
    let missing = value.is_undefined() || (flag(boolean)? && !value.is_truthy());
    Ok(if missing { default.cloned().unwrap_or_else(|| "".into()) } else { value.clone() })
}

fn length(_: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        other => other
            .len()
            .map(Value::from)
            .ok_or_else(|| Error::wrong_type(format!("object of type '{}' has no len()", other.type_name()))),
    }
}

fn first(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    let items = iterate(render, value)?;
    Ok(items.into_iter().next().unwrap_or_else(|| Value::Undefined("No first item, sequence was empty.".into())))
}

fn last(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    if let Value::Set(_) = value {
        return Err(Error::wrong_type("'set' object is not reversible"));
    }
    let items = iterate(render, value)?;
    Ok(items.into_iter().next_back().unwrap_or_else(|| Value::Undefined("No last item, sequence was empty.".into())))
}

fn join(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [glue, attribute] = bind("do_join", args, ["d", "attribute"])?;
    let glue = glue.map_or(Ok(String::new()), text)?;
    let path = Path::new(attribute);
    let parts =
        iterate(render, value)?.iter().map(|item| text(&path.get(render, item, None)?)).collect::<Result<Vec<_>>>()?;
    Ok(parts.join(&glue).into())
}

fn reverse(render: &Render<'_>, value: &Value, _: &Args) -> Result<Value> {
    match value {
        Value::Str(text) => Ok(text.chars().rev().collect::<String>().into()),
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            Err(Error::failed("argument must be iterable"))
        }
        other => Ok(Value::list(iterate(render, other)?.into_iter().rev())),
    }
}

fn size(value: &Value) -> Result<usize> {
    usize::try_from(index(value)?).map_err(|_| Error::failed("a count must not be negative"))
}

fn batch(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [count, fill] = bind("do_batch", args, ["linecount", "fill_with"])?;
    let count = size(only("do_batch", "linecount", count)?)?.max(1);
    let items = iterate(render, value)?;
    let fill = fill.filter(|fill| !fill.is_none());
    Ok(Value::list(items.chunks(count).map(|chunk| {
        let missing = if fill.is_some() { count - chunk.len() } else { 0 };
        let filling = std::iter::repeat_n(fill.cloned().unwrap_or_default(), missing);
        Value::list(chunk.iter().cloned().chain(filling))
    })))
}

fn slice(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [slices, fill] = bind("do_slice", args, ["slices", "fill_with"])?;
    let slices = size(only("do_slice", "slices", slices)?)?;
    if slices == 0 {
        return Err(Error::failed("integer division or modulo by zero"));
    }
    let items = iterate(render, value)?;
    let (each, extra) = (items.len() / slices, items.len() % slices);
    let fill = fill.filter(|fill| !fill.is_none());
    let mut at = 0;
    Ok(Value::list((0..slices).map(|number| {
        let len = each + usize::from(number < extra);
        let mut part = items[at..at + len].to_vec();
        at += len;
        // Jinja fills the slices that got one less, even when none got more.
        part.extend(fill.filter(|_| number >= extra).cloned());
        Value::list(part)
    })))
}

fn sum(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [attribute, start] = bind("sync_do_sum", args, ["attribute", "start"])?;
    let path = Path::new(attribute);
    let start = start.cloned().unwrap_or(Value::Int(0));
    if let Value::Str(_) = start {
        return Err(Error::wrong_type("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    iterate(render, value)?.iter().try_fold(start, |total, item| render.add(&total, &path.get(render, item, None)?))
}

fn random(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [start, step, seed] = bind("rand", args, ["start", "step", "seed"])?;
    let mut random = Random::new(render.cx.world, seed)?;
    if let Value::Int(_) | Value::Bool(_) = value {
        let given = |value: Option<&Value>, default| value.filter(|v| v.is_truthy()).map_or(Ok(default), index);
        return random_range(&mut random, given(start, 0)?, index(value)?, given(step, 1)?);
    }
    if let Value::None | Value::Float(_) = value {
        return Err(Error::failed("random can only be used on sequences and integers"));
    }
    let items = iterate(render, value)?;
    if start.is_some_and(Value::is_truthy) || step.is_some_and(Value::is_truthy) {
        return Err(Error::failed("start and step can only be used with integer values"));
    }
    if let Value::Dict(_) | Value::Set(_) = value {
        return Err(Error::wrong_type(format!("'{}' object is not subscriptable", value.type_name())));
    }
    if items.is_empty() {
        return Err(Error::failed("Cannot choose from an empty sequence"));
    }
    let at = usize::try_from(random.below(items.len() as u64)).unwrap_or(0);
    Ok(items[at].clone())
}

/// `randrange`.
fn random_range(random: &mut Random<'_>, start: i64, end: i64, step: i64) -> Result<Value> {
    let width = i128::from(end) - i128::from(start);
    let step_wide = i128::from(step);
    let count = if step == 0 { 0 } else { (width + step_wide - step_wide.signum()) / step_wide };
    if count <= 0 {
        return Err(Error::failed(format!("empty range in randrange({start}, {end}, {step})")));
    }
    let pick = random.below(u64::try_from(count).unwrap_or(u64::MAX));
    Ok(Value::big((i128::from(start) + step_wide * i128::from(pick)).into()))
}

fn shuffle(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [seed] = bind("randomize_list", args, ["seed"])?;
    let Ok(mut items) = iterate(render, value) else {
        text(value)?;
        return Ok(value.clone());
    };
    let mut random = Random::new(render.cx.world, seed.filter(|seed| seed.is_truthy()))?;
    random.shuffle(&mut items);
    Ok(Value::list(items))
}

fn ternary(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [yes, no, none] = bind("ternary", args, ["true_val", "false_val", "none_val"])?;
    let yes = only("ternary", "true_val", yes)?;
    let no = only("ternary", "false_val", no)?;
    Ok(match none.filter(|none| !none.is_none()) {
        Some(none) if value.is_none() => none.clone(),
        _ if truth(value)? => yes.clone(),
        _ => no.clone(),
    })
}

fn mandatory(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [message] = bind("mandatory", args, ["msg"])?;
    let Value::Undefined(found) = value else { return Ok(value.clone()) };
    if let Some(message) = opt_text(message)? {
        return Err(Error::failed(message));
    }
    let name = found.split('\'').nth(if found.starts_with('\'') && found.contains("attribute") { 3 } else { 1 });
    let name = name.map(|name| format!("'{name}' ")).unwrap_or_default();
    Err(Error::failed(format!("Mandatory variable {name} not defined.")))
}

fn attr(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [name] = bind("do_attr", args, ["name"])?;
    let name = text(only("do_attr", "name", name)?)?;
    match value {
        // A dict's keys are items, not attributes.
        Value::Dict(_) if !crate::methods::exists(value, &name) => {
            Ok(Value::Undefined(format!("'dict object' has no attribute '{name}'").into()))
        }
        other => render.attr(other, &name),
    }
}
