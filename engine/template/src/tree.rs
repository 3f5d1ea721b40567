//! Project data with templates in it.
use crate::render::limits;
use crate::{Context, Origin, Result, Template, Value};
use std::sync::Arc;

/// Project data with templates at its leaves: what a variable, an argument or a keyword's value is made of.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Numbers, booleans, null, `!unsafe` text, text without templates.
    Data(Value),
    Text(Template),
    List(Vec<Tree>),
    /// Keys may hold templates too.
    Map(Vec<(Tree, Tree)>),
    /// Text that did not parse: kept, and raised when it is reached.
    Broken(crate::Error),
}

impl Tree {
    /// Renders every leaf. `omit` stays a [`Value::Omit`] inside.
    pub fn render(&self, cx: &Context<'_>) -> Result<Value> {
        match self {
            Self::Data(value) => Ok(value.clone()),
            Self::Text(template) => template.render(cx),
            Self::Broken(error) => Err(error.clone()),
            Self::List(_) | Self::Map(_) => {
                let _session = limits::Session::open();
                limits::stack()?;
                self.render_container(cx)
            }
        }
    }
    fn render_container(&self, cx: &Context<'_>) -> Result<Value> {
        match self {
            Self::List(items) => Ok(Value::list(items.iter().map(|item| item.render(cx)).collect::<Result<Vec<_>>>()?)),
            Self::Map(entries) => {
                let rendered = entries.iter().map(|(key, value)| Ok((key.render(cx)?, value.render(cx)?)));
                let rendered = rendered.collect::<Result<Vec<_>>>()?;
                if let Some((key, _)) = rendered.iter().find(|(key, _)| !key.is_hashable()) {
                    return Err(crate::Error::failed(format!("unhashable type: '{}'", key.type_name())));
                }
                Ok(Value::dict(rendered))
            }
            other => other.render(cx),
        }
    }
    /// Renders, and tells whether text from outside of the project was read: what a loop or a fact made of it must then
    /// be handed on as [`Var::Data`](crate::Var::Data), and may be [`Var::Lazy`](crate::Var::Lazy) data otherwise.
    pub fn render_tracked(&self, cx: &Context<'_>) -> Result<(Value, bool)> {
        let (value, tainted) = crate::render::tracked(|| self.render(cx));
        Ok((value?, tainted))
    }
    /// Project data that happens to be JSON (watch vars, `-e '{…}'`): strings are compiled as templates.
    pub fn from_project_json(json: &serde_json::Value, origin: &Origin) -> Self {
        match json {
            serde_json::Value::String(text) => match Template::inline(text, origin) {
                Ok(template) => template.into(),
                Err(error) => Self::Broken(error),
            },
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(|item| Self::from_project_json(item, origin)).collect())
            }
            serde_json::Value::Object(map) => {
                let entry =
                    |(key, value): (&String, _)| (Self::Data(key.into()), Self::from_project_json(value, origin));
                Self::map(map.iter().map(entry).collect())
            }
            other => Self::Data(Value::from_json(other)),
        }
    }
    /// Project data that is there as a value: strings are compiled as templates.
    pub fn from_project_value(value: &Value, origin: &Origin) -> Self {
        match value {
            Value::Str(text) => Template::inline(text, origin).map_or_else(Self::Broken, Into::into),
            Value::List(list) => {
                Self::list(list.read().iter().map(|item| Self::from_project_value(item, origin)).collect())
            }
            Value::Dict(dict) => {
                let entry =
                    |(key, value): (&Value, _)| (Self::Data(key.clone()), Self::from_project_value(value, origin));
                Self::map(dict.read().iter().map(entry).collect())
            }
            other => Self::Data(other.clone()),
        }
    }
    /// A list; data when nothing in it needs rendering.
    pub fn list(items: Vec<Tree>) -> Self {
        let data: Option<Vec<Value>> = items.iter().map(|item| item.as_data().cloned()).collect();
        data.map_or(Self::List(items), |items| Self::Data(Value::list(items)))
    }
    /// A map; data when nothing in it needs rendering.
    pub fn map(entries: Vec<(Tree, Tree)>) -> Self {
        let entry = |(key, value): &(Tree, Tree)| {
            let key = key.as_data()?.clone();
            key.is_hashable().then_some(())?;
            Some((key, value.as_data()?.clone()))
        };
        let data: Option<Vec<_>> = entries.iter().map(entry).collect();
        data.map_or(Self::Map(entries), |entries| Self::Data(Value::dict(entries)))
    }
    /// What was written, with templates as text: what `vars['x']` shows, and what messages quote.
    pub fn raw(&self) -> Value {
        match self {
            Self::Data(value) => value.clone(),
            Self::Text(template) => template.source_value(),
            Self::List(items) => Value::list(items.iter().map(Self::raw)),
            Self::Map(entries) => Value::dict(entries.iter().map(|(key, value)| (key.raw(), value.raw()))),
            Self::Broken(error) => Value::from(error.message()),
        }
    }
    pub fn data(value: impl Into<Value>) -> Arc<Self> {
        Arc::new(Self::Data(value.into()))
    }
    /// The value, when nothing in it needs rendering.
    pub fn as_data(&self) -> Option<&Value> {
        match self {
            Self::Data(value) => Some(value),
            _ => None,
        }
    }
}
