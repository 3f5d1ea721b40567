//! To and from JSON.
use super::Value;
use crate::{Error, Result};
use num_traits::ToPrimitive;
use serde_json::{Map, Number, Value as Json};

impl Value {
    /// The data, exactly; nothing in it is ever a template.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::None,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => from_number(number),
            Json::String(text) => Self::from(text),
            Json::Array(items) => Self::list(items.iter().map(Self::from_json)),
            Json::Object(map) => Self::dict(map.iter().map(|(k, v)| (k, Self::from_json(v)))),
        }
    }
    /// As [`Value::from_json`], without copying the text.
    pub fn from_json_owned(json: Json) -> Self {
        match json {
            Json::String(text) => Self::from(text),
            Json::Array(items) => Self::list(items.into_iter().map(Self::from_json_owned)),
            Json::Object(map) => Self::dict(map.into_iter().map(|(k, v)| (k, Self::from_json_owned(v)))),
            other => Self::from_json(&other),
        }
    }
    /// What reaches modules and clusters. Tuples become lists, times text; undefined, omit and functions are errors.
    pub fn to_json(&self) -> Result<Json> {
        Ok(match self {
            Self::None => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::BigInt(value) => value
                .to_u64()
                .map(Json::from)
                .ok_or_else(|| Error::failed(format!("the integer {value} does not fit into JSON's numbers")))?,
            Self::Float(value) => Number::from_f64(*value)
                .map(Json::Number)
                .ok_or_else(|| Error::failed(format!("the number {} does not exist in JSON", self.repr())))?,
            Self::Str(text) => Json::String(text.to_string()),
            Self::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
            Self::Tuple(items) | Self::Set(items) => {
                Json::Array(items.iter().map(Self::to_json).collect::<Result<_>>()?)
            }
            Self::List(list) => Json::Array(list.read().iter().map(Self::to_json).collect::<Result<_>>()?),
            Self::Dict(dict) => Json::Object(
                dict.read().iter().map(|(k, v)| Ok((k.json_key(), v.to_json()?))).collect::<Result<Map<_, _>>>()?,
            ),
            Self::Time(time) => Json::String(time.isoformat()),
            Self::Undefined(message) => return Err(Error::undefined(&**message)),
            Self::Omit => return Err(Error::failed("omit stands where a value is needed")),
            Self::Object(object) => {
                return Err(Error::failed(format!("a {} cannot leave a template", object.class())));
            }
        })
    }
    /// A dict's key in JSON: Python's `json.dumps` writes `true`, `null` and numbers as text.
    pub(crate) fn json_key(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::None => "null".into(),
            other => other.to_string(),
        }
    }
}

fn from_number(number: &Number) -> Value {
    if let Some(value) = number.as_i64() {
        Value::Int(value)
    } else if let Some(value) = number.as_u64() {
        Value::from(value)
    } else {
        Value::Float(number.as_f64().unwrap_or(f64::NAN))
    }
}

impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}
