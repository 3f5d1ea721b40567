//! Hashing that agrees with Python's equality: `1`, `1.0` and `True` are one key.
use super::Value;
use std::hash::{Hash, Hasher};

/// Looks up a text key without making a value of it.
pub(crate) struct StrKey<'a>(pub(crate) &'a str);

impl Hash for StrKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_text(self.0, state);
    }
}

impl indexmap::Equivalent<Value> for StrKey<'_> {
    fn equivalent(&self, key: &Value) -> bool {
        matches!(key, Value::Str(text) if text.as_str() == self.0)
    }
}

fn hash_text<H: Hasher>(text: &str, state: &mut H) {
    state.write_u8(1);
    text.hash(state);
}

fn hash_int<H: Hasher>(value: i64, state: &mut H) {
    state.write_u8(2);
    state.write_i64(value);
}

fn hash_float<H: Hasher>(value: f64, state: &mut H) {
    let whole = value.trunc();
    if whole == value && whole.abs() < 9.0e18 {
        hash_int(whole as i64, state);
    } else {
        state.write_u8(3);
        state.write_u64(value.to_bits());
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Str(text) => hash_text(text, state),
            Self::Bool(value) => hash_int(i64::from(*value), state),
            Self::Int(value) => hash_int(*value, state),
            Self::Float(value) => hash_float(*value, state),
            Self::BigInt(value) => value.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Tuple(items) => items.iter().for_each(|item| item.hash(state)),
            Self::List(list) => list.read().iter().for_each(|item| item.hash(state)),
            Self::Time(time) => time.to_string().hash(state),
            other => std::mem::discriminant(other).hash(state),
        }
    }
}

impl Value {
    /// Python's `hash(x)` works: the value may be a key.
    pub(crate) fn is_hashable(&self) -> bool {
        match self {
            Self::List(_) | Self::Dict(_) | Self::Set(_) => false,
            Self::Tuple(items) => items.iter().all(Self::is_hashable),
            _ => true,
        }
    }
}
