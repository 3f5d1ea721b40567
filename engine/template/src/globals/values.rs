//! Functions that make values.
use crate::filters::dates::format_time;
use crate::python::{bind, flag, index, opt_text};
use crate::render::{Args, Render};
use crate::value::Time;
use crate::{Error, Result, Value};
use std::sync::Arc;

/// Python's `range`, as a list.
pub(super) fn range(render: &Render<'_>, args: Args) -> Result<Value> {
    if !args.named.is_empty() {
        return Err(Error::wrong_type("range() takes no keyword arguments"));
    }
    let numbers = args.positional.iter().map(index).collect::<Result<Vec<_>>>()?;
    let (start, stop, step) = match *numbers.as_slice() {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] => (start, stop, step),
        [] => return Err(Error::wrong_type("range expected at least 1 argument, got 0")),
        _ => return Err(Error::wrong_type(format!("range expected at most 3 arguments, got {}", numbers.len()))),
    };
    if step == 0 {
        return Err(Error::failed("range() arg 3 must not be zero"));
    }
    let (from, to, by) = (i128::from(start), i128::from(stop), i128::from(step));
    let count = ((to - from + by - by.signum()) / by).max(0);
    render.charge(usize::try_from(count).unwrap_or(usize::MAX))?;
    Ok((0..count).map(|i| Value::big((from + i * by).into())).collect())
}

/// Python's `dict`.
pub(super) fn dict(render: &Render<'_>, args: Args) -> Result<Value> {
    if args.positional.len() > 1 {
        let given = args.positional.len();
        return Err(Error::wrong_type(format!("dict expected at most 1 argument, got {given}")));
    }
    let mut entries = match args.positional.first() {
        Some(value) => crate::methods::pairs(render, value)?,
        None => Vec::new(),
    };
    entries.extend(args.named.into_iter().map(|(name, value)| (Value::from(name), value)));
    Ok(Value::dict(entries))
}

pub(super) fn now(render: &Render<'_>, args: Args) -> Result<Value> {
    let [utc, format] = bind("_now_datetime", &args, ["utc", "fmt"])?;
    let zone = if flag(utc)? { jiff::tz::TimeZone::UTC } else { render.cx.world.time_zone() };
    let stamp = render.cx.world.now().to_zoned(zone).datetime();
    // Python's clock goes down to microseconds.
    let nanos = stamp.subsec_nanosecond() / 1000 * 1000;
    let stamp = stamp.with().subsec_nanosecond(nanos).build().unwrap_or(stamp);
    let time = Time::DateTime(stamp, None);
    match opt_text(format)?.filter(|format| !format.is_empty()) {
        Some(format) => format_time(&time, &format).map(Value::from),
        None => Ok(Value::Time(Arc::new(time))),
    }
}

pub(super) fn undef(_: &Render<'_>, args: Args) -> Result<Value> {
    let [hint] = bind("undef", &args, ["hint"])?;
    let hint = hint.filter(|hint| !hint.is_undefined() && hint.is_truthy());
    let message = opt_text(hint)?.unwrap_or_else(|| "Mandatory variable has not been overridden".into());
    Ok(Value::Undefined(message.into()))
}
