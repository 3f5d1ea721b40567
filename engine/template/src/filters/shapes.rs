//! Filters that rearrange lists: flatten, zip, products.
use super::Table;
use crate::python::{bind, flag, index, iterate, only, opt_index};
use crate::render::{Args, Render};
use crate::{Error, Result, Value};

pub(super) const TABLE: Table = &[
    ("combinations", combinations),
    ("flatten", flatten),
    ("permutations", permutations),
    ("product", product),
    ("zip", zip),
    ("zip_longest", zip_longest),
];

/// More tuples than this are a mistake, and would not fit into memory.
const MOST: usize = 5_000_000;

fn flatten(_: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [levels, skip] = bind("flatten", args, ["levels", "skip_nulls"])?;
    let skip = skip.is_none_or(Value::is_truthy);
    let items = match value {
        Value::List(_) | Value::Tuple(_) | Value::Set(_) => value.items().unwrap_or_default(),
        Value::Dict(dict) => dict.keys(),
        Value::Str(text) => text.chars().map(|c| Value::from(c.to_string())).collect(),
        Value::Undefined(message) => return Err(Error::undefined(&**message)),
        other => return Err(Error::wrong_type(format!("'{}' object is not iterable", other.type_name()))),
    };
    Ok(Value::list(flatten_levels(&items, opt_index(levels)?, skip)?))
}

/// Lists inside lists laid open, to a depth; null items (and the words for it) are dropped.
pub(super) fn flatten_levels(items: &[Value], levels: Option<i64>, skip_nulls: bool) -> Result<Vec<Value>> {
    let mut out = Vec::with_capacity(items.len());
    for item in items {
        let null = matches!(item, Value::None) || matches!(item.as_str(), Some("None" | "null"));
        if skip_nulls && null {
            continue;
        }
        match item {
            Value::Undefined(message) => return Err(Error::undefined(&**message)),
            Value::List(_) | Value::Tuple(_) if levels.is_none_or(|levels| levels >= 1) => {
                let inner = item.items().unwrap_or_default();
                out.extend(flatten_levels(&inner, levels.map(|levels| levels - 1), skip_nulls)?);
            }
            other => out.push(other.clone()),
        }
    }
    Ok(out)
}

fn sequences(render: &Render<'_>, value: &Value, args: &Args) -> Result<Vec<Vec<Value>>> {
    std::iter::once(value).chain(&args.positional).map(|value| iterate(render, value)).collect()
}

fn zip(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let all = sequences(render, value, args)?;
    if args.named("strict").map_or(Ok(false), |strict| flag(Some(strict)))?
        && all.iter().any(|one| one.len() != all[0].len())
    {
        return Err(Error::failed("zip() argument 2 is not as long as argument 1"));
    }
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    Ok((0..shortest).map(|i| Value::tuple(all.iter().map(|one| one[i].clone()))).collect())
}

fn zip_longest(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let all = sequences(render, value, args)?;
    let fill = args.named("fillvalue").cloned().unwrap_or_default();
    let longest = all.iter().map(Vec::len).max().unwrap_or(0);
    let at = |one: &[Value], i: usize| one.get(i).cloned().unwrap_or_else(|| fill.clone());
    Ok((0..longest).map(|i| Value::tuple(all.iter().map(|one| at(one, i)))).collect())
}

fn too_many() -> Error {
    Error::failed(format!("more than {MOST} tuples"))
}

fn product(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let once = sequences(render, value, args)?;
    let repeat = usize::try_from(args.named("repeat").map_or(Ok(1), index)?)
        .map_err(|_| Error::failed("repeat argument cannot be negative"))?;
    let all: Vec<&Vec<Value>> = (0..repeat).flat_map(|_| &once).collect();
    let count = all.iter().try_fold(1_usize, |count, one| count.checked_mul(one.len()).filter(|n| *n <= MOST));
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let width = all.len().max(1);
    render.charge(count.ok_or_else(too_many)?.saturating_mul(width))?;
    for one in all {
        rows = rows
            .iter()
            .flat_map(|row| one.iter().map(move |item| row.iter().chain([item]).cloned().collect()))
            .collect();
    }
    Ok(rows.into_iter().map(Value::tuple).collect())
}

/// Calls `choose` for each way to pick positions, in Python's order.
fn pick(
    render: &Render<'_>,
    items: &[Value],
    size: usize,
    again: bool,
    from: usize,
    chosen: &mut Vec<usize>,
    out: &mut Vec<Value>,
) -> Result<()> {
    if chosen.len() == size {
        render.charge(size.max(1))?;
        out.push(Value::tuple(chosen.iter().map(|i| items[*i].clone())));
        return Ok(());
    }
    for i in from..items.len() {
        if again && chosen.contains(&i) {
            continue;
        }
        chosen.push(i);
        pick(render, items, size, again, if again { 0 } else { i + 1 }, chosen, out)?;
        chosen.pop();
    }
    Ok(())
}

fn picks(render: &Render<'_>, value: &Value, size: Option<i64>, again: bool) -> Result<Value> {
    let items = iterate(render, value)?;
    let size = match size {
        Some(size) => usize::try_from(size).map_err(|_| Error::failed("r must be non-negative"))?,
        None => items.len(),
    };
    let mut out = Vec::new();
    if size <= items.len() {
        pick(render, &items, size, again, 0, &mut Vec::new(), &mut out)?;
    }
    Ok(Value::list(out))
}

fn combinations(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [size] = bind("combinations", args, ["r"])?;
    picks(render, value, Some(index(only("combinations", "r", size)?)?), false)
}

fn permutations(render: &Render<'_>, value: &Value, args: &Args) -> Result<Value> {
    let [size] = bind("permutations", args, ["r"])?;
    picks(render, value, opt_index(size)?, true)
}
