//! `*.hbs` files: Handlebars over the same variables.
use crate::{Context, Error, ErrorKind, Result, Value, Var};
use std::sync::Arc;

mod helpers;

const MAIN: &str = "main";

/// A compiled Handlebars file.
pub(crate) struct Handlebars {
    registry: handlebars::Handlebars<'static>,
    names: Vec<Arc<str>>,
    path: Arc<str>,
}

impl std::fmt::Debug for Handlebars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Handlebars({:?})", self.path)
    }
}

impl Handlebars {
    pub(crate) fn compile(text: &str, path: &str) -> Result<Self> {
        let mut registry = handlebars::Handlebars::new();
        // Files are not HTML, and a name that does not exist is an error.
        registry.register_escape_fn(handlebars::no_escape);
        registry.set_strict_mode(true);
        helpers::register(&mut registry);
        registry.register_template_string(MAIN, text).map_err(|error| {
            let (line, column) = error.pos().unwrap_or((1, 1));
            let origin = crate::Origin { file: path.into(), line: line as u32, column: column as u32 };
            Error::new(ErrorKind::Syntax, format!("the Handlebars template does not parse: {}", error.reason()))
                .or_at(&origin)
        })?;
        Ok(Self { registry, names: words(text), path: path.into() })
    }
    pub(crate) fn names(&self) -> &[Arc<str>] {
        &self.names
    }
    pub(crate) fn render(&self, cx: &Context<'_>) -> Result<String> {
        let mut data = serde_json::Map::new();
        for name in &self.names {
            // A word in a tag may be a helper, a field or a variable: what is undefined fails where it is used.
            match value(cx, name) {
                Ok(Some(value)) => _ = data.insert(name.to_string(), value.to_json()?),
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::Undefined => {}
                Err(error) => return Err(error),
            }
        }
        self.registry.render(MAIN, &serde_json::Value::Object(data)).map_err(|error| self.explain(&error))
    }
    fn explain(&self, error: &handlebars::RenderError) -> Error {
        use handlebars::RenderErrorReason as Reason;
        let origin = crate::Origin {
            file: self.path.clone(),
            line: error.line_no.unwrap_or(1) as u32,
            column: error.column_no.unwrap_or(1) as u32,
        };
        let made = match error.reason() {
            Reason::MissingVariable(Some(name)) => Error::undefined(format!("'{name}' is undefined")),
            Reason::MissingVariable(None) => Error::undefined("a variable is undefined"),
            other => Error::failed(format!("the Handlebars template failed: {other}")),
        };
        made.or_at(&origin)
    }
}

fn value(cx: &Context<'_>, name: &str) -> Result<Option<Value>> {
    match cx.scope.get(name) {
        Some(Var::Data(value)) => Ok(Some(value)),
        Some(Var::Lazy(tree)) => tree.render(cx).map(Some),
        None => Ok(None),
    }
}

/// The words in tags: every variable that the file may name is among them.
fn words(text: &str) -> Vec<Arc<str>> {
    let mut words: Vec<Arc<str>> = Vec::new();
    for tag in text.split("{{").skip(1) {
        let inside = tag.split("}}").next().unwrap_or(tag);
        for word in inside.split(|c: char| c != '_' && !c.is_alphanumeric()) {
            let is_name = word.starts_with(|c: char| c == '_' || c.is_alphabetic());
            if is_name && !words.iter().any(|known| &**known == word) {
                words.push(word.into());
            }
        }
    }
    words
}

#[cfg(test)]
mod tests;
