//! `value[start:stop:step]` by Python's rules.
use crate::{Error, Result, Value};

pub(super) fn slice(value: &Value, start: &Value, stop: &Value, step: &Value) -> Result<Value> {
    let step = bound(step)?.unwrap_or(1);
    if step == 0 {
        return Err(Error::failed("slice step cannot be zero"));
    }
    let (start, stop) = (bound(start)?, bound(stop)?);
    let pick = |length: usize| indices(length, start, stop, step);
    Ok(match value {
        Value::List(list) => {
            let items = list.read();
            Value::list(pick(items.len()).filter_map(|at| items.get(at).cloned()))
        }
        Value::Tuple(items) => Value::tuple(pick(items.len()).filter_map(|at| items.get(at).cloned())),
        Value::Str(text) if text.is_ascii() => {
            let bytes = text.as_bytes();
            Value::from(pick(bytes.len()).filter_map(|at| bytes.get(at)).map(|byte| *byte as char).collect::<String>())
        }
        Value::Str(text) => {
            let chars: Vec<char> = text.chars().collect();
            Value::from(pick(chars.len()).filter_map(|at| chars.get(at)).collect::<String>())
        }
        Value::Bytes(bytes) => {
            Value::Bytes(pick(bytes.len()).filter_map(|at| bytes.get(at)).copied().collect::<Vec<u8>>().into())
        }
        Value::Undefined(_) => value.clone(),
        Value::Dict(_) => return Err(Error::wrong_type("unhashable type: 'slice'")),
        other => return Err(Error::wrong_type(format!("'{}' object is not subscriptable", other.type_name()))),
    })
}

fn bound(value: &Value) -> Result<Option<i64>> {
    match value {
        Value::None => Ok(None),
        Value::Int(bound) => Ok(Some(*bound)),
        Value::Bool(bound) => Ok(Some(i64::from(*bound))),
        Value::BigInt(bound) => Ok(Some(if bound.sign() == num_bigint::Sign::Minus { i64::MIN } else { i64::MAX })),
        Value::Undefined(message) => Err(Error::undefined(&**message)),
        _ => Err(Error::wrong_type("slice indices must be integers or None or have an __index__ method")),
    }
}

fn indices(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> Box<dyn Iterator<Item = usize>> {
    let length = length as i64;
    let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| if bound < 0 { bound.saturating_add(length).max(low) } else { bound.min(high) };
    let start = start.map_or(if step > 0 { low } else { high }, clamp);
    let stop = stop.map_or(if step > 0 { high } else { low }, clamp);
    let next = move |at: &i64| at.checked_add(step).filter(|next| if step > 0 { *next < stop } else { *next > stop });
    let first = Some(start).filter(|at| if step > 0 { *at < stop } else { *at > stop });
    Box::new(std::iter::successors(first, next).filter_map(|at| usize::try_from(at).ok()))
}
